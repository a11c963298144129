"""Finds what depends on an optional setting, by comparing the program with and without it.

A program may decide on whether an optional setting is given, since that is Python's ``None`` on one way to AWS and a
``Condition`` on the other. What it decided is not guessed from the code but observed: the program runs once with every
optional setting given, and once more without each of them. A resource, input or output that is missing or different
then depends on that setting. Settings are taken to be independent of each other; a thing that needs two of them gets
both conditions.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from .graph import Function, ListValue, Literal, MapValue, Program, Resource, StackOutput, Value
from .mapping import NO_VALUE


def condition_name(parameter: str) -> str:
    """The condition that is true when the optional ``parameter`` has a value."""
    return f"Has{parameter}"


def merge(complete: Program, without: Mapping[str, Program]) -> Program:
    """The complete program with the conditions that the runs ``without`` each optional parameter reveal."""
    for parameter, program in without.items():
        complete = _merge_one(complete, program, condition_name(parameter))
    return complete


def _merge_one(complete: Program, other: Program, condition: str) -> Program:
    resources = {
        urn: _merge_resource(resource, other.resources.get(urn), condition)
        for urn, resource in complete.resources.items()
    }
    for urn, resource in other.resources.items():
        if urn not in resources:
            raise ValueError(f"{resource.title} exists only while {condition} is false")
    values = {output.name: output for output in other.outputs}
    outputs = tuple(_merge_output(output, values.get(output.name), condition) for output in complete.outputs)
    return dataclasses.replace(complete, resources=resources, outputs=outputs)


def _merge_resource(resource: Resource, other: Resource | None, condition: str) -> Resource:
    if other is None:
        return dataclasses.replace(resource, conditions=(*resource.conditions, condition))
    if resource.inputs == other.inputs:
        return resource
    merged = _choose(MapValue(resource.inputs), MapValue(other.inputs), condition)
    assert isinstance(merged, MapValue)
    return dataclasses.replace(resource, inputs=merged.items)


def _merge_output(output: StackOutput, other: StackOutput | None, condition: str) -> StackOutput:
    if other is None:
        return dataclasses.replace(output, conditions=(*output.conditions, condition))
    return dataclasses.replace(output, value=_choose(output.value, other.value, condition))


def _choose(then: Value, otherwise: Value | None, condition: str) -> Value:
    """The smallest ``Fn::If`` that gives ``then`` under the condition and ``otherwise`` without it."""
    if then == otherwise:
        return then
    if isinstance(then, MapValue) and isinstance(otherwise, MapValue):
        keys = [*then.items, *(key for key in otherwise.items if key not in then.items)]
        return MapValue(
            {key: _choose(then.items.get(key, NO_VALUE), otherwise.items.get(key), condition) for key in keys}
        )
    if isinstance(then, ListValue) and isinstance(otherwise, ListValue) and len(then.items) == len(otherwise.items):
        pairs = zip(then.items, otherwise.items, strict=True)
        return ListValue(tuple(_choose(a, b, condition) for a, b in pairs))
    return Function("Fn::If", (Literal(condition), then, NO_VALUE if otherwise is None else otherwise))
