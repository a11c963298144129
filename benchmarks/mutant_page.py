"""What came out of the mutants: lines for the terminal, and docs/policy-benchmark.md."""

from __future__ import annotations

import collections
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.mutant_operators import Generated
from benchmarks.mutants import Mutant
from benchmarks.pack_speed import CHECKS_PER_SECOND, SECONDS
from benchmarks.scanners import ROOT, Scanner
from policies.registry import RULES

PAGE = ROOT / "docs" / "policy-benchmark.md"
NO_FINDING: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Verdict:
    """What the pack says of a mutant."""

    mutant: Mutant
    rules: tuple[str, ...]
    """Rules that the mutant breaks and the platform does not."""
    undecided: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """The pack and the scanners over the same mutants."""

    scanners: Sequence[Scanner]
    sample: Sequence[Verdict]
    """Those that could be compiled."""
    refused: int
    """Those that the compiler itself refuses, so that there is no template to scan."""
    found: Mapping[str, frozenset[tuple[str, str]]]
    """By mutant's title, the scanners and rules that find what the platform itself does not have."""

    def by(self, scanner: str) -> int:
        """How many mutants a scanner refuses."""
        return sum(any(name == scanner for name, _ in self._of(item)) for item in self.sample)

    @property
    def by_pack(self) -> int:
        return sum(bool(item.rules) for item in self.sample)

    @property
    def by_any(self) -> int:
        return sum(bool(self._of(item)) for item in self.sample)

    @property
    def only_scanners(self) -> Sequence[Verdict]:
        """Those that a scanner refuses and the pack does not."""
        return [item for item in self.sample if self._of(item) and not item.rules]

    def _of(self, item: Verdict) -> frozenset[tuple[str, str]]:
        return self.found.get(item.mutant.title, NO_FINDING)

    def rows(self) -> Iterator[tuple[str, int]]:
        """Who refuses how many."""
        yield "This policy pack", self.by_pack
        yield from ((f"{scanner.name} {scanner.version}", self.by(scanner.name)) for scanner in self.scanners)
        yield "All of these scanners together", self.by_any

    def lines(self) -> Iterator[str]:
        """For the terminal."""
        yield f"{len(self.sample)} mutants in templates; {self.refused} more are refused by the compiler itself"
        yield from (f"{name:<32}{count:>6}  {_share(count, len(self.sample))}" for name, count in self.rows())
        for item in self.only_scanners:
            yield f"only a scanner: {item.mutant.title}: {sorted(self._of(item))}"


def _share(count: int, total: int) -> str:
    return f"{count / total:.1%}" if total else "-"


def _by_operator(judged: Sequence[Verdict]) -> Mapping[str, Sequence[Verdict]]:
    found: dict[str, list[Verdict]] = collections.defaultdict(list)
    for item in judged:
        found[item.mutant.operator].append(item)
    return dict(sorted(found.items()))


def printed(judged: Sequence[Verdict], *, escapes: bool) -> Iterator[str]:
    """The pack's verdicts for the terminal."""
    yield f"{'operator':<18}{'mutants':>8}{'refused':>9}{'undecided':>11}"
    for operator, items in _by_operator(judged).items():
        refused = sum(bool(item.rules) for item in items)
        doubtful = sum(bool(item.undecided) and not item.rules for item in items)
        yield f"{operator:<18}{len(items):>8}{refused:>9}{doubtful:>11}"
    refused = sum(bool(item.rules) for item in judged)
    yield f"{'all':<18}{len(judged):>8}{refused:>9}   ({_share(refused, len(judged))})"
    if escapes:
        for item in judged:
            if not item.rules:
                yield f"escapes: [{item.mutant.resource.type}] {item.mutant.title} {item.undecided or ''}"


CAVEAT = (
    "The rules were completed until nothing of this escaped. The number says how much is covered, and not how the pack "
    "does on what nobody has thought of."
)
MEANINGS = {
    "add": "a way to the internet, or a rule that lets everybody in, is added",
    "any-account": "a policy is for every AWS account",
    "any-action": "a policy allows all actions",
    "any-resource": "a policy is about all resources",
    "anyone": "a policy is for everybody",
    "drop": "an optional input is left out",
    "drop-element": "an element of a list is left out",
    "flip": "a truth value is turned over",
    "least": "a number takes its least value",
    "loose-setting": "a deploy-time setting loses its limits",
    "managed-key": "AWS's own key instead of the customer's",
    "most": "a number takes its greatest value",
    "never-denied": "a denial gets a condition that never holds",
    "no-condition": "a policy loses its condition",
    "not-action": "a policy allows everything but one action",
    "open-acl": "a network ACL is opened",
    "open-addresses": "a security group is opened to other addresses",
    "open-ports": "a security group is opened on all ports",
    "open-protocols": "a security group is opened to all protocols",
    "other-choice": "another value of an enumeration",
    "password": "a password stands in the program",
    "region": "the resource is made in another Region",
    "remove": "a resource that no other refers to is left out",
    "retain": "the resource stays when the stack is deleted",
    "swap": "a reference leads to another resource of the type",
    "switch": "a switch in text (on, off) is turned over",
    "whole-service": "a policy allows all actions of a service",
}


def render(judged: Sequence[Verdict], made: Generated, comparison: Comparison) -> str:
    """The page."""
    return (
        "\n".join([*_introduction(judged), *_operators(judged), *_neutral(made), *_compared(comparison)]).rstrip()
        + "\n"
    )


def _paragraph(text: str) -> Iterator[str]:
    yield from textwrap.wrap(text, 120, break_long_words=False, break_on_hyphens=False)
    yield ""


def _introduction(judged: Sequence[Verdict]) -> Iterator[str]:
    refused = sum(bool(item.rules) for item in judged)
    yield "<!-- Generated by `python -m benchmarks.policy_mutants --scanners N --write`. Do not edit. -->"
    yield "# How much the policy pack finds"
    yield ""
    yield from _paragraph(
        "The platform is broken one property at a time, by rules about types and AWS's schemas that know nothing of "
        f"the pack. Of {len(judged):,} broken platforms its {len(RULES)} rules refuse {refused:,} "
        f"({_share(refused, len(judged))}). A mutant counts as refused when a mandatory rule finds something that it "
        "does not find in the platform itself, and that no waiver covers. What a rule leaves undecided does not count."
    )
    yield from _paragraph(CAVEAT)


def _operators(judged: Sequence[Verdict]) -> Iterator[str]:
    yield "| Change | What it is | Mutants | Refused |"
    yield "|---|---|---:|---:|"
    for operator, items in _by_operator(judged).items():
        refused = sum(bool(item.rules) for item in items)
        yield f"| {operator} | {MEANINGS[operator]} | {len(items)} | {refused} |"
    escaped = [item for item in judged if not item.rules]
    yield ""
    yield "Nothing escapes." if not escaped else "These escape:"
    yield from (f"- {item.mutant.title} ({item.mutant.resource.type})" for item in escaped)
    yield ""


def _neutral(made: Generated) -> Iterator[str]:
    yield "## What is not counted"
    yield ""
    yield from _paragraph(
        "Not every change weakens something. `benchmarks/neutral.py` names those that do not, each kind with its "
        "reason:"
    )
    yield "| Reason | Mutants |"
    yield "|---|---:|"
    yield from (f"| {reason} | {len(items)} |" for reason, items in sorted(made.neutral.items()))
    yield ""


def _compared(comparison: Comparison) -> Iterator[str]:
    total = len(comparison.sample)
    yield "## Beside public scanners"
    yield ""
    yield from _paragraph(
        f"{total + comparison.refused} of the mutants, drawn by a fixed shuffle, were compiled; {comparison.refused} "
        "of them the compiler itself refuses. The others' templates were given to scanners, with the values of "
        "`parameters/production.json` to those that do not understand parameters. A scanner refuses a mutant when it "
        "finds something that it does not find in the platform's own template. One template holds many mutants, of "
        "different resources; a finding about a resource that none of them changes counts for all that it has to do "
        "with."
    )
    yield "| Who | Refused | Share |"
    yield "|---|---:|---:|"
    yield from (f"| {name} | {count} | {_share(count, total)} |" for name, count in comparison.rows())
    yield ""
    if comparison.only_scanners:
        yield "A scanner refuses these, and the pack does not:"
        yield ""
        for item in comparison.only_scanners:
            rules = ", ".join(" ".join(found) for found in sorted(comparison.found[item.mutant.title]))
            yield f"- {item.mutant.title}: {rules}"
        yield ""
    else:
        yield from _paragraph("There is none that a scanner refuses and the pack does not.")
    yield from _paragraph(
        "The scanners are made for templates of all kinds; the rules here know what this platform has promised. Which "
        "findings of theirs stay in the platform's template, and why, is in [scanners.md](scanners.md)."
    )
    yield "## Speed"
    yield ""
    yield from _paragraph(
        f"The benchmark also starts the pack as a process and asks it over the Analyzer protocol about the whole "
        f"platform, as `pulumi preview` does. It prints the seconds and the checks (one rule on one resource) per "
        f"second; wanted are under {SECONDS} s and {CHECKS_PER_SECOND:,} or more."
    )
