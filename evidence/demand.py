"""What the program says about load: the way of a transaction through the stages, and how far each service scales."""

from __future__ import annotations

from dataclasses import dataclass

from cloudformation.graph import ListValue, Resource

from .platform import Platform, at, document, items, literal
from .sizes import Size

SERVICE = "aws:ecs/service:Service"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
STREAM = "aws:kinesis/stream:Stream"
TARGET = "aws:appautoscaling/target:Target"
POLICY = "aws:appautoscaling/policy:Policy"

# The variables by which a container learns its streams (docs/container-contract.md).
INPUT, OUTPUT = "INPUT_STREAM", "OUTPUT_STREAM"


@dataclass(frozen=True)
class Scaling:
    """How far a service scales, and on what load."""

    service: Resource
    target: Resource
    stream: Resource | None
    """The stream that its consumers read; None for the API service."""
    least: float
    most: float
    per_task: float
    """Requests or records a second and task that its scaling aims at."""


@dataclass(frozen=True)
class Stage:
    """One stage of the pipeline."""

    name: str
    stream: Resource
    service: Resource | None
    """Its consumers."""


def scalings(platform: Platform, size: Size) -> tuple[Scaling, ...]:
    """Scaling of every service: the API's first, then the stages' in the order of the pipeline."""
    found = []
    for target in platform.of(TARGET):
        service = next((r for r in platform.targets(at(target, "resourceId")) if r.type == SERVICE), None)
        policy = _load_policy(platform, service) if service else None
        if service is None or policy is None:
            continue
        configuration = at(policy, "targetTrackingScalingPolicyConfiguration")
        measured = platform.targets(configuration)
        found.append(
            Scaling(
                service=service,
                target=target,
                stream=next((resource for resource in measured if resource.type == STREAM), None),
                least=size.number(at(target, "minCapacity")),
                most=size.number(at(target, "maxCapacity")),
                per_task=size.number(at(configuration, "targetValue")) / 60,
            )
        )
    order = {stage.stream.urn: number for number, stage in enumerate(pipeline(platform))}
    return tuple(sorted(found, key=lambda item: order.get(item.stream.urn, -1) if item.stream else -1))


def _load_policy(platform: Platform, service: Resource) -> Resource | None:
    """The policy that follows the load that a service gets, not its CPU."""
    metrics = "targetTrackingScalingPolicyConfiguration.customizedMetricSpecification"
    return next((item for item in platform.users(service, POLICY) if at(item, metrics) is not None), None)


def pipeline(platform: Platform) -> tuple[Stage, ...]:
    """The stages in the order in which a transaction passes them.

    The consumers of a stage have the stream that they read and the one that they write in their environment; a stream
    that no consumer writes is the first.
    """
    streams = {stream.urn: stream for stream in platform.of(STREAM)}
    readers: dict[str, Resource] = {}
    follows: dict[str, str] = {}
    for task in platform.of(TASK):
        source, sink = (variable(platform, task, name) for name in (INPUT, OUTPUT))
        if source is not None and source.urn in streams:
            readers[source.urn] = task
            if sink is not None and sink.urn in streams:
                follows[source.urn] = sink.urn
    ordered: list[str] = []
    for urn in [*(urn for urn in streams if urn not in follows.values()), *streams]:
        current: str | None = urn
        while current is not None and current not in ordered:
            ordered.append(current)
            current = follows.get(current)
    return tuple(_stage(platform, streams[urn], readers.get(urn)) for urn in ordered)


def entry(platform: Platform) -> Resource | None:
    """The service that brings transactions in: it writes the first stream and reads none."""
    stages = pipeline(platform)
    for task in platform.of(TASK):
        sink = variable(platform, task, OUTPUT)
        if stages and sink is not None and sink.urn == stages[0].stream.urn and not variable(platform, task, INPUT):
            return next(iter(platform.users(task, SERVICE)), None)
    return None


def _stage(platform: Platform, stream: Resource, task: Resource | None) -> Stage:
    services = platform.users(task, SERVICE) if task else ()
    return Stage(stream.name.partition("-")[2] or stream.name, stream, services[0] if services else None)


def variable(platform: Platform, task: Resource, name: str) -> Resource | None:
    """The resource that an environment variable of a task's containers is an output of."""
    containers = document(at(task, "containerDefinitions"))
    for container in containers.items if isinstance(containers, ListValue) else ():
        for entry in items(container, "environment"):
            if literal(entry, "name") == name:
                return platform.target(at(entry, "value"))
    return None
