"""Measurements of the pack and of the compiler; run by hand."""
