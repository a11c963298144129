"""A stand-in for the Pulumi engine: runs a program, a provider double and policy packs over the real protocols.

The program, the provider double and each policy pack are processes of their own; between them runs the gRPC that the
`pulumi` command speaks. Start with :class:`engine.Engine`. ``double/`` is the provider double, ``launcher.py`` and
``runner.py`` are what the child processes start from.
"""
