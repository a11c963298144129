"""The engine's side of the policy-pack protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from . import values
from .processes import Child, Connection
from .results import EngineError, PolicyError, Violation
from .state import Resource
from .values import Properties

LEVELS = {
    "advisory": analyzer_pb2.ADVISORY,
    "mandatory": analyzer_pb2.MANDATORY,
    "disabled": analyzer_pb2.DISABLED,
    "remediate": analyzer_pb2.REMEDIATE,
}
SEVERITIES = {
    analyzer_pb2.POLICY_SEVERITY_LOW: "low",
    analyzer_pb2.POLICY_SEVERITY_MEDIUM: "medium",
    analyzer_pb2.POLICY_SEVERITY_HIGH: "high",
    analyzer_pb2.POLICY_SEVERITY_CRITICAL: "critical",
}


@dataclass(frozen=True)
class Pack:
    """A policy pack (the folder with its ``PulumiPolicy.yaml``) and what the user configures for it.

    ``config`` is what ``pulumi --policy-pack-config`` takes: by policy name (or ``all``) either a level, such as
    ``"mandatory"``, or an object with ``enforcementLevel`` and the policy's own settings.
    """

    path: Path
    config: Mapping[str, str | Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """The resource options that policies can see."""

    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    delete_before_replace: bool | None = None
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


class AnalyzerClient:
    """One policy pack's process, told about the stack and configured."""

    def __init__(self, pack: Pack, child: Child, timeout: float, stack: Mapping[str, Any]) -> None:
        """``stack``: the fields of a ConfigureStack request (stack, project, organization, dry_run, config ...).

        Raises:
            PolicyError: the pack does not start, or its configuration is not acceptable.
        """
        try:
            self._connection = Connection(child, analyzer_pb2_grpc.AnalyzerStub, timeout)
            self._call("ConfigureStack", analyzer_pb2.AnalyzerStackConfigureRequest(**stack))
            info = self._call("GetAnalyzerInfo", empty_pb2.Empty())
            self.name: str = info.name
            request = configuration(pack, info)
            self._call("Configure", request)
        except PolicyError:
            child.stop()
            raise
        except EngineError as error:
            child.stop()
            raise PolicyError(f"the policy pack in {pack.path} does not start: {error}") from error
        self._remediates = any(
            item.enforcementLevel == analyzer_pb2.REMEDIATE for item in request.policyConfig.values()
        )

    def _call(self, method: str, request: Any) -> Any:
        try:
            return self._connection.call(method, request)
        except EngineError as error:
            raise PolicyError(f"policy pack {getattr(self, 'name', '')!r} failed in {method}: {error}") from error

    def remediate(self, resource: Resource, options: Options, provider: Resource | None) -> Properties:
        """The inputs after the pack's remediations."""
        if not self._remediates:
            return resource.inputs
        request = resource_request(resource, options, provider)
        inputs = resource.inputs
        for remediation in self._call("Remediate", request).remediations:
            if remediation.HasField("properties"):
                inputs = values.decode(remediation.properties)
        return inputs

    def analyze(self, resource: Resource, options: Options, provider: Resource | None) -> list[Violation]:
        """What the pack's resource policies say of a resource's inputs."""
        request = resource_request(resource, options, provider)
        return self._violations(self._call("Analyze", request), resource.urn)

    def analyze_stack(self, resources: Sequence[tuple[Resource, Options, Resource | None]]) -> list[Violation]:
        """What the pack's stack policies say of all resources' outputs."""
        return self._violations(self._call("AnalyzeStack", stack_request(resources)), "")

    def _violations(self, answer: Any, urn: str) -> list[Violation]:
        return [
            Violation(
                policy=item.policyName,
                pack=item.policyPackName,
                level="mandatory" if item.enforcementLevel == analyzer_pb2.MANDATORY else "advisory",
                message=item.message,
                urn=item.urn or urn,
                severity=SEVERITIES.get(item.severity, ""),
            )
            for item in answer.diagnostics
        ]

    def close(self) -> None:
        self._connection.close()


def resource_request(resource: Resource, options: Options, provider: Resource | None) -> Any:
    """What a pack is told of a resource before it is touched."""
    return _request(analyzer_pb2.AnalyzeRequest, resource, resource.inputs, options, provider)


def stack_request(resources: Sequence[tuple[Resource, Options, Resource | None]]) -> Any:
    """What a pack is told of all resources at the end."""
    request = analyzer_pb2.AnalyzeStackRequest()
    for resource, options, provider in resources:
        item = _request(analyzer_pb2.AnalyzerResource, resource, resource.outputs, options, provider)
        item.parent = resource.parent
        item.dependencies.extend(resource.dependencies)
        for name, urns in resource.property_dependencies.items():
            item.propertyDependencies[name].urns.extend(urns)
        request.resources.append(item)
    return request


def _request(
    message: Any, resource: Resource, properties: Properties, options: Options, provider: Resource | None
) -> Any:
    request = message(
        type=resource.type,
        properties=values.encode(values.without_references(properties)),
        urn=resource.urn,
        name=resource.name,
        options=analyzer_pb2.AnalyzerResourceOptions(
            protect=options.protect,
            ignoreChanges=options.ignore_changes,
            deleteBeforeReplace=bool(options.delete_before_replace),
            deleteBeforeReplaceDefined=options.delete_before_replace is not None,
            additionalSecretOutputs=options.additional_secret_outputs,
            aliases=options.aliases,
            parent=resource.parent,
        ),
    )
    if provider is not None:
        request.provider.type = provider.type
        request.provider.urn = provider.urn
        request.provider.name = provider.name
        request.provider.properties.CopyFrom(values.encode(provider.inputs))
    return request


def configuration(pack: Pack, info: Any) -> Any:
    """Level and settings of every policy: its own, then the pack's initial ones, then the user's.

    The engine does this, not the pack: a policy that is sent settings without a level would become advisory.
    """
    policies = {policy.name: policy for policy in info.policies}
    unknown = sorted(set(pack.config) - set(policies) - {"all"})
    if unknown:
        raise PolicyError(
            f"the configuration of policy pack {info.name!r} names {', '.join(unknown)}, which it does not have. "
            f"It has {', '.join(sorted(policies))}."
        )
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    for name, policy in policies.items():
        config = request.policyConfig[name]
        config.enforcementLevel = policy.enforcementLevel
        settings = {
            key: schema["default"]
            for key, schema in values.decode(policy.configSchema.properties).items()
            if "default" in schema
        }
        if name in info.initialConfig:
            config.enforcementLevel = info.initialConfig[name].enforcementLevel
            settings |= values.decode(info.initialConfig[name].properties)
        for entry in (pack.config.get("all"), pack.config.get(name)):
            level, given = _entry(entry)
            if level is not None:
                config.enforcementLevel = _level(level, name)
            settings |= given
        missing = [key for key in policy.configSchema.required if key not in settings]
        if missing:
            raise PolicyError(f"policy {name!r} of pack {info.name!r} needs the settings {', '.join(missing)}.")
        config.properties.CopyFrom(values.encode(settings))
    return request


def _entry(entry: str | Mapping[str, Any] | None) -> tuple[str | None, dict[str, Any]]:
    if entry is None or isinstance(entry, str):
        return entry, {}
    settings = dict(entry)
    return settings.pop("enforcementLevel", None), settings


def _level(level: str, policy: str) -> Any:
    if level not in LEVELS:
        raise PolicyError(f"policy {policy!r}: {level!r} is no enforcement level; there are {', '.join(LEVELS)}.")
    return LEVELS[level]
