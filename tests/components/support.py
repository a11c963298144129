"""For tests of layers: what a layer takes from others, and ways to look at what it registered.

:func:`key` and :func:`network` are plain values under the names that the real layers give them. Make them inside the
function that is recorded; outputs belong to one recording.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pulumi

from components.encryption import Key
from tests.components.conftest import Recorded

GROUPS = ("edge", "alb", "api", "consumer", "rotation", "proxy", "database", "cache", "storage", "endpoints")


def key(name: str) -> Key:
    """A key whose ARN is ``arn:kms:{name}``."""
    return Key(
        id=pulumi.Output.from_input(f"key-{name}"),
        arn=pulumi.Output.from_input(f"arn:kms:{name}"),
        alias_name=pulumi.Output.from_input(f"alias/{name}"),
    )


def network() -> Any:
    """Subnets ``{tier}-a`` to ``{tier}-c``, security groups ``sg-{name}``."""

    def subnets(tier: str) -> tuple[pulumi.Output[str], ...]:
        return tuple(pulumi.Output.from_input(f"{tier}-{zone}") for zone in "abc")

    return SimpleNamespace(
        vpc_id=pulumi.Output.from_input("vpc"),
        public_subnet_ids=subnets("public"),
        app_subnet_ids=subnets("app"),
        data_subnet_ids=subnets("data"),
        security_groups=SimpleNamespace(**{name: pulumi.Output.from_input(f"sg-{name}") for name in GROUPS}),
    )


def of_type(recorded: Iterable[Recorded], noun: str) -> list[Recorded]:
    """The registrations of one type: ``of_type(recorded, "Secret")``."""
    return [resource for resource in recorded if resource.type.endswith(f":{noun}")]


def only(recorded: Iterable[Recorded], noun: str) -> Recorded:
    """The one registration of a type."""
    (resource,) = of_type(recorded, noun)
    return resource


def statements(resource: Recorded, key: str = "policy") -> dict[str, dict[str, Any]]:
    """The statements of an IAM document, by Sid."""
    return {statement["Sid"]: statement for statement in json.loads(resource.inputs[key])["Statement"]}


def misnamed(recorded: Iterable[Recorded], *keys: str) -> list[str]:
    """Physical names, under any of ``keys``, that do not end in the suffix ``test``."""
    names = [str(resource.inputs[key]) for resource in recorded for key in keys if key in resource.inputs]
    assert names, f"nothing registered has any of {keys}"
    return [name for name in names if not name.endswith("-test")]
