"""Finds what depends on an optional setting, by comparing the program with and without it.

A program may decide on whether an optional setting is given, since that is Python's ``None`` on one way to AWS and a
``Condition`` on the other. What it decided is not guessed from the code but observed: the program runs once with every
optional setting given, and once more without each of them. A resource, input or output that is missing or different
then depends on that setting. Settings are taken to be independent of each other; a thing that needs two of them gets
both conditions. Whether they are is checked as well: see :func:`given`.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from .errors import CompileError, Problem
from .graph import (
    Concat,
    Function,
    ListValue,
    Literal,
    MapValue,
    Program,
    Resource,
    Secret,
    StackOutput,
    Value,
    concat,
)
from .values import NO_VALUE, ref

HAS, LACKS = "Has", "Lacks"
Thing = TypeVar("Thing", Resource, StackOutput)


def condition_name(parameter: str) -> str:
    """The condition that is true when the optional ``parameter`` has a value."""
    return f"{HAS}{parameter}"


def lack_name(parameter: str) -> str:
    """The condition that is true when it has none."""
    return f"{LACKS}{parameter}"


def opposite(condition: str) -> str:
    """The condition that is true when a single ``condition`` is not."""
    name = condition.removeprefix(HAS)
    return lack_name(name) if name != condition else condition_name(condition.removeprefix(LACKS))


def joint_name(conditions: tuple[str, ...]) -> str | None:
    """The name of the condition that all of ``conditions`` hold."""
    if not conditions:
        return None
    return "And".join([conditions[0], *(name.removeprefix(HAS) for name in conditions[1:])])


def declared(program: Program) -> tuple[tuple[str, Value], ...]:
    """The template's conditions: each optional parameter's, and those that resources and outputs need besides.

    Raises:
        CompileError: two of them would have one name.
    """
    used = [item.conditions for item in program.resources.values()] + [item.conditions for item in program.outputs]
    single = {name for names in used for name in names}
    optional = [parameter.name for parameter in program.parameters if parameter.optional]
    found: list[tuple[str, Value]] = [
        (condition_name(name), Function("Fn::Not", (_is_empty(name),))) for name in optional
    ]
    found += [(lack_name(name), _is_empty(name)) for name in optional if lack_name(name) in single]
    for names in sorted({names for names in used if len(names) > 1}):
        members = tuple(Function("Condition", (Literal(name),)) for name in names)
        found.append((joint_name(names) or "", Function("Fn::And", members)))
    doubles = [name for name, times in Counter(name for name, _ in found).items() if times > 1]
    if doubles:
        message = "would be the name of two conditions, because of how optional settings are named."
        raise CompileError([Problem(doubles[0], "", message, "Rename one of the settings.")])
    return tuple(found)


def _is_empty(parameter: str) -> Value:
    return Function("Fn::Equals", (ref(parameter), Literal("")))


def merge(complete: Program, without: Mapping[str, Program]) -> Program:
    """The complete program with the conditions that the runs ``without`` each optional parameter reveal.

    Raises:
        CompileError: something depends on several settings in a way that conditions cannot say.
    """
    known = {parameter.name for parameter in complete.parameters}
    new = {item.name: item for program in without.values() for item in program.parameters if item.name not in known}
    components = {urn: item for program in without.values() for urn, item in program.components.items()}
    outputs = _merge_all(
        _outputs(complete), {name: _outputs(program) for name, program in without.items()}, _merge_output
    )
    resources = {name: program.resources for name, program in without.items()}
    return dataclasses.replace(
        complete,
        parameters=(*complete.parameters, *new.values()),
        resources=_merge_all(complete.resources, resources, _merge_resource),
        components={**components, **complete.components},
        outputs=tuple(outputs.values()),
    )


def _outputs(program: Program) -> Mapping[str, StackOutput]:
    """By name. To export nothing is not to export."""
    return {output.name: output for output in program.outputs if output.value != Literal(None)}


def _merge_all(
    complete: Mapping[str, Thing],
    without: Mapping[str, Mapping[str, Thing]],
    merge_one: Callable[[Thing, Mapping[str, Thing]], Thing],
) -> dict[str, Thing]:
    merged: dict[str, Thing] = {}
    for key, thing in complete.items():
        others = {name: things[key] for name, things in without.items() if key in things}
        conditions = tuple(condition_name(name) for name in without if name not in others)
        merged[key] = dataclasses.replace(merge_one(thing, others), conditions=conditions)
    for name, things in without.items():
        for key, thing in things.items():
            if key in merged and key not in complete:
                raise CompileError([_entangled(thing, merged[key].conditions[0].removeprefix(LACKS), name)])
            merged.setdefault(key, dataclasses.replace(thing, conditions=(lack_name(name),)))
    return merged


def _entangled(thing: Resource | StackOutput, *settings: str) -> Problem:
    title, position = (thing.title, thing.position) if isinstance(thing, Resource) else (f"output {thing.name}", None)
    return Problem(
        title,
        "",
        f"depends on the optional settings {' and '.join(settings)} together, in a way that conditions cannot say.",
        "Let each thing depend on one of them, or on all of them being given.",
        position,
    )


def _merge_resource(resource: Resource, others: Mapping[str, Resource]) -> Resource:
    inputs = _choose(MapValue(resource.inputs), {name: MapValue(other.inputs) for name, other in others.items()})
    assert isinstance(inputs, MapValue)
    waits = {urn for item in (resource, *others.values()) for urn in item.dependencies}
    return dataclasses.replace(resource, inputs=inputs.items, dependencies=tuple(sorted(waits)))


def _merge_output(output: StackOutput, others: Mapping[str, StackOutput]) -> StackOutput:
    return dataclasses.replace(output, value=_choose(output.value, {n: other.value for n, other in others.items()}))


def _choose(then: Value, others: Mapping[str, Value]) -> Value:
    """The smallest ``Fn::If`` that gives ``then`` where all settings are given, and the others without theirs."""
    others = {name: other for name, other in others.items() if other != then}
    if not others:
        return then
    if isinstance(then, MapValue) and all(isinstance(other, MapValue) for other in others.values()):
        maps = {name: other.items for name, other in others.items() if isinstance(other, MapValue)}
        keys = dict.fromkeys([*then.items, *(key for items in maps.values() for key in items)])
        return MapValue(
            {
                key: _choose(then.items.get(key, NO_VALUE), {n: items.get(key, NO_VALUE) for n, items in maps.items()})
                for key in keys
            }
        )
    if isinstance(then, ListValue) and all(_as_long(other, then) for other in others.values()):
        lists = {name: other.items for name, other in others.items() if isinstance(other, ListValue)}
        return ListValue(
            tuple(
                _choose(item, {n: items[index] for n, items in lists.items()}) for index, item in enumerate(then.items)
            )
        )
    for name, other in reversed(others.items()):
        then = Function("Fn::If", (Literal(condition_name(name)), *(_or_nothing(side) for side in (then, other))))
    return then


def _or_nothing(value: Value) -> Value:
    """What Python says with None, a template says with ``AWS::NoValue``."""
    return NO_VALUE if value == Literal(None) else value


def _as_long(other: Value, items: ListValue) -> bool:
    return isinstance(other, ListValue) and len(other.items) == len(items.items)


def given(program: Program, missing: Collection[str]) -> Program:
    """What a merged program is when the ``missing`` optional parameters are not given: its conditions carried out, and
    whatever is nothing left out."""

    def holds(conditions: tuple[str, ...]) -> bool:
        return not any(
            condition == condition_name(name) if name in missing else condition == lack_name(name)
            for condition in conditions
            for name in optional
        )

    optional = [parameter.name for parameter in program.parameters if parameter.optional]
    false = {condition_name(name) for name in missing}
    resources = {
        urn: dataclasses.replace(item, inputs=_decided(item.inputs, false), conditions=())
        for urn, item in program.resources.items()
        if holds(item.conditions)
    }
    outputs = tuple(
        dataclasses.replace(item, value=_carried_out(item.value, false), conditions=())
        for item in program.outputs
        if holds(item.conditions)
    )
    return dataclasses.replace(program, resources=resources, outputs=outputs)


def _decided(items: Mapping[str, Value], false: Collection[str]) -> dict[str, Value]:
    carried_out = {key: _carried_out(item, false) for key, item in items.items()}
    return {key: item for key, item in carried_out.items() if item not in (NO_VALUE, Literal(None))}


def _carried_out(value: Value, false: Collection[str]) -> Value:
    """The value with every ``Fn::If`` decided, and nothing where it says so."""
    match value:
        case Function("Fn::If", (Literal(str(condition)), then, otherwise)):
            return _carried_out(otherwise if condition in false else then, false)
        case Function(name, arguments) if value != NO_VALUE:
            return Function(name, tuple(_carried_out(item, false) for item in arguments))
        case MapValue(items):
            return MapValue(_decided(items, false))
        case ListValue(members):
            listed = (_carried_out(item, false) for item in members)
            return ListValue(tuple(item for item in listed if item != NO_VALUE))
        case Concat(parts):
            return concat([_carried_out(part, false) for part in parts])
        case Secret(inner):
            return Secret(_carried_out(inner, false))
        case _:
            return value
