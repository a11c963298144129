"""Waivers: read strictly, applied narrowly, and gone when their time is over."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from policies.model import Resource, Rule, Violation
from policies.registry import RULES
from policies.waivers import Waiver, WaiverError, load, valid

TODAY = datetime.date(2026, 12, 1)
RULE = next(rule for rule in RULES if rule.id == "stream-encrypted")
TRAIL = next(rule for rule in RULES if rule.id == "trail-exists")
GOOD = """
- rule: stream-encrypted
  resource: stream-*
  reason: It holds nothing yet.
  expires: 2027-01-31
"""


def violation(rule: Rule, name: str) -> Violation:
    return Violation(rule, Resource("aws:kinesis/stream:Stream", name, f"urn::{name}", {}) if name else None, "wrong")


def test_reading(tmp_path: Path) -> None:
    """A complete entry is read as it stands."""
    file = tmp_path / "waivers.yaml"
    file.write_text(GOOD, encoding="utf-8")
    assert load(file) == (Waiver("stream-encrypted", "stream-*", "It holds nothing yet.", datetime.date(2027, 1, 31)),)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("stream-encrypted", "stream-encripted"), "there is no rule 'stream-encripted'"),
        (("  expires: 2027-01-31\n", ""), "expires is missing"),
        (("2027-01-31", "someday"), "expires is 'someday'; a day such as"),
        (("2027-01-31", "2027-01-31 10:00:00"), "a day such as"),
        (("It holds nothing yet.", "because"), "the reason says nothing"),
        (("reason", "because"), "because is unknown"),
        ((GOOD, "rule: stream-encrypted"), "a list of waivers is needed"),
        ((GOOD, "- just text"), "a map with rule, resource, reason, expires is needed"),
        ((GOOD, "- {"), "cannot be read"),
    ],
)
def test_mistakes(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    """Whatever is wrong in the file is an error that says what, and in which entry."""
    file = tmp_path / "waivers.yaml"
    file.write_text(GOOD.replace(*change), encoding="utf-8")
    with pytest.raises(WaiverError, match=message) as caught:
        load(file)
    assert str(file) in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is an error, and no empty list."""
    with pytest.raises(WaiverError, match="cannot be read"):
        load(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("rule", "name", "covered"),
    [
        (RULE, "stream-ingest", True),
        (RULE, "StreamIngest", True),
        (RULE, "streamingest", False),
        (RULE, "queue", False),
        (TRAIL, "stream-ingest", False),
        (RULE, "", False),
    ],
)
def test_coverage(rule: Rule, name: str, covered: bool) -> None:
    """A waiver accepts its rule on its resources, also under their logical ids, and nothing else."""
    waiver = Waiver("stream-encrypted", "stream-*", "It holds nothing yet.", TODAY)
    assert waiver.covers(violation(rule, name)) is covered


def test_stack_as_resource() -> None:
    """A rule about the whole stack is waived by the stack's own name."""
    waiver = Waiver("trail-exists", "(stack)", "The organisation has a trail.", TODAY)
    assert waiver.covers(violation(TRAIL, ""))


@pytest.mark.parametrize(
    ("without", "covered"), [(None, True), ("AlarmEmail", True), ("", False), ("ApiDomain", False)]
)
def test_only_where_a_setting_is_empty(without: str | None, covered: bool) -> None:
    """A waiver for an empty optional setting accepts nothing where the setting is given."""
    waiver = Waiver("stream-encrypted", "stream-*", "It holds nothing yet.", TODAY, without="AlarmEmail")
    assert waiver.covers(violation(RULE, "stream-ingest"), without) is covered


def test_last_day() -> None:
    """A waiver holds on its last day and no longer."""
    waiver = Waiver("stream-encrypted", "stream-*", "It holds nothing yet.", TODAY)
    assert valid([waiver], TODAY) == (waiver,)
    assert valid([waiver], TODAY + datetime.timedelta(days=1)) == ()


def test_committed_waivers_are_read() -> None:
    """The project's own file has no mistakes."""
    assert all(waiver.expires > datetime.date(2026, 1, 1) for waiver in load())
