"""Answers to the AWS functions that a program may call while it is recorded.

Each has a counterpart that CloudFormation resolves when it deploys. Any other look-up asks an account for facts, which
a template cannot do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .errors import ProgramError
from .graph import Attribute, Concat, Function, ListValue, Literal, MapValue, Pseudo, Value, to_json
from .providers import another_region, same_region

Arguments = Mapping[str, Value]

# Every Region has at least three zones that CloudFormation lists.
ZONES = 3


@dataclass(frozen=True)
class Answer:
    """How one function is answered."""

    compute: Callable[[Arguments], dict[str, Value]]
    arguments: tuple[str, ...] = ()
    """Those that the answer takes into account; with any other it would be a different one."""
    unknown: tuple[str, ...] = ()
    """Results that a template cannot know. The program may receive them, but not use them."""
    unknown_lists: tuple[str, ...] = ()


def answer(function: str, arguments: Arguments, region: str) -> dict[str, Value]:
    """The result of one function call in a program for ``region``.

    Raises:
        ProgramError: the function has no counterpart in a template, or not with these arguments.
    """
    known = ANSWERS.get(function)
    name = function.rpartition(":")[2]
    if known is None:
        names = ", ".join(sorted(item.rpartition(":")[2] for item in ANSWERS))
        raise ProgramError(
            f"{function} looks something up in an account, which a template cannot do. "
            f"Make the answer a setting (pulumi.Config). What can be compiled: {names}."
        )
    given = {key: value for key, value in arguments.items() if value not in (Literal(None), ListValue(()))}
    _check_region(name, given, region)
    other = sorted(given.keys() - {*known.arguments, "region"})
    if other:
        raise ProgramError(
            f"{name} cannot be compiled with the argument {other[0]!r}: what it answers then is known only to the "
            "account. Leave the argument out, or make the answer a setting (pulumi.Config)."
        )
    unknown = {item: Attribute(function, (item,)) for item in known.unknown}
    lists = {item: ListValue((Attribute(function, (item,)),)) for item in known.unknown_lists}
    return {**unknown, **lists, **known.compute(given)}


def _check_region(name: str, given: Arguments, region: str) -> None:
    for key in ("region", "name") if name == "getRegion" else ("region",):
        if key in given and not same_region(given[key], region):
            raise ProgramError(" ".join((f"{name}: the argument {key!r}", *another_region(given[key], region))))


def _caller_identity(_arguments: Arguments) -> dict[str, Value]:
    return {"accountId": Pseudo("AWS::AccountId"), "id": Pseudo("AWS::AccountId")}


def _region(_arguments: Arguments) -> dict[str, Value]:
    region = Pseudo("AWS::Region")
    return {"region": region, "name": region, "id": region}


def _partition(_arguments: Arguments) -> dict[str, Value]:
    partition = Pseudo("AWS::Partition")
    return {"partition": partition, "id": partition, "dnsSuffix": Pseudo("AWS::URLSuffix")}


def _availability_zones(arguments: Arguments) -> dict[str, Value]:
    if arguments.get("state", Literal("available")) != Literal("available"):
        raise ProgramError("getAvailabilityZones: CloudFormation lists the zones with state 'available' only.")
    zones = Function("Fn::GetAZs", (Literal(""),))
    names = tuple(Function("Fn::Select", (Literal(index), zones)) for index in range(ZONES))
    return {"names": ListValue(names), "id": Pseudo("AWS::Region"), "region": Pseudo("AWS::Region"), **arguments}


def _policy_document(arguments: Arguments) -> dict[str, Value]:
    document: dict[str, Value] = {"Version": arguments.get("version", Literal("2012-10-17"))}
    if "policyId" in arguments:
        document["Id"] = arguments["policyId"]
    items = _items(arguments.get("statements", ListValue(())))
    document["Statement"] = ListValue(tuple(_statement(item) for item in items if isinstance(item, MapValue)))
    text = to_json(MapValue(document))
    return {"json": text, "minifiedJson": text, **arguments}


# Pulumi's name, and IAM's in IAM's order.
_ELEMENTS = {
    "sid": "Sid",
    "effect": "Effect",
    "principals": "Principal",
    "notPrincipals": "NotPrincipal",
    "actions": "Action",
    "notActions": "NotAction",
    "resources": "Resource",
    "notResources": "NotResource",
    "conditions": "Condition",
}


def _statement(item: MapValue) -> Value:
    unknown = sorted(item.items.keys() - _ELEMENTS.keys())
    if unknown:
        # The SDK hands dictionaries on as they are: only its classes know that not_actions is notActions.
        raise ProgramError(
            f"getPolicyDocument: {unknown[0]!r} is no element of a statement. "
            "Use aws.iam.GetPolicyDocumentStatementArgs, or one of " + ", ".join(_ELEMENTS) + "."
        )
    given = {"effect": Literal("Allow")} | {k: v for k, v in item.items.items() if v != Literal(None)}
    return MapValue({theirs: _element(ours, given[ours]) for ours, theirs in _ELEMENTS.items() if ours in given})


def _element(name: str, value: Value) -> Value:
    match name:
        case "principals" | "notPrincipals":
            return _principals(value)
        case "conditions":
            return _conditions(value)
        case "resources" | "notResources":
            return _with_variables(value)
        case _:
            return value


def _with_variables(value: Value) -> Value:
    """The provider writes IAM's policy variables as ``&{aws:username}``, so that they are not its own ``${}``."""
    match value:
        case ListValue(items):
            return ListValue(tuple(map(_with_variables, items)))
        case Concat(parts):
            return Concat(tuple(map(_with_variables, parts)))
        case Literal(str(text)):
            return Literal(text.replace("&{", "${"))
        case _:
            return value


def _principals(value: Value) -> Value:
    grouped: dict[str, tuple[Value, ...]] = {}
    for item in _items(value):
        if isinstance(item, MapValue):
            kind = _literal(item.items["type"])
            grouped[kind] = grouped.get(kind, ()) + _items(_with_variables(item.items["identifiers"]))
    if grouped == {"*": (Literal("*"),)}:
        return Literal("*")
    return MapValue({kind: ListValue(identifiers) for kind, identifiers in grouped.items()})


def _conditions(value: Value) -> Value:
    grouped: dict[str, dict[str, tuple[Value, ...]]] = {}
    for item in _items(value):
        if isinstance(item, MapValue):
            variables = grouped.setdefault(_literal(item.items["test"]), {})
            name = _literal(item.items["variable"])
            variables[name] = variables.get(name, ()) + _items(_with_variables(item.items["values"]))
    return MapValue(
        {test: MapValue({name: ListValue(values) for name, values in found.items()}) for test, found in grouped.items()}
    )


def _items(value: Value) -> tuple[Value, ...]:
    return value.items if isinstance(value, ListValue) else (value,)


def _literal(value: Value) -> str:
    if not isinstance(value, Literal):
        raise ProgramError("a policy document's principal types and condition keys must be written out in the program.")
    return str(value.value)


ANSWERS: Mapping[str, Answer] = {
    "aws:index/getCallerIdentity:getCallerIdentity": Answer(_caller_identity, unknown=("arn", "userId")),
    "aws:index/getRegion:getRegion": Answer(_region, ("name",), unknown=("description", "endpoint")),
    "aws:index/getPartition:getPartition": Answer(_partition, unknown=("reverseDnsPrefix",)),
    "aws:index/getAvailabilityZones:getAvailabilityZones": Answer(
        _availability_zones, ("state",), unknown_lists=("groupNames", "zoneIds")
    ),
    "aws:iam/getPolicyDocument:getPolicyDocument": Answer(
        _policy_document, ("policyId", "statements", "version"), unknown=("id",)
    ),
}
