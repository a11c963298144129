"""Writes values and calls as source of a CDK app, in Python and in JavaScript."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..process import CommandError

CALL = "$"
"""Key of a described function of CloudFormation; see ``describe.js``."""
CONVERSIONS = {"string": "asString", "number": "asNumber", "list": "asList"}
RETURNS = {"Fn::GetAtt": "any", "Fn::Split": "list", "Fn::Cidr": "list", "Fn::GetAZs": "list"}
"""What CDK's functions return; all others return strings."""


class UnknownFunctionError(CommandError):
    """The template uses a function that is not translated yet."""


@dataclass(frozen=True, eq=False)
class Language:
    """One of the languages: how it spells what differs."""

    name: str
    extension: str
    constants: Mapping[object, str]
    snake_case: bool

    def method(self, name: str) -> str:
        """The name of a method or a keyword of CDK."""
        if not self.snake_case:
            return name
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
        return f"{snake}_" if keyword.iskeyword(snake) else snake

    def value(self, value: Any) -> str:
        """A described value as an expression."""
        if isinstance(value, dict):
            if value.get(CALL) == "json":
                return f"stack.{self.method('toJsonString')}({self.value(value['of'])})"
            if CALL in value:
                return self.call(value["of"], value[CALL])
            return "{" + ", ".join(f"{json.dumps(key)}: {self.value(item)}" for key, item in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(self.value, value)) + "]"
        if value is None or isinstance(value, bool):
            return self.constants[value]
        return json.dumps(value)

    def call(self, function: Mapping[str, Any], kind: str) -> str:
        """A function of CloudFormation, where something of this kind is wanted."""
        [(name, argument)] = function.items()
        returned = RETURNS.get(name, "string")
        text = self._function(name, argument)
        if kind in (returned, "any"):
            return text
        return f"cdk.Token.{self.method(CONVERSIONS[kind])}({text})"

    def _function(self, name: str, argument: Any) -> str:
        match name, argument:
            case "Ref", str():
                return self._fn("ref", self.value(argument))
            case "Fn::GetAtt", [resource, attribute]:
                return self._fn("getAtt", self.value(resource), self.value(attribute))
            case "Fn::Sub", str():
                return self._fn("sub", self.value(argument))
            case "Fn::Sub", [text, values]:
                pairs = ", ".join(f"{json.dumps(key)}: {self._text(item)}" for key, item in values.items())
                return self._fn("sub", self.value(text), "{" + pairs + "}")
            case "Fn::Select", [index, items]:
                return self._fn("select", self.value(int(index)), self._listed(items))
            case "Fn::Split", [separator, text]:
                return self._fn("split", self.value(separator), self._text(text))
            case "Fn::Cidr", [block, count, bits]:
                return self._fn("cidr", self._text(block), self.value(count), self.value(str(bits)))
            case "Fn::GetAZs", str():
                return self._fn("getAzs", self.value(argument))
        return self._condition(name, argument)

    def _condition(self, name: str, argument: Any) -> str:
        match name, argument:
            case "Fn::Equals", [one, two]:
                return self._fn("conditionEquals", self._text(one), self._text(two))
            case "Fn::Not", [condition]:
                return self._fn("conditionNot", self.call(condition, "any"))
        raise UnknownFunctionError(f"{name}: {json.dumps(argument)[:200]}: add this function to {__name__}.")

    def _fn(self, name: str, *arguments: str) -> str:
        return f"cdk.Fn.{self.method(name)}({', '.join(arguments)})"

    def _text(self, value: Any) -> str:
        return self.call(value, "string") if isinstance(value, dict) else self.value(value)

    def _listed(self, value: Any) -> str:
        return self.call(value, "list") if isinstance(value, dict) else f"[{', '.join(map(self._text, value))}]"

    def create(self, variable: str, class_: str, scope: str, properties: Mapping[str, Any]) -> str:
        """A statement that makes a construct; ``variable`` is also its id."""
        identity = json.dumps(variable)
        if self.snake_case:
            keywords = "".join(f", {self.method(name)}={self.value(item)}" for name, item in properties.items())
            return f"{variable} = cdk.{class_}({scope}, {identity}{keywords})"
        return f"const {variable} = new cdk.{class_}({scope}, {identity}, {self.value(properties)});"

    def do(self, statement: str) -> str:
        """A statement that both languages write alike."""
        return statement if self.snake_case else f"{statement};"


PYTHON = Language("Python", "py", {True: "True", False: "False", None: "None"}, snake_case=True)
JAVASCRIPT = Language("JavaScript", "js", {True: "true", False: "false", None: "null"}, snake_case=False)
