"""The monitor's own parts: values nested in outputs, the order of names, positions."""

from __future__ import annotations

import pulumi_aws as aws
import pytest

from cloudformation.graph import Attribute, ListValue, Literal, MapValue, Value
from cloudformation.graph import Path as ValuePath
from cloudformation.monitor import Monitor, _insert, _natural
from cloudformation.tokens import OTHER, PLAIN

from .support import PROJECT, record, resource


@pytest.mark.parametrize(
    ("state", "path", "expected"),
    [
        ({}, ("a",), {"a": Literal(1)}),
        ({}, ("a", 0, "b"), {"a": ListValue((MapValue({"b": Literal(1)}),))}),
        ({}, ("a", 1), {"a": ListValue((Literal(None), Literal(1)))}),
        (
            {"a": ListValue((MapValue({"c": Literal(2)}),))},
            ("a", 0, "b"),
            {"a": ListValue((MapValue({"c": Literal(2), "b": Literal(1)}),))},
        ),
    ],
)
def test_a_value_is_put_inside_of_others(state: dict[str, Value], path: ValuePath, expected: dict[str, Value]) -> None:
    """Objects and lists on the way are made, and what is there stays."""
    _insert(state, path, Literal(1))
    assert state == expected


def test_names_are_ordered_as_people_do() -> None:
    """Numbers in them count as numbers."""
    assert sorted(["a-10", "a-9", "b", "a-9-x", "a²"], key=_natural) == ["a-9", "a-9-x", "a-10", "a²", "b"]


def test_a_nested_output_is_a_reference() -> None:
    """What AWS fills in inside of a list."""

    def build() -> None:
        cluster = aws.rds.Cluster("c", engine="aurora-postgresql", manage_master_user_password=True)
        aws.sns.Topic("topic", display_name=cluster.master_user_secrets[0].secret_arn)

    program = record(build)
    assert resource(program, "topic").inputs["displayName"] == Attribute(
        resource(program, "c").urn, ("masterUserSecrets", 0, "secretArn")
    )


def test_the_spelling_of_tokens_is_chosen_for_a_run() -> None:
    """And the values are the same with either."""
    one, other = Monitor(PROJECT, spelling=PLAIN), Monitor(PROJECT, spelling=OTHER)
    tokens = [str(monitor.stack_name()) for monitor in (one, other)]
    assert tokens[0] != tokens[1]
    assert one.wire.value(f"a-{tokens[0]}") == other.wire.value(f"a-{tokens[1]}")
