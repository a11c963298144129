"""What waits for what: no DependsOn that a reference says already, none that follows from another one, no circle."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
import pytest

from cloudformation.dependencies import find_cycle

from .support import template_of


def test_a_reference_needs_no_depends_on() -> None:
    """CloudFormation sees it by itself; a wait that no reference shows is written out."""

    def build() -> None:
        topic = aws.sns.Topic("topic")
        bucket = aws.s3.Bucket("a", tags={"t": topic.arn}, opts=pulumi.ResourceOptions(depends_on=[topic]))
        aws.s3.Bucket("b", opts=pulumi.ResourceOptions(depends_on=[bucket]))

    resources = template_of(build)["Resources"]
    assert "DependsOn" not in resources["ABucket"]
    assert resources["BBucket"]["DependsOn"] == "ABucket"


def test_what_follows_from_another_wait_is_left_out() -> None:
    """C waits for B, which waits for A: that C waits for A as well goes without saying."""

    def build() -> None:
        first = aws.s3.Bucket("a")
        second = aws.s3.Bucket("b", tags={"x": first.arn})
        other = aws.s3.Bucket("d")
        aws.s3.Bucket("c", opts=pulumi.ResourceOptions(depends_on=[first, second, other]))

    assert template_of(build)["Resources"]["CBucket"]["DependsOn"] == ["BBucket", "DBucket"]


def test_an_output_that_became_a_literal_still_waits() -> None:
    """``group.description`` is known, but whoever uses it was made after the group."""

    def build() -> None:
        group = aws.ec2.SecurityGroup("sg", description="for all", vpc_id="vpc-1")
        aws.sns.Topic("topic", display_name=group.description)

    assert template_of(build)["Resources"]["Topic"]["DependsOn"] == "Sg"


def test_who_waits_for_a_part_waits_for_the_whole() -> None:
    """A folded resource is waited for by waiting for what it is part of, and waits as part of it."""

    def build() -> None:
        topic = aws.sns.Topic("topic")
        bucket = aws.s3.Bucket("a")
        versioning = aws.s3.BucketVersioning(
            "a",
            bucket=bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=pulumi.ResourceOptions(depends_on=[topic]),
        )
        aws.s3.Bucket("b", opts=pulumi.ResourceOptions(depends_on=[versioning]))

    resources = template_of(build)["Resources"]
    assert resources["ABucket"]["DependsOn"] == "Topic"
    assert resources["BBucket"]["DependsOn"] == "ABucket"


def test_who_uses_a_gateway_waits_for_its_attachment() -> None:
    """Before that a route to it is refused; the attachment itself waits for the gateway only."""

    def build() -> None:
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        gateway = aws.ec2.InternetGateway("igw", vpc_id=vpc.id)
        table = aws.ec2.RouteTable("rtb", vpc_id=vpc.id)
        aws.ec2.Route("out", route_table_id=table.id, destination_cidr_block="0.0.0.0/0", gateway_id=gateway.id)

    resources = template_of(build)["Resources"]
    assert resources["OutRoute"]["DependsOn"] == "IgwAttachment"
    assert "DependsOn" not in resources["IgwAttachment"]


@pytest.mark.parametrize(
    ("edges", "members"),
    [
        ({"a": "b", "b": "c", "c": ""}, set()),
        ({"a": "bc", "b": "d", "c": "d", "d": ""}, set()),
        ({"a": "b", "b": "a"}, {"a", "b"}),
        ({"x": "a", "a": "b", "b": "c", "c": "a"}, {"a", "b", "c"}),
        ({"a": "missing"}, set()),
    ],
)
def test_circles_are_found(edges: dict[str, str], members: set[str]) -> None:
    """As the resources in it, in order, without those that only lead there."""
    cycle = find_cycle({urn: frozenset(others) for urn, others in edges.items()})
    assert set(cycle) == members
    for urn, following in zip(cycle, [*cycle[1:], *cycle[:1]], strict=True):
        assert following in edges[urn]
