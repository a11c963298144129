"""Pulumi's resource options, and what becomes of each in a template.

The table is complete: ``tests/cloudformation/test_options.py`` holds it against the pinned SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Fate(StrEnum):
    """What the template makes of an option."""

    CARRIED = "carried into the template"
    PROVIDER_ONLY = "provider-only"
    REFUSED = "refused"


@dataclass(frozen=True)
class Option:
    """One keyword of ``pulumi.ResourceOptions``."""

    name: str
    fate: Fate
    reason: str
    """How it is carried, why the template needs it not, or what to do instead."""
    field: str = ""
    """Where the registration says that it was given; empty where it is not told or always is."""


_C, _P, _R = Fate.CARRIED, Fate.PROVIDER_ONLY, Fate.REFUSED

OPTIONS = (
    Option("parent", _C, "Components give the template its headings."),
    Option("depends_on", _C, "DependsOn, as far as no reference says it already."),
    Option(
        "ignore_changes",
        _C,
        "Left out where a deployment would set it back, else noted in the Metadata.",
        "ignoreChanges",
    ),
    Option("retain_on_delete", _C, "DeletionPolicy and UpdateReplacePolicy: Retain.", "retainOnDelete"),
    Option(
        "protect",
        _C,
        "DeletionPolicy and UpdateReplacePolicy: Retain. Deleting the stack leaves it behind instead of failing.",
        "protect",
    ),
    Option("provider", _C, "One of the stack's own Region and account; its default tags become tags.", "provider"),
    Option("providers", _C, "Handed down to the component's resources.", "providers"),
    Option("transformations", _C, "They run in the program itself, so what they make of the inputs is recorded."),
    Option(
        "additional_secret_outputs",
        _C,
        "Such an output cannot become an output of the stack, which would show it.",
        "additionalSecretOutputs",
    ),
    Option("aliases", _P, "Names in Pulumi's state, of which the SDK adds some; a template has logical ids."),
    Option("custom_timeouts", _P, "CloudFormation waits as long as each type's handler says.", "customTimeouts"),
    Option(
        "delete_before_replace",
        _P,
        "CloudFormation always creates the new resource first. One with a name of its own must be renamed as well.",
        "deleteBeforeReplaceDefined",
    ),
    Option("replace_on_changes", _P, "The resource type's schema says what is replaced.", "replaceOnChanges"),
    Option("deleted_with", _P, "CloudFormation deletes every resource by itself.", "deletedWith"),
    Option("hide_diffs", _P, "It concerns what `pulumi preview` shows.", "hideDiffs"),
    Option("env_var_mappings", _P, "It concerns the provider's process.", "envVarMappings"),
    Option("version", _P, "The provider's version; the SDK sets it for every resource."),
    Option("plugin_download_url", _P, "Where the provider comes from; the SDK sets it for some resources."),
    Option(
        "import_",
        _R,
        "Create the resource here, or import it into the stack with a change set of type IMPORT.",
        "importId",
    ),
    Option("id", _R, "Make what you need of an existing resource a setting (pulumi.Config)."),
    Option("urn", _R, "Make what you need of an existing resource a setting (pulumi.Config)."),
    Option("transforms", _R, "Set the inputs where the resource is made, or use `transformations`.", "transforms"),
    Option("hooks", _R, "CloudFormation runs no code of the program while it deploys. Use a custom resource.", "hooks"),
    Option("state_migrations", _R, "A stack has no Pulumi state that could be migrated.", "state_migrations"),
    Option("replacement_trigger", _R, "Make the value part of the resource's name.", "replacement_trigger"),
    Option(
        "replace_with",
        _R,
        "Let an input refer to the other resource, so that it follows its replacement.",
        "replace_with",
    ),
)


def refused(options: Mapping[str, Any]) -> Option | None:
    """The first option, by keyword, that a template cannot have. (A look-up with ``id`` is no registration at all.)"""
    impossible = (item for item in OPTIONS if item.fate is _R and item.name != "id")
    return next((item for item in impossible if says(options.get(item.name))), None)


def says(value: Any) -> bool:
    """Whether an option was given: hooks are an object with lists that may all be empty."""
    return any(vars(value).values()) if hasattr(value, "__dict__") else value not in (None, [], (), "")


def given(registration: Any) -> tuple[str, ...]:
    """Names of the options that a registration (``RegisterResourceRequest``) tells of, in the table's order."""
    fields = {field.name for field, value in registration.ListFields() if _holds(value)}
    return tuple(item.name for item in OPTIONS if item.field in fields)


def _holds(value: Any) -> bool:
    return bool(value.ByteSize()) if hasattr(value, "ByteSize") else bool(value)
