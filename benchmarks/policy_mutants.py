"""Breaks the platform one property at a time and counts how many of the broken ones the policy pack refuses.

    .venv/bin/python -m benchmarks.policy_mutants [--program DIR] [--escapes] [--scanners N] [--json FILE]

The mutants come from rules about types and schemas, not from the pack: every truth value is turned over, every
enumeration takes another value, every number its least and its greatest, every optional input and every element of a
list is left out, every reference points to another resource of its type, every policy statement is widened, and so on.
Of mutants that differ in nothing but the resource's name one is kept. Inputs that decide nothing about security,
failover, data loss, destroyability or naming are listed in ``benchmarks/neutral.py``, each with a reason.

With ``--scanners N`` the first N of a fixed shuffle are compiled and given to cfn-lint as well, and to checkov when it
is installed (``--checkov PATH``); cdk-nag has no command of its own that reads a template.
"""

from __future__ import annotations

import argparse
import collections
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.mutants import Bench, Mutant, mutants
from cloudformation.compiler import compile_program
from cloudformation.errors import CloudFormationError
from cloudformation.graph import Program
from cloudformation.judgement import findings, stack_of
from cloudformation.source import Sources
from cloudformation.synth import record_program
from cloudformation.yaml_writer import write
from policies.model import Finding, Level, Undecided, Violation
from policies.waivers import load as load_waivers


@dataclass(frozen=True)
class Verdict:
    mutant: Mutant
    rules: tuple[str, ...]
    """Rules that the mutant breaks and the platform does not."""
    undecided: tuple[str, ...]


def verdicts(bench: Bench, found: Sequence[Mutant]) -> list[Verdict]:
    """Judge every mutant. What the mutation left alone is not judged again by rules that look at nothing else."""
    waivers = load_waivers()
    platform = stack_of(bench.program)
    ready = {item.urn: item for item in platform.resources}
    known = set(map(_said, findings(platform)))
    result = []
    for mutant in found:
        program = mutant.make()
        same = program.parameters == bench.program.parameters
        kept = {
            urn: ready[urn]
            for urn, item in program.resources.items()
            if same and item is bench.program.resources.get(urn) and urn in ready
        }
        new = [
            item
            for item in findings(stack_of(program, ready=kept), judged=set(kept.values()))
            if _said(item) not in known
        ]
        rules = {
            item.rule.id
            for item in new
            if isinstance(item, Violation)
            and item.rule.level is Level.MANDATORY
            and not any(waiver.covers(item, "") for waiver in waivers)
        }
        undecided = {item.rule.id for item in new if isinstance(item, Undecided)}
        result.append(Verdict(mutant, tuple(sorted(rules)), tuple(sorted(undecided))))
    return result


def _said(item: Finding) -> tuple[str, str, str]:
    text = item.message if isinstance(item, Violation) else item.why
    return item.rule.id, item.resource.urn if item.resource else "", text


@dataclass(frozen=True)
class Scans:
    """What other tools say of the compiled template of the same mutant."""

    compiler: bool
    """The compiler itself refuses it."""
    lint: frozenset[str] = frozenset()
    checkov: frozenset[str] = frozenset()


def scan(program: Program, directory: Path, checkov: str) -> Scans:
    try:
        compilation = compile_program(program)
    except (CloudFormationError, ValueError):
        return Scans(True)
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.yml"
        template.write_text(write(compilation.template, compilation.program, Sources(directory)), encoding="utf-8")
        return Scans(False, _lint(template), _checkov(template, checkov) if checkov else frozenset())


def _lint(template: Path) -> frozenset[str]:
    from cfnlint.api import ManualArgs, lint_file  # type: ignore[import-untyped]  # noqa: PLC0415

    matches = lint_file(template, config=ManualArgs(regions=["eu-west-1"], include_checks=["I"]))
    return frozenset(f"{match.rule.id} {match.message}" for match in matches)


def _checkov(template: Path, command: str) -> frozenset[str]:
    run = subprocess.run(
        [command, "--framework", "cloudformation", "--compact", "--quiet", "-o", "json", "-f", str(template)],
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(run.stdout or "{}")
    failed = report.get("results", {}).get("failed_checks", []) if isinstance(report, dict) else []
    return frozenset(f"{item['check_id']} {item['resource']}" for item in failed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=Path())
    parser.add_argument("--escapes", action="store_true", help="list the mutants that no rule refuses")
    parser.add_argument("--scanners", type=int, default=0, metavar="N", help="compile N of them and scan the templates")
    parser.add_argument("--checkov", default="", metavar="PATH", help="checkov's command")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every verdict")
    options = parser.parse_args()
    program = record_program(options.program)
    bench = Bench(program, compile_program(program))
    found = mutants(bench)
    started = time.perf_counter()
    judged = verdicts(bench, found)
    _print(judged, time.perf_counter() - started, escapes=options.escapes)
    if options.json:
        rows = [
            {
                "mutant": item.mutant.title,
                "type": item.mutant.resource.type,
                "rules": item.rules,
                "undecided": item.undecided,
            }
            for item in judged
        ]
        options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    if options.scanners:
        _compare(bench, judged, options.scanners, options.checkov, options.program.resolve())
    return 0


def _print(judged: Sequence[Verdict], seconds: float, *, escapes: bool) -> None:
    by_operator: dict[str, list[Verdict]] = collections.defaultdict(list)
    for item in judged:
        by_operator[item.mutant.operator].append(item)
    print(f"{'operator':<18}{'mutants':>8}{'refused':>9}{'undecided':>11}")
    for operator, items in sorted(by_operator.items()):
        refused = sum(bool(item.rules) for item in items)
        doubtful = sum(bool(item.undecided) and not item.rules for item in items)
        print(f"{operator:<18}{len(items):>8}{refused:>9}{doubtful:>11}")
    refused = sum(bool(item.rules) for item in judged)
    print(f"{'all':<18}{len(judged):>8}{refused:>9}   ({refused / len(judged):.1%}) in {seconds:.1f} s")
    if escapes:
        for item in judged:
            if not item.rules:
                print(f"escapes: [{item.mutant.resource.type}] {item.mutant.title} {item.undecided or ''}")


def _compare(bench: Bench, judged: Sequence[Verdict], count: int, checkov: str, directory: Path) -> None:
    """Give some of the mutants to the scanners; a finding counts when the platform itself does not have it."""
    sample = random.Random(0).sample(list(judged), min(count, len(judged)))
    base = scan(bench.program, directory, checkov)
    counts: collections.Counter[str] = collections.Counter()
    for item in sample:
        result = scan(item.mutant.make(), directory, checkov)
        by = {
            "the pack": bool(item.rules),
            "the compiler": result.compiler,
            "cfn-lint": bool(result.lint - base.lint),
            "checkov": bool(result.checkov - base.checkov),
        }
        by["any scanner"] = by["cfn-lint"] or by["checkov"]
        by["a scanner, not the pack"] = by["any scanner"] and not by["the pack"]
        counts.update(name for name, hit in by.items() if hit)
        if by["a scanner, not the pack"]:
            found = sorted((result.lint - base.lint) | (result.checkov - base.checkov))
            print(f"only a scanner: {item.mutant.title}: {found[:2]}")
    print(
        f"of {len(sample)} mutants: "
        + ", ".join(
            f"{name} refuses {counts[name]}"
            for name in ("the pack", "the compiler", "cfn-lint", "checkov", "any scanner", "a scanner, not the pack")
        )
    )
    if not checkov:
        print("checkov was not asked (--checkov PATH); cdk-nag was not: it runs inside a CDK program only.")


if __name__ == "__main__":
    sys.exit(main())
