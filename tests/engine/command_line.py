"""The same operations through the real ``pulumi`` command, where it is installed.

Works on a copy of the program, with a backend in a folder and the provider double as the ``aws`` plugin. Written from
the SDK's automation interface and the documentation of the command; see :func:`unavailable` for when it cannot run.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast, get_args

import yaml
from pulumi import automation

from . import values
from .double.home import Cloud, Home
from .project import read_project
from .provider_client import DOUBLES, PACKAGE_ROOT
from .results import (
    Diagnostic,
    EngineError,
    Level,
    Operation,
    PolicyError,
    ProgramError,
    ResourceError,
    Result,
    Step,
    StepKind,
    Violation,
)

LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "tests", "Pulumi.yaml", "Pulumi.*.yaml")


def unavailable() -> str | None:
    """Why the real command cannot be used here; None where it can."""
    if shutil.which("pulumi") is None:
        return "the pulumi command is not on the PATH"
    if shutil.which("pulumi-language-python") is None:
        return "pulumi-language-python is not on the PATH, so pulumi cannot run Python programs"
    return None


class CommandLineEngine:
    """Offers ``preview``, ``up``, ``destroy`` and ``cloud`` as :class:`engine.Engine` does."""

    def __init__(
        self,
        program: Path,
        *,
        home: Path,
        config: Mapping[str, object] | None = None,
        secrets: Sequence[str] = (),
        stack: str = "dev",
        policy_packs: Sequence[Path] = (),
    ) -> None:
        self.config: dict[str, object] = dict(config or {})
        self._project = read_project(program, stack, None, self.config)
        self._home, self._secrets, self._stack_name = home.resolve(), secrets, stack
        self._double = Home(self._home)
        self._work = self._home / "program"
        self._packs = [self._copied_pack(path) for path in policy_packs]
        self._prepare()

    def preview(self) -> Result:
        return self._run("preview", lambda stack, on_event: stack.preview(policy_packs=self._packs, on_event=on_event))

    def up(self) -> Result:
        return self._run("up", lambda stack, on_event: stack.up(policy_packs=self._packs, on_event=on_event))

    def destroy(self) -> Result:
        return self._run("destroy", lambda stack, on_event: stack.destroy(on_event=on_event))

    @property
    def cloud(self) -> Cloud:
        return self._double.cloud()

    def _prepare(self) -> None:
        if self._project.program.is_dir():
            shutil.copytree(self._project.program, self._work, ignore=LEFT_OUT, dirs_exist_ok=True)
        else:
            self._work.mkdir(parents=True, exist_ok=True)
            shutil.copy(self._project.program, self._work / "__main__.py")
        plugin = self._home / "plugin"
        plugin.mkdir(exist_ok=True)
        (self._home / "backend").mkdir(exist_ok=True)
        script = plugin / "pulumi-resource-aws"
        script.write_text(f'#!/bin/sh\ncd "{PACKAGE_ROOT}" && exec "{sys.executable}" -u -m {DOUBLES["aws"]}\n')
        script.chmod(0o755)
        project = {
            "name": self._project.name,
            "runtime": {"name": "python", "options": {"virtualenv": sys.prefix}},
            "plugins": {"providers": [{"name": "aws", "path": str(plugin)}]},
        }
        (self._work / "Pulumi.yaml").write_text(yaml.safe_dump(project))

    def _copied_pack(self, path: Path) -> str:
        copy = self._home / "packs" / path.name
        shutil.copytree(path, copy, dirs_exist_ok=True)
        described = yaml.safe_load((path / "PulumiPolicy.yaml").read_text())
        described["runtime"] = {"name": "python", "options": {"virtualenv": sys.prefix}}
        (copy / "PulumiPolicy.yaml").write_text(yaml.safe_dump(described))
        return str(copy)

    def _stack(self) -> automation.Stack:
        environment = {
            "PULUMI_BACKEND_URL": f"file://{self._home}/backend",
            "PULUMI_CONFIG_PASSPHRASE": "only for tests",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_ERROR_OUTPUT_STRING": "1",
            **self._double.environment,
        }
        options = automation.LocalWorkspaceOptions(env_vars=environment, pulumi_home=str(self._home / "pulumi"))
        stack = automation.create_or_select_stack(self._stack_name, work_dir=str(self._work), opts=options)
        for key, value in self.config.items():
            text = value if isinstance(value, str) else json.dumps(value)
            stack.set_config(key, automation.ConfigValue(text, secret=key in self._secrets))
        return stack

    def _run(self, operation: Operation, call: Callable[[automation.Stack, Callable[[Any], None]], Any]) -> Result:
        started, report = time.monotonic(), Report()
        stack = self._stack()
        failure: automation.CommandError | None = None
        try:
            call(stack, report.take)
        except automation.CommandError as error:
            failure = error
        outputs = stack.outputs() if operation == "up" and failure is None else {}
        result = Result(
            operation=operation,
            steps=tuple(report.steps),
            diagnostics=tuple(report.diagnostics),
            violations=tuple(report.violations),
            outputs={name: item.value for name, item in outputs.items()},
            secret_outputs=frozenset(name for name, item in outputs.items() if item.secret),
            seconds=time.monotonic() - started,
        )
        if failure is not None:
            raise report.error(failure, result)
        return result


class Report:
    """Turns the command's event log into the harness's words."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.diagnostics: list[Diagnostic] = []
        self.violations: list[Violation] = []

    def take(self, event: automation.EngineEvent) -> None:
        if event.resource_pre_event is not None and event.resource_pre_event.metadata.op in get_args(StepKind):
            self.steps.append(_step(event.resource_pre_event.metadata))
        if event.res_outputs_event is not None:
            self._complete(event.res_outputs_event.metadata)
        if event.policy_event is not None:
            item = event.policy_event
            level: Level = "mandatory" if item.enforcement_level == "mandatory" else "advisory"
            self.violations.append(
                Violation(item.policy_name, item.policy_pack_name, level, item.message, item.resource_urn or "")
            )
        if event.diagnostic_event is not None and event.diagnostic_event.severity in ("info", "warning", "error"):
            said = event.diagnostic_event
            severity = cast(Any, said.severity)
            self.diagnostics.append(Diagnostic(severity, said.message.strip(), said.urn or ""))

    def _complete(self, metadata: Any) -> None:
        """Take over the id and outputs that a step ended with."""
        for index, step in enumerate(self.steps):
            if (step.urn, step.op) == (metadata.urn, metadata.op) and metadata.new:
                outputs = values.plain(metadata.new.outputs or {})
                self.steps[index] = dataclasses.replace(step, id=metadata.new.id, outputs=outputs)

    def error(self, failure: Exception, result: Result) -> EngineError:
        errors = [item.message for item in self.diagnostics if item.severity == "error"]
        message = "\n".join(errors) or str(failure)
        mandatory = [str(item) for item in self.violations if item.level == "mandatory"]
        if mandatory:
            return PolicyError("\n".join(mandatory), result)
        return ProgramError(message, result, message) if "Traceback" in message else ResourceError(message, result)


def _step(metadata: Any) -> Step:
    new = metadata.new or metadata.old
    return Step(
        op=metadata.op.value if hasattr(metadata.op, "value") else metadata.op,
        urn=metadata.urn,
        type=metadata.type,
        custom=new.custom if new else True,
        id=new.id if new else "",
        parent=new.parent if new else "",
        provider=metadata.provider,
        inputs=values.plain(new.inputs or {}) if new else {},
        outputs=values.plain(new.outputs or {}) if new else {},
        old_inputs=values.plain(metadata.old.inputs or {}) if metadata.old else {},
        changed=tuple(metadata.diffs or ()),
        replacing=tuple(metadata.keys or ()),
    )
