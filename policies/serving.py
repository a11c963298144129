"""Serves the pack to the engine, decoding each resource once.

The SDK decodes a resource anew for every policy, and the whole stack anew for every stack policy. With a few policies
that does not matter; with three hundred it takes half a minute for a stack of five hundred resources. The servicer
here gives the SDK's answers, in the same order and with the same messages, but decodes once, asks only the rules that
judge the type, and tells of everything that a resource leaves undecided on one line.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi_policy.policy as sdk
from google.protobuf import json_format
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel, proxy
from pulumi_policy.deserialize import SPECIAL_SIG_KEY, deserialize_properties

from .crossguard import Inputs, Outcome, ResourceRule, StackRule, plain, unknown
from .model import Context, Resource, Stack
from .registry import rules_for

if TYPE_CHECKING:
    from pulumi_policy.policy import _PolicyAnalyzerServicer as Plain
else:
    Plain = object

NAME = "tap-pci-dss"

REPLACED = "_PolicyAnalyzerServicer"
EXPECTED = (
    "Analyze",
    "AnalyzeStack",
    "Configure",
    "_create_report_violation",
    "_get_enforcement_level",
    "_get_policy_config",
    "_map_enforcement_level",
)
"""What the SDK's servicer has that is replaced or used here."""

UNKNOWNS = frozenset(
    text for name, text in vars(proxy).items() if name.startswith("UNKNOWN_") and name.endswith("_VALUE")
)
"""The texts that stand for values that are not known yet."""


@dataclass(frozen=True)
class Asked:
    """A rule with what is configured for it."""

    policy: ResourceRule | StackRule
    level: EnforcementLevel
    limits: Mapping[str, Any]


class Quick(Plain):
    """Other ways to analyze, for the SDK's servicer to inherit."""

    def __init__(self, name: str, version: str, policies: list[Any], *arguments: Any, **named: Any) -> None:
        super().__init__(name, version, policies, *arguments, **named)
        self._policies: list[ResourceRule | StackRule] = policies
        self._inputs = Inputs()
        self._asked = self._configured()

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Take over levels and limits."""
        answer = super().Configure(request, context)  # type: ignore[no-untyped-call]
        self._asked = self._configured()
        return answer

    def _configured(self) -> dict[str, Asked]:
        """The rules that are not disabled, by id."""
        return {
            policy.name: Asked(policy, level, policy.rule.limits(self._get_policy_config(policy.name)))
            for policy in self._policies
            if (level := self._get_enforcement_level(policy)) is not EnforcementLevel.DISABLED
        }

    def Analyze(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """Ask the rules that judge the type, and remember the inputs."""
        props = decoded(request.properties)
        self._inputs.remember(request.urn, props)
        resource = Resource(request.type, request.name, request.urn, props, retained=request.options.protect)
        alone = Stack(())
        asked = map(self._asked.get, (rule.id for rule in rules_for(request.type)))
        return self._response(
            (one, one.policy.outcome(resource, Context(alone, one.limits)))
            for one in asked
            if one and isinstance(one.policy, ResourceRule)
        )

    def AnalyzeStack(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """Ask the rules about several resources, all with the same stack."""
        items = {item.urn: item for item in request.resources}
        stack = Stack([self._resource(item, items) for item in items.values()])
        return self._response(
            (one, one.policy.outcome(Context(stack, one.limits)))
            for one in self._asked.values()
            if isinstance(one.policy, StackRule)
        )

    def _resource(self, item: Any, items: Mapping[str, Any]) -> Resource:
        """A resource as the engine shows it at the end, with the inputs that it has shown before."""
        outputs = decoded(item.properties)
        links = {
            name: urns
            for name, of in item.propertyDependencies.items()
            if (urns := frozenset(urn for urn in of.urns if urn in items))
        }
        props = self._inputs.of(item.urn, outputs)
        return Resource(item.type, item.name, item.urn, props, links, outputs, item.options.protect)

    def _response(self, outcomes: Iterable[tuple[Asked, Outcome]]) -> Any:
        response = proto.AnalyzeResponse()
        undecided: dict[str, list[ResourceRule | StackRule]] = {}
        for asked, outcome in outcomes:
            if outcome.violations:
                self._tell(asked, outcome, response)
            if outcome.undecided:
                undecided.setdefault(outcome.undecided, []).append(asked.policy)
        self._tell_undecided(response, undecided)
        return response

    def _tell(self, asked: Asked, outcome: Outcome, response: Any) -> None:
        policy, level = asked.policy, asked.level
        if level is EnforcementLevel.REMEDIATE:
            level = EnforcementLevel.MANDATORY  # as the SDK does: nothing here can be remedied by itself
        report = self._create_report_violation(response, policy.name, policy.description, level, policy.severity)
        for message, urn in outcome.violations:
            report(message, urn)

    def _tell_undecided(self, response: Any, undecided: dict[str, list[ResourceRule | StackRule]]) -> None:
        """One advisory line for each reason, with the policies that wait for it."""
        for why, waiting in undecided.items():
            names = ", ".join(policy.name for policy in waiting)
            response.diagnostics.append(
                proto.AnalyzeDiagnostic(
                    policyName=waiting[0].name,
                    policyPackName=NAME,
                    policyPackVersion="0.0.1",
                    message=f"can't be judged before the deployment: {why} ({names})",
                    description=waiting[0].description,
                    enforcementLevel=self._map_enforcement_level(EnforcementLevel.ADVISORY),
                )
            )


def decoded(properties: Any) -> dict[str, Any]:
    """Properties as plain data; what is not known yet says so."""
    return {name: _value(value, name) for name, value in properties.fields.items()}


def _value(value: Any, path: str) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return unknown(path) if text in UNKNOWNS else text
    if kind == "struct_value" and SPECIAL_SIG_KEY not in value.struct_value.fields:
        return {name: _value(item, f"{path}.{name}") for name, item in value.struct_value.fields.items()}
    if kind == "list_value":
        return [_value(item, f"{path}[{index}]") for index, item in enumerate(value.list_value.values)]
    if kind == "bool_value":
        return value.bool_value
    if kind == "number_value" and value.number_value.is_integer():
        return int(value.number_value)
    # Secrets, files, fractions, nothing, and what is no number: rare, and read as the SDK does.
    read = deserialize_properties({path: json_format.MessageToDict(value)})
    return plain(proxy.unknown_checking_proxy(read), path, path)


def install() -> None:
    """Let the next :class:`pulumi_policy.PolicyPack` of this process be served from here.

    An SDK that is made in another way serves the pack itself, which is right, only slow.
    """
    served = getattr(sdk, REPLACED, None)
    if served is None or not all(hasattr(served, name) for name in EXPECTED):
        warnings.warn("This release of pulumi_policy serves the pack by itself, which takes long.", stacklevel=2)
        return
    setattr(sdk, REPLACED, type("Servicer", (Quick, served), {}))
