"""The platform as a whole, built with plain settings as under the Pulumi engine."""

from __future__ import annotations

from collections import Counter

import pytest

from components.layer import Context
from components.settings import TapSettings
from components.tap_stack import TapSpec, TapStack
from tests.components.conftest import Record, Recorded
from tests.components.test_settings import NEEDED


@pytest.fixture(scope="module")
def platform(record: Record) -> list[Recorded]:
    """Everything that the default platform registers."""
    return record(build)


def build(context: Context) -> TapStack:
    return TapStack(context, TapSettings(**NEEDED), TapSpec())


def test_logical_names_are_unique(platform: list[Recorded]) -> None:
    """Pulumi tells resources apart by type and name, the template by name alone."""
    names = Counter(resource.name for resource in platform if not resource.type.startswith(("tap:", "cloudformation:")))

    assert [name for name, count in names.items() if count > 1] == []


def test_the_stack_tells_its_outputs(platform: list[Recorded]) -> None:
    """Lists are one text, in the order of the zones and of the stages."""
    (stack,) = (resource for resource in platform if resource.name == "tap")

    assert stack.outputs["appSubnetIds"] == "<subnet-app-1.id>,<subnet-app-2.id>,<subnet-app-3.id>"
    stages = ("ingest", "validate", "authorise", "settle")
    assert stack.outputs["stageServiceNames"] == ",".join(f"svc-stage-{stage}-test" for stage in stages)
    assert stack.outputs["settleStreamName"] == "stream-settle-test"
    assert all(stack.outputs.values())


def test_no_output_of_a_domain_without_one(platform: list[Recorded]) -> None:
    """What belongs to an optional setting is there only with it."""
    (stack,) = (resource for resource in platform if resource.name == "tap")

    assert "apiDomainTarget" not in stack.outputs


def test_each_role_signs_in_to_this_proxy_alone(platform: list[Recorded]) -> None:
    """The id of the proxy is cut out of its ARN when that is known; no pattern stands for it."""
    policies = [resource.inputs["policy"] for resource in platform if resource.type.endswith(":RolePolicy")]
    signing_in = [policy for policy in policies if "dbuser:prx-" in policy]

    # The API service and four stages.
    assert len(signing_in) == 5
    assert all("dbuser:prx-proxy-transactions/tap_" in policy for policy in signing_in)
