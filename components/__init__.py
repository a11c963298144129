"""The platform, one ComponentResource per layer; :mod:`components.tap_stack` puts them together."""
