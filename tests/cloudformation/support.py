"""What the compiler's tests share: recording a function instead of a folder, and reading a template back."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from cloudformation.compiler import Compilation, compile_program
from cloudformation.graph import Program, Resource
from cloudformation.observation import observe
from cloudformation.project import Project
from cloudformation.recorder import record_function
from cloudformation.source import Sources
from cloudformation.yaml_writer import write

Build = Callable[[], object]
# Lines of the test modules count as the program's.
FOLDER = Path(__file__).resolve().parent
PROJECT = Project(FOLDER, "demo", "A program of the tests", "eu-west-1", FOLDER / "__main__.py")


def project(**changes: Any) -> Project:
    """The tests' project with other settings."""
    return dataclasses.replace(PROJECT, **changes)


def record(build: Build, where: Project = PROJECT, **options: Any) -> Program:
    """What ``build`` registers in one run."""
    return record_function(build, where, **options)


def observed(build: Build, where: Project = PROJECT) -> Program:
    """What ``build`` registers, with conditions: it runs several times, as a program does."""
    return observe(functools.partial(record_function, build, where))


def compiled(build: Build, where: Project = PROJECT) -> Compilation:
    """The compiled program."""
    return compile_program(observed(build, where))


def text_of(compilation: Compilation) -> str:
    """The template as it is written."""
    return write(compilation.template, compilation.program, Sources(FOLDER))


def template_of(build: Build, where: Project = PROJECT) -> dict[str, Any]:
    """The written template, read back; functions as ``{"Ref": ...}``."""
    return load(text_of(compiled(build, where)))


def properties(build: Build, logical_id: str, where: Project = PROJECT) -> dict[str, Any]:
    """Properties of one resource of the written template."""
    found: dict[str, Any] = template_of(build, where)["Resources"][logical_id]["Properties"]
    return found


def resource(program: Program, name: str) -> Resource:
    """The recorded resource with a name."""
    (found,) = [item for item in program.resources.values() if item.name == name]
    return found


def line(build: Build, marker: str = "# here") -> str:
    """``file:line`` of the line with the marker in a function."""
    lines, first = inspect.getsourcelines(build)
    (number,) = [first + index for index, text in enumerate(lines) if marker in text]
    return f"{Path(inspect.getfile(build)).name}:{number}"


class _Loader(yaml.SafeLoader):
    """PyYAML's loader, taught CloudFormation's tags."""


def _function(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        text = loader.construct_scalar(node)
        return {name: text.split(".", 1) if suffix == "GetAtt" else text}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _function)


def load(text: str) -> dict[str, Any]:
    """A template's text as data."""
    loaded: dict[str, Any] = yaml.load(text, Loader=_Loader)
    return loaded


_HOLE = re.compile(r"\$\{(!?)([^}]*)\}")


def evaluate(node: Any, known: Mapping[str, str], conditions: Mapping[str, bool] | None = None) -> Any:
    """What CloudFormation makes of a property: ``known`` gives ``X`` for ``Ref`` and ``X.Attribute`` for ``GetAtt``.

    Written from AWS's reference of the intrinsic functions, not from the compiler, so that it can contradict it.
    """
    if isinstance(node, list):
        return [evaluate(item, known, conditions) for item in node]
    if not isinstance(node, dict):
        return node
    match node:
        case {"Ref": name}:
            return known[name]
        case {"Fn::GetAtt": [name, attribute]}:
            return known[f"{name}.{attribute}"]
        case {"Fn::Sub": str(text)}:
            return _substituted(text, known)
        case {"Fn::Sub": [text, more]}:
            return _substituted(text, {**known, **evaluate(more, known, conditions)})
        case {"Fn::If": [name, then, otherwise]}:
            return evaluate(then if (conditions or {})[name] else otherwise, known, conditions)
        case {"Fn::Select": [index, {"Fn::GetAZs": ""}]}:
            return f"zone-{index}"
    return {key: evaluate(item, known, conditions) for key, item in node.items()}


def _substituted(text: str, known: Mapping[str, str]) -> str:
    return _HOLE.sub(lambda hole: f"${{{hole[2]}}}" if hole[1] else known[hole[2]], text)
