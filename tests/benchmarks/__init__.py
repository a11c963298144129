"""The benchmarks' own code. What they measure is never asserted here."""
