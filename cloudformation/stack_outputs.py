"""What the program exports, as outputs of the template: text with a name of letters and digits."""

from __future__ import annotations

from .conditions import joint_name
from .configuration import parameter_name
from .errors import Problem
from .graph import Function, ListValue, Literal, MapValue, Program, Secret, StackOutput, Value, as_text, parts, to_json
from .references import Resolver
from .template import TemplateOutput


def template_outputs(program: Program, resolver: Resolver) -> tuple[tuple[TemplateOutput, ...], list[Problem]]:
    """The template's outputs, and what is wrong with them."""
    outputs: list[TemplateOutput] = []
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for output in program.outputs:
        name = parameter_name(output.name)
        objection = _objection(output, name, seen)
        if objection:
            problems.append(Problem("the stack", f"output {output.name}", *objection))
            continue
        seen[name] = output.name
        resolved = resolver.resolve(_text(output.value), None, (f"output {output.name}",), frozenset(output.conditions))
        outputs.append(TemplateOutput(name, resolved, output.description, joint_name(output.conditions)))
    return tuple(outputs), problems


def _objection(output: StackOutput, name: str, seen: dict[str, str]) -> tuple[str, str] | None:
    if not name:
        return "has no letter or digit in its name, and a template's output has nothing else.", "Rename it."
    if name in seen:
        return f"would have the name {name} in the template, like {seen[name]}.", "Rename one of them."
    if any(isinstance(part, Secret) for part in parts(output.value)):
        return (
            "is a secret, and everybody who may see the stack sees its outputs.",
            "Export the name or ARN of what holds it.",
        )
    return None


def _text(value: Value) -> Value:
    """The value as text, which is all that an output can be: containers as JSON."""
    match value:
        case MapValue() | ListValue():
            return to_json(value)
        case Literal(bool() | int() | float()):
            return Literal(as_text(value))
        case Function("Fn::If", (condition, then, otherwise)):
            return Function("Fn::If", (condition, _text(then), _text(otherwise)))
        case _:
            return value
