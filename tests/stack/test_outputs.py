"""Outputs: clients and operators are told of everything that they have to find."""

from __future__ import annotations

import pytest

from cloudformation.graph import Function, Literal, parts
from cloudformation.synth import Synthesis

MAX_OUTPUTS = 200
# Each resource of these types is part of an output, or stands in UNTOLD with a reason.
TOLD = (
    "AWS::ApiGateway::RestApi",
    "AWS::CloudTrail::Trail",
    "AWS::CloudWatch::Dashboard",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::ECS::Cluster",
    "AWS::ECS::Service",
    "AWS::EFS::AccessPoint",
    "AWS::EFS::FileSystem",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::Logs::LogGroup",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBProxy",
    "AWS::RDS::DBProxyEndpoint",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
    "AWS::WAFv2::WebACL",
)
UNTOLD = {
    "LogCloseDefaultGroups": "a helper of the deployment itself",
    "LogEmptyBuckets": "a helper of the deployment itself",
}


@pytest.fixture(scope="module")
def told(synthesis: Synthesis) -> set[str]:
    """Logical ids of all resources that an output refers to."""
    return {
        str(part.arguments[0].value).partition(".")[0]
        for output in synthesis.compilation.template.outputs
        for part in parts(output.value)
        if isinstance(part, Function) and part.name in ("Ref", "Fn::GetAtt") and isinstance(part.arguments[0], Literal)
    }


@pytest.mark.parametrize("kind", TOLD)
def test_everything_of_a_kind_is_told(synthesis: Synthesis, told: set[str], kind: str) -> None:
    """A stage, subnet or log group more is an output more, or the test says which is missing."""
    found = {item.logical_id for item in synthesis.compilation.template.resources if item.type == kind}

    assert found, f"the platform has no {kind}; correct the list above"
    assert found - told - set(UNTOLD) == set()


def test_the_number_of_outputs_is_within_the_limit(synthesis: Synthesis) -> None:
    """CloudFormation takes two hundred."""
    assert len(synthesis.compilation.template.outputs) <= MAX_OUTPUTS


def test_every_output_says_what_it_is(synthesis: Synthesis) -> None:
    """Two outputs with the same description leave the reader guessing."""
    descriptions = [output.description for output in synthesis.compilation.template.outputs]

    assert all(descriptions)
    assert len(set(descriptions)) == len(descriptions)
