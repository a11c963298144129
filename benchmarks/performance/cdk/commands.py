"""The CDK apps as commands that are measured."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..process import CommandError, Sample, run
from .app import STACK, app
from .language import JAVASCRIPT, PYTHON, Language
from .tools import Tools, ToolsError

DESCRIBE = Path(__file__).with_name("describe.js")
ADDED_BY_CDK = "AWS::CDK::Metadata"
# Nothing that waits for the network is measured.
QUIET = ("--quiet", "--no-notices")
ENVIRONMENT = {"CDK_DISABLE_VERSION_CHECK": "1", "CDK_DISABLE_CLI_TELEMETRY": "true"}


@dataclass(frozen=True)
class App:
    """A CDK app in a folder of its own."""

    tools: Tools
    folder: Path
    language: Language

    def synth(self, *options: str) -> Sample:
        """``cdk synth``, with its validation unless ``options`` say otherwise."""
        command: list[str | Path] = [self.tools.node, self.tools.cli, "synth", *QUIET, *options]
        return run(command, self.folder, _environment(self.tools))

    def check(self, template: Mapping[str, Any]) -> None:
        """Write the template once and compare it.

        Raises:
            CommandError: it does not have the resources of ``template``.
        """
        self.synth()
        written = json.loads((self.folder / "cdk.out" / f"{STACK}.template.json").read_text(encoding="utf-8"))
        types = _types(written)
        types.pop(ADDED_BY_CDK, None)
        if types != _types(template):
            raise CommandError(f"The CDK app in {self.language.name} does not have the template's resources.")


def _types(template: Mapping[str, Any]) -> Counter[str]:
    return Counter(resource["Type"] for resource in template["Resources"].values())


def _environment(tools: Tools) -> dict[str, str]:
    # Whatever CDK keeps for the next run stays in the tools' folder.
    return {**ENVIRONMENT, "HOME": str(tools.folder), "NODE_PATH": str(tools.folder / "node_modules")}


def write_apps(tools: Tools, template: Mapping[str, Any], folder: Path) -> list[App]:
    """Write the apps with the template's resources, in Python and in JavaScript, and check both.

    Raises:
        ToolsError: the tools are not all there.
        CommandError: an app does not run, or makes something else.
    """
    missing = tools.missing()
    if missing:
        raise ToolsError(f"not installed in {tools.folder}: {', '.join(missing)} (--install does it)")
    source = folder / "template.json"
    source.write_text(json.dumps(template), encoding="utf-8")
    described = json.loads(run([tools.node, DESCRIBE, tools.folder, source], folder, _environment(tools)).output)
    programs = {PYTHON: tools.python, JAVASCRIPT: tools.node}
    apps = []
    for language, program in programs.items():
        written = App(tools, folder / f"cdk-{language.extension}", language)
        written.folder.mkdir()
        file = f"app.{language.extension}"
        (written.folder / file).write_text(app(language, template, described), encoding="utf-8")
        settings = {"app": f"{program} {file}"}
        (written.folder / "cdk.json").write_text(json.dumps(settings), encoding="utf-8")
        written.check(template)
        apps.append(written)
    return apps
