"""A template that is read in parts says what it says as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cloudformation.template_parts import Parts
from cloudformation.template_reader import parse_template

ROOT = Path(__file__).parents[2]
TEMPLATES = [ROOT / "TapStack.yml", *sorted(ROOT.glob("examples/*/*.yml"))]
SMALL = """\
# A comment with a colon:
Description: |-
  Resources:
  of a: kind

Parameters:
  # About it:
  Name:
    Type: String

Resources:
  # -------
  # A
  One:
    Type: AWS::SNS::Topic # here
    Properties:
      DisplayName: |
        first

        Two:
          third

  Two:
    Type: AWS::SQS::Queue
    Condition: HasName
"""


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.parent.name)
def test_written_template_is_read_as_it_is(file: Path) -> None:
    """Ours, and those of the examples."""
    text = file.read_text(encoding="utf-8")
    assert Parts().parse(text) == parse_template(text).data


@pytest.mark.parametrize(
    ("old", "new", "parsed"),
    [
        ("first", "other", 1),
        ("  Two:\n    Type: AWS::SQS::Queue\n", "  Three:\n    Type: AWS::SQS::Queue\n", 1),
        ("HasName\n", "HasName\n\n  Three:\n    Type: AWS::SQS::Queue\n", 2),
        ("of a: kind", "of another: kind", 1),
        ("# here", "# there", 1),
        ("no such text", "", 0),
    ],
)
def test_only_what_is_other_text_is_parsed(old: str, new: str, parsed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the rest is as it was."""
    parts = Parts()
    assert parts.parse(SMALL) == parse_template(SMALL).data
    texts: list[str] = []
    load = yaml.load

    def noting(text: str, loader: type) -> object:
        texts.append(text)
        return load(text, loader)

    monkeypatch.setattr(yaml, "load", noting)
    changed = SMALL.replace(old, new)
    assert parts.parse(changed) == parse_template(changed).data
    assert len(texts) == parsed
