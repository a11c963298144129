"""What goes wrong inside the emulated CloudFormation, in the words that AWS uses for it."""

from __future__ import annotations


class TemplateError(Exception):
    """The template, its parameters or its rules are refused before any resource is touched."""


class ResourceError(Exception):
    """One resource could not be created, updated or deleted; the text becomes the stack event's reason."""
