"""What can be compiled: one module per AWS service, each with its types as data."""
