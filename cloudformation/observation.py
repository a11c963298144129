"""Runs a program as often as it takes to know what in it depends on the deployment.

* With tokens spelled in one way and in another. A template must say the same in both; what does not was worked out
  from the text of a token (a slice, a digest, a length, an order), or from the clock or a random number.
  (What cannot be seen so is a question about longer text with a token in it that has the same answer in both runs:
  whether it is equal to a fixed text, say. A token by itself refuses such questions.)
* Without each optional setting, to find its conditions, and without several of them, to check that these say what the
  program does: without any two and all three of three settings; of more, without all and all but one.

Both questions are asked in the same runs where that is possible: see :func:`_quickly`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from .conditions import given, merge
from .errors import CloudFormationError, CompileError, Position, Problem
from .graph import Concat, ListValue, Literal, MapValue, Path, Program, Resource, Secret, Value, as_text, describe
from .monitor import EVERY
from .parallel import Beside, UnfinishedError, afterwards
from .tokens import OTHER, PLAIN, Spelling

Missing = tuple[str, ...]


class Run(Protocol):
    """Runs the program; see :func:`cloudformation.recorder.record`."""

    def __call__(self, *, without: Collection[str] = (), spelling: Spelling = PLAIN) -> Program: ...


def observe(run: Run, beside: Beside = afterwards) -> Program:
    """The program with its conditions.

    Raises:
        CompileError: something in it is not the same each time, or depends on optional settings in a way that
            conditions cannot say.
    """
    complete: Program | None = None
    with beside(lambda: _others(run, complete)) as others:
        complete = run()
        # What the program prints is said once.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return _quickly(complete, run, others) or _carefully(complete, run)


@dataclass(frozen=True)
class _Others:
    """Runs that need not wait for the complete one."""

    optional: Missing
    """The optional settings that they saw."""
    respelled: Program | None
    """The complete program with the other spelling, if there are fewer than two optional settings."""
    without: Mapping[Missing, Program]


def _others(run: Run, complete: Program | None) -> _Others:
    """``complete`` only spares a run, where it is there already."""
    if complete and not _optional(complete):
        return _Others((), run(spelling=OTHER), {})
    bare = run(without=EVERY)
    optional = tuple(_optional(bare))
    if len(optional) < 2:
        return _Others(optional, run(spelling=OTHER), {optional: bare})
    _, theirs = _shares(optional)
    return _Others(optional, None, {optional: bare, **_run_without(theirs, run)})


def _shares(optional: Sequence[str]) -> tuple[list[Missing], list[Missing]]:
    """Which settings are left out in the runs beside, and which here, but for all of them."""
    tasks = [*((name,) for name in optional), *(names for names in _several(optional) if len(names) < len(optional))]
    return tasks[::2], tasks[1::2]


def _run_without(tasks: Collection[Missing], run: Run) -> dict[Missing, Program]:
    return {names: run(without=names, spelling=OTHER if len(names) == 1 else PLAIN) for names in tasks}


def _quickly(complete: Program, run: Run, others: Callable[[], _Others]) -> Program | None:
    """The program with its conditions, if it takes no more runs to be sure of them.

    Of two or more optional settings, each is left out in the other spelling, and several are in the first. What was
    worked out from a token's text then differs wherever just one is left out. If nothing does in more than one of
    these runs, and the conditions say what happens without several, then no text of a token had a part in it.
    """
    optional = _optional(complete)
    try:
        here = _run_without(_shares(optional)[0], run) if len(optional) > 1 else {}
        # What is made only without a single setting is in no other run.
        bare = run(without=tuple(optional), spelling=OTHER) if len(optional) == 1 else None
        beside = others()
        if beside.optional != tuple(optional):
            return None
        runs = {**here, **beside.without}
        if beside.respelled:
            _demand(_changing(complete, beside.respelled))
        if bare:
            _demand(_changing(runs[tuple(optional)], bare))
        merged = merge(complete, {name: runs[name,] for name in optional})
    except (UnfinishedError, CloudFormationError):
        return None
    doubtful = Counter(key for name in optional for key in _unlike(complete, runs[name,])) if here else Counter()
    if any(times > 1 for times in doubtful.values()) or len(_optional(merged)) > len(optional):
        return None
    for missing in _several(optional):
        if _entangled(merged, runs[missing], missing):
            return None
    return merged


def _unlike(program: Program, other: Program) -> Iterator[str]:
    """The resources and outputs that are not the same in both, or only in one."""
    resources = program.resources.keys() | other.resources.keys()
    yield from (urn for urn in resources if _inputs(program.resources.get(urn)) != _inputs(other.resources.get(urn)))
    outputs = {output.name: output.value for output in program.outputs}
    others = {output.name: output.value for output in other.outputs}
    yield from (name for name in outputs.keys() | others.keys() if outputs.get(name) != others.get(name))


def _carefully(complete: Program, run: Run) -> Program:
    """The same with a run for each question, so that whatever is wrong gets its name."""
    _demand(_changing(complete, run(spelling=OTHER)))
    optional = _optional(complete)
    without = {name: run(without=(name,)) for name in optional}
    for name, program in without.items():
        _demand(_changing(program, run(without=(name,), spelling=OTHER)))
    merged = merge(complete, without)
    if len(_optional(merged)) > len(optional):
        late = sorted(set(_optional(merged)) - set(optional))
        _demand([_late(name) for name in late])
    for missing in _several(optional):
        _demand(_entangled(merged, run(without=missing), missing))
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


def _entangled(merged: Program, actual: Program, missing: Sequence[str]) -> list[Problem]:
    """Problems for whatever the conditions get wrong where the ``missing`` optional settings are not given."""
    doubtful = merged.resources.keys() | actual.resources.keys()
    # Most resources depend on no setting: only what is left is worth carrying out.
    doubtful -= {
        urn
        for urn, item in merged.resources.items()
        if not item.conditions and _inputs(item) == _inputs(actual.resources.get(urn))
    }
    problems = []
    expected, found = (given(_only(doubtful, program), missing) for program in (merged, actual))
    for title, position, path, one, two in _differences(expected, found):
        message = (
            f"depends on the optional settings {' and '.join(missing)} together: without both or all of them its "
            f"conditions would make it {one}, but the program makes it {two}."
        )
        remedy = "Let each thing depend on one of them, or on all of them being given."
        problems.append(Problem(title, describe(path), message, remedy, position))
    return problems


def _only(urns: Collection[str], program: Program) -> Program:
    """The program with no other resources."""
    return dataclasses.replace(program, resources={urn: item for urn, item in program.resources.items() if urn in urns})


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
