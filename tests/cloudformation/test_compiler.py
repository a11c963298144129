"""The compiler as a whole: folds, expansions, defaults made explicit, policies on deletion, problems."""

from __future__ import annotations

from collections.abc import Callable

import pulumi
import pulumi_aws as aws
import pytest

from cloudformation.errors import CloudFormationError
from cloudformation.placement import Disposition

from .support import compiled, line, properties, template_of


def test_parts_are_folded_into_what_they_are_part_of() -> None:
    """In any order, several levels deep, into lists in the order of the program."""

    def build() -> None:
        role = aws.iam.Role("role", assume_role_policy="{}")
        for name in ("b", "a"):
            aws.iam.RolePolicyAttachment(f"attach-{name}", role=role.name, policy_arn=f"arn:{name}")
        bucket = aws.s3.Bucket("a")
        versioning = aws.s3.BucketVersioning("a", bucket=bucket.id, versioning_configuration={"status": "Enabled"})
        aws.s3.BucketPublicAccessBlock("a", bucket=versioning.bucket, block_public_acls=True)

    resources = template_of(build)["Resources"]
    assert set(resources) == {"Role", "ABucket"}
    assert resources["Role"]["Properties"]["ManagedPolicyArns"] == ["arn:a", "arn:b"]
    assert resources["ABucket"]["Properties"] == {
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": True},
        "VersioningConfiguration": {"Status": "Enabled"},
    }


def test_defaults_that_differ_are_made_explicit() -> None:
    """Pulumi's provider removes a group's rule that allows everything; CloudFormation must be told to."""
    compilation = compiled(lambda: aws.ec2.SecurityGroup("sg", vpc_id="vpc-1"))
    (explicit,) = [item for item in compilation.placements if item.disposition is Disposition.EXPLICIT]
    assert explicit.target == ("SecurityGroupEgress",)
    assert "CloudFormation allows all egress" in explicit.reason


def test_rules_inside_a_group() -> None:
    """One for each source; no egress rule at all still means none."""

    def build() -> None:
        other = aws.ec2.SecurityGroup("sg-other", vpc_id="vpc-1", egress=[])
        rules = [
            {"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["10.0.0.0/8", "192.168.0.0/16"]},
            {"protocol": "-1", "from_port": 0, "to_port": 0, "security_groups": [other.id], "description": "all"},
        ]
        aws.ec2.SecurityGroup("sg", vpc_id="vpc-1", ingress=rules, egress=rules[:1])  # type: ignore[arg-type]

    group = properties(build, "Sg")
    ports = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    everything = {"IpProtocol": "-1", "FromPort": 0, "ToPort": 0, "Description": "all"}
    addresses = [{"CidrIp": "10.0.0.0/8", **ports}, {"CidrIp": "192.168.0.0/16", **ports}]
    source = {"SourceSecurityGroupId": {"Fn::GetAtt": ["SgOther", "GroupId"]}, **everything}
    assert group["SecurityGroupIngress"] == [*addresses, source]
    assert group["SecurityGroupEgress"] == addresses
    assert len(properties(build, "SgOther")["SecurityGroupEgress"]) == 1


@pytest.mark.parametrize(
    ("build", "policy"),
    [
        (lambda: aws.s3.Bucket("a"), "Delete"),
        (lambda: aws.s3.Bucket("a", opts=pulumi.ResourceOptions(protect=True)), "Retain"),
        (lambda: aws.s3.Bucket("a", opts=pulumi.ResourceOptions(retain_on_delete=True)), "Retain"),
        (lambda: aws.iam.Role("a", assume_role_policy="{}"), None),
        (lambda: aws.iam.Role("a", assume_role_policy="{}", opts=pulumi.ResourceOptions(protect=True)), "Retain"),
    ],
)
def test_what_happens_on_deletion_is_written_out(build: Callable[[], object], policy: str | None) -> None:
    """For whatever holds data, and whatever the program keeps."""
    (resource,) = template_of(build)["Resources"].values()
    assert resource.get("DeletionPolicy") == resource.get("UpdateReplacePolicy") == policy


def test_layers_are_the_components_below_the_outermost() -> None:
    """The outermost is the stack itself."""

    class Part(pulumi.ComponentResource):
        def __init__(self, name: str, inner: Callable[[pulumi.ResourceOptions], object]) -> None:
            super().__init__("a:b:Part", name)
            inner(pulumi.ResourceOptions(parent=self))

    class Whole(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("a:b:Whole", "whole")
            aws.s3.Bucket("own", opts=pulumi.ResourceOptions(parent=self))
            part = pulumi.ComponentResource("a:b:Part", "part", None, pulumi.ResourceOptions(parent=self))
            deeper = pulumi.ComponentResource("a:b:Part", "deeper", None, pulumi.ResourceOptions(parent=part))
            aws.s3.Bucket("deep", opts=pulumi.ResourceOptions(parent=deeper))

    layers = {item.logical_id: item.layer for item in compiled(Whole).template.resources}
    assert str(layers["OwnBucket"]).endswith("::whole")
    assert str(layers["DeepBucket"]).endswith("::part")


def _unknown_type() -> None:
    aws.ec2.Instance("web")  # here


def _part_of_nothing() -> None:
    aws.s3.BucketVersioning("a", bucket="some-bucket", versioning_configuration={"status": "Enabled"})  # here


def _set_twice() -> None:
    bucket = aws.s3.Bucket("a")  # here
    for name in ("a", "b"):
        aws.s3.BucketVersioning(name, bucket=bucket.id, versioning_configuration={"status": "Enabled"})


def _unknown_input() -> None:
    aws.s3.Bucket("a", request_payer="Requester")  # here


def _secret() -> None:
    aws.sns.Topic("a", display_name=pulumi.Output.secret("hidden"))  # here


def _token_as_key() -> None:
    aws.s3.Bucket("a", tags={f"{pulumi.Config().require('key')}": "x"})  # here


def _self_rule() -> None:
    rule = {"protocol": "tcp", "from_port": 1, "to_port": 1, "self": True}
    aws.ec2.SecurityGroup("a", vpc_id="vpc-1", ingress=[rule])  # type: ignore[list-item]  # here


PROBLEMS: list[tuple[Callable[[], None], str]] = [
    (_unknown_type, "aws:ec2/instance:Instance 'web': this type cannot be compiled. `python -m cloudformation types`"),
    (_part_of_nothing, "'a', bucket: is part of another resource in CloudFormation, but that one is not in this prog"),
    (_set_twice, "VersioningConfiguration.Status is set twice by this resource and what is folded into it"),
    (_unknown_input, "'a', requestPayer: AWS::S3::Bucket has no property of that name"),
    (_secret, "'a', displayName: a secret would stand in the template in clear"),
    (_token_as_key, "a value that only the deployment knows is used as a key"),
    (_self_rule, "'a', ingress: cannot name the group itself: use an aws.vpc.SecurityGroupIngressRule"),
]


@pytest.mark.parametrize(("build", "words"), PROBLEMS, ids=lambda value: getattr(value, "__name__", ""))
def test_what_cannot_be_compiled_without_loss_is_refused(build: Callable[[], None], words: str) -> None:
    """With the line, the resource, the input, and what to do."""
    with pytest.raises(CloudFormationError) as caught:
        compiled(build)
    assert str(caught.value).startswith(f"{line(build)}: ")
    assert words in str(caught.value)


def test_a_document_with_a_key_that_the_deployment_knows_stays_text() -> None:
    """An object's keys are fixed, but a policy may be text: ``!Sub`` fills the key in."""

    def build() -> None:
        issuer = pulumi.Config().require("issuer")
        condition = {"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com"}}
        document = pulumi.Output.json_dumps({"Statement": [{"Effect": "Allow", "Condition": condition}]})
        aws.iam.Role("role", assume_role_policy=document)

    text = properties(build, "Role")["AssumeRolePolicyDocument"]["Fn::Sub"]
    assert '{"${Issuer}:aud": "sts.amazonaws.com"}' in text


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a-b", "aB"], "would have the name AB in the template, like"),
        (["--"], "has no letter or digit in its name"),
    ],
)
def test_outputs_need_names(names: list[str], words: str) -> None:
    """Of letters and digits, each its own."""

    def build() -> None:
        aws.s3.Bucket("a")
        for name in names:
            pulumi.export(name, "x")

    with pytest.raises(CloudFormationError, match=words):
        compiled(build)
