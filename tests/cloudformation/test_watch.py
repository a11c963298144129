"""``synth --watch`` as a process: what is saved is compiled, what that changes is told, and only that is written."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cloudformation.__main__ import main

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 120
PROGRAM = """\
from pathlib import Path

import pulumi_aws as aws

aws.s3.Bucket("logs", bucket=Path({data!r}).read_text())
"""


class Watching:
    """The command, with its lines as they come."""

    def __init__(self, program: Path, compiler: Path = ROOT) -> None:
        command = [sys.executable, "-m", "cloudformation", "synth", "--watch", "--program", str(program)]
        self.process = subprocess.Popen(
            command, cwd=compiler, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.template = program / "TapStack.yml"

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(line)

    def until(self, words: str) -> str:
        """All lines up to the one with the words."""
        said = ""
        while words not in said:
            try:
                said += self._lines.get(timeout=LIMIT_SECONDS)
            except queue.Empty:
                pytest.fail(f"{words!r} was not said, but:\n{said}")
        return said

    def interrupt(self) -> int:
        """Ctrl-C, which the terminal sends to the whole group."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(LIMIT_SECONDS)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program that reads a file outside of its folder."""
    (tmp_path / "name.txt").write_text("first")
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    (folder / "__main__.py").write_text(PROGRAM.format(data=str(tmp_path / "name.txt")))
    return folder


@pytest.fixture
def watching(program: Path) -> Iterator[Watching]:
    """The command, once it waits."""
    command = Watching(program)
    try:
        command.until("Ctrl-C ends it.")
        yield command
    finally:
        command.process.kill()
        command.process.wait()


def _save_by_rename(file: Path, text: str) -> None:
    beside = file.with_suffix(".new")
    beside.write_text(text)
    beside.replace(file)


@pytest.mark.parametrize("save", [Path.write_text, _save_by_rename], ids=["in place", "by rename"])
def test_a_save_is_compiled_and_its_changes_told(
    watching: Watching, program: Path, save: Callable[[Path, str], object]
) -> None:
    """Of the program and of data outside of its folder, until Ctrl-C."""
    assert "BucketName: first" in watching.template.read_text()
    save(program.parent / "name.txt", "second")
    said = watching.until("is written.")
    assert "LogsBucket (AWS::S3::Bucket): replaced" in said
    assert "BucketName: first -> second" in said
    assert "BucketName: second" in watching.template.read_text()

    save(program / "__main__.py", (program / "__main__.py").read_text() + "aws.sns.Topic('news')\n")
    assert "+ NewsTopic (AWS::SNS::Topic): added" in watching.until("is written.")
    assert "NewsTopic:" in watching.template.read_text()

    assert watching.interrupt() == 0
    assert "Traceback" not in watching.until("No longer watching.")


def test_an_error_is_told_and_put_right(watching: Watching, program: Path) -> None:
    """The template stays as it was meanwhile."""
    main_file = program / "__main__.py"
    right, template = main_file.read_text(), watching.template.read_bytes()
    main_file.write_text(right + "aws.s3.Bucket('more', website=3)\n")
    assert "error: __main__.py:6: aws:s3/bucket:Bucket 'more', website: " in watching.until("error: ")
    assert watching.template.read_bytes() == template
    main_file.unlink()
    assert "there is no __main__.py" in watching.until("error: ")
    main_file.write_text(right)
    watching.until("is up to date.")
    assert watching.template.read_bytes() == template


def test_what_does_not_change_the_template_writes_nothing(watching: Watching, program: Path) -> None:
    """A touch does not even compile; another line of comment compiles the same."""
    before = watching.template.stat().st_ino
    main_file = program / "__main__.py"
    os.utime(main_file)
    main_file.write_text(main_file.read_text() + "# The end.\n")
    said = watching.until("is up to date.")
    assert said.count("Changed: ") == 1
    assert watching.template.stat().st_ino == before


def test_waivers_are_watched(watching: Watching, program: Path) -> None:
    """A folder of policies that appears is judged by, and so is each change of its waivers."""
    (program / "policies").mkdir()
    waivers = program / "policies" / "waivers.yaml"
    waivers.write_text("[]\n")
    said = watching.until("bucket-encrypted")
    assert "waivers.yaml" in said
    waivers.write_text("- rule: unheard-of\n  resource: logs\n  reason: Because.\n  expires: 2027-06-30\n")
    assert "waivers.yaml" in watching.until("unheard-of")
    shutil.rmtree(program / "policies")
    watching.until("is up to date.")


def test_a_file_that_appears_in_a_listed_folder_is_noticed(watching: Watching, program: Path) -> None:
    """The listing is what was read, not only the files that were there."""
    topics = program / "topics"
    topics.mkdir()
    main_file = program / "__main__.py"
    listing = "for file in sorted((Path(__file__).parent / 'topics').glob('*.txt')):\n    aws.sns.Topic(file.stem)\n"
    main_file.write_text(main_file.read_text() + listing)
    watching.until("is up to date.")
    (topics / "news.txt").write_text("")
    said = watching.until("is written.")
    assert "topics" in said
    assert "+ NewsTopic (AWS::SNS::Topic): added" in said


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''], check=True)\n", "runs another program"),
        ("import socket\nsocket.gethostname()\n", "uses the network"),
    ],
    ids=["another program", "network"],
)
def test_what_cannot_be_watched_is_said_once(watching: Watching, program: Path, code: str, words: str) -> None:
    """After the compilation that does it first."""
    main_file = program / "__main__.py"
    main_file.write_text(main_file.read_text() + code)
    assert f"note: the program {words}. What changes there is not noticed." in watching.until("note: ")
    main_file.write_text(main_file.read_text() + "aws.sns.Topic('news')\n")
    watching.until("is written.")
    main_file.write_text(main_file.read_text() + "aws.sns.Topic('more')\n")
    assert "note: " not in watching.until("is written.")


def test_a_changed_compiler_is_started_again(program: Path, tmp_path: Path) -> None:
    """What it was loaded from is not what stands there any more."""
    shutil.copytree(ROOT / "cloudformation", tmp_path / "cloudformation", ignore=shutil.ignore_patterns("__pycache__"))
    watching = Watching(program, tmp_path)
    try:
        watching.until("Ctrl-C ends it.")
        writer = tmp_path / "cloudformation" / "yaml_writer.py"
        writer.write_text(writer.read_text().replace("Do not edit: change", "Do not edit, but change"))
        said = watching.until("Ctrl-C ends it.")
        assert "yaml_writer.py\nThat is loaded already, so the command starts again." in said
        assert "Only comments change." in said
        assert "Do not edit, but change" in watching.template.read_text()
        assert watching.interrupt() == 0
    finally:
        watching.process.kill()
        watching.process.wait()


def test_watching_and_checking_are_two_things(capsys: pytest.CaptureFixture[str]) -> None:
    """One writes, the other must not."""
    with pytest.raises(SystemExit) as caught:
        main(["synth", "--watch", "--check"])
    assert caught.value.code == 2
    assert "not allowed with argument" in capsys.readouterr().err
