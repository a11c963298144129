"""Runs public scanners over TapStack.yml and fails on a finding that nobody has explained.

    .venv/bin/python -m benchmarks.scanners [--tools DIR] [--install] [--write]

The scanners live outside of this project's environment, in the folder ``--tools``: ``--install`` puts them there, in
the versions of ``benchmarks/scanner_findings.yaml`` (Python's venv and npm; about 1 GB). One that is not there is
named and passed over. Those that do not understand parameters judge the template as parameters/production.json would
deploy it: who sees ``Ref: CertificateArn`` can say nothing about the certificate.

``benchmarks/scanner_findings.yaml`` holds every finding that stays, each with its reason; ``--write`` makes
``docs/scanners.md`` of it. A finding that is not there is an error, and so is an entry that no longer is found.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cloudformation.template_reader import read_template

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "benchmarks" / "scanner_findings.yaml"
TEMPLATE = ROOT / "TapStack.yml"
PAGE = ROOT / "docs" / "scanners.md"
SCRIPTS = ROOT / "benchmarks" / "scanner_scripts"
REGION = "eu-west-1"
PSEUDO_PARAMETERS = {"AWS::AccountId": "123456789012", "AWS::Partition": "aws", "AWS::Region": REGION}
CONTROL = re.compile(r"\[(CT\.[A-Z0-9.]+)\]")
SHOWN = 4
"""Resources that the page names; of more it gives the number."""


@dataclass(frozen=True, order=True)
class Finding:
    """What a scanner says about one resource."""

    scanner: str
    rule: str
    resource: str
    """Logical id; empty for the template as a whole."""

    def __str__(self) -> str:
        return f"{self.scanner} {self.rule} {self.resource or '(template)'}"


@dataclass(frozen=True)
class Explanation:
    """Findings that say the same about the same resources, and why they stay."""

    rules: Mapping[str, Sequence[str]]
    """By scanner."""
    resources: Sequence[str]
    reason: str

    def findings(self) -> Iterator[Finding]:
        for scanner, rules in self.rules.items():
            for rule in rules:
                yield from (Finding(scanner, rule, resource) for resource in self.resources)


@dataclass(frozen=True)
class Scanner:
    """A scanner as the record describes it."""

    name: str
    version: str
    checks: str
    pip: Sequence[str] = ()
    npm: Sequence[str] = ()
    left_out: Mapping[str, str] | None = None
    """Rules that are not counted, because they find nothing wrong; each with a reason."""


@dataclass(frozen=True)
class Record:
    """The file of scanners and explained findings."""

    scanners: Sequence[Scanner]
    explanations: Sequence[Explanation]
    unreadable: Mapping[str, str]
    """Scanners that cannot read the template, each with what stops them."""

    def findings(self, scanner: str) -> set[Finding]:
        return {found for item in self.explanations for found in item.findings() if found.scanner == scanner}


def load_record(file: Path = RECORD) -> Record:
    """Read the record.

    Raises:
        ValueError: a finding is explained twice, or by a scanner that is not in the list.
    """
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    record = Record(
        [Scanner(**item) for item in data["scanners"]],
        [Explanation(**item) for item in data["explained"]],
        data.get("unreadable", {}),
    )
    seen: set[Finding] = set()
    names = {scanner.name for scanner in record.scanners}
    for explanation in record.explanations:
        for found in explanation.findings():
            if found.scanner not in names:
                raise ValueError(f"{file.name}: {found}: no scanner of that name is listed under scanners.")
            if found in seen:
                raise ValueError(f"{file.name}: {found} is explained twice; keep one of the two entries.")
            seen.add(found)
    return record


def bound(template: Mapping[str, Any], parameters: Mapping[str, str]) -> dict[str, Any]:
    """The template's resources with the parameters' values in their places; all else stays as it is."""
    values: dict[str, Any] = dict(PSEUDO_PARAMETERS)
    for name, parameter in template["Parameters"].items():
        value = parameters.get(name, parameter.get("Default", ""))
        values[name] = float(value) if parameter["Type"] == "Number" else value
        if isinstance(values[name], float) and values[name].is_integer():
            values[name] = int(values[name])
    return {**template, "Resources": _bind(template["Resources"], values)}


def production() -> dict[str, str]:
    """The values of parameters/production.json."""
    pairs = json.loads((ROOT / "parameters" / "production.json").read_text(encoding="utf-8"))
    return {item["ParameterKey"]: item["ParameterValue"] for item in pairs}


def _bind(value: Any, values: Mapping[str, Any]) -> Any:
    match value:
        case {"Ref": name} if name in values:
            return values[name]
        case {"Fn::Sub": str(text)}:
            for name, known in values.items():
                text = text.replace(f"${{{name}}}", str(known))
            return {"Fn::Sub": text} if "${" in text else text
        case dict():
            return {key: _bind(item, values) for key, item in value.items()}
        case list():
            return [_bind(item, values) for item in value]
    return value


def _run(command: Sequence[str | Path], *, failing: tuple[int, ...] = (0,)) -> str:
    """Output of a command.

    Raises:
        RuntimeError: its status is not one of ``failing``.
    """
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode not in failing:
        raise RuntimeError(f"{command[0]} ended with status {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def _cfn_lint(_tools: Path, _template: Path, written: Path) -> set[tuple[str, str]] | None:
    # It knows parameters, and would object to those that are filled in; so does cloudformation-validate.
    program = Path(sys.executable).with_name("cfn-lint")
    command = (program, "--regions", REGION, "--include-checks", "I", "--format", "json", "--", written)
    found = json.loads(_run(command, failing=(0, 2, 4, 6, 8, 10, 12, 14)) or "[]")
    return {(item["Rule"]["Id"], _logical_id(item["Location"]["Path"] or [])) for item in found}


def _checkov(tools: Path, template: Path, _written: Path) -> set[tuple[str, str]] | None:
    program = tools / "bin" / "checkov"
    if not program.exists():
        return None
    command = (program, "--file", template, "--framework", "cloudformation", "--output", "json", "--skip-download")
    found = json.loads(_run(command, failing=(0, 1)))
    return {(item["check_id"], item["resource"].rpartition(".")[2]) for item in found["results"]["failed_checks"]}


def _validate(tools: Path, _template: Path, written: Path) -> set[tuple[str, str]] | None:
    if not any(tools.glob("lib/python*/site-packages/cloudformation_validate")):
        return None
    return _pairs(_run((tools / "bin" / "python", SCRIPTS / "run_validate.py", written, REGION)))


def _nag(tools: Path, template: Path, _written: Path) -> set[tuple[str, str]] | None:
    if not (tools / "node_modules" / "cdk-nag").exists():
        return None
    found = _pairs(_run(("node", SCRIPTS / "run_nag.js", tools, template)))
    # Rules on policies append what they object to, in brackets.
    return {(rule.partition("[")[0], resource) for rule, resource in found}


def _guard(tools: Path, template: Path, _written: Path) -> set[tuple[str, str]] | None:
    package = tools / "node_modules" / "@cdklabs" / "cdk-validator-cfnguard"
    system = "macos" if platform.system() == "Darwin" else "ubuntu"
    machine = "aarch64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    program = package / "bin" / system / machine / "cfn-guard"
    if not program.exists():
        return None
    rules = package / "rules" / "control-tower" / "cfn-guard"
    command = (program, "validate", "--rules", rules, "--data", template)
    # 19: a rule is broken.
    text = _run((*command, "--output-format", "json", "--structured", "--show-summary", "none"), failing=(0, 19))
    return {
        pair for report in json.loads(text) for rule in report["not_compliant"] for pair in _broken(rule["Rule"], "")
    }


def _broken(check: Any, control: str) -> Iterator[tuple[str, str]]:
    """Control and resource of each check that failed in a report of Guard."""
    if isinstance(check, list):
        for item in check:
            yield from _broken(item, control)
    elif isinstance(check, dict):
        named = CONTROL.search((check.get("messages") or {}).get("custom_message") or "")
        control = named.group(1) if named else control
        match str(check.get("path", "")).split("/"):
            case ["", "Resources", logical_id, *_] if control:
                yield control, logical_id
        for item in check.values():
            yield from _broken(item, control)


def _pairs(text: str) -> set[tuple[str, str]]:
    return {(rule, resource) for rule, resource in json.loads(text)}


def _logical_id(path: Sequence[str | int]) -> str:
    """The resource, parameter or output that a path leads to."""
    return str(path[1]) if len(path) > 1 else ""


SCANS: Mapping[str, Callable[[Path, Path, Path], set[tuple[str, str]] | None]] = {
    "cfn-lint": _cfn_lint,
    "cloudformation-validate": _validate,
    "checkov": _checkov,
    "cdk-nag": _nag,
    "cfn-guard": _guard,
}
"""Rules and resources that a scanner finds, or None when it is not there."""


def scan(scanner: Scanner, tools: Path, template: Path, written: Path = TEMPLATE) -> set[Finding] | None:
    """Findings of a scanner, without the rules that are left out; None when it is not installed.

    ``template`` has the parameters' values in their places, ``written`` is the same as the compiler wrote it.
    """
    found = SCANS[scanner.name](tools, template, written)
    if found is None:
        return None
    return {Finding(scanner.name, *pair) for pair in found if pair[0] not in (scanner.left_out or {})}


def differences(found: set[Finding], explained: set[Finding]) -> list[str]:
    """What is found and not explained, and what is explained and not found."""
    return [
        *(f"not explained: {item}" for item in sorted(found - explained)),
        *(f"explained, but no longer found: {item}" for item in sorted(explained - found)),
    ]


def render(record: Record) -> str:
    """The page."""
    lines = [
        "<!-- Generated by `python -m benchmarks.scanners --write` from benchmarks/scanner_findings.yaml. -->",
        "# Public scanners over TapStack.yml",
        "",
        "Scanners that others have written judge the template; those that do not understand parameters see the",
        "values of `parameters/production.json`. Every finding was looked at, and those that stay stand below, each",
        "with its reason. `python -m benchmarks.scanners --install` runs them again. It fails on a finding that is not",
        "explained here, and on one that is no longer found.",
        "",
        "| Scanner | Version | Checks | Findings, all explained |",
        "|---|---|---|---|",
    ]
    for scanner in record.scanners:
        count = len(record.findings(scanner.name))
        lines.append(f"| {scanner.name} | {scanner.version} | {scanner.checks} | {count} |")
    lines += ["", "A finding is one rule on one resource. Not counted, because they find nothing wrong:", ""]
    for scanner in record.scanners:
        for rule, reason in (scanner.left_out or {}).items():
            lines.append(f"- {scanner.name} {rule}: {reason.strip()}")
    lines += ["", "## What stays, and why", "", "| Rules | Resources | Reason |", "|---|---|---|"]
    for item in record.explanations:
        rules = "<br>".join(f"{scanner}: {', '.join(rules)}" for scanner, rules in item.rules.items())
        lines.append(f"| {rules} | {_listed(item.resources)} | {item.reason.strip()} |")
    lines += ["", "## Scanners that cannot read the template", ""]
    lines += [f"- {name}: {reason.strip()}" for name, reason in record.unreadable.items()]
    return "\n".join(lines) + "\n"


def _listed(resources: Sequence[str]) -> str:
    if len(resources) <= SHOWN:
        return ", ".join(resources)
    return f"{', '.join(resources[: SHOWN - 1])} and {len(resources) - SHOWN + 1} more"


def install(record: Record, tools: Path) -> None:
    """Put the scanners into ``tools``, in the versions of the record."""
    venv.create(tools, with_pip=True)
    python = [package for scanner in record.scanners for package in scanner.pip]
    node = [package for scanner in record.scanners for package in scanner.npm]
    _run((tools / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *python))
    _run(("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", tools, *node))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scanners", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tools", type=Path, default=ROOT / "build" / "scanners", help="folder of the scanners")
    parser.add_argument("--install", action="store_true", help="install the scanners there first")
    parser.add_argument("--write", action="store_true", help="write docs/scanners.md")
    options = parser.parse_args(arguments)
    record = load_record()
    if options.install:
        install(record, options.tools)
    if options.write:
        PAGE.write_text(render(record), encoding="utf-8")
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.json"
        template.write_text(json.dumps(bound(read_template(TEMPLATE).data, production()), indent=1))
        for scanner in record.scanners:
            found = scan(scanner, options.tools.resolve(), template)
            if found is None:
                print(f"{scanner.name}: absent, not run. --install puts it into {options.tools}.")
                continue
            reports = differences(found, record.findings(scanner.name))
            wrong += len(reports)
            print(f"{scanner.name}: {len(found)} findings, {len(reports)} of them or of their explanations wrong")
            print("".join(f"  {report}\n" for report in reports), end="")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
