"""Resources that CloudFormation has as several: made before anything is mapped, and remembered."""

from __future__ import annotations

from collections.abc import Callable

import pulumi_aws as aws
import pytest

from cloudformation.errors import CompileError
from cloudformation.expansion import expand

from .support import compiled, line, record, resource


def test_a_resource_that_is_one_stays_one() -> None:
    """Nothing happens to it."""
    program = record(lambda: aws.sns.Topic("topic"))
    assert expand(program) == program


def test_a_gateway_gets_its_attachment() -> None:
    """The attachment has the VPC and the same origin; the split says which input went where."""

    def build() -> None:
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        aws.ec2.InternetGateway("igw", vpc_id=vpc.id)

    program = record(build)
    expanded = expand(program)
    gateway, attachment = resource(expanded, "igw"), resource(expanded, "igw-attachment")
    assert "vpcId" not in gateway.inputs
    assert attachment.inputs["vpcId"] == resource(program, "igw").inputs["vpcId"]
    assert attachment.trace == gateway.trace
    assert expanded.completions == {gateway.urn: (attachment.urn,)}
    assert expanded.splits[gateway.urn].became == {"vpcId": (attachment.urn, "vpcId")}


def test_buckets_share_the_function_that_empties_them() -> None:
    """However many there are."""

    def build() -> None:
        for name in ("a", "b"):
            aws.s3.Bucket(name, force_destroy=True)

    kinds = [item.type for item in expand(record(build)).resources.values()]
    assert kinds.count("aws:lambda/function:Function") == 1
    assert kinds.count("aws:s3/bucket:Contents") == 2


def _default_group_with_rules() -> None:
    vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
    rule = aws.ec2.DefaultSecurityGroupIngressArgs(protocol="tcp", from_port=1, to_port=1)
    aws.ec2.DefaultSecurityGroup("default", vpc_id=vpc.id, ingress=[rule])  # here


@pytest.mark.parametrize("build", [_default_group_with_rules], ids=lambda build: build.__name__)
def test_what_the_several_cannot_express_is_refused(build: Callable[[], None]) -> None:
    """With the resource and its line."""
    with pytest.raises(CompileError, match="can be compiled only without rules") as caught:
        compiled(build)
    assert str(caught.value).startswith(line(build))
