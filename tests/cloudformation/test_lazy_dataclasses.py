"""Dataclasses whose methods wait do what others do."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from cloudformation import lazy_dataclasses


@pytest.fixture(autouse=True)
def _removed() -> Iterator[None]:
    yield
    lazy_dataclasses.remove()


def _made(**options: Any) -> Any:
    """A class with two fields, one of which is its own kind."""

    @dataclasses.dataclass(**options)
    class Point:
        x: int
        next: Any = None

    return Point


def _behaviour(kind: Any) -> list[object]:
    """What can be seen of a class."""
    one, other = kind(1), kind(2, kind(1))
    found: list[object] = [repr(other), one == kind(1), one == other, one != other, one == 1, kind.__match_args__]
    attempts = (
        lambda: one < other,
        lambda: sorted([kind(3), kind(1)]) == [kind(1), kind(3)],
        lambda: one >= kind(1),
        lambda: hash(one) == hash(kind(1)),
        lambda: setattr(one, "x", 5),
        lambda: delattr(one, "next"),
        lambda: setattr(one, "unheard_of", 5),
        lambda: (one.x, vars(one)),
        kind,
    )
    for attempt in attempts:
        try:
            found.append(attempt())
        except (TypeError, AttributeError) as error:
            found.append(f"{type(error).__name__}: {error}")
    return found


@pytest.mark.parametrize(
    "options",
    [{}, {"frozen": True}, {"order": True}, {"eq": False}, {"unsafe_hash": True}, {"frozen": True, "order": True}],
    ids=str,
)
def test_class_does_what_it_always_did(options: dict[str, bool]) -> None:
    """Whichever of its methods are made."""
    plain = _behaviour(_made(**options))
    lazy_dataclasses.install()
    assert _behaviour(_made(**options)) == plain


def test_method_is_compiled_when_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """And once."""
    compiled: list[str] = []
    own_way = lazy_dataclasses._own_way
    assert own_way

    def noting(name: str, *args: Any, **named: Any) -> Any:
        compiled.append(name)
        return own_way(name, *args, **named)

    lazy_dataclasses.install()
    monkeypatch.setattr(lazy_dataclasses, "_own_way", noting)
    kind = _made(frozen=True)
    assert compiled == ["__init__"]
    assert kind(1) == kind(1)
    assert kind(1) != kind(2)
    assert compiled == ["__init__", "__eq__"]


def test_another_python_keeps_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that makes the methods with other arguments."""

    def other(name: str, text: str) -> None: ...

    monkeypatch.setattr(dataclasses, "_create_fn", other)
    monkeypatch.setattr(lazy_dataclasses, "_own_way", other)
    lazy_dataclasses.install()
    assert vars(dataclasses)["_create_fn"] is other
