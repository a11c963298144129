"""Serves the pack to the engine, decoding each resource once.

The SDK decodes a resource anew for every policy, and the whole stack anew for every stack policy. With a few policies
that does not matter; with three hundred it takes half a minute for a stack of five hundred resources. The servicer
here does what the SDK's does, in the same order and with the same messages, but decodes once, asks only the policies
that judge the type, and tells of everything that a resource leaves undecided on one line.
"""

from __future__ import annotations

from typing import Any

import pulumi_policy.policy as sdk
from google.protobuf import json_format
from pulumi.runtime import proto
from pulumi_policy import (
    EnforcementLevel,
    PolicyResource,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.deserialize import deserialize_properties
from pulumi_policy.proxy import UnknownValueError, unknown_checking_proxy

from .crossguard import SharedResources
from .registry import rules_for

NAME = "tap-pci-dss"


class Servicer(sdk._PolicyAnalyzerServicer):
    """The SDK's servicer with other ways to analyze."""

    def __init__(self, name: str, version: str, policies: list[Any], *arguments: Any) -> None:
        super().__init__(name, version, policies, *arguments)
        self._by_name = {policy.name: policy for policy in policies}
        self._remembering = [policy for policy in policies if isinstance(policy, ResourceValidationPolicy)][:1]

    def Analyze(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """Ask the resource policies that judge the type; the first one always, which remembers the inputs."""
        response = proto.AnalyzeResponse()
        props = _decoded(request.properties)
        options, provider = self._get_resource_options(request), self._get_provider_resource(request)
        asked = [self._by_name[rule.id] for rule in rules_for(request.type) if rule.resource_only]
        undecided: dict[str, list[Any]] = {}
        for policy in dict.fromkeys((*asked, *self._remembering)):
            config = self._get_policy_config(policy.name)
            arguments = ResourceValidationArgs(
                request.type, props, request.urn, request.name, options, provider, config
            )
            self._ask(policy, arguments, response, undecided)
        self._tell_undecided(response, undecided)
        return response

    def AnalyzeStack(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """Ask the stack policies, all with the same resources."""
        response = proto.AnalyzeResponse()
        resources = self._resources(request)
        undecided: dict[str, list[Any]] = {}
        for policy in self._by_name.values():
            if isinstance(policy, StackValidationPolicy):
                arguments = StackValidationArgs(resources, self._get_policy_config(policy.name))
                self._ask(policy, arguments, response, undecided)
        self._tell_undecided(response, undecided)
        return response

    def _ask(self, policy: Any, arguments: Any, response: Any, undecided: dict[str, list[Any]]) -> None:
        level = self._get_enforcement_level(policy)
        if level is EnforcementLevel.DISABLED:
            return
        if level is EnforcementLevel.REMEDIATE:
            level = EnforcementLevel.MANDATORY  # as the SDK does: nothing here can be remedied by itself
        report = self._create_report_violation(response, policy.name, policy.description, level, policy.severity)
        try:
            policy.validate(arguments, report)
        except UnknownValueError as unknown:
            undecided.setdefault(unknown.message, []).append(policy)

    def _tell_undecided(self, response: Any, undecided: dict[str, list[Any]]) -> None:
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

    def _resources(self, request: Any) -> SharedResources:
        found = {item.urn: self._resource(item) for item in request.resources}
        for item in request.resources:
            resource = found[item.urn]
            resource.parent = found.get(item.parent)
            resource.dependencies = [found[urn] for urn in item.dependencies if urn in found]
            resource.property_dependencies = {
                name: [found[urn] for urn in of.urns if urn in found] for name, of in item.propertyDependencies.items()
            }
        return SharedResources(found.values())

    def _resource(self, item: Any) -> PolicyResource:
        options, provider = self._get_resource_options(item), self._get_provider_resource(item)
        return PolicyResource(
            item.type, _decoded(item.properties), item.urn, item.name, options, provider, None, [], {}
        )


def _decoded(properties: Any) -> Any:
    return unknown_checking_proxy(deserialize_properties(json_format.MessageToDict(properties)))


def install() -> None:
    """Let the next :class:`pulumi_policy.PolicyPack` of this process be served from here."""
    setattr(sdk, "_PolicyAnalyzerServicer", Servicer)  # noqa: B010 - it is no name for others, and mypy knows
