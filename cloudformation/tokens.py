"""Tokens: text that stands for a value which only the deployment knows.

A token has one string form, made of characters that need no escaping in JSON, YAML or an ARN, and it is derived from
what it stands for, so the same program yields the same tokens in every run. ``f"alias/{suffix}"`` therefore just
works; everything else that Python can do to a string (slice, split, compare, change case, count, hash) would work on
the token's text instead of on the value, so :class:`Token` refuses it at the line that does it.

Text that a token has become part of is plain text and cannot refuse anything. What a program does to it is found by
running the program a second time with the tokens spelled otherwise: see :class:`Spelling` and
:mod:`cloudformation.observation`.
"""

from __future__ import annotations

import hashlib
import re
import sys
from dataclasses import dataclass
from typing import Any, NoReturn, Self

from .errors import TokenError


@dataclass(frozen=True)
class Spelling:
    """A way to write tokens. No two spellings have the same character in the same place, or the same length, so that
    whatever is worked out from the text of a token comes out differently."""

    opening: str
    closing: str
    digits: str
    """Sixteen characters."""
    length: int
    """Digits of a token; sixteen are enough to tell tokens apart."""

    @property
    def pattern(self) -> str:
        """Regular expression of one token."""
        return f"{re.escape(self.opening)}[{self.digits}]{{{self.length}}}{re.escape(self.closing)}"

    def spell(self, key: str) -> str:
        """The token for ``key``."""
        digest = hashlib.blake2b(key.encode(), digest_size=8).hexdigest()
        longer = (digest + digest)[: self.length]
        return self.opening + longer.translate(str.maketrans(PLAIN.digits, self.digits)) + self.closing


PLAIN = Spelling("<<Tok:", ">>", "0123456789abcdef", 16)
# With the usual separators in it, so that whoever takes them out or splits at them takes the token apart; and with
# digits that descend, so that whoever sorts tokens gets another order.
OTHER = Spelling("((Nym=-_./:,", "))", "zxwvusrqpnmljihg", 21)
OPENINGS = (PLAIN.opening, OTHER.opening)
PATTERN = re.compile(f"{PLAIN.pattern}|{OTHER.pattern}")
# The beginning of a token, whole or not and in whatever case. Nobody writes that by chance.
RESIDUE = re.compile(f"{re.escape(PLAIN.opening)}|{re.escape(OTHER.opening)}", re.IGNORECASE)


class Token(str):
    """The text of one token. Formatting and joining keep it whole; anything else raises :class:`TokenError`."""

    __slots__ = ("meaning", "optional")
    meaning: str
    optional: bool

    def __new__(cls, key: str, meaning: str, *, optional: bool = False, spelling: Spelling = PLAIN) -> Self:
        """Make the token for ``key`` (unique per value); ``meaning`` names the value in messages.

        Whether an ``optional`` one is given may be asked: it is, while the token is there at all.
        """
        token = super().__new__(cls, spelling.spell(key))
        token.meaning = meaning
        token.optional = optional
        return token

    def _refuse(self, operation: str) -> NoReturn:
        raise TokenError(
            f"{operation} {self.meaning}: its value is known only when the stack is deployed. "
            "Use it whole (alone or inside a longer string); make a spec value of it if the program must decide on it."
        )

    def __bool__(self) -> bool:
        # Pulumi's own classes ask of what they are given whether it is there.
        asking = str(sys._getframe(1).f_globals.get("__name__", "")).partition(".")[0]
        return self.optional or asking in ("pulumi", "pulumi_aws") or self._refuse("branching on")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            # The same value is equal to itself; any other may or may not turn out to be.
            return str.__eq__(self, other) or self._refuse(f"comparing with {str(other)!r}")
        if isinstance(other, int | float):
            self._refuse(f"comparing with {other!r}")
        return False

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return self._refuse("using as a key or looking up in a dictionary or set")

    def __add__(self, other: object) -> str:
        return str.__add__(self, other) if isinstance(other, str) else self._refuse("calculating with")

    def __radd__(self, other: object) -> str:
        return str.__add__(other, self) if isinstance(other, str) else self._refuse("calculating with")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self


# What is left to a token: what puts it whole into a longer text, and what Python needs of any string.
ALLOWED_METHODS = frozenset({"format", "join", "maketrans"})


def _refusing(name: str, operation: str) -> None:
    def method(self: Token, *_args: Any, **_kwargs: Any) -> NoReturn:
        self._refuse(operation)

    setattr(Token, name, method)


_refusing("__len__", "taking the length of")
for _name in ("__getitem__", "__iter__", "__contains__"):
    _refusing(_name, "indexing, slicing or searching")
for _name in (
    "__mul__ __rmul__ __mod__ __sub__ __rsub__ __truediv__ __rtruediv__ __floordiv__ __rfloordiv__ __pow__ __neg__ "
    "__int__ __float__ __index__ __round__ __lt__ __gt__ __le__ __ge__"
).split():
    _refusing(_name, "calculating with or ordering")
for _name in sorted(set(dir(str)) - ALLOWED_METHODS):
    if not _name.startswith("_"):
        _refusing(_name, f"calling .{_name}() on")
