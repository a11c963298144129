"""Whatever is read is noted, with a key that is another as soon as the content is; what has no key is named."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from cloudformation import inputs
from cloudformation.inputs import Inputs, collecting

ROOT = Path(__file__).parents[2]


def read_by(work: Callable[[], object]) -> Inputs:
    """What a function reads."""
    with collecting() as collector:
        work()
    return collector.inputs


def replace_keeping_times(file: Path, text: str) -> None:
    """Write another content of the same length, and put the times back."""
    before = file.stat()
    file.write_text(text)
    assert file.stat().st_size == before.st_size
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def _scan(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries]


def _read_inside(folder: Path) -> bytes:
    with contextlib.chdir(folder):
        return Path("data").read_bytes()


READINGS: dict[str, Callable[[Path], object]] = {
    "read_text": lambda folder: (folder / "data").read_text(),
    "open": lambda folder: os.close(os.open(folder / "data", os.O_RDONLY)),
    "relative": _read_inside,
}


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
def test_a_file_counts_by_its_content(tmp_path: Path, reading: Callable[[Path], object]) -> None:
    """Not by its time: neither does a touch change anything, nor is one missed that keeps length and time."""
    data = tmp_path / "data"
    data.write_text("one")
    read = read_by(lambda: reading(tmp_path))
    assert read.changed() == []
    os.utime(data, (1, 1))
    assert read.changed() == []
    replace_keeping_times(data, "two")
    assert read.changed() == [str(data)]
    replace_keeping_times(data, "one")
    assert read.changed() == []
    data.unlink()
    assert read.changed() == [str(data)]
    assert not read.beyond


def test_a_file_that_is_not_there_is_an_input(tmp_path: Path) -> None:
    """It may come."""
    missing = tmp_path / "missing"

    def work() -> None:
        with pytest.raises(FileNotFoundError):
            missing.read_text()

    read = read_by(work)
    assert read.changed() == []
    missing.write_text("here")
    assert read.changed() == [str(missing)]


QUESTIONS: dict[str, Callable[[Path], object]] = {
    "Path.exists": lambda file: file.exists(),
    "Path.is_file": lambda file: file.is_file(),
    "os.path.exists": os.path.exists,
    "os.path.isdir": os.path.isdir,
    "os.path.islink": os.path.islink,
    "os.access": lambda file: os.access(file, os.R_OK),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_asking_for_a_file_is_reading(tmp_path: Path, question: Callable[[Path], object]) -> None:
    """The answer may be another once there is one."""
    file = tmp_path / "file"
    read = read_by(lambda: question(file))
    assert read.changed() == []
    file.write_text("")
    assert read.changed() == [str(file)]


def test_whoever_asks_only_for_the_kind_is_not_told_of_the_content(tmp_path: Path) -> None:
    """Whoever asks for more is."""
    file = tmp_path / "file"
    file.write_text("one")
    kind, size = read_by(file.is_file), read_by(lambda: file.stat().st_size)
    file.write_text("longer")
    assert kind.changed() == []
    assert size.changed() == [str(file)]


@pytest.mark.parametrize("listing", [os.listdir, _scan, lambda folder: list(folder.glob("*.json"))])
def test_a_listing_counts(tmp_path: Path, listing: Callable[[Path], object]) -> None:
    """A new file, and one that goes; bytecode that Python leaves does not."""
    (tmp_path / "a.json").write_text("{}")
    read = read_by(lambda: listing(tmp_path))
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "a.json").write_text("[]")
    assert read.changed() == []
    (tmp_path / "b.json").write_text("{}")
    assert read.changed() == [str(tmp_path)]


def test_the_environment_is_an_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the folder that work is done in, and the day."""
    read = read_by(lambda: None)
    assert read.changed() == []
    monkeypatch.setenv("STAGES", "3")
    assert read.changed() == [inputs.ENVIRONMENT]
    monkeypatch.delenv("STAGES")
    monkeypatch.chdir(tmp_path)
    assert read.changed() == [inputs.FOLDER]


def _network() -> None:
    with socket.socket() as connection, pytest.raises(OSError, match=r".*"):
        connection.connect(("127.0.0.1", 1))


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (
            lambda _folder: subprocess.run([sys.executable, "-V"], capture_output=True, check=True),
            "runs another program",
        ),
        (lambda _folder: os.system("true"), "runs another program"),
        (lambda _folder: _network(), "uses the network"),
        (lambda folder: (folder / "new").write_text("x"), "writes a file"),
        (lambda folder: (folder / "data").unlink(), "changes a file"),
        (lambda folder: (folder / "new").mkdir(), "changes a folder"),
        (lambda _folder: print("hello"), "prints"),
    ],
)
def test_what_has_no_key_is_named(tmp_path: Path, work: Callable[[Path], object], words: str) -> None:
    """So that nobody takes the result for one that can be had again."""
    (tmp_path / "data").write_text("x")
    assert words in read_by(lambda: work(tmp_path)).beyond


def test_libraries_are_no_inputs() -> None:
    """Nor is Python."""
    assert not read_by(lambda: Path(os.__file__).read_text()).paths()
    assert not read_by(lambda: Path(pytest.__file__).read_text()).paths()


def test_nothing_is_noted_afterwards(tmp_path: Path) -> None:
    """And everything is where it was."""
    before = os.stat, os.lstat, sys.stdout
    with collecting() as collector:
        assert os.stat is not before[0]
        assert os.stat in os.supports_follow_symlinks
    assert (os.stat, os.lstat, sys.stdout) == before
    (tmp_path / "late").write_text("x")
    (tmp_path / "late").read_text()
    assert not collector.inputs.paths()
    assert not collector.inputs.beyond


def test_what_a_child_reads_comes_back(tmp_path: Path) -> None:
    """With the keys that it had there."""
    (tmp_path / "data").write_text("one")
    code = textwrap.dedent("""
        import sys
        from pathlib import Path
        from cloudformation.inputs import collecting
        from cloudformation.parallel import beside

        data = Path(sys.argv[1])
        with collecting() as collector, beside(data.read_text) as result:
            text = result()
        print(text, collector.inputs.paths() == [str(data)], collector.inputs.changed())
        data.write_text("two")
        print(collector.inputs.changed() == [str(data)])
        """)
    command = [sys.executable, "-c", code, tmp_path / "data"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("one True []\nTrue\n", "")


def test_two_versions_of_one_file_are_like_none(tmp_path: Path) -> None:
    """Whichever of them is there now."""
    data = tmp_path / "data"
    data.write_text("one")
    earlier = read_by(data.read_text)
    data.write_text("two")
    with collecting() as collector:
        data.read_text()
        collector.add(earlier)
    assert collector.inputs.changed() == [str(data)]
    data.write_text("one")
    assert collector.inputs.changed() == [str(data)]
