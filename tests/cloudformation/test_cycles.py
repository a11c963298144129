"""Circular dependencies: reported as the whole path, with the line of each step and the way out."""

from __future__ import annotations

import dataclasses
import json

import pulumi
import pulumi_aws as aws
import pytest

from cloudformation.compiler import compile_program
from cloudformation.errors import CompileError
from cloudformation.graph import Attribute, ListValue, Literal, MapValue

from .support import compiled, line, record, resource

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def _role_in_a_circle() -> None:
    role = aws.iam.Role("copier", assume_role_policy=TRUST)
    bucket = aws.s3.Bucket("source", tags={"copied-by": role.arn})
    policy = aws.iam.Policy("read", policy=pulumi.Output.json_dumps({"Statement": [{"Resource": bucket.arn}]}))
    aws.iam.RolePolicyAttachment("copier-read", role=role.name, policy_arn=policy.arn)  # here


def test_a_circle_that_folding_makes_is_explained() -> None:
    """The attachment becomes part of the role, which then needs the policy, which needs the bucket, which needs it."""
    with pytest.raises(CompileError) as caught:
        compiled(_role_in_a_circle)
    message = str(caught.value)
    assert "the template would have a circular dependency" in message
    for step in (
        "aws:iam/role:Role 'copier' needs aws:iam/policy:Policy 'read' (input policyArn of "
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment 'copier-read', which becomes part of it, "
        f"{line(_role_in_a_circle)})",
        "aws:iam/policy:Policy 'read' needs aws:s3/bucket:Bucket 'source' (input policy",
        "aws:s3/bucket:Bucket 'source' needs aws:iam/role:Role 'copier' (input tags",
    ):
        assert step in message
    assert "an aws.iam.RolePolicy instead of a policy inside or attached to the role" in message


def test_the_way_out_works() -> None:
    """What the message says to do makes the template possible."""

    def build() -> None:
        role = aws.iam.Role("copier", assume_role_policy=TRUST)
        bucket = aws.s3.Bucket("source", tags={"copied-by": role.arn})
        document = pulumi.Output.json_dumps({"Statement": [{"Resource": bucket.arn}]})
        aws.iam.RolePolicy("copier-read", role=role.name, policy=document)

    assert len(compiled(build).template.resources) == 3


def test_two_groups_with_rules_inside_that_name_each_other() -> None:
    """Pulumi could not make them, but a graph can say so; the message names both rules."""

    def build() -> None:
        for name in ("web", "app"):
            aws.ec2.SecurityGroup(f"sg-{name}", description=name, vpc_id="vpc-1")

    program = record(build)
    web, app = resource(program, "sg-web"), resource(program, "sg-app")

    def naming(group_urn: str) -> dict[str, object]:
        group = Attribute(group_urn, ("id",))
        rule = {"protocol": Literal("tcp"), "fromPort": Literal(1), "toPort": Literal(1)}
        return {"ingress": ListValue((MapValue({**rule, "securityGroups": ListValue((group,))}),))}

    resources = {
        one.urn: dataclasses.replace(one, inputs={**one.inputs, **naming(other.urn)})  # type: ignore[dict-item]
        for one, other in ((web, app), (app, web))
    }
    with pytest.raises(CompileError) as caught:
        compile_program(dataclasses.replace(program, resources=resources))
    message = str(caught.value)
    assert "'sg-web' needs aws:ec2/securityGroup:SecurityGroup 'sg-app' (input ingress" in message
    assert "'sg-app' needs aws:ec2/securityGroup:SecurityGroup 'sg-web' (input ingress" in message
    assert "aws.vpc.SecurityGroupIngressRule" in message


def test_a_circle_of_waiting_names_depends_on() -> None:
    """Where a fold turns a wait around, there is no input to name."""

    def build() -> None:
        bucket = aws.s3.Bucket("a")
        topic = aws.sns.Topic("topic", display_name=bucket.id)
        wait = pulumi.ResourceOptions(depends_on=[topic])
        aws.s3.BucketVersioning(  # here
            "a", bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=wait
        )

    with pytest.raises(CompileError) as caught:
        compiled(build)
    assert (
        "depends_on of aws:s3/bucketVersioning:BucketVersioning 'a', which becomes part of it, "
        f"{line(build)}" in str(caught.value)
    )
