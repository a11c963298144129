"""The policy pack: PCI DSS v4.0.1 and this platform's own promises, as plain functions over resources."""
