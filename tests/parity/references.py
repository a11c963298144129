"""What one resource has of another: ids and addresses that only the deployment makes up, as names of what they are.

Both sides make up ids of their own. Where a property holds one, ``«LogicalId.Attribute»`` takes its place, so that two
properties are equal if they refer to the same attribute of the same resource. A name or an ARN that follows from
our own naming is the same text on both sides and stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .normal import Rewrite, scalar
from .pairs import Pair

OUTPUTS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("AWS::ApiGateway::Deployment", "DeploymentId"): ("id",),
    ("AWS::ApiGateway::DomainName", "RegionalDomainName"): ("regionalDomainName",),
    ("AWS::ApiGateway::Model", "Ref"): ("name",),
    ("AWS::ApiGateway::RequestValidator", "RequestValidatorId"): ("id",),
    ("AWS::ApiGateway::RestApi", "RootResourceId"): ("rootResourceId",),
    ("AWS::ApiGateway::Stage", "Ref"): ("stageName",),
    ("AWS::CloudTrail::Trail", "Ref"): ("name",),
    ("AWS::CloudWatch::Alarm", "Ref"): ("name",),
    ("AWS::EC2::EIP", "AllocationId"): ("id", "allocationId"),
    ("AWS::EC2::SecurityGroup", "GroupId"): ("id",),
    ("AWS::EC2::VPC", "DefaultSecurityGroup"): ("defaultSecurityGroupId",),
    ("AWS::ECS::Cluster", "Ref"): ("name",),
    ("AWS::ECS::Service", "Name"): ("name",),
    ("AWS::ECS::TaskDefinition", "Ref"): ("arn",),
    ("AWS::ElastiCache::ReplicationGroup", "ConfigurationEndPoint.Address"): ("configurationEndpointAddress",),
    ("AWS::ElastiCache::ReplicationGroup", "ConfigurationEndPoint.Port"): ("port",),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "DNSName"): ("dnsName",),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerFullName"): ("arnSuffix",),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "TargetGroupFullName"): ("arnSuffix",),
    ("AWS::KMS::Key", "Ref"): ("id", "keyId"),
    ("AWS::Kinesis::Stream", "Ref"): ("name",),
    ("AWS::RDS::DBCluster", "DBClusterArn"): ("arn",),
    ("AWS::RDS::DBCluster", "DBClusterResourceId"): ("clusterResourceId",),
    ("AWS::RDS::DBCluster", "Endpoint.Address"): ("endpoint",),
    ("AWS::RDS::DBCluster", "Endpoint.Port"): ("port",),
    ("AWS::RDS::DBCluster", "MasterUserSecret.SecretArn"): ("masterUserSecrets.0.secretArn",),
    ("AWS::RDS::DBCluster", "ReadEndpoint.Address"): ("readerEndpoint",),
    ("AWS::RDS::DBInstance", "DBInstanceArn"): ("arn",),
    ("AWS::RDS::DBProxy", "DBProxyArn"): ("arn",),
    ("AWS::RDS::DBProxy", "Endpoint"): ("endpoint",),
    ("AWS::RDS::DBProxyEndpoint", "Endpoint"): ("endpoint",),
    ("AWS::RDS::DBProxyEndpoint", "Ref"): ("dbProxyEndpointName",),
    ("AWS::SQS::Queue", "QueueName"): ("name",),
}
"""Attributes of the template's types, and the outputs of the program's that are the same thing.

``Ref`` is the ``id`` and ``Arn`` the ``arn`` of whatever is not listed. Several outputs are the same thing twice.
"""

DEFAULTS = {"Ref": ("id",), "Arn": ("arn",)}
SHORTEST = 6
"""Shorter texts are no made-up ids; replacing them would hit others."""


class UnknownAttributeError(Exception):
    """The template uses an attribute of which it is not written down what it is in the program."""


def rewriters(pairs: Iterable[Pair]) -> tuple[Rewrite, Rewrite]:
    """What puts names in the place of ids: for the program's side, and for the template's.

    Raises:
        UnknownAttributeError: :data:`OUTPUTS` lacks an attribute.
    """
    program: dict[str, str] = {}
    template: dict[str, str] = {}
    for pair in pairs:
        for resource in pair.template:
            for attribute, value in resource.answers.items():
                name = f"«{resource.name}.{attribute}»"
                for output in _outputs(resource.type, attribute):
                    theirs = _at(pair.program[0].answers, output)
                    if theirs is None:
                        raise UnknownAttributeError(f"{pair.logical_id}: the program's side has no output {output}")
                    for ours, other, suffix in _parts(scalar(theirs), scalar(value)):
                        program.setdefault(ours, name + suffix)
                        template.setdefault(other, name + suffix)
    return _rewriter(program), _rewriter(template)


def _parts(program: str, template: str) -> Iterator[tuple[str, str, str]]:
    """The two texts, and the ids in which ARNs end, as far as they differ."""
    tails = [re.split("[:/]", text)[-1] for text in (program, template)]
    if program != template:
        yield program, template, ""
    if program.startswith("arn:") and tails[0] != tails[1]:
        yield tails[0], tails[1], "'s id"


def _outputs(kind: str, attribute: str) -> tuple[str, ...]:
    found = OUTPUTS.get((kind, attribute)) or DEFAULTS.get(attribute)
    if not found:
        raise UnknownAttributeError(f"{attribute} of {kind} is not in OUTPUTS")
    return found


def _rewriter(names: Mapping[str, str]) -> Rewrite:
    texts = sorted((text for text in names if len(text) >= SHORTEST), key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, texts)) or "(?!)")
    return lambda text: pattern.sub(lambda match: names[match[0]], text)


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value.get(step)
        if value is None:
            return None
    return value
