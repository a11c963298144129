"""Mutants: the platform broken one property at a time, by rules about types and AWS's schemas."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi._types import input_type_py_to_pulumi_names

from benchmarks.neutral import reason
from cloudformation.compiler import Compilation
from cloudformation.graph import (
    Attribute,
    Concat,
    ListValue,
    Literal,
    MapValue,
    ParameterValue,
    Path,
    Program,
    Resource,
    Value,
    as_text,
    describe,
    parse_json,
    parts,
    references,
    to_json,
)
from cloudformation.schema import Node, Schema, SchemaError, load
from cloudformation.types.model import ResourceType
from cloudformation.types.registry import types

REMOVED = Literal("\ue000removed")
KEY = "aws:kms/key:Key"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
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


@dataclass(frozen=True)
class Mutant:
    """The platform with one thing broken."""

    operator: str
    resource: Resource
    where: str
    what: str
    make: Callable[[], Program]

    @property
    def title(self) -> str:
        return f"{self.operator}: {self.resource.name} {self.where}: {self.what}"

    @property
    def kind(self) -> tuple[str, ...]:
        """Equal for mutants that break the same thing in another resource of the type.

        Event rules are told apart: no two of them are for the same events.
        """
        own = self.resource.name if self.resource.type.endswith(":EventRule") else ""
        return self.operator, self.resource.type, own, re.sub(r"\d+", "*", self.where), self.what


# Editing a recorded program.


@dataclass(frozen=True)
class Tree:
    """A resource's inputs with JSON texts read as maps and lists."""

    resource: Resource
    root: MapValue
    texts: frozenset[str]

    @classmethod
    def of(cls, resource: Resource) -> Tree:
        inputs: dict[str, Value] = {}
        texts = set()
        for name, value in resource.inputs.items():
            first = value.parts[0] if isinstance(value, Concat) else value
            looks = isinstance(first, Literal) and isinstance(first.value, str) and first.value[:1] in ("{", "[")
            if isinstance(value, Literal | Concat) and looks:
                try:
                    inputs[name] = parse_json(value)
                    texts.add(name)
                    continue
                except ValueError:
                    pass
            inputs[name] = value
        return cls(resource, MapValue(inputs), frozenset(texts))

    def replaced(self, path: Path, value: Value) -> Resource:
        """The resource with another value at ``path``; REMOVED takes it away."""
        root = _replaced(self.root, path, value)
        assert isinstance(root, MapValue)
        inputs = {name: to_json(item) if name in self.texts else item for name, item in root.items.items()}
        return dataclasses.replace(self.resource, inputs=inputs)


def _replaced(node: Value, path: Path, value: Value) -> Value:
    if not path:
        return value
    step, *rest = path
    if isinstance(node, MapValue):
        members = dict(node.items)
        members[str(step)] = _replaced(members.get(str(step), MapValue({})), tuple(rest), value)
        return MapValue({name: item for name, item in members.items() if item != REMOVED})
    assert isinstance(node, ListValue)
    assert isinstance(step, int)
    items = [_replaced(item, tuple(rest), value) if index == step else item for index, item in enumerate(node.items)]
    return ListValue(tuple(item for item in items if item != REMOVED))


def nodes(value: Value, path: Path = ()) -> Iterator[tuple[Path, Value]]:
    """Every value inside, containers too, outermost first."""
    yield path, value
    if isinstance(value, MapValue):
        for name, item in value.items.items():
            yield from nodes(item, (*path, name))
    elif isinstance(value, ListValue):
        for index, item in enumerate(value.items):
            yield from nodes(item, (*path, index))


@dataclass(frozen=True)
class Bench:
    """The platform, and what AWS's schemas say of each input."""

    program: Program
    compilation: Compilation

    def edited(self, resource: Resource) -> Program:
        return dataclasses.replace(self.program, resources={**self.program.resources, resource.urn: resource})

    def without(self, urn: str) -> Program:
        return dataclasses.replace(
            self.program, resources={key: item for key, item in self.program.resources.items() if key != urn}
        )

    def schemas(self) -> Mapping[tuple[str, Path], Node]:
        """By URN and path of an input, the schema of the property that it became."""
        found: dict[tuple[str, Path], Node] = {}
        for placement in self.compilation.placements:
            owner = self.compilation.program.resources.get(placement.owner_urn)
            if placement.target is None or owner is None:
                continue
            entry = types().get(owner.type)
            if isinstance(entry, ResourceType) and entry.schema is None:
                schema = load(entry.cloudformation, self.program.region)
                node = _node(schema, placement.target)
                if node is not None:
                    found[placement.source_urn, placement.source] = node
        return found


def _node(schema: Schema, path: Path) -> Node | None:
    try:
        node = schema.at(".".join(str(step) for step in path if isinstance(step, str)))
    except SchemaError:
        return None
    if isinstance(path[-1], int):
        node = schema.item(node)
    merged: dict[str, object] = {}
    for alternative in schema.alternatives(node):
        merged = {**alternative, **merged}
    return merged


# Operators: each yields mutants of the whole platform.


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
                yield _edit(bench, tree, path, Literal(new), operator, f"{value.value} -> {new}")


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
            yield _edit(bench, tree, path, REMOVED, operator, "left out", shown)


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
                yield _edit(bench, tree, path, Literal(f"alias/aws/{service}"), "managed-key", "AWS's own key")
            if type_ not in SWAPPED:
                continue
            others = [item for item in resources.values() if item.type == type_ and item.urn != value.urn]
            for other in _one_of_each_purpose(others, resources[value.urn]):
                new = Attribute(other.urn, value.path)
                yield _edit(bench, tree, path, new, "swap", f"{resources[value.urn].name} -> {other.name}")


def _one_of_each_purpose(others: Iterable[Resource], own: Resource) -> list[Resource]:
    """Of resources that are numbered alike one is enough."""
    found: dict[str, Resource] = {}
    for item in others:
        found.setdefault(re.sub(r"\d+", "*", item.name), item)
    found.pop(re.sub(r"\d+", "*", own.name), None)
    return list(found.values())[:3]


@dataclass(frozen=True)
class Place:
    """Where a policy statement stands."""

    bench: Bench
    tree: Tree
    path: Path
    members: Mapping[str, Value]

    @property
    def shown(self) -> str:
        sid = self.members.get("Sid")
        return f"{describe(self.path[:-1])} {as_text(sid) if isinstance(sid, Literal) else ''}"

    def with_(self, key: str, value: Value, operator: str, what: str) -> Mutant:
        return _edit(self.bench, self.tree, (*self.path, key), value, operator, what, self.shown)

    def instead_of(self, key: str, more: Mapping[str, Value], operator: str, what: str) -> Mutant:
        """The statement with other members in place of one."""
        kept = {name: item for name, item in self.members.items() if name != key}
        return _edit(self.bench, self.tree, self.path, MapValue({**kept, **more}), operator, what, self.shown)


def statements_widened(bench: Bench) -> Iterator[Mutant]:
    """Policy statements for everybody, for all actions or resources, without conditions; denials that never hold."""
    for tree in map(Tree.of, bench.program.resources.values()):
        for path, value in nodes(tree.root):
            if isinstance(value, MapValue) and "Effect" in value.items:
                place = Place(bench, tree, path, value.items)
                allows = value.items["Effect"] == Literal("Allow")
                yield from _allowance_widened(place) if allows else _denial_narrowed(place)


def _denial_narrowed(place: Place) -> Iterator[Mutant]:
    if "Condition" in place.members:
        never = MapValue({"StringEquals": MapValue({"aws:PrincipalAccount": Literal("000000000000")})})
        yield place.with_("Condition", never, "never-denied", "a condition that never holds")


def _allowance_widened(place: Place) -> Iterator[Mutant]:
    members = place.members
    everything = (Literal("*"), ListValue((Literal("*"),)))
    for operator, key in (("any-action", "Action"), ("any-resource", "Resource")):
        if key in members and members[key] not in everything:
            yield place.with_(key, Literal("*"), operator, "*")
    action = members.get("Action")
    first = action.items[0] if isinstance(action, ListValue) and action.items else action
    if isinstance(first, Literal):
        service = f"{as_text(first).partition(':')[0]}:*"
        yield place.with_("Action", Literal(service), "whole-service", service)
        but_one: dict[str, Value] = {"NotAction": Literal("iam:CreateUser")}
        yield place.instead_of("Action", but_one, "not-action", "all actions but one")
    if "Principal" in members:
        for operator, anyone in (("anyone", Literal("*")), ("any-account", MapValue({"AWS": Literal("*")}))):
            yield place.instead_of("Condition", {"Principal": anyone}, operator, "everybody, without condition")
    if "Condition" in members:
        yield place.with_("Condition", REMOVED, "no-condition", "left out")


def network_opened(bench: Bench) -> Iterator[Mutant]:
    """Rules for all addresses, all ports, all protocols; new rules and routes that let everybody in or out."""
    for resource in bench.program.resources.values():
        if resource.type in (INGRESS, EGRESS):
            yield from _rule_opened(bench, resource)
        elif resource.type == "aws:ec2/networkAclRule:NetworkAclRule":
            ports = {"fromPort": Literal(0), "toPort": Literal(65535)}
            wide = {**resource.inputs, **ports, "cidrBlock": Literal("0.0.0.0/0")}
            yield _whole(bench, resource, wide, "open-acl", "all ports to all addresses")
            everything = {**resource.inputs, "protocol": Literal("-1"), "ruleAction": Literal("allow")}
            yield _whole(bench, resource, everything, "open-acl", "all protocols")
        elif resource.type == SECURITY_GROUP:
            yield from _group_opened(bench, resource)
        elif resource.type == "aws:ec2/routeTable:RouteTable":
            yield from _way_out_added(bench, resource)


def _rule_opened(bench: Bench, rule: Resource) -> Iterator[Mutant]:
    anywhere = {k: v for k, v in rule.inputs.items() if k not in ("referencedSecurityGroupId", "prefixListId")}
    for block in ("0.0.0.0/0", "10.0.0.0/8"):
        yield _whole(bench, rule, {**anywhere, "cidrIpv4": Literal(block)}, "open-addresses", block)
    ports = {"fromPort": Literal(0), "toPort": Literal(65535)}
    yield _whole(bench, rule, {**rule.inputs, **ports}, "open-ports", "all")
    rest = {k: v for k, v in rule.inputs.items() if k not in ("fromPort", "toPort")}
    yield _whole(bench, rule, {**rest, "ipProtocol": Literal("-1")}, "open-protocols", "all")


def _group_opened(bench: Bench, group: Resource) -> Iterator[Mutant]:
    for port in (22, 3389, 5432, 443):
        inputs: dict[str, Value] = {
            "securityGroupId": Attribute(group.urn, ("id",)),
            "ipProtocol": Literal("tcp"),
            "fromPort": Literal(port),
            "toPort": Literal(port),
            "cidrIpv4": Literal("0.0.0.0/0"),
            "description": Literal("Everybody"),
        }
        yield _added(bench, group, INGRESS, f"open-{port}", inputs)


def _way_out_added(bench: Bench, table: Resource) -> Iterator[Mutant]:
    for type_, input_ in (("InternetGateway", "gatewayId"), ("NatGateway", "natGatewayId")):
        gateway = next((item for item in bench.program.resources.values() if item.type.endswith(f":{type_}")), None)
        if gateway:
            inputs: dict[str, Value] = {
                "routeTableId": Attribute(table.urn, ("id",)),
                input_: Attribute(gateway.urn, ("id",)),
                "destinationCidrBlock": Literal("0.0.0.0/0"),
            }
            yield _added(bench, table, "aws:ec2/route:Route", f"to-{type_}", inputs)


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
        yield _whole(bench, resource, {**resource.inputs, "region": Literal("us-east-1")}, "region", "us-east-1")


def secrets_written(bench: Bench) -> Iterator[Mutant]:
    """Passwords in the program: where the SDK has an input for one, and in environments."""
    for resource in bench.program.resources.values():
        for name in ("masterPassword", "authToken"):
            if name in _inputs(resource.type).values():
                yield _whole(bench, resource, {**resource.inputs, name: Literal("Tr0ub4dor&3-horse")}, "password", name)
        tree = Tree.of(resource)
        for path, value in nodes(tree.root):
            if path and path[-1] == "environment" and isinstance(value, ListValue):
                secret = MapValue({"name": Literal("DATABASE_PASSWORD"), "value": Literal("Tr0ub4dor&3-horse")})
                yield _edit(bench, tree, path, ListValue((*value.items, secret)), "password", "environment")
            if path and path[-1] == "variables" and resource.type.endswith(":Function") and isinstance(value, MapValue):
                more = MapValue({**value.items, "API_TOKEN": Literal("Tr0ub4dor&3-horse")})
                yield _edit(bench, tree, path, more, "password", "environment")


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


def _edit(  # noqa: PLR0917 - what, where and how
    bench: Bench, tree: Tree, path: Path, value: Value, operator: str, what: str, where: str | None = None
) -> Mutant:
    return Mutant(
        operator,
        tree.resource,
        describe(path) if where is None else where,
        what,
        lambda: bench.edited(tree.replaced(path, value)),
    )


def _whole(bench: Bench, resource: Resource, inputs: Mapping[str, Value], operator: str, what: str) -> Mutant:
    return Mutant(operator, resource, "", what, lambda: bench.edited(dataclasses.replace(resource, inputs=inputs)))


def _added(bench: Bench, near: Resource, type_: str, name: str, inputs: Mapping[str, Value]) -> Mutant:
    urn = near.urn.rpartition("::")[0].rpartition("::")[0] + f"::{type_}::{near.name}-{name}"
    new = Resource(urn, type_, f"{near.name}-{name}", near.parent, inputs, trace=near.trace)
    return Mutant("add", near, "", name, lambda: bench.edited(new))


def mutants(bench: Bench) -> list[Mutant]:
    """All mutants that matter, one of each kind, in a fixed order."""
    found: dict[tuple[str, ...], Mutant] = {}
    for operator in OPERATORS:
        for mutant in operator(bench):
            if not reason(mutant.operator, mutant.resource.type, mutant.where):
                found.setdefault(mutant.kind, mutant)
    return list(found.values())
