"""What the services themselves answer after a deployment of the template, against what the program asks for.

Where moto's real back end of a service stands behind the emulator, its describe calls are asked. Each question is put
twice: once to the program's inputs and once to the service, both answered in the same simple form and by name. Nothing
here knows of CloudFormation's properties.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..normal import Leaf, Rewrite, leaves
from ..sides import Asked, client

Facts = dict[str, Any]
"""What is known of things, by their names."""


@dataclass(frozen=True)
class Program:
    """The program's side of the question."""

    resources: Sequence[Asked]
    rewrite: Rewrite

    def of(self, kind: str) -> Iterator[Mapping[str, Any]]:
        """The inputs of all resources of a type, with names in the place of ids."""
        return (self.named(item.properties) for item in self.resources if item.type == f"aws:{kind}")

    def named(self, value: Any) -> Any:
        """A value with names in the place of ids."""
        return renamed(value, self.rewrite)

    def id_of(self, kind: str, key: str, value: str) -> str:
        """The id of the resource of a type that has the given input, as others refer to it."""
        (found,) = [
            item for item in self.resources if item.type == f"aws:{kind}" and self.named(item.properties)[key] == value
        ]
        return self.rewrite(found.answers["id"])


@dataclass(frozen=True)
class Account:
    """The service's side of it."""

    endpoint: str
    rewrite: Rewrite

    def ask(self, service: str, operation: str, **parameters: Any) -> Any:
        """A service's answer, with names in the place of ids."""
        return renamed(self.raw(service, operation, **parameters), self.rewrite)

    def raw(self, service: str, operation: str, **parameters: Any) -> Any:
        """A service's answer as it is; all of it, where it comes in pages."""
        asked = _client(self.endpoint, service)
        if not asked.can_paginate(operation):
            return getattr(asked, operation)(**parameters)
        return asked.get_paginator(operation).paginate(**parameters).build_full_result()


@cache
def _client(endpoint: str, service: str) -> Any:
    return client(endpoint, service)


@dataclass(frozen=True)
class Check:
    """One question, put to both sides."""

    title: str
    service: str
    asked: Callable[[Program], Facts]
    found: Callable[[Account], Facts]


def renamed(value: Any, rewrite: Rewrite) -> Any:
    """A value with ``rewrite`` applied to every text in it."""
    if isinstance(value, Mapping):
        return {key: renamed(item, rewrite) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [renamed(item, rewrite) for item in value]
    return rewrite(value) if isinstance(value, str) else value


def tag_map(tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """A service's list of tags as a map; some services write ``key``, ``TagKey`` ..."""
    pairs = [{name.lower().removeprefix("tag"): value for name, value in tag.items()} for tag in tags]
    return {pair["key"]: pair["value"] for pair in pairs if not pair["key"].startswith("aws:")}


def document(text: str | Mapping[str, Any]) -> str:
    """A policy document in its normal form."""
    value = json.loads(text) if isinstance(text, str) else text
    (leaf,) = leaves({"document": value}, str)
    assert isinstance(leaf, Leaf)
    return leaf.value
