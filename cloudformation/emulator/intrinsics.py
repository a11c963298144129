"""Works out intrinsic functions, conditions and rules, once the values they need are known."""

from __future__ import annotations

import base64
import ipaddress
import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .account import REGION, ZONES
from .errors import TemplateError


class NoValue:
    """What ``AWS::NoValue`` stands for: the property or list item is left out."""


NO_VALUE = NoValue()
SUBSTITUTION = re.compile(r"\$\{(?P<literal>!?)(?P<name>[^}]*)\}")


@dataclass
class Scope:
    """Everything that an expression may refer to."""

    values: Mapping[str, Any]
    """Parameters and pseudo parameters by name."""
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    """The conditions' expressions by name."""
    imports: Mapping[str, str] = field(default_factory=dict)
    """Other stacks' exports."""
    reference: Callable[[str], Any] = lambda name: unresolved(name)  # noqa: PLW0108 - defined below
    """``Ref`` of a resource."""
    attribute: Callable[[str, str], Any] = lambda name, _: unresolved(name)
    """``Fn::GetAtt`` of a resource."""

    def condition(self, name: str) -> bool:
        """Whether the named condition holds."""
        if name not in self.conditions:
            raise TemplateError(f"Template format error: Unresolved condition dependency {name}")
        return bool(resolve(self.conditions[name], self))


def unresolved(name: str) -> Any:
    raise TemplateError(f"Template error: instance of Fn::GetAtt or Ref references undefined resource {name}")


def resolve(value: Any, scope: Scope) -> Any:
    """Replace every intrinsic function in ``value`` by its result and drop what is ``AWS::NoValue``.

    Raises:
        TemplateError: an unknown function, wrong arguments, or a reference to nothing.
    """
    if isinstance(value, list):
        items = [resolve(item, scope) for item in value]
        return [item for item in items if item is not NO_VALUE]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, argument),) = value.items()
        function = FUNCTIONS.get(name)
        if function:
            return function(argument, scope)
        if isinstance(name, str) and name.startswith("Fn::"):
            raise TemplateError(f"Template error: the emulator does not know {name}.")
    members = {key: resolve(item, scope) for key, item in value.items()}
    return {key: item for key, item in members.items() if item is not NO_VALUE}


def text(value: Any) -> str:
    """A scalar as CloudFormation writes it into text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list, NoValue)):
        raise TemplateError(f"Template error: text is needed where {value!r} stands")
    return str(value)


def _ref(name: Any, scope: Scope) -> Any:
    if name == "AWS::NoValue":
        return NO_VALUE
    return scope.values[name] if name in scope.values else scope.reference(name)


def _get_att(argument: Any, scope: Scope) -> Any:
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    name, attribute = argument
    return scope.attribute(name, text(resolve(attribute, scope)))


def _sub(argument: Any, scope: Scope) -> str:
    template, extra = argument if isinstance(argument, list) else (argument, {})
    variables = {name: resolve(value, scope) for name, value in extra.items()}

    def replace(match: re.Match[str]) -> str:
        name = match["name"].strip()
        if match["literal"]:
            return f"${{{match['name']}}}"
        if name in variables:
            return text(variables[name])
        return text(_get_att(name, scope) if "." in name else _ref(name, scope))

    return SUBSTITUTION.sub(replace, template)


def _join(argument: Any, scope: Scope) -> str:
    delimiter, items = argument
    return str(delimiter).join(text(item) for item in _list(resolve(items, scope), "Fn::Join"))


def _split(argument: Any, scope: Scope) -> list[str]:
    delimiter, source = argument
    return text(resolve(source, scope)).split(delimiter)


def _select(argument: Any, scope: Scope) -> Any:
    index, items = resolve(argument[0], scope), _list(resolve(argument[1], scope), "Fn::Select")
    if not 0 <= int(index) < len(items):
        raise TemplateError(f"Template error: Fn::Select cannot select nonexistent value at index {index}")
    return items[int(index)]


def _list(value: Any, function: str) -> list[Any]:
    if not isinstance(value, list):
        raise TemplateError(f"Template error: {function} needs a list, not {value!r}")
    return value


def _cidr(argument: Any, scope: Scope) -> list[str]:
    block, count, host_bits = [resolve(item, scope) for item in argument]
    network = ipaddress.ip_network(text(block))
    prefix = network.max_prefixlen - int(host_bits)
    if prefix < network.prefixlen or network.num_addresses >> int(host_bits) < int(count):
        raise TemplateError(f"Template error: Fn::Cidr cannot cut {count} blocks of {host_bits} bits from {block}")
    return [str(subnet) for subnet in itertools.islice(network.subnets(new_prefix=prefix), int(count))]


def _azs(argument: Any, scope: Scope) -> list[str]:
    region = resolve(argument, scope) or REGION
    if region != REGION:
        raise TemplateError(f"Template error: Fn::GetAZs: the emulator stands in {REGION}, not in {region}")
    return list(ZONES)


def _find_in_map(argument: Any, scope: Scope) -> Any:
    name, *keys = [resolve(item, scope) for item in argument]
    found: Any = scope.mappings.get(name, {})
    for key in keys:
        found = found.get(text(key)) if isinstance(found, dict) else None
    if found is None:
        raise TemplateError(f"Template error: Unable to get mapping for {'::'.join(map(str, [name, *keys]))}")
    return found


def _if(argument: Any, scope: Scope) -> Any:
    condition, then, otherwise = argument
    return resolve(then if scope.condition(condition) else otherwise, scope)


def _import(argument: Any, scope: Scope) -> str:
    name = text(resolve(argument, scope))
    if name not in scope.imports:
        raise TemplateError(f"No export named {name} found.")
    return scope.imports[name]


def _condition(argument: Any, scope: Scope) -> Any:
    # A string names a condition; anything else is a property that happens to be called so, as in an IAM statement.
    return scope.condition(argument) if isinstance(argument, str) else {"Condition": resolve(argument, scope)}


def _equals(argument: Any, scope: Scope) -> bool:
    left, right = [resolve(item, scope) for item in argument]
    scalars = not isinstance(left, (dict, list)) and not isinstance(right, (dict, list))
    # CloudFormation compares parameters as text: a Number parameter equals the string of its digits.
    return text(left) == text(right) if scalars else bool(left == right)


def _each_member_in(argument: Any, scope: Scope) -> bool:
    members, allowed = [resolve(item, scope) for item in argument]
    return set(map(text, members)) <= set(map(text, allowed))


FUNCTIONS: Mapping[str, Callable[[Any, Scope], Any]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::Cidr": _cidr,
    "Fn::GetAZs": _azs,
    "Fn::FindInMap": _find_in_map,
    "Fn::If": _if,
    "Fn::ImportValue": _import,
    "Fn::Base64": lambda argument, scope: base64.b64encode(text(resolve(argument, scope)).encode()).decode(),
    "Fn::ToJsonString": lambda argument, scope: json.dumps(resolve(argument, scope), separators=(",", ":")),
    "Condition": _condition,
    "Fn::Equals": _equals,
    "Fn::Not": lambda argument, scope: not resolve(argument[0], scope),
    "Fn::And": lambda argument, scope: all(resolve(item, scope) for item in argument),
    "Fn::Or": lambda argument, scope: any(resolve(item, scope) for item in argument),
    # In rules only.
    "Fn::Contains": lambda argument, scope: text(resolve(argument[1], scope)) in map(text, resolve(argument[0], scope)),
    "Fn::EachMemberIn": _each_member_in,
    "Fn::EachMemberEquals": lambda argument, scope: all(
        text(member) == text(resolve(argument[1], scope)) for member in resolve(argument[0], scope)
    ),
}


def uses(value: Any) -> Iterator[tuple[str, str]]:
    """What an expression refers to by ``Ref``, ``Fn::GetAtt`` or ``Fn::Sub``, whatever conditions say.

    Yields (name, attribute); the attribute of a ``Ref`` is empty.
    """
    if isinstance(value, list):
        for item in value:
            yield from uses(item)
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        if key == "Ref" and isinstance(item, str):
            yield item, ""
        elif key == "Fn::GetAtt":
            name, attribute = item.split(".", 1) if isinstance(item, str) else item
            yield name, str(attribute)
        elif key == "Fn::Sub":
            yield from _substituted(item)
        else:
            yield from uses(item)


def references(value: Any) -> Iterator[str]:
    """The names that an expression refers to."""
    return (name for name, _ in uses(value))


def _substituted(argument: Any) -> Iterator[tuple[str, str]]:
    template, extra = argument if isinstance(argument, list) else (argument, {})
    yield from uses(list(extra.values()))
    for match in SUBSTITUTION.finditer(template):
        name, _, attribute = match["name"].strip().partition(".")
        if not match["literal"] and name not in extra:
            yield name, attribute
