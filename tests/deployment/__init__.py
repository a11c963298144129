"""The whole platform, deployed with the real AWS CLI to the emulator."""
