"""Runs a program as often as it takes to know what in it depends on the deployment.

* Once with tokens spelled in one way and once in another. A template must say the same in both; what does not was
  worked out from the text of a token (a slice, a digest, a length, an order), or from the clock or a random number.
  (What cannot be seen so is a question about longer text with a token in it that has the same answer in both runs:
  whether it is equal to a fixed text, say. A token by itself refuses such questions.)
* Once without each optional setting, to find its conditions, and without several of them, to check that these say
  what the program does: without any two and all three of three settings; of more, without all and all but one.
"""

from __future__ import annotations

import contextlib
import io
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from .conditions import given, merge
from .errors import CompileError, Position, Problem
from .graph import Concat, ListValue, Literal, MapValue, Path, Program, Resource, Secret, Value, as_text, describe
from .tokens import OTHER, PLAIN, Spelling


class Run(Protocol):
    """Runs the program; see :func:`cloudformation.recorder.record`."""

    def __call__(self, *, without: Collection[str] = (), spelling: Spelling = PLAIN) -> Program: ...


def observe(run: Run) -> Program:
    """The program with its conditions.

    Raises:
        CompileError: something in it is not the same each time, or depends on optional settings in a way that
            conditions cannot say.
    """
    complete = run()
    # What the program prints is said once.
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return _compared(complete, run)


def _compared(complete: Program, run: Run) -> Program:
    _demand(_changing(complete, run(spelling=OTHER)))
    optional = _optional(complete)
    without = {name: run(without=(name,)) for name in optional}
    merged = merge(complete, without)
    if len(_optional(merged)) > len(optional):
        late = sorted(set(_optional(merged)) - set(optional))
        _demand([_late(name) for name in late])
    for missing in _several(optional):
        _demand(_entangled(given(merged, missing), given(run(without=missing), missing), missing))
    return merged


def _several(optional: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The combinations of missing settings that are tried beside the single ones: all there are, of up to three."""
    sizes = range(2, len(optional) + 1) if len(optional) <= 3 else range(len(optional) - 1, len(optional) + 1)
    for size in sizes:
        yield from itertools.combinations(optional, size)


def _optional(program: Program) -> list[str]:
    return [parameter.name for parameter in program.parameters if parameter.optional]


def _demand(problems: Collection[Problem]) -> None:
    if problems:
        raise CompileError(tuple(problems))


def _late(name: str) -> Problem:
    message = "is read only when another optional setting is not given."
    return Problem(f"the optional setting {name}", "", message, "Read it first, and then decide.")


def _changing(program: Program, other: Program) -> list[Problem]:
    """Problems for whatever differs between two runs that only spell tokens differently."""
    problems = []
    for title, position, path, one, two in _differences(program, other):
        message = (
            f"is not the same each time the program runs: {one}, then {two}. It was worked out from the text of a "
            "value that only the deployment knows (cut, counted, hashed, sorted, changed in case), or from the clock "
            "or a random number."
        )
        remedy = "Use such values whole, and write down what is random once."
        problems.append(Problem(title, describe(path), message, remedy, position))
    return problems


def _entangled(expected: Program, actual: Program, missing: Sequence[str]) -> list[Problem]:
    """Problems for whatever the conditions get wrong where the ``missing`` optional settings are not given."""
    problems = []
    for title, position, path, one, two in _differences(expected, actual):
        message = (
            f"depends on the optional settings {' and '.join(missing)} together: without both or all of them its "
            f"conditions would make it {one}, but the program makes it {two}."
        )
        remedy = "Let each thing depend on one of them, or on all of them being given."
        problems.append(Problem(title, describe(path), message, remedy, position))
    return problems


_Difference = tuple[str, Position | None, Path, str, str]


def _differences(program: Program, other: Program) -> Iterator[_Difference]:
    """Title, position, path and the two values of everything that is not the same, one difference per resource."""
    for urn in dict.fromkeys([*program.resources, *other.resources]):
        one, two = program.resources.get(urn), other.resources.get(urn)
        found = first_difference(_inputs(one), _inputs(two))
        if found:
            resource = one or two
            assert resource
            yield (resource.title, resource.position, *found)
    outputs = {output.name: output.value for output in program.outputs}
    others = {output.name: output.value for output in other.outputs}
    for name in dict.fromkeys([*outputs, *others]):
        found = first_difference(outputs.get(name), others.get(name))
        if found:
            yield (f"output {name}", None, *found)


def _inputs(resource: Resource | None) -> Value | None:
    return MapValue(resource.inputs) if resource else None


def first_difference(one: Value | None, two: Value | None, path: Path = ()) -> tuple[Path, str, str] | None:
    """Where two values first differ, and what stands there in each."""
    if one == two:
        return None
    match one, two:
        case MapValue(items), MapValue(others):
            pairs: Mapping[str | int, tuple[Value | None, Value | None]] = {
                key: (items.get(key), others.get(key)) for key in dict.fromkeys([*items, *others])
            }
        case ListValue(items), ListValue(others) if len(items) == len(others):
            pairs = dict(enumerate(zip(items, others, strict=True)))
        case Secret(inner), Secret(other):
            return first_difference(inner, other, path)
        case _:
            return path, _shown(one), _shown(two)
    return next((found for key, pair in pairs.items() if (found := first_difference(*pair, (*path, key)))), None)


def _shown(value: Value | None) -> str:
    match value:
        case None:
            return "nothing"
        case Literal() | Concat():
            parts = value.parts if isinstance(value, Concat) else (value,)
            text = "".join(as_text(part) if isinstance(part, Literal) else "{...}" for part in parts)
            return repr(text if len(text) <= 60 else f"{text[:57]}...")
        case ListValue(items):
            return f"a list of {len(items)}"
        case MapValue():
            return "an object"
        case _:
            return "a value that only the deployment knows"
