"""Answers to the AWS functions that a program may call while it is recorded.

Each has a counterpart that CloudFormation resolves when it deploys. Any other look-up asks an account for facts, which
a template cannot do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .errors import ProgramError
from .graph import Function, ListValue, Literal, MapValue, Pseudo, Value, to_json

Arguments = Mapping[str, Value]

# Every Region has at least three zones that CloudFormation lists.
ZONES = 3


def answer(function: str, arguments: Arguments) -> dict[str, Value]:
    """The result of one function call.

    Raises:
        ProgramError: the function has no counterpart in a template.
    """
    try:
        return ANSWERS[function](arguments)
    except KeyError:
        known = ", ".join(sorted(name.rpartition(":")[2] for name in ANSWERS))
        raise ProgramError(
            f"{function} looks something up in an account, which a template cannot do. "
            f"Make the answer a setting (pulumi.Config). What can be compiled: {known}."
        ) from None


def _caller_identity(_arguments: Arguments) -> dict[str, Value]:
    return {"accountId": Pseudo("AWS::AccountId"), "id": Pseudo("AWS::AccountId")}


def _region(_arguments: Arguments) -> dict[str, Value]:
    region = Pseudo("AWS::Region")
    return {"region": region, "name": region, "id": region}


def _partition(_arguments: Arguments) -> dict[str, Value]:
    partition = Pseudo("AWS::Partition")
    return {"partition": partition, "id": partition, "dnsSuffix": Pseudo("AWS::URLSuffix")}


def _availability_zones(_arguments: Arguments) -> dict[str, Value]:
    zones = Function("Fn::GetAZs", (Literal(""),))
    names = tuple(Function("Fn::Select", (Literal(index), zones)) for index in range(ZONES))
    return {"names": ListValue(names), "id": Pseudo("AWS::Region")}


def _policy_document(arguments: Arguments) -> dict[str, Value]:
    statements = arguments.get("statements", ListValue(()))
    items = statements.items if isinstance(statements, ListValue) else ()
    document: dict[str, Value] = {"Version": arguments.get("version", Literal("2012-10-17"))}
    if "policyId" in arguments:
        document["Id"] = arguments["policyId"]
    document["Statement"] = ListValue(tuple(_statement(item) for item in items if isinstance(item, MapValue)))
    text = to_json(MapValue(document))
    return {"json": text, "minifiedJson": text, "id": Literal("policy")}


def _statement(item: MapValue) -> Value:
    renamed = (("sid", "Sid"), ("effect", "Effect"), ("actions", "Action"), ("notActions", "NotAction"))
    resources = (("resources", "Resource"), ("notResources", "NotResource"))
    result: dict[str, Value] = {"Effect": Literal("Allow")}
    for source, target in renamed + resources:
        if source in item.items:
            result[target] = item.items[source]
    for source, target in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if source in item.items:
            result[target] = _principals(item.items[source])
    if "conditions" in item.items:
        result["Condition"] = _conditions(item.items["conditions"])
    order = (
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    )
    return MapValue({key: result[key] for key in order if key in result})


def _principals(value: Value) -> Value:
    grouped: dict[str, tuple[Value, ...]] = {}
    for kind, identifiers in _pairs(value, "type", "identifiers"):
        grouped[kind] = grouped.get(kind, ()) + _items(identifiers)
    if grouped == {"*": (Literal("*"),)}:
        return Literal("*")
    return MapValue({kind: ListValue(identifiers) for kind, identifiers in grouped.items()})


def _conditions(value: Value) -> Value:
    grouped: dict[str, dict[str, Value]] = {}
    for item in _items(value):
        if isinstance(item, MapValue):
            operator, variable = _literal(item.items["test"]), _literal(item.items["variable"])
            grouped.setdefault(operator, {})[variable] = ListValue(_items(item.items["values"]))
    return MapValue({operator: MapValue(variables) for operator, variables in grouped.items()})


def _pairs(value: Value, key: str, content: str) -> list[tuple[str, Value]]:
    return [(_literal(item.items[key]), item.items[content]) for item in _items(value) if isinstance(item, MapValue)]


def _items(value: Value) -> tuple[Value, ...]:
    return value.items if isinstance(value, ListValue) else (value,)


def _literal(value: Value) -> str:
    if not isinstance(value, Literal):
        raise ProgramError("A policy document's principal types and condition keys must be written out in the program.")
    return str(value.value)


ANSWERS: Mapping[str, Callable[[Arguments], dict[str, Value]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _availability_zones,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
}
