"""The ways in which the platform is broken: rules about types and AWS's schemas, each yielding mutants."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi._types import input_type_py_to_pulumi_names

from benchmarks.mutant_access import SECURITY_GROUP, network_opened, statements_widened
from benchmarks.mutants import REMOVED, Bench, Mutant, Tree, edit, nodes, whole
from benchmarks.neutral import reason
from cloudformation.graph import (
    Attribute,
    ListValue,
    Literal,
    MapValue,
    ParameterValue,
    Path,
    Resource,
    Value,
    describe,
    parts,
    references,
)
from cloudformation.schema import Node

KEY = "aws:kms/key:Key"
# Types whose references are pointed elsewhere: there are several of each, and which one it is matters.
SWAPPED = (
    KEY,
    SECURITY_GROUP,
    "aws:ec2/subnet:Subnet",
    "aws:ec2/routeTable:RouteTable",
    "aws:ec2/networkAcl:NetworkAcl",
    "aws:ec2/natGateway:NatGateway",
    "aws:iam/role:Role",
    "aws:lb/targetGroup:TargetGroup",
    "aws:s3/bucket:Bucket",
    "aws:secretsmanager/secret:Secret",
)


# Words in the names of inputs by which a change of theirs can weaken something: a rule about vocabulary, in the way in
# which AWS and Pulumi name things, and not about single inputs.
RELEVANT = re.compile(
    "kms|key|crypt|polic|log|ssl|tls|certif|auth|secret|password|securitygroup|subnet|retention|expir|lifecycle|days"
    "|backup|insight|monitor|alarm|action|role|protect|version|validat|rotat|tag|access|public|block|acl|firewall|waf"
    "|health|failover|multiaz|replica|durab|throttl|quota|user|privileg|readonly|capabilit|network|zone|transit"
    "|protocol|listener|rule|redact|ssl|selector|event|subscri|restrict|ignore|trac|metric|enable|require|mode|status"
    "|mask|stop|timeout|interval|threshold|delay|cooldown|capacity|count|percent|deploy|circuit|rollback|strategy"
    "|condition|principal|posix|directory|permission|origin|endpoint|private|internal|settings|parameters|concurr",
    re.IGNORECASE,
)
# Less of these is weaker, more of those.
MORE_IS_SAFER = re.compile(
    "retention|expir|days|backup|replica|capacity|desired|percent|stoptimeout|bake|window", re.IGNORECASE
)
LESS_IS_SAFER = re.compile(
    "interval|threshold|delay|cooldown|period|duration|(?<!stop)timeout|days|tier|limit", re.IGNORECASE
)
# Texts whose inner structure has operators of its own, or none: policy documents, schemas of requests, templates.
APART = re.compile(r"(^|\.)(policy|policyDocument|assumeRolePolicy|schema|dashboardBody|responseTemplates|tags)[.\[]")


def _relevant(path: Path) -> bool:
    return bool(RELEVANT.search(describe(path))) and not APART.search(describe(path))


def values_changed(bench: Bench) -> Iterator[Mutant]:
    """Truth values turned over; enumerations, numbers and switches of parameter groups at another value."""
    schemas = bench.schemas()
    for tree in map(Tree.of, bench.program.resources.values()):
        for path, value in nodes(tree.root):
            if not isinstance(value, Literal) or value.value is None or APART.search(describe(path)):
                continue
            node = schemas.get((tree.resource.urn, path), {})
            for operator, new in _others(value.value, node, path):
                yield edit(bench, tree, path, Literal(new), operator, f"{value.value} -> {new}")


SWITCHES = (
    ("0", "1"),
    ("on", "off"),
    ("yes", "no"),
    ("true", "false"),
    ("enabled", "disabled"),
    ("required", "preferred"),
)
OTHER_POSITION = {**dict(SWITCHES), **{second: first for first, second in SWITCHES}}


def _others(value: str | float | bool, node: Node, path: Path) -> Iterator[tuple[str, str | float | bool]]:
    if isinstance(value, bool):
        yield "flip", not value
    elif isinstance(node.get("enum"), list):
        if _relevant(path):
            for other in [item for item in node["enum"] if item != value][:3]:
                yield "other-choice", other
    elif isinstance(value, int | float):
        yield from _extremes(value, node, path)
    elif value.lower() in OTHER_POSITION:
        yield "switch", OTHER_POSITION[value.lower()]
    elif re.fullmatch(r"\d+", value):
        yield from ((operator, str(new)) for operator, new in _extremes(int(value), {}, path))


def _extremes(value: float, node: Node, path: Path) -> Iterator[tuple[str, float]]:
    name = str(path[-1])
    least, most = node.get("minimum"), node.get("maximum")
    if MORE_IS_SAFER.search(name) and (new := value // 10 if least is None else least) != value:
        yield "least", new
    if LESS_IS_SAFER.search(name) and (new := value * 10 if most is None else most) != value:
        yield "most", new


def inputs_dropped(bench: Bench) -> Iterator[Mutant]:
    """Optional inputs, members of nested maps and elements of lists left out."""
    for tree in map(Tree.of, bench.program.resources.values()):
        needed = _required(tree.resource.type)
        for path, value in nodes(tree.root):
            if not path or (len(path) == 1 and path[0] in needed) or not _relevant(path):
                continue
            operator = "drop-element" if isinstance(path[-1], int) else "drop"
            shown = describe(path)
            if operator == "drop-element" and isinstance(value, MapValue):
                label = value.items.get("name") or value.items.get("logType")
                shown += f" ({label.value})" if isinstance(label, Literal) else ""
            yield edit(bench, tree, path, REMOVED, operator, "left out", shown)


@functools.cache
def _arguments(type_: str) -> Any:
    """The SDK's class of a type's arguments; None when it has none of that name."""
    module, _, name = type_.removeprefix("aws:").partition("/")
    package = importlib.import_module(f"pulumi_aws.{'lambda_' if module == 'lambda' else module}")
    return getattr(package, f"{name.partition(':')[2]}Args", None)


def _inputs(type_: str) -> Mapping[str, str]:
    """The inputs that the SDK has for a type: Python name to wire name."""
    arguments = _arguments(type_)
    return input_type_py_to_pulumi_names(arguments) if arguments else {}


@functools.cache
def _required(type_: str) -> frozenset[str]:
    """Inputs that the provider insists on: a program without them does not run."""
    names = _inputs(type_)
    parameters = inspect.signature(_arguments(type_).__init__).parameters if names else {}
    return frozenset(names[key] for key, item in parameters.items() if item.default is item.empty and key in names)


def references_swapped(bench: Bench) -> Iterator[Mutant]:
    """References to another resource of the same type; keys to the one that AWS manages."""
    resources = bench.program.resources
    for tree in map(Tree.of, resources.values()):
        for path, value in nodes(tree.root):
            if APART.search(describe(path)) or not isinstance(value, Attribute) or value.urn not in resources:
                continue
            type_ = resources[value.urn].type
            if type_ == KEY:
                service = tree.resource.type.split(":")[1].split("/")[0]
                yield edit(bench, tree, path, Literal(f"alias/aws/{service}"), "managed-key", "AWS's own key")
            if type_ not in SWAPPED:
                continue
            others = [item for item in resources.values() if item.type == type_ and item.urn != value.urn]
            for other in _one_of_each_purpose(others, resources[value.urn]):
                new = Attribute(other.urn, value.path)
                yield edit(bench, tree, path, new, "swap", f"{resources[value.urn].name} -> {other.name}")


def _one_of_each_purpose(others: Iterable[Resource], own: Resource) -> list[Resource]:
    """Of resources that are numbered alike one is enough."""
    found: dict[str, Resource] = {}
    for item in others:
        found.setdefault(re.sub(r"\d+", "*", item.name), item)
    found.pop(re.sub(r"\d+", "*", own.name), None)
    return list(found.values())[:3]


def resources_removed(bench: Bench) -> Iterator[Mutant]:
    """Resources that nothing else refers to."""
    used = {
        urn for item in bench.program.resources.values() for value in item.inputs.values() for urn in references(value)
    }
    used |= {urn for output in bench.program.outputs for urn in references(output.value)}
    for urn, resource in bench.program.resources.items():
        if urn not in used:
            purpose = re.sub(r"\d+", "*", resource.name)
            yield Mutant("remove", resource, purpose, "left out", lambda urn=urn: bench.without(urn))  # type: ignore[misc]


def options_changed(bench: Bench) -> Iterator[Mutant]:
    """Left behind when the stack is deleted; made in another Region."""
    seen: set[str] = set()
    for resource in bench.program.resources.values():
        if resource.type in seen:
            continue
        seen.add(resource.type)
        kept = dataclasses.replace(resource, retain_on_delete=True)
        yield Mutant("retain", resource, "", "kept on deletion", lambda kept=kept: bench.edited(kept))  # type: ignore[misc]
        yield whole(bench, resource, {**resource.inputs, "region": Literal("us-east-1")}, "region", "us-east-1")


def secrets_written(bench: Bench) -> Iterator[Mutant]:
    """Passwords in the program: where the SDK has an input for one, and in environments."""
    for resource in bench.program.resources.values():
        for name in ("masterPassword", "authToken"):
            if name in _inputs(resource.type).values():
                yield whole(bench, resource, {**resource.inputs, name: Literal("Tr0ub4dor&3-horse")}, "password", name)
        tree = Tree.of(resource)
        for path, value in nodes(tree.root):
            if path and path[-1] == "environment" and isinstance(value, ListValue):
                secret = MapValue({"name": Literal("DATABASE_PASSWORD"), "value": Literal("Tr0ub4dor&3-horse")})
                yield edit(bench, tree, path, ListValue((*value.items, secret)), "password", "environment")
            if path and path[-1] == "variables" and resource.type.endswith(":Function") and isinstance(value, MapValue):
                more = MapValue({**value.items, "API_TOKEN": Literal("Tr0ub4dor&3-horse")})
                yield edit(bench, tree, path, more, "password", "environment")


def settings_loosened(bench: Bench) -> Iterator[Mutant]:
    """Deploy-time settings without their limits."""
    for parameter in bench.program.parameters:
        if parameter.optional:
            continue
        loose = dataclasses.replace(parameter, pattern="", allowed_values=(), min_value=None, max_value=None)
        if loose != parameter:
            program = dataclasses.replace(
                bench.program,
                parameters=tuple(loose if item is parameter else item for item in bench.program.parameters),
            )
            user = next(
                item
                for item in bench.program.resources.values()
                if any(_uses(value, parameter.name) for value in item.inputs.values())
            )
            yield Mutant("loose-setting", user, parameter.name, "without limits", lambda program=program: program)  # type: ignore[misc]


def _uses(value: Value, parameter: str) -> bool:
    return any(part == ParameterValue(parameter) for part in parts(value))


OPERATORS = (
    values_changed,
    inputs_dropped,
    references_swapped,
    statements_widened,
    network_opened,
    resources_removed,
    options_changed,
    secrets_written,
    settings_loosened,
)


@dataclass(frozen=True)
class Generated:
    """Every mutant, one of each kind, in a fixed order."""

    counted: tuple[Mutant, ...]
    neutral: Mapping[str, tuple[Mutant, ...]]
    """By reason, those that decide nothing which the policy pack promises; see ``benchmarks/neutral.py``."""


def generated(bench: Bench) -> Generated:
    """Break the platform in every way."""
    found: dict[tuple[str, ...], Mutant] = {}
    for operator in OPERATORS:
        for mutant in operator(bench):
            found.setdefault((*mutant.kind, reason(mutant.operator, mutant.resource.type, mutant.where)), mutant)
    neutral: dict[str, tuple[Mutant, ...]] = {}
    for (*_, why), mutant in found.items():
        if why:
            neutral[why] = (*neutral.get(why, ()), mutant)
    return Generated(tuple(mutant for (*_, why), mutant in found.items() if not why), neutral)
