"""The platform's settings: what is refused before anything is deployed."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from cloudformation.errors import SettingError
from cloudformation.tokens import Token
from components.settings import TapSettings, check_region

NEEDED: dict[str, Any] = {
    "environment_suffix": "test",
    "certificate_arn": "arn:aws:acm:eu-west-1:123456789012:certificate/0123abcd-01ab-23cd-45ef-0123456789ab",
    "service_host_name": "api.internal.example.com",
    "api_image": "registry.example.com/api:1.4.2",
    "consumer_image": "registry.example.com/consumer:1.4.2",
}


def test_the_defaults_are_allowed() -> None:
    """What has no default is all that has to be given."""
    assert TapSettings(**NEEDED).cache_node_type == "cache.r7g.large"


@pytest.mark.parametrize("node_type", ["cache.r6g.16xlarge", "cache.m8g.xlarge", "cache.c7gn.12xlarge"])
def test_node_types_that_keep_every_write_are_allowed(node_type: str) -> None:
    """All sizes of the families on which ElastiCache offers durability."""
    assert TapSettings(**NEEDED, cache_node_type=node_type).cache_node_type == node_type


@pytest.mark.parametrize(
    "node_type",
    [
        *("cache.t4g.medium", "cache.r5.large", "cache.m5.large"),
        # With data tiering, which durability excludes; and a family that there is not.
        *("cache.r6gd.xlarge", "cache.c6g.large"),
        *("cache.r7g.9xlarge", "cache.r7g", "r7g.large", "cache.r7g.large "),
    ],
)
def test_node_types_without_durability_are_refused(node_type: str) -> None:
    """ElastiCache would refuse them together with the default engine, after minutes of deploying; so we do at once."""
    with pytest.raises(SettingError, match=r"cacheNodeType: .* needed: a node type that can keep every write"):
        TapSettings(**NEEDED, cache_node_type=node_type)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"api_min_tasks": 31}, "apiMinTasks is 31 and above apiMaxTasks, which is 30"),
        ({"stage_min_tasks": 5, "stage_max_tasks": 4}, "stageMinTasks is 5 and above stageMaxTasks, which is 4"),
        ({"database_min_capacity": 64}, "databaseMinCapacity is 64 and above databaseMaxCapacity, which is 32"),
    ],
)
def test_a_minimum_above_its_maximum_is_refused(values: dict[str, int], message: str) -> None:
    """The message names both settings with their values."""
    with pytest.raises(SettingError, match=message):
        TapSettings(**NEEDED, **values)


def test_equal_bounds_are_allowed_and_all_crossed_ones_named() -> None:
    """A fixed number of tasks is no mistake; two mistakes are told at once."""
    TapSettings(**NEEDED, api_min_tasks=30, api_max_tasks=30)

    with pytest.raises(SettingError, match=r"apiMinTasks is 9(.|\n)*stageMinTasks is 8"):
        TapSettings(**NEEDED, api_min_tasks=9, api_max_tasks=3, stage_min_tasks=8, stage_max_tasks=3)


def test_bounds_that_only_the_deployment_knows_are_not_compared() -> None:
    """While the compiler records, settings are tokens, which cannot be compared."""
    settings = TapSettings(**NEEDED)

    token: Any = Token("parameter ApiMinTasks", "setting ApiMinTasks")
    assert dataclasses.replace(settings, api_min_tasks=token).api_max_tasks == 30


def test_another_region_is_refused() -> None:
    """Limits, prefix lists and certificates are those of one Region."""
    assert check_region("eu-west-1") == "eu-west-1"
    with pytest.raises(SettingError, match=r"us-east-1.*eu-west-1.*pulumi config set aws:region"):
        check_region("us-east-1")
