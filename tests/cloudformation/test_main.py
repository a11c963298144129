"""The command line: an error is a sentence, never a traceback, unless one is asked for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import pytest

from cloudformation import synth
from cloudformation.__main__ import INTERRUPTED, main
from cloudformation.errors import ProgramError
from cloudformation.failures import DEFECT


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program with one bucket."""
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("import pulumi_aws as aws\naws.s3.Bucket('logs')\n")
    return tmp_path


def test_synth_writes_a_template(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And says what is in it."""
    output = program / "out.yml"
    assert main(["synth", "--program", str(program), "--output", str(output)]) == 0
    assert "LogsBucket:" in output.read_text()
    assert "1 resources" in capsys.readouterr().out
    assert main(["synth", "--check", "--program", str(program), "--output", str(output)]) == 0


def test_a_stale_template_is_found(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the lines that differ, and nothing is written."""
    output = program / "out.yml"
    output.write_text("old\n")
    assert main(["synth", "--check", "--program", str(program), "--output", str(output)]) == 1
    assert output.read_text() == "old\n"
    captured = capsys.readouterr()
    assert "-old" in captured.out
    assert "is not what the program says" in captured.err


def test_a_problem_with_the_program_is_one_line(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With file and line; no template is written."""
    (program / "__main__.py").write_text("import pulumi_aws as aws\naws.s3.Bucket('logs', website=3)\n")
    assert main(["synth", "--program", str(program)]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("error: __main__.py:2: aws:s3/bucket:Bucket 'logs', website: ")
    assert "Traceback" not in captured.err
    assert not (program / "TapStack.yml").exists()


def _failing(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def synthesize(_folder: Path, _approve: object) -> NoReturn:
        raise error

    monkeypatch.setattr(synth, "synthesize", synthesize)


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (KeyError("x"), DEFECT, "This is a defect in the compiler, not in the program."),
        (RecursionError("too deep"), DEFECT, "as `python -m cloudformation --debug ...` and report what it shows."),
        (PermissionError(13, "Permission denied", "out.yml"), 1, "Permission denied"),
        (ProgramError("no"), 1, "error: no"),
        (KeyboardInterrupt(), INTERRUPTED, "error: interrupted"),
    ],
    ids=repr,
)
def test_whatever_happens_ends_in_a_sentence(
    error: BaseException, status: int, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also what should never happen: that is the compiler's fault, and it says so."""
    _failing(error, monkeypatch)
    assert main(["synth"]) == status
    captured = capsys.readouterr()
    assert words in captured.err
    assert "Traceback" not in captured.err


@pytest.mark.parametrize("error", [KeyError("x"), ProgramError("no")], ids=repr)
def test_the_traceback_is_there_for_the_asking(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """With ``--debug``."""
    _failing(error, monkeypatch)
    with pytest.raises(type(error)):
        main(["--debug", "synth"])


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """With the usage, by argparse's own status."""
    with pytest.raises(SystemExit) as caught:
        main(["compose"])
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err
    assert sys.exc_info() == (None, None, None)
