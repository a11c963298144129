"""A second synth in one process: had from the first if nothing has changed, made anew if anything has."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cloudformation.errors import ProgramError
from cloudformation.reuse import Kept, synthesizer

PROGRAM = """\
import json
from pathlib import Path

import pulumi_aws as aws
from names import NAME

aws.s3.Bucket(NAME, tags=json.loads(Path("tags.json").read_text()))
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program of two modules and a data file."""
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    (tmp_path / "names.py").write_text("NAME = 'logs'\n")
    (tmp_path / "tags.json").write_text('{"Tier": "one"}')
    return tmp_path


def test_an_unchanged_program_does_not_run_again(program: Path) -> None:
    """Also when its files were touched."""
    kept = synthesizer(program)
    first = kept.get()
    assert kept.inputs.beyond == ()
    for file in program.iterdir():
        if file.is_file():
            os.utime(file, (1, 1))
    assert kept.get() is first


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "main": (lambda p: (p / "__main__.py").write_text(PROGRAM + "aws.sns.Topic('news')\n"), "AWS::SNS::Topic"),
    "module": (lambda p: (p / "names.py").write_text("NAME = 'data'\n"), "DataBucket:"),
    "data": (lambda p: (p / "tags.json").write_text('{"Tier": "two"}'), "Value: two"),
    "Pulumi.yaml": (lambda p: (p / "Pulumi.yaml").write_text("name: other\nruntime: python\n"), "Description: other"),
    "shadow": (lambda p: _package(p / "names", "NAME = 'shadow'\n"), "ShadowBucket:"),
}


def _package(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "__init__.py").write_text(text)


@pytest.mark.parametrize(("change", "words"), CHANGES.values(), ids=CHANGES)
def test_whatever_it_read_counts(program: Path, change: Callable[[Path], object], words: str) -> None:
    """Modules, data, the project's file; and a package that comes before a module."""
    kept = synthesizer(program)
    assert words not in kept.get().text
    change(program)
    assert words in kept.get().text


def test_two_saves_in_one_second_are_two(program: Path) -> None:
    """Of the same length and with the same time, where Python itself would take the bytecode of the first."""
    kept = synthesizer(program)
    names = program / "names.py"
    os.utime(names, (1_000_000_000, 1_000_000_000))
    assert "LogsBucket:" in kept.get().text
    names.write_text("NAME = 'data'\n")
    os.utime(names, (1_000_000_000, 1_000_000_000))
    assert "DataBucket:" in kept.get().text


def test_comments_are_those_of_the_source_as_it_is(program: Path) -> None:
    """The template's comments are the program's docstrings."""
    code = 'import pulumi_aws as aws\n\n\ndef make():\n    """{}"""\n    aws.s3.Bucket("logs")\n\n\nmake()\n'
    kept = synthesizer(program)
    for words in ("Keeps the logs.", "Keeps what happened."):
        (program / "__main__.py").write_text(code.format(words))
        assert words in kept.get().text


def test_a_program_that_does_more_than_read_runs_each_time(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever is given an old result would miss what it prints."""
    (program / "__main__.py").write_text(PROGRAM + "print('made')\n")
    kept = synthesizer(program)
    first = kept.get()
    assert kept.get().text == first.text
    assert capsys.readouterr().out == "made\nmade\n"


def test_an_error_is_not_kept(program: Path) -> None:
    """The program is asked again, and what would put it right is known."""
    kept = synthesizer(program)
    kept.get()
    (program / "__main__.py").write_text("raise ValueError('no')\n")
    for _ in range(2):
        with pytest.raises(ProgramError, match=r"__main__.py:1: the program failed: ValueError: no"):
            kept.get()
    assert str(program / "tags.json") in kept.inputs.paths()
    assert kept.inputs.changed() == []
    (program / "__main__.py").write_text(PROGRAM)
    assert "LogsBucket:" in kept.get().text


def test_what_changes_meanwhile_counts(tmp_path: Path) -> None:
    """A file that is saved while it is being worked on was read too early."""
    data = tmp_path / "data"
    data.write_text("one")

    def read_and_save() -> str:
        text = data.read_text()
        if text == "one":
            data.write_text("two")
        return text

    kept = Kept(read_and_save)
    assert kept.get() == "one"
    assert kept.inputs.changed() == [str(data)]
    assert kept.get() == "two"
