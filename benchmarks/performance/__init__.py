"""How long synth takes and how much memory, beside the floor, beside CDK, and as programs grow."""
