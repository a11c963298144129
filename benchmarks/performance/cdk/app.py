"""Writes a CDK app with the resources of a template: one statement for each, with the library's class for its type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .language import CALL, Language

POLICIES = {"Delete": "DELETE", "Retain": "RETAIN", "Snapshot": "SNAPSHOT"}
IMPORTS = {
    True: "import aws_cdk as cdk\nfrom aws_cdk import {modules}",
    False: 'const cdk = require("aws-cdk-lib");',
}
STACK = "App"
"""Name of the stack, and so of the template that CDK writes."""


def app(language: Language, template: Mapping[str, Any], described: Sequence[Mapping[str, Any]]) -> str:
    """Source of the app. ``described`` is what ``describe.js`` says of the template's resources."""
    modules = sorted({item["module"] for item in described if item["module"]})
    lines = [IMPORTS[language.snake_case].format(modules=", ".join(modules)), *_start(language)]
    for name, parameter in template.get("Parameters", {}).items():
        lines.append(language.create(name, "CfnParameter", "stack", _parameter(parameter)))
    for name, condition in template.get("Conditions", {}).items():
        lines.append(language.create(name, "CfnCondition", "stack", {"expression": {CALL: "any", "of": condition}}))
    lines += [_resource(language, item) for item in described]
    for item in described:
        lines += _attributes(language, item["id"], template["Resources"][item["id"]])
    for name, output in template.get("Outputs", {}).items():
        lines += _output(language, name, output)
    return "\n".join([*lines, language.do("app.synth()"), ""])


def _start(language: Language) -> list[str]:
    if language.snake_case:
        return ["app = cdk.App()", f'stack = cdk.Stack(app, "{STACK}")']
    return ["const app = new cdk.App();", f'const stack = new cdk.Stack(app, "{STACK}");']


def _resource(language: Language, item: Mapping[str, Any]) -> str:
    if not item["module"]:
        # A type of the template's own, such as a custom resource.
        properties = {"type": item["type"], "properties": item["properties"]}
        return language.create(item["id"], "CfnResource", "stack", properties)
    return language.create(item["id"], f"{item['module']}.{item['class']}", "stack", item["properties"])


def _attributes(language: Language, name: str, resource: Mapping[str, Any]) -> Iterator[str]:
    options = f"{name}.{language.method('cfnOptions')}"
    depends = resource.get("DependsOn", [])
    for other in [depends] if isinstance(depends, str) else depends:
        yield language.do(f"{name}.{language.method('addResourceDependency')}({other})")
    if "Condition" in resource:
        yield language.do(f"{options}.condition = {resource['Condition']}")
    for key, attribute in (("DeletionPolicy", "deletionPolicy"), ("UpdateReplacePolicy", "updateReplacePolicy")):
        if key in resource:
            policy = f"cdk.CfnDeletionPolicy.{POLICIES[resource[key]]}"
            yield language.do(f"{options}.{language.method(attribute)} = {policy}")
    for key, value in resource.get("Metadata", {}).items():
        yield language.do(f"{name}.{language.method('addMetadata')}({language.value(key)}, {language.value(value)})")


def _output(language: Language, name: str, output: Mapping[str, Any]) -> Iterator[str]:
    properties = {"value": _text(output["Value"]), "description": output.get("Description", "")}
    if "Export" in output:
        properties["exportName"] = _text(output["Export"]["Name"])
    # A resource may have the output's name.
    variable = f"{name}Output"
    yield language.create(variable, "CfnOutput", "stack", properties)
    if "Condition" in output:
        yield language.do(f"{variable}.condition = {output['Condition']}")


def _text(value: Any) -> Any:
    return {CALL: "string", "of": value} if isinstance(value, dict) else value


def _parameter(parameter: Mapping[str, Any]) -> dict[str, Any]:
    named = {f"{name[0].lower()}{name[1:]}": value for name, value in parameter.items()}
    if "allowedValues" in named:
        named["allowedValues"] = list(map(str, named["allowedValues"]))
    return named
