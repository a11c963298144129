"""Writes a template as YAML that people can read: headings, comments, short-form functions, one order of sections."""

from __future__ import annotations

import functools
import itertools
import re
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from .graph import Concat, Function, ListValue, Literal, MapValue, Program, Resource, Value, as_text
from .program import Parameter
from .source import Sources
from .template import Template, TemplateOutput, TemplateResource
from .values import ref

WIDTH = 120
NUMBER_PATTERN = r"-?[0-9]+(\.[0-9]+)?"
HEADER = """\
# Generated from the Pulumi program by `python -m cloudformation synth`. Do not edit: change the program instead.
# `python -m cloudformation explain RESOURCE` tells where each property comes from.
"""

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def write(template: Template, program: Program, sources: Sources) -> str:
    """The template's text.

    ``program`` and ``sources`` give the headings and comments.
    """
    sections = [
        HEADER + _dump({"AWSTemplateFormatVersion": "2010-09-09", "Description": template.description}),
        _interface(template.parameters),
        _section("Parameters", {p.name: _parameter(p) for p in template.parameters}),
        _section("Rules", _rules(template.region)),
        _section("Conditions", dict(template.conditions)),
        "Resources:\n" + _resources(template.resources, program, sources),
        _section("Outputs", {output.logical_id: _output(output) for output in template.outputs}),
    ]
    return "\n".join(section for section in sections if section)


def _section(name: str, content: Mapping[str, Any]) -> str:
    if not content:
        return ""
    entries = [_indented(_dump({key: value})) for key, value in content.items()]
    return f"{name}:\n" + "\n".join(entries)


def _indented(text: str) -> str:
    """The lines of ``text`` one step inwards; only line feeds end a line."""
    return "\n".join([f"  {line}" if line else "" for line in text.split("\n")])


def _interface(parameters: tuple[Parameter, ...]) -> str:
    groups: dict[str, list[str]] = {}
    for parameter in parameters:
        if parameter.group:
            groups.setdefault(parameter.group, []).append(parameter.name)
    if not groups:
        return ""
    listed = [{"Label": {"default": label}, "Parameters": names} for label, names in groups.items()]
    return _dump({"Metadata": {"AWS::CloudFormation::Interface": {"ParameterGroups": listed}}})


def _parameter(parameter: Parameter) -> dict[str, Any]:
    default = "" if parameter.default is None and parameter.optional else parameter.default
    # A Number cannot be empty; one that may be left out is text that looks like a number.
    optional_number = parameter.optional and parameter.type == "Number"
    wanted = parameter.pattern or (NUMBER_PATTERN if optional_number else "")
    pattern = f"^({wanted})$" if wanted else None
    declared = {
        "Type": "String" if optional_number else parameter.type,
        "Description": parameter.description or parameter.name,
        "NoEcho": True if parameter.secret else None,
        "Default": default,
        "AllowedPattern": f"^$|{pattern}" if pattern and parameter.optional else pattern,
        "AllowedValues": _allowed_values(parameter),
        "MinLength": parameter.min_length,
        "MaxLength": parameter.max_length,
        "MinValue": parameter.min_value,
        "MaxValue": parameter.max_value,
        "ConstraintDescription": parameter.limits() if _is_limited(parameter) else None,
    }
    return {key: value for key, value in declared.items() if value is not None}


def _allowed_values(parameter: Parameter) -> list[str | int] | None:
    values = list(parameter.allowed_values)
    return (["", *values] if parameter.optional else values) if values else None


def _is_limited(parameter: Parameter) -> bool:
    return bool(parameter.pattern or parameter.allowed_values or parameter.min_value is not None)


def _rules(region: str) -> dict[str, Any]:
    equal = Function("Fn::Equals", (ref("AWS::Region"), Literal(region)))
    text = f"This stack belongs into {region}: its limits, price list and image names are chosen for that Region."
    return {"Region": {"Assertions": [{"Assert": equal, "AssertDescription": text}]}}


def _output(output: TemplateOutput) -> dict[str, Any]:
    result: dict[str, Any] = {"Description": output.description or output.logical_id}
    if output.condition:
        result["Condition"] = output.condition
    name = Concat((ref("AWS::StackName"), Literal(f"-{output.logical_id}")))
    return {**result, "Value": output.value, "Export": {"Name": name}}


def _resources(resources: Iterable[TemplateResource], program: Program, sources: Sources) -> str:
    blocks: list[str] = []
    layer: object = object()
    comment = ""
    for resource in _by_layer(resources):
        if resource.layer != layer:
            layer = resource.layer
            blocks.append(_heading(program.components.get(layer) if layer else None))
        text = _indented(_dump({resource.logical_id: _resource(resource)}))
        recorded = program.resources[resource.urn]
        previous, comment = comment, sources.comment(recorded.trace)
        if comment != previous:
            text = _comment(comment) + text
        blocks.append(text)
    return "\n".join(blocks)


def _by_layer(resources: Iterable[TemplateResource]) -> list[TemplateResource]:
    groups: dict[str | None, list[TemplateResource]] = {}
    for resource in resources:
        groups.setdefault(resource.layer, []).append(resource)
    return [resource for group in groups.values() for resource in group]


def _heading(component: Resource | None) -> str:
    title, summary = (component.name, component.summary) if component else ("stack", "")
    lines = textwrap.wrap(_printable(f"{title}: {summary}" if summary else title), WIDTH - 4)
    rule = "  # " + "-" * (WIDTH - 4)
    return "\n".join([rule, *(f"  # {line}" for line in lines), rule]) + "\n"


def _comment(text: str) -> str:
    return "".join(f"  # {line}\n" for line in textwrap.wrap(_printable(text), WIDTH - 4))


def _printable(text: str) -> str:
    """Text for a comment: what could end the line, or may not stand in YAML at all, becomes a space."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _resource(resource: TemplateResource) -> dict[str, Any]:
    body: dict[str, Any] = {"Type": resource.type}
    if resource.condition:
        body["Condition"] = resource.condition
    if resource.deletion_policy:
        body["DeletionPolicy"] = body["UpdateReplacePolicy"] = resource.deletion_policy
    if resource.depends_on:
        body["DependsOn"] = list(resource.depends_on) if len(resource.depends_on) > 1 else resource.depends_on[0]
    if resource.metadata.items:
        body["Metadata"] = resource.metadata
    if resource.properties.items:
        body["Properties"] = resource.properties
    return body


def _dump(data: Mapping[str, Any]) -> str:
    events = [*_BEGINNING]
    _add_map(events, data)
    text: str = yaml.emit([*events, *_END], Dumper=_Dumper, width=WIDTH, allow_unicode=True)
    return text


_BEGINNING = (yaml.StreamStartEvent(), yaml.DocumentStartEvent(explicit=False))
_END = (yaml.DocumentEndEvent(explicit=False), yaml.StreamEndEvent())


# How each kind of value looks.


def _add(events: list[yaml.Event], value: Any) -> None:
    match value:
        case str():
            events.append(_text(value))
        case Literal(str() as text):
            events.append(_text(text))
        case Literal(plain):
            events.append(_plain(plain))
        case Function():
            _add_function(events, value)
        case MapValue(items):
            _add_map(events, items)
        case ListValue(items):
            _add_list(events, items)
        case Concat():
            _add_concat(events, value)
        case dict():
            _add_map(events, value)
        case list():
            _add_list(events, value)
        case _:
            events.append(_plain(value))


_MAP = yaml.MappingStartEvent(None, None, implicit=True, flow_style=False)
_MAP_END = yaml.MappingEndEvent()
_LIST = yaml.SequenceStartEvent(None, None, implicit=True, flow_style=False)
_LIST_END = yaml.SequenceEndEvent()


def _add_map(events: list[yaml.Event], items: Mapping[str, Any]) -> None:
    events.append(_MAP)
    for key, value in items.items():
        events.append(_text(key))
        _add(events, value)
    events.append(_MAP_END)


def _add_list(events: list[yaml.Event], items: Iterable[Any], start: yaml.Event = _LIST) -> None:
    events.append(start)
    for value in items:
        _add(events, value)
    events.append(_LIST_END)


def _plain(value: object) -> yaml.Event:
    """A number, a truth value or nothing."""
    node = _SCALARS.represent_data(value)
    return yaml.ScalarEvent(None, node.tag, (True, False), node.value)


_SCALARS = yaml.representer.SafeRepresenter()
_READER = yaml.resolver.Resolver()
_TEXT = _READER.DEFAULT_SCALAR_TAG


@functools.lru_cache(maxsize=4096)
def _text(text: str) -> yaml.Event:
    # Without quotes, what a reader would take for a number or the like is no text.
    as_it_is: bool = _READER.resolve(yaml.ScalarNode, text, (True, False)) == _TEXT  # type: ignore[no-untyped-call]
    return yaml.ScalarEvent(None, _TEXT, (as_it_is, True), text, style=_style(text))


def _tagged(tag: str, text: str, style: str | None = None) -> yaml.Event:
    return yaml.ScalarEvent(None, tag, (False, False), text, style=style)


def _tagged_list(tag: str, *, flow: bool = False) -> yaml.Event:
    """The beginning of a list."""
    return yaml.SequenceStartEvent(None, tag, implicit=False, flow_style=flow)


# Line ends other than the line feed, which a reader would turn into one.
_ODD_LINE_END = re.compile("[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029\ufeff]")
# Digits that some readers take for a number (an account id with a leading zero), and PyYAML's writer does not.
_LIKE_A_NUMBER = re.compile(r"[-+.]?[0-9][0-9_.,:eE+-]*")


def _style(text: str) -> str | None:
    # What ends in an empty line would be written with an end of the document behind it.
    if _ODD_LINE_END.search(text) or text == "\n" or text.endswith("\n\n"):
        return '"'
    if "\n" in text:
        return "|"
    return "'" if _LIKE_A_NUMBER.fullmatch(text) else None


def _add_function(events: list[yaml.Event], function: Function) -> None:
    tag = "!" + function.name.removeprefix("Fn::")
    match function:
        case Function("Fn::GetAtt", (Literal(name), Literal(attribute))):
            events.append(_tagged(tag, f"{name}.{attribute}"))
        case Function(_, (Literal() as literal,)):
            events.append(_tagged(tag, as_text(literal)))
        case Function(_, (ListValue(items),)):
            _add_list(events, items, _tagged_list(tag))
        case Function(_, arguments):
            plain = not any(isinstance(item, MapValue | ListValue) for item in arguments)
            _add_list(events, arguments, _tagged_list(tag, flow=plain))


# A variable of somebody else's, which ``${!name}`` leaves alone.
_VARIABLE = re.compile(r"\$\{[A-Za-z0-9_.:-]+\}")


def _is_clear(text: str) -> bool:
    """Whether text can stand in ``Fn::Sub``. It cannot with a ``${`` that nothing closes: the next reference would."""
    rest = _VARIABLE.sub("", text)
    return "${" not in rest and not rest.endswith("$")


def _add_concat(events: list[yaml.Event], value: Concat) -> None:
    text = ""
    others: dict[str, Value] = {}
    for part in value.parts:
        match part:
            case Literal() if _is_clear(as_text(part)):
                text += as_text(part).replace("${", "${!")
            case Function("Ref", (Literal(name),)):
                text += f"${{{name}}}"
            case Function("Fn::GetAtt", (Literal(name), Literal(attribute))):
                text += f"${{{name}.{attribute}}}"
            case _:
                named = {part.arguments[0] for part in value.parts if isinstance(part, Function)}
                names = (f"Part{count}" for count in itertools.count(1))
                name = next(free for free in names if Literal(free) not in named and free not in others)
                others[name] = part
                text += f"${{{name}}}"
    if others:
        _add_list(events, [text, others], _tagged_list("!Sub"))
    else:
        events.append(_tagged("!Sub", text, _style(text)))
