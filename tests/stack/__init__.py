"""Promises that hold for the whole platform."""
