"""Everything that a piece of work reads while it runs, each thing with a key made from its content.

Python says of each file that it opens and each folder that it lists (:func:`sys.addaudithook`); questions of the kind
"is there such a file" pass through :func:`os.stat`. The environment, the working directory and the day are inputs from
the beginning. What has no content to make a key from (another program's answer, the network), and what is done beside
reading (a file that is written), is named, so that nobody takes the result for one that can be had again.

What Python and the installed libraries are made of is left out: that is loaded once in a process. So is the time of
day: a program whose template shows it is refused by :mod:`cloudformation.observation`.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import hashlib
import os
import stat
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from .replacement import replaced

CONTENT, LISTING, MODULES, KIND, STATE = "content", "listing", "modules", "kind", "state"
ENVIRONMENT, FOLDER, DAY = "environment", "working directory", "day"

Aspect = tuple[str, str]
"""What of an input counts, and the input's absolute path (empty for what is no file)."""

ABSENT = "absent"
CONTRADICTION = "seen in two versions"
"""A key that nothing has."""


@dataclass(frozen=True)
class Inputs:
    """What was read."""

    keys: Mapping[Aspect, str]
    beyond: tuple[str, ...] = ()
    """What was done that no key says anything of, each once."""

    def changed(self) -> list[str]:
        """What is not as it was read, as paths or words."""
        return list(dict.fromkeys(path or kind for (kind, path), key in self.keys.items() if key_of(kind, path) != key))

    def paths(self) -> list[str]:
        """All files and folders, those that are not there as well."""
        return list(dict.fromkeys(path for _, path in self.keys if path))


def key_of(kind: str, path: str) -> str:
    """The key that an input has now."""
    try:
        return _KEYS[kind](path)
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT
    except OSError as error:
        return f"unreadable: {error.strerror}"


def digest(data: bytes) -> str:
    """The key of a file with this content."""
    return hashlib.blake2b(data, digest_size=20).hexdigest()


def _content(path: str) -> str:
    # Reading a pipe or a terminal would take from it what the program is to read.
    return digest(Path(path).read_bytes()) if stat.S_ISREG(plain_stat(path).st_mode) else "no plain file"


def _listing(path: str) -> str:
    with os.scandir(path) as entries:
        return repr(sorted((entry.name, entry.is_dir(), entry.is_symlink()) for entry in entries if _counts(entry)))


def _modules(path: str) -> str:
    """What can be imported from a folder."""
    with os.scandir(path) as entries:
        return repr(sorted(e.name for e in entries if _counts(e) and (e.name.endswith((".py", ".so")) or e.is_dir())))


def _counts(entry: os.DirEntry[str]) -> bool:
    return entry.name != "__pycache__"


def _kind(path: str) -> str:
    """What kind of file there is, and where it leads if it is a link."""
    mode = _lstat(path).st_mode
    if not stat.S_ISLNK(mode):
        return str(stat.S_IFMT(mode))
    return f"{_readlink(path)} {stat.S_IFMT(plain_stat(path).st_mode)}"


def _state(path: str) -> str:
    """What there is to know of a file; of a folder only that it is one: what is in it has keys of its own."""
    found = plain_stat(path)
    exact = "" if stat.S_ISDIR(found.st_mode) else (found.st_mode, found.st_size, found.st_mtime_ns)
    return f"{_kind(path)} {exact}"


def _environment(_path: str) -> str:
    return digest(repr(sorted(os.environ.items())).encode())


# While notes are taken, the names in ``os`` lead elsewhere.
plain_stat, _lstat, _readlink = os.stat, os.lstat, os.readlink
_KEYS: Mapping[str, Callable[[str], str]] = {
    CONTENT: _content,
    LISTING: _listing,
    MODULES: _modules,
    KIND: _kind,
    STATE: _state,
    ENVIRONMENT: _environment,
    FOLDER: lambda _path: str(Path.cwd()),
    DAY: lambda _path: datetime.date.today().isoformat(),
}


@functools.cache
def _installed() -> tuple[str, ...]:
    """Folders of Python and of installed libraries, and of what the system makes up when it is read."""
    found = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    found |= {entry for entry in sys.path if Path(entry).name == "site-packages"}
    found |= {prefix for prefix in (sys.prefix, sys.base_prefix) if Path(prefix, "pyvenv.cfg").is_file()}
    found |= {"/dev", "/proc", "/sys"}
    return tuple(f"{folder}{os.sep}" for folder in found if folder)


def own(path: str) -> bool:
    """Whether a file belongs neither to Python nor to an installed library."""
    return not f"{path}{os.sep}".startswith(_installed())


class Collector:
    """Takes notes."""

    def __init__(self) -> None:
        self._keys: dict[Aspect, str] = {(kind, ""): key_of(kind, "") for kind in (ENVIRONMENT, FOLDER, DAY)}
        self._beyond: dict[str, None] = {}

    @property
    def inputs(self) -> Inputs:
        """What was noted so far."""
        return Inputs(dict(self._keys), tuple(self._beyond))

    def note(self, kind: str, path: str) -> None:
        """Note an input as it is now, before it is read. What is read more than once counts as it was at first."""
        if (kind, path) not in self._keys:
            with _unheard():
                self._keys[kind, path] = key_of(kind, path)

    def note_beyond(self, what: str) -> None:
        """Note what no key says anything of."""
        self._beyond[what] = None

    def add(self, inputs: Inputs) -> None:
        """Add what a child of this process noted."""
        for aspect, key in inputs.keys.items():
            if self._keys.setdefault(aspect, key) != key:
                self._keys[aspect] = CONTRADICTION
        self._beyond.update(dict.fromkeys(inputs.beyond))


_collector: Collector | None = None
_busy = threading.local()


@contextlib.contextmanager
def _unheard() -> Iterator[None]:
    """What is done in the block to take a note is not noted."""
    _busy.now = True
    try:
        yield
    finally:
        _busy.now = False


def noted() -> Inputs | None:
    """What was noted so far, if anybody takes notes."""
    return _collector.inputs if _collector else None


def add(inputs: Inputs | None) -> None:
    """Add what a child of this process noted."""
    if _collector and inputs:
        _collector.add(inputs)


@contextlib.contextmanager
def collecting() -> Iterator[Collector]:
    """Take notes of whatever is read in the block."""
    global _collector  # noqa: PLW0603 - an audit hook is for the whole process, and cannot be taken away
    _listen()
    _installed()
    collector = Collector()
    _collector, before = collector, _collector
    try:
        with _asked_through(collector), _printed_through(collector):
            yield collector
    finally:
        _collector = before


@functools.cache
def _listen() -> None:
    sys.addaudithook(_heard)


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if _collector is None or getattr(_busy, "now", False):
        return
    hear = _EVENTS.get(event)
    if hear:
        hear(_collector, event, arguments)


def _opened(collector: Collector, _event: str, arguments: tuple[Any, ...]) -> None:
    name, _, flags = arguments
    path = _path(name)
    if path is None or not _is_input(path):
        return
    if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND):
        collector.note_beyond("writes a file")
    else:
        collector.note(CONTENT, path)


def _listed(collector: Collector, _event: str, arguments: tuple[Any, ...]) -> None:
    path = _path("." if arguments[0] is None else arguments[0])
    if path and own(path):
        caller = str(sys._getframe(2).f_globals.get("__name__"))
        collector.note(MODULES if caller.startswith("importlib.") else LISTING, path)


def _done(collector: Collector, event: str, arguments: tuple[Any, ...]) -> None:
    """Something is changed; Python's own bytecode is nobody's business."""
    if not any("__pycache__" in str(argument) for argument in arguments):
        collector.note_beyond(_EFFECTS[event])


def _left(collector: Collector, event: str, _arguments: tuple[Any, ...]) -> None:
    collector.note_beyond(_OUTSIDE[event])


_EFFECTS = {
    **dict.fromkeys(["os.remove", "os.rename", "os.truncate", "os.utime", "os.chmod"], "changes a file"),
    **dict.fromkeys(["os.mkdir", "os.rmdir"], "changes a folder"),
    **dict.fromkeys(["os.link", "os.symlink"], "makes a link"),
}
_OUTSIDE = {
    **dict.fromkeys(["subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"], "runs another program"),
    **dict.fromkeys(
        ["socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostname"],
        "uses the network",
    ),
    "sqlite3.connect": "uses a database",
}
UNSEEN = frozenset(_OUTSIDE.values())
"""Words for what a program may depend on without anybody seeing when it changes."""
_EVENTS: Mapping[str, Callable[[Collector, str, tuple[Any, ...]], None]] = {
    "open": _opened,
    **dict.fromkeys(["os.listdir", "os.scandir"], _listed),
    **dict.fromkeys(_EFFECTS, _done),
    **dict.fromkeys(_OUTSIDE, _left),
}


def _is_input(path: str) -> bool:
    return own(path) and "__pycache__" not in path


def _path(name: object) -> str | None:
    """The absolute path; None for an open file's number, whose opening was noted."""
    if isinstance(name, int):
        return None
    return str(Path(os.fsdecode(name)).absolute())  # type: ignore[arg-type]


# Questions about files, which Python does not tell an audit hook.

_PREDICATES = frozenset(
    "exists lexists is_file is_dir is_symlink is_fifo is_socket is_block_device is_char_device is_mount "
    "isfile isdir islink ismount realpath resolve samefile".split()
)
_ASKING = frozenset({"pathlib", "genericpath", "posixpath", "ntpath"})


@contextlib.contextmanager
def _asked_through(collector: Collector) -> Iterator[None]:
    asked = [(name, getattr(os, name)) for name in ("stat", "lstat", "access", "readlink")]
    # Which functions take a descriptor, a folder ...: the same as those that they stand in for.
    supports = [found for name, found in vars(os).items() if name.startswith("supports_") and isinstance(found, set)]
    wrapped = [(name, function, _asking(collector, function)) for name, function in asked]
    with replaced((os, name, instead) for name, _, instead in wrapped):
        try:
            for _, function, instead in wrapped:
                for functions in supports:
                    if function in functions:
                        functions.add(instead)
            yield
        finally:
            for functions in supports:
                functions.difference_update(instead for _, _, instead in wrapped)


def _asking(collector: Collector, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def asking(path: Any, *given: Any, **named: Any) -> Any:
        if not getattr(_busy, "now", False) and (absolute := _path(path)) and _is_input(absolute):
            collector.note(KIND if _asks_kind(sys._getframe(1)) else STATE, absolute)
        return function(path, *given, **named)

    return asking


def _asks_kind(frame: FrameType | None) -> bool:
    """Whether all that is asked is what kind of file there is, if any."""
    while frame and frame.f_globals.get("__name__") in _ASKING:
        if frame.f_code.co_name in _PREDICATES:
            return True
        frame = frame.f_back
    return False


# What is printed: who is given an old result would not see it.


class _Stream:
    """A stream that is noted when it is written to."""

    def __init__(self, stream: Any, collector: Collector) -> None:
        self._stream = stream
        self._collector = collector

    def write(self, text: str) -> int:
        self._collector.note_beyond("prints")
        written: int = self._stream.write(text)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def _printed_through(collector: Collector) -> Iterator[None]:
    output, errors = (_Stream(stream, collector) for stream in (sys.stdout, sys.stderr))
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        yield
