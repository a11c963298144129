"""Access widened: policies that allow more or to more, and networks that are opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.mutants import REMOVED, Bench, Mutant, Tree, added, edit, nodes, whole
from cloudformation.graph import Attribute, ListValue, Literal, MapValue, Path, Resource, Value, as_text, describe

SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


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
        return edit(self.bench, self.tree, (*self.path, key), value, operator, what, self.shown)

    def instead_of(self, key: str, more: Mapping[str, Value], operator: str, what: str) -> Mutant:
        """The statement with other members in place of one."""
        kept = {name: item for name, item in self.members.items() if name != key}
        return edit(self.bench, self.tree, self.path, MapValue({**kept, **more}), operator, what, self.shown)


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
            yield whole(bench, resource, wide, "open-acl", "all ports to all addresses")
            everything = {**resource.inputs, "protocol": Literal("-1"), "ruleAction": Literal("allow")}
            yield whole(bench, resource, everything, "open-acl", "all protocols")
        elif resource.type == SECURITY_GROUP:
            yield from _group_opened(bench, resource)
        elif resource.type == "aws:ec2/routeTable:RouteTable":
            yield from _way_out_added(bench, resource)


def _rule_opened(bench: Bench, rule: Resource) -> Iterator[Mutant]:
    anywhere = {k: v for k, v in rule.inputs.items() if k not in ("referencedSecurityGroupId", "prefixListId")}
    for block in ("0.0.0.0/0", "10.0.0.0/8"):
        yield whole(bench, rule, {**anywhere, "cidrIpv4": Literal(block)}, "open-addresses", block)
    ports = {"fromPort": Literal(0), "toPort": Literal(65535)}
    yield whole(bench, rule, {**rule.inputs, **ports}, "open-ports", "all")
    rest = {k: v for k, v in rule.inputs.items() if k not in ("fromPort", "toPort")}
    yield whole(bench, rule, {**rest, "ipProtocol": Literal("-1")}, "open-protocols", "all")


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
        yield added(bench, group, INGRESS, f"open-{port}", inputs)


def _way_out_added(bench: Bench, table: Resource) -> Iterator[Mutant]:
    for type_, input_ in (("InternetGateway", "gatewayId"), ("NatGateway", "natGatewayId")):
        gateway = next((item for item in bench.program.resources.values() if item.type.endswith(f":{type_}")), None)
        if gateway:
            inputs: dict[str, Value] = {
                "routeTableId": Attribute(table.urn, ("id",)),
                input_: Attribute(gateway.urn, ("id",)),
                "destinationCidrBlock": Literal("0.0.0.0/0"),
            }
            yield added(bench, table, "aws:ec2/route:Route", f"to-{type_}", inputs)
