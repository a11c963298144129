"""Tokens: text that stands for a value which only the deployment knows.

A token has one string form, made of characters that need no escaping in JSON, YAML or an ARN, and it is derived from
what it stands for, so the same program yields the same tokens in every run. ``f"alias/{suffix}"`` therefore just
works; everything else that Python can do to a string (slice, split, compare, change case, count) would work on the
token's text instead of on the value, so :class:`Token` refuses it at the line that does it.
"""

from __future__ import annotations

import hashlib
import re
from typing import NoReturn

from .errors import TokenError

OPENING = "<<Tok:"
CLOSING = ">>"
PATTERN = re.compile(r"<<Tok:([0-9a-f]{16})>>")
# What is left of a token after the program has cut it up or changed its case.
RESIDUE = re.compile(r"<<tok:|tok:[0-9a-f]+>>|[0-9a-f]{4,}>>|<<t?o?k?$|^t?o?k?:?[0-9a-f]{16}>>", re.IGNORECASE)


class Token(str):
    """The text of one token. Formatting and joining keep it whole; anything else raises :class:`TokenError`."""

    __slots__ = ("meaning",)
    meaning: str

    def __new__(cls, key: str, meaning: str) -> Token:
        """Make the token for ``key`` (unique per value); ``meaning`` names the value in messages."""
        digest = hashlib.blake2b(key.encode(), digest_size=8).hexdigest()
        token = super().__new__(cls, f"{OPENING}{digest}{CLOSING}")
        token.meaning = meaning
        return token

    def _refuse(self, operation: str) -> NoReturn:
        raise TokenError(
            f"{operation} {self.meaning}: its value is known only when the stack is deployed. "
            "Use it whole (alone or inside a longer string); make a spec value of it if the program must decide on it."
        )

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Token):
            return str.__eq__(self, other)
        if isinstance(other, str) and not PATTERN.search(other):
            self._refuse(f"comparing with {other!r} the value of")
        return str.__eq__(self, str(other)) if isinstance(other, str) else False

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def _refusing(name: str, operation: str) -> None:
    def method(self: Token, *_args: object, **_kwargs: object) -> NoReturn:
        self._refuse(operation)

    setattr(Token, name, method)


# ``__len__`` stays, because truth is tested through it: an optional setting is present while recording.
for _name in ("__getitem__", "__iter__", "__contains__"):
    _refusing(_name, "indexing, slicing or searching")
for _name in (
    "__mul__ __rmul__ __mod__ __sub__ __rsub__ __truediv__ __floordiv__ __int__ __float__ __index__ "
    "__lt__ __gt__ __le__ __ge__"
).split():
    _refusing(_name, "calculating with or ordering")
for _name in (
    "split rsplit splitlines partition rpartition replace strip lstrip rstrip lower upper title capitalize swapcase "
    "casefold startswith endswith removeprefix removesuffix find rfind index rindex count zfill center ljust rjust "
    "translate expandtabs isdigit isalpha isalnum isnumeric isdecimal islower isupper isspace"
).split():
    _refusing(_name, f"calling .{_name}() on")
