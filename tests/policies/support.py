"""Shows a platform to policies as the engine does: through its proxies, before or after the deployment."""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy import (
    PolicyCustomTimeouts,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

from policies.crossguard import policies
from policies.registry import RULES
from tests.policies.platform import Item, Platform, Ref

Policy = ResourceValidationPolicy | StackValidationPolicy
TYPES = {rule.id: rule.types for rule in RULES}


@dataclass
class Outcome:
    """What one policy says: messages by resource name (empty for the stack), and what it could not judge."""

    violations: list[tuple[str, str]] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    subjects: int = 0

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self.violations}


PACK: Mapping[str, Policy] = {
    policy.name: policy
    for policy in policies(waivers=())
    if isinstance(policy, ResourceValidationPolicy | StackValidationPolicy)
}
"""All policies, without waivers."""
FIRST = next(policy for policy in PACK.values() if isinstance(policy, ResourceValidationPolicy))

_shown: list[object] = [None]
"""The engine whose resources the pack has seen last."""


@dataclass(frozen=True)
class Engine:
    """The engine's view of a platform. ``preview``: outputs that AWS makes are not known yet."""

    platform: Platform
    preview: bool = False

    def run(self, id_: str, config: Mapping[str, Any] | None = None) -> Outcome:
        """Run one policy of the pack over the platform, as the engine does: each resource first, then the stack."""
        policy, types = PACK[id_], TYPES[id_]
        outcome = Outcome()
        if isinstance(policy, StackValidationPolicy):
            self._show_inputs()
            resources = self.resources
            outcome.subjects = sum(item.resource_type in types for item in resources) if types else 1
            arguments = StackValidationArgs(resources, config)
            names = {item.urn: item.name for item in resources}
            self._guarded(outcome, "", policy, arguments, lambda urn: names.get(urn or "", ""))
            return outcome
        for name, item in self.platform.items.items():
            if types == ("*",) or item.type in types:
                outcome.subjects += 1
                self._guarded(outcome, name, policy, self._arguments(name, item, config), lambda _, name=name: name)
        return outcome

    def _guarded(self, outcome: Outcome, name: str, policy: Any, arguments: Any, named: Any) -> None:
        try:
            policy.validate(arguments, lambda message, urn=None: outcome.violations.append((named(urn), str(message))))
        except UnknownValueError as unknown:
            outcome.undecided.append(f"{name}: {unknown.message}")

    def _arguments(self, name: str, item: Item, config: Mapping[str, Any] | None) -> ResourceValidationArgs:
        props = unknown_checking_proxy(self.resolved(item.props))
        return ResourceValidationArgs(item.type, props, self._urn(name), name, _options(item), None, config)

    def _show_inputs(self) -> None:
        """Show every resource to a resource policy, from which the pack remembers the inputs."""
        if _shown[0] is self:
            return
        _shown[0] = self
        for name, item in self.platform.items.items():
            with contextlib.suppress(UnknownValueError):
                FIRST.validate(self._arguments(name, item, None), lambda *_: None)

    @functools.cached_property
    def resources(self) -> list[PolicyResource]:
        """All resources with their outputs and with what their inputs were computed from."""
        made = {
            name: PolicyResource(
                item.type,
                unknown_checking_proxy(self.outputs(name, item)),
                self._urn(name),
                name,
                _options(item),
                None,
                None,
                [],
                {},
            )
            for name, item in self.platform.items.items()
        }
        for name, item in self.platform.items.items():
            for prop, value in item.props.items():
                dependencies = [made[ref.name] for ref in _refs(value) if ref.name in made]
                made[name].property_dependencies[prop] = list(dict.fromkeys(dependencies))
        return list(made.values())

    def _urn(self, name: str) -> str:
        return f"urn:pulumi:dev::tap::{self.platform.items[name].type}::{name}"

    def outputs(self, name: str, item: Item) -> dict[str, Any]:
        made = {output: self._known(Ref(name, output)) for output in ("arn", "id", "keyId", "url", "arnSuffix")}
        return {**made, **self.resolved(item.props)}

    def resolved(self, props: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs on the wire: references resolved or unknown, numbers as floats, containers as JSON text."""
        wire = {name: self._value(value) for name, value in props.items()}
        definitions = wire.get("containerDefinitions")
        if isinstance(definitions, list):
            text = json.dumps(definitions)
            wire["containerDefinitions"] = UNKNOWN_STRING_VALUE if UNKNOWN_STRING_VALUE in text else text
        return wire

    def _value(self, value: Any) -> Any:
        if isinstance(value, Ref):
            return self._known(value)
        if isinstance(value, Mapping):
            return {name: self._value(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._value(item) for item in value]
        return float(value) if isinstance(value, int) and not isinstance(value, bool) else value

    def _known(self, ref: Ref) -> str:
        """A name that the program chose is known early; what AWS makes up is not."""
        item = self.platform.items.get(ref.name)
        chosen = item.props.get(ref.output) if item else None
        if isinstance(chosen, str):
            return chosen
        return UNKNOWN_STRING_VALUE if self.preview else f"{ref.name}-{ref.output}"


def _refs(value: Any) -> Iterator[Ref]:
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _refs(item)
    elif isinstance(value, list):
        for item in value:
            yield from _refs(item)


def _options(item: Item) -> PolicyResourceOptions:
    return PolicyResourceOptions(item.protect, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])
