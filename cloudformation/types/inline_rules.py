"""Rules inside a security group: Pulumi's name every source in one rule, CloudFormation's have one source each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..graph import ListValue, Literal, MapValue, Value
from ..values import from_python

# Without a rule CloudFormation allows all egress, Pulumi's provider none. This rule matches nothing.
NO_EGRESS = [
    {
        "CidrIp": "255.255.255.255/32",
        "Description": "No egress but by rules of their own",
        "FromPort": 252,
        "IpProtocol": "icmp",
        "ToPort": 86,
    }
]
_PORTS = {"description": "Description", "fromPort": "FromPort", "protocol": "IpProtocol", "toPort": "ToPort"}


def inline_rules(peer: str, none: Value | None = None) -> Callable[[Value], Value]:
    """Rules as CloudFormation writes them. ``peer`` is ``Source`` or ``Destination``; ``none`` stands for no rule."""
    sources = {
        "cidrBlocks": "CidrIp",
        "ipv6CidrBlocks": "CidrIpv6",
        "prefixListIds": f"{peer}PrefixListId",
        "securityGroups": f"{peer}SecurityGroupId",
    }

    def convert(rules: Value) -> Value:
        if not isinstance(rules, ListValue):
            raise ValueError("must be a list of rules that the program writes out")
        listed = ListValue(tuple(part for rule in rules.items for part in _split(rule, sources)))
        return listed if listed.items or none is None else none

    return convert


def _split(rule: Value, sources: dict[str, str]) -> Iterator[Value]:
    """One rule for each source of ``rule``."""
    if not isinstance(rule, MapValue):
        raise ValueError("must be a list of rules that the program writes out")
    given = {name: value for name, value in rule.items.items() if not _is_nothing(value)}
    if "self" in given:
        raise ValueError(
            "cannot name the group itself: use an aws.vpc.SecurityGroupIngressRule or SecurityGroupEgressRule for that"
        )
    common = {theirs: given[ours] for ours, theirs in _PORTS.items() if ours in given}
    for ours, theirs in sources.items():
        listed = given.get(ours, ListValue(()))
        if not isinstance(listed, ListValue):
            raise ValueError(f"must write {ours} out as a list")
        for source in listed.items:
            yield MapValue({theirs: source, **common})


def _is_nothing(value: Value) -> bool:
    match value:
        case Literal(None) | Literal(False) | ListValue(()):
            return True
    return False


NO_RULES = from_python(NO_EGRESS)
