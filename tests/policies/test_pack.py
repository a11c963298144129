"""The pack as a process of its own, driven over the Analyzer protocol as the engine drives it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.protobuf import empty_pb2

from policies.registry import RULES
from tests.engine.analyzer_client import AnalyzerClient, Pack
from tests.engine.deployment import Stack
from tests.engine.packs import pack_client, pack_process
from tests.engine.processes import Child
from tests.engine.results import Violation
from tests.policies.compliant import platform
from tests.policies.edits import Edit, both, broken, drop, protect, set_, without
from tests.policies.records import FOLDER, Record, resources

STACK = Stack("tap", "dev", "organization", {}, frozenset())
COPIES = 2
"""Platforms in the stack whose time is measured: together as large as the real one."""

Start = Callable[..., AnalyzerClient]


@pytest.fixture(scope="module")
def process() -> Iterator[Child]:
    """The pack's process, for all tests: the engine configures it anew each time."""
    child = pack_process(FOLDER, STACK, preview=True)
    yield child
    child.stop()


@pytest.fixture
def start(process: Child) -> Start:
    """Configure the pack with policy config."""
    return lambda **config: pack_client(Pack(FOLDER, config), process, STACK, preview=True, timeout=30.0)


def judged(pack: AnalyzerClient, stack: list[Record]) -> list[Violation]:
    """Each resource, then the stack."""
    found = [item for resource, options, _ in stack for item in pack.analyze(resource, options, None)]
    return found + pack.analyze_stack(stack)


def test_compliant_platform(start: Start) -> None:
    """Nothing is found after the deployment; before it, one line for each reason why something is undecided."""
    pack = start()
    assert judged(pack, resources(platform())) == []
    waiting = judged(pack, resources(platform(), preview=True))
    assert {item.level for item in waiting} == {"advisory"}
    assert all("can't be judged before the deployment" in item.message for item in waiting)
    assert len(waiting) < len(platform().items) / 10
    assert len({(item.urn, item.message) for item in waiting}) == len(waiting)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            set_("stream", "kmsKeyId", "alias/aws/kinesis"),
            {("stream-encrypted", "stream"), ("key-from-this-stack", "stream")},
        ),
        (without("flow-log", "log-flow"), {("vpc-has-flow-log", "vpc"), ("role-in-use", "role-flow-log")}),
        (
            both(without("trail"), drop("db", "copyTagsToSnapshot")),
            {("trail-exists", ""), ("database-copies-tags", "db")},
        ),
        (protect("db"), {("nothing-retained", "db")}),
    ],
)
def test_violations(start: Start, edit: Edit, expected: set[tuple[str, str]]) -> None:
    """Violations of resources and of the stack are mandatory, and name the resource."""
    found = judged(start(), resources(broken(platform(), edit)))
    assert expected <= {(item.policy, item.urn.rpartition("::")[2]) for item in found}
    assert {item.level for item in found} == {"mandatory"}


def test_one_line_with_the_remedy(start: Start) -> None:
    """A violation is its rule's title, and one line that says what is wrong and what to do."""
    [found] = judged(start(), resources(broken(platform(), drop("db", "copyTagsToSnapshot"))))
    assert found.message.splitlines() == [
        "Snapshots carry the tags of their database, its data classification among them.",
        "CopyTagsToSnapshot is not true. Set copyTagsToSnapshot to true.",
    ]
    assert found.severity == "low"


@pytest.mark.parametrize(
    ("config", "levels"),
    [
        ({"all": "advisory"}, ["advisory"]),
        ({"all": "disabled"}, []),
        ({"stream-retention-bounded": "disabled"}, []),
        ({"stream-retention-bounded": {"mostHours": 8760}}, []),
        ({"stream-retention-bounded": {"mostHours": 200, "enforcementLevel": "advisory"}}, ["advisory"]),
        ({"all": "disabled", "stream-retention-bounded": "mandatory"}, ["mandatory"]),
    ],
)
def test_policy_config(start: Start, config: dict[str, Any], levels: list[str]) -> None:
    """Levels of all rules or of one, and thresholds, come from policy config."""
    stack = resources(broken(platform(), set_("stream", "retentionPeriod", 1000)))
    assert [item.level for item in judged(start(**config), stack)] == levels


def test_inputs_count_and_not_what_the_service_adds(start: Start) -> None:
    """What AWS reports of a resource beside what was asked for is nobody's fault."""
    stack = resources(platform())
    for resource, _, _ in stack:
        if resource.name.startswith("bucket-"):
            resource.outputs["acl"] = "private"
            resource.outputs["grants"] = [{"type": "CanonicalUser"}]
        if resource.name == "sg-database":
            resource.outputs["egress"] = [{"protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}]
    assert judged(start(), stack) == []


def test_everything_within_three_seconds() -> None:
    """Starting the pack and judging a stack of five hundred resources takes less than three seconds."""
    stack = [item for copy in range(COPIES) for item in resources(platform(), stack=f"copy{copy}")]
    assert len(stack) > 500
    started = time.monotonic()
    child = pack_process(FOLDER, STACK, preview=True)
    try:
        judged(pack_client(Pack(FOLDER), child, STACK, preview=True, timeout=30.0), stack)
    finally:
        child.stop()
    assert time.monotonic() - started < 3


def test_secrets_are_not_shown(start: Start) -> None:
    """No message holds the value of an input."""
    stack = resources(broken(platform(), set_("db", "masterPassword", "Tr0ub4dor&3")))
    found = judged(start(), stack)
    assert {item.policy for item in found} == {"no-password-in-program"}
    assert "Tr0ub4dor" not in " ".join(item.message for item in found)


def test_metadata_reaches_the_engine(start: Start) -> None:
    """The engine learns of every rule's level, severity, framework, remedy and settings."""
    info = start()._call("GetAnalyzerInfo", empty_pb2.Empty())
    by_name = {policy.name: policy for policy in info.policies}
    assert list(by_name) == [rule.id for rule in RULES]
    rotation = by_name["key-rotation"]
    assert (rotation.framework.name, rotation.framework.version) == ("PCI DSS", "4.0.1")
    assert rotation.framework.specification == "3.7.4"
    assert rotation.remediation_steps.startswith("Set enableKeyRotation")
    assert rotation.configSchema.properties["longestPeriod"]["default"] == 365
    assert set(rotation.tags) == {"pci-dss", "PCI DSS 3.7.4"}
