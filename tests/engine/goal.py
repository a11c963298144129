"""What the program asks for: one resource registration, read from the protocol's message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import values
from .analyzer_client import Options
from .results import EngineError
from .state import PROVIDER_PREFIX, STACK_TYPE
from .values import Properties

# Fields of the request that this engine does not act on. A program that uses one is refused, so that nothing passes
# here only because it was overlooked. (Resource transforms, hooks and ``deleted_with`` never get here: the SDK itself
# refuses them, since the monitor does not claim to support them.)
UNSUPPORTED = {
    "importId": "import_",
    "remote": "a component from a plugin",
    "transforms": "transforms",
    "deletedWith": "deleted_with",
    "replace_with": "replace_with",
    "packageRef": "a parameterized package",
    "state_migrations": "state_migrations",
    "envVarMappings": "env_var_mappings",
}


@dataclass(frozen=True)
class Goal:
    """The resource as the program wants it."""

    type: str
    name: str
    custom: bool
    parent: str
    provider: str
    version: str
    inputs: Properties
    dependencies: tuple[str, ...]
    property_dependencies: dict[str, tuple[str, ...]]
    options: Options
    retain_on_delete: bool
    replace_on_changes: tuple[str, ...]

    @property
    def is_provider(self) -> bool:
        return self.type.startswith(PROVIDER_PREFIX)

    @classmethod
    def of(cls, request: Any) -> Goal:
        """Read a RegisterResource request.

        Raises:
            EngineError: it uses a feature that this engine does not have.
        """
        used = [option for field, option in UNSUPPORTED.items() if getattr(request, field)]
        if request.HasField("replacement_trigger"):
            used.append("replacement_trigger")
        if used:
            raise EngineError(f"uses {', '.join(used)}, which this engine does not do.")
        return cls(
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=request.parent,
            provider=request.provider,
            version=request.version,
            inputs={name: item for name, item in values.decode(request.object).items() if item is not None},
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={
                name: tuple(sorted(item.urns)) for name, item in sorted(request.propertyDependencies.items())
            },
            options=Options(
                protect=request.protect,
                ignore_changes=tuple(request.ignoreChanges),
                delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
                additional_secret_outputs=tuple(request.additionalSecretOutputs),
                aliases=tuple(request.aliasURNs),
            ),
            retain_on_delete=request.retainOnDelete,
            replace_on_changes=tuple(request.replaceOnChanges),
        )


def urn_of(stack: str, project: str, goal: Goal) -> str:
    """The name that the engine gives a resource: it holds the types of its parents, but not the stack's."""
    parent_types = goal.parent.rpartition("::")[0].rpartition("::")[2]
    qualified = goal.type if parent_types in ("", STACK_TYPE) else f"{parent_types}${goal.type}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{goal.name}"
