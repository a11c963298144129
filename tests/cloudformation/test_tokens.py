"""Tokens: used whole they work like any text; whatever else is done to them is refused, at the line that does it."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import operator
from collections.abc import Callable
from typing import Any

import pytest

from cloudformation.errors import TokenError
from cloudformation.tokens import ALLOWED_METHODS, OTHER, PATTERN, PLAIN, RESIDUE, Token


@pytest.fixture
def token() -> Token:
    """A value that only the deployment knows."""
    return Token("key", "the setting suffix")


WHOLE: dict[str, Callable[[Token], str]] = {
    "f-string": lambda token: f"a-{token}-b",
    "concatenation": lambda token: "a-" + token + "-b",
    "join": lambda token: "-".join(["a", token, "b"]),
    "format": "a-{}-b".format,
    "percent": lambda token: "a-%s-b" % token,  # noqa: UP031
    "JSON": lambda token: json.loads(json.dumps({"x": ["a-" + token + "-b"]}))["x"][0],
}


@pytest.mark.parametrize("way", WHOLE)
def test_a_token_may_become_part_of_a_longer_text(token: Token, way: str) -> None:
    """Every usual way to put texts together leaves the token whole."""
    assert WHOLE[way](token) == f"a-{token!s}-b"


DAMAGES: dict[str, Callable[[Any], object]] = {
    "slice": lambda token: token[:3],
    "index": lambda token: token[0],
    "iterate": list,
    "search": lambda token: "a" in token,
    "length": len,
    "branch": lambda token: 1 if token else 2,
    "not": lambda token: not token,
    "equal to a text": lambda token: token == "prod",
    "not equal to a text": lambda token: token != "prod",
    "equal to a number": lambda token: token == 443,
    "one of several": lambda token: token in ("dev", "prod"),
    "key of a dictionary": lambda token: {token: 1},
    "look-up in a dictionary": lambda token: {"prod": 3}.get(token, 1),
    "member of a set": lambda token: {token},
    "match": lambda token: _matched(token),  # noqa: PLW0108 - defined below
    "order": lambda token: sorted([token, "a"]),
    "greater": lambda token: token > "a",
    "add a number": lambda token: token + 1,
    "be added to a number": lambda token: 1 + token,
    "multiply": lambda token: token * 2,
    "divide": lambda token: token / 2,
    "negate": operator.neg,
    "round": round,
    "modulo": lambda token: token % 2,
    "count to it": range,
    "int": int,
    "float": float,
    "split": lambda token: token.split(":"),
    "lower": lambda token: token.lower(),
    "replace": lambda token: token.replace("-", ""),
    "starts with": lambda token: token.startswith("a"),
    "digest": lambda token: hashlib.sha256(token.encode()),
    "parse": json.loads,
}


def _matched(token: Any) -> int:
    match token:
        case "prod":
            return 1
        case _:
            return 2


@pytest.mark.parametrize("damage", DAMAGES)
def test_anything_else_is_refused_with_the_name_of_the_value(token: Token, damage: str) -> None:
    """What would look at the token's text instead of the value raises, and says which value it was."""
    with pytest.raises(TokenError, match="the setting suffix: its value is known only when the stack is deployed"):
        DAMAGES[damage](token)


def test_every_method_of_text_is_decided_on(token: Token) -> None:
    """A method that a later Python adds to text is refused as well, unless it is allowed by name."""
    for name in (name for name in dir(str) if not name.startswith("_")):
        if name in ALLOWED_METHODS:
            assert getattr(token, name)
        else:
            with pytest.raises(TokenError):
                getattr(token, name)()


def test_a_token_is_equal_to_itself_only(token: Token) -> None:
    """The same value twice is the same; whether another one is equal only the deployment knows."""
    assert token == Token("key", "again")
    assert token == str(token)
    assert token is not None
    assert token != None  # noqa: E711 - an optional setting may be asked for so
    with pytest.raises(TokenError):
        assert token == Token("other", "the setting other")


def test_whether_an_optional_token_is_given_may_be_asked() -> None:
    """It is, while it is there: the run without it has None instead. Its length is still nobody's business."""
    token = Token("key", "the setting email", optional=True)
    assert token
    with pytest.raises(TokenError):
        len(token)


def test_settings_with_tokens_can_be_copied(token: Token) -> None:
    """Copying is no damage: ``dataclasses.asdict`` copies deeply."""

    @dataclasses.dataclass
    class Spec:
        suffix: str

    assert dataclasses.asdict(Spec(token))["suffix"] is token
    assert copy.copy(token) is token


def test_the_two_spellings_have_nothing_in_common() -> None:
    """Another character in each place, another length and another order, so that every derived value differs."""
    first, second = (sorted(spelling.spell(key) for key in ("a", "b", "c")) for spelling in (PLAIN, OTHER))
    for key in ("a", "b", "c"):
        one, two = PLAIN.spell(key), OTHER.spell(key)
        assert len(one) != len(two)
        assert all(a != b for a, b in zip(one, two, strict=False))
        assert all(a != b for a, b in zip(one[::-1], two[::-1], strict=False))
        assert PATTERN.fullmatch(one)
        assert PATTERN.fullmatch(two)
        assert first.index(one) == 2 - second.index(two)


@pytest.mark.parametrize(
    "text",
    [
        "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "arn:aws:acm:eu-west-1:123456789012:certificate/0123456789abcdef-0123",
        "cat << EOF >> /etc/motd",
        "x >> 2 << 3, tok: 1, Tok:abc",
        "<<PIPE>>",
    ],
)
def test_ordinary_text_is_no_residue(text: str) -> None:
    """Digests, certificate ids and shell redirections are not taken for pieces of a token."""
    assert not RESIDUE.search(text)
    assert not PATTERN.search(text)


@pytest.mark.parametrize("change", [str.lower, str.upper, str.title, lambda text: text[:-3], lambda text: text[:8]])
def test_what_is_left_of_a_token_is_residue(change: Callable[[str], str], token: Token) -> None:
    """A token that lost its end or its case is recognised without a second run."""
    assert RESIDUE.search(change(f"a{token}b"))
