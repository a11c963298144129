"""Breaks the platform one property at a time and counts how many of the broken ones the policy pack refuses.

    .venv/bin/python -m benchmarks.policy_mutants [--escapes] [--json FILE]
    .venv/bin/python -m benchmarks.policy_mutants --scanners N [--install] [--write]

The mutants come from rules about types and schemas, not from the pack: every truth value is turned over, every
enumeration takes another value, every number its least and its greatest, every optional input and every element of a
list is left out, every reference points to another resource of its type, every policy statement is widened, and so on.
Of mutants that differ in nothing but the resource's name one is kept. Inputs that decide nothing about security,
failover, data loss, destroyability or naming are listed in ``benchmarks/neutral.py``, each with a reason.

With ``--scanners N`` the first N of a fixed shuffle are compiled and given to public scanners as well (300 take about
ten minutes). ``--install`` puts these into ``--tools``, as ``python -m benchmarks.scanners`` does. ``--write`` writes
docs/policy-benchmark.md. The exit status is 1 when a mutant escapes.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.mutant_operators import Generated, generated
from benchmarks.mutant_page import PAGE, Comparison, Verdict, printed, render
from benchmarks.mutant_scans import Compiled, compiled, scanned
from benchmarks.mutants import Bench, Mutant
from benchmarks.pack_speed import measure
from benchmarks.scanners import ROOT, Record, install, load_record
from cloudformation.compiler import compile_program
from cloudformation.judgement import findings, stack_of
from cloudformation.synth import record_program
from policies.model import Finding, Level, Undecided, Violation
from policies.waivers import load as load_waivers

COMPARED = ("cfn-lint", "checkov", "cdk-nag")
FEWEST = 150
"""Mutants that the page has to be about."""


def verdicts(bench: Bench, mutants: Sequence[Mutant]) -> list[Verdict]:
    """Judge every mutant. What the mutation left alone is not judged again by rules that look at nothing else."""
    waivers = load_waivers()
    platform = stack_of(bench.program)
    ready = {item.urn: item for item in platform.resources}
    known = set(map(_said, findings(platform)))
    result = []
    for mutant in mutants:
        program = mutant.make()
        same = program.parameters == bench.program.parameters
        kept = {
            urn: ready[urn]
            for urn, item in program.resources.items()
            if same and item is bench.program.resources.get(urn) and urn in ready
        }
        said = findings(stack_of(program, ready=kept), judged=set(kept.values()))
        new = [item for item in said if _said(item) not in known]
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


def compare(bench: Bench, judged: Sequence[Verdict], count: int, tools: Path, record: Record) -> Comparison:
    """Give some of the mutants to the scanners."""
    order = list(judged)
    random.Random(0).shuffle(order)
    sample = order[:count]
    ready: list[Compiled] = []
    refused = 0
    for item in sample:
        one = compiled(bench, item.mutant)
        if one is None:
            refused += 1
        else:
            ready.append(one)
    scanners = [scanner for scanner in record.scanners if scanner.name in COMPARED]
    said = scanned(bench, ready, scanners, tools, lambda text: print(text, file=sys.stderr, flush=True))
    titles = {item.mutant.title for item in ready}
    found = {title: frozenset((item.scanner, item.rule) for item in items) for title, items in said.items()}
    return Comparison(scanners, [item for item in sample if item.mutant.title in titles], refused, found)


@dataclass(frozen=True)
class _Run:
    options: argparse.Namespace

    def run(self) -> int:
        program = record_program(self.options.program)
        bench = Bench(program, compile_program(program))
        made = generated(bench)
        judged = verdicts(bench, made.counted)
        print("\n".join(printed(judged, escapes=self.options.escapes)))
        print(f"The pack as a process: {measure(program)}")
        if self.options.json:
            self._json(judged)
        if self.options.scanners:
            self._scan(bench, made, judged)
        return int(any(not item.rules for item in judged))

    def _scan(self, bench: Bench, made: Generated, judged: Sequence[Verdict]) -> None:
        record = load_record()
        tools = self.options.tools.resolve()
        if self.options.install:
            wanted = [scanner for scanner in record.scanners if scanner.name in COMPARED]
            install(dataclasses.replace(record, scanners=wanted), tools)
        comparison = compare(bench, judged, self.options.scanners, tools, record)
        print("\n".join(comparison.lines()))
        if self.options.write:
            PAGE.write_text(render(judged, made, comparison), encoding="utf-8")

    def _json(self, judged: Sequence[Verdict]) -> None:
        rows = [
            {"mutant": item.mutant.title, "type": item.mutant.resource.type, "rules": item.rules,
             "undecided": item.undecided}
            for item in judged
        ]  # fmt: skip
        self.options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.policy_mutants",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--program", type=Path, default=ROOT, help="folder of the program (default: the platform)")
    parser.add_argument("--escapes", action="store_true", help="list the mutants that no rule refuses")
    parser.add_argument("--scanners", type=int, default=0, metavar="N", help="give N of them to the scanners")
    parser.add_argument("--tools", type=Path, default=ROOT / "build" / "scanners", help="folder of the scanners")
    parser.add_argument("--install", action="store_true", help="install the scanners there first")
    parser.add_argument("--write", action="store_true", help="write docs/policy-benchmark.md")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every verdict")
    options = parser.parse_args(arguments)
    if options.write and options.scanners < FEWEST:
        parser.error(f"--write needs --scanners {FEWEST} or more: the page compares")
    return _Run(options).run()


if __name__ == "__main__":
    sys.exit(main())
