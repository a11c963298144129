"""What ``Ref`` and ``Fn::GetAtt`` return for resources that no real back end stands behind.

``Ref`` follows from no schema: it is data, taken from the "Return values" section of each type's page in the
CloudFormation template reference.
"""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Mapping
from typing import Any

from .account import ACCOUNT_ID, PARTITION, REGION, URL_SUFFIX
from .resources import Record
from .schemas import is_custom

REF_FORMATS: dict[str, str] = {
    "AWS::ApiGateway::Account": "{Id}",
    "AWS::ApiGateway::Deployment": "{DeploymentId}",
    "AWS::ApiGateway::Method": "{RestApiId}|{ResourceId}|{HttpMethod}",
    "AWS::ApiGateway::RequestValidator": "{RequestValidatorId}",
    "AWS::ApiGateway::UsagePlanKey": "{Id}",
    "AWS::ApplicationAutoScaling::ScalableTarget": "{ResourceId}|{ScalableDimension}|{ServiceNamespace}",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "{Arn}",
    "AWS::EC2::Route": "{RouteTableId}|{DestinationCidrBlock}",
    "AWS::EC2::VPCGatewayAttachment": "IGW|{VpcId}",
    "AWS::ECS::ClusterCapacityProviderAssociations": "{Cluster}",
    "AWS::ECS::Service": "{ServiceArn}",
    "AWS::Events::Rule": "{name}",
    "AWS::IAM::RolePolicy": "{PolicyName}",
    "AWS::Lambda::Permission": "{logical_id}-{alnum12}",
    "AWS::Route53::RecordSet": "{Name}",
    "AWS::SecretsManager::ResourcePolicy": "{SecretId}",
    "AWS::SecretsManager::RotationSchedule": "{SecretId}",
    "AWS::SecretsManager::SecretTargetAttachment": "{SecretId}",
    "AWS::WAFv2::WebACL": "{Name}|{Id}|{Scope}",
    "AWS::WAFv2::WebACLAssociation": "{ResourceArn}|{WebACLArn}",
}
"""``Ref`` per type, where it is not simply the last part of the schema's primary identifier.

In braces: a property, an attribute, ``name`` (the physical name, given or made up), or an invented text such as
``hex17``, ``alnum12``, ``lower10``, ``upper26`` or ``uuid``.
"""

ATTRIBUTE_FORMATS: dict[tuple[str, str], str] = {
    ("AWS::ApiGateway::Deployment", "DeploymentId"): "{lower6}",
    ("AWS::ApiGateway::DomainName", "RegionalDomainName"): "d-{lower10}.execute-api.{region}.amazonaws.com",
    ("AWS::ApiGateway::DomainName", "RegionalHostedZoneId"): "Z{upper20}",
    ("AWS::ApiGateway::Resource", "ResourceId"): "{lower6}",
    ("AWS::ApiGateway::RestApi", "RestApiId"): "{lower10}",
    ("AWS::ApiGateway::RestApi", "RootResourceId"): "{lower10}",
    ("AWS::ApiGateway::UsagePlan", "Id"): "{lower6}",
    ("AWS::ApiGatewayV2::VpcLink", "VpcLinkId"): "{lower6}",
    ("AWS::ApplicationAutoScaling::ScalingPolicy", "Arn"): (
        "{arn:autoscaling}:scalingPolicy:{uuid}:resource/ecs/{ResourceId}:policyName/{PolicyName}"
    ),
    ("AWS::CertificateManager::Certificate", "Id"): "{arn:acm}:certificate/{uuid}",
    ("AWS::CloudTrail::Trail", "Arn"): "{arn:cloudtrail}:trail/{name}",
    ("AWS::CloudWatch::Alarm", "Arn"): "{arn:cloudwatch}:alarm:{name}",
    ("AWS::CloudWatch::CompositeAlarm", "Arn"): "{arn:cloudwatch}:alarm:{name}",
    ("AWS::ElastiCache::ParameterGroup", "CacheParameterGroupName"): "{lower24}",
    ("AWS::ElastiCache::ReplicationGroup", "ConfigurationEndPoint.Address"): (
        "clustercfg.{name}.{lower6}.euw1.cache.amazonaws.com"
    ),
    ("AWS::ElastiCache::ReplicationGroup", "PrimaryEndPoint.Address"): (
        "master.{name}.{lower6}.euw1.cache.amazonaws.com"
    ),
    ("AWS::ElastiCache::ReplicationGroup", "ReaderEndPoint.Address"): (
        "replica.{name}.{lower6}.euw1.cache.amazonaws.com"
    ),
    ("AWS::ElastiCache::User", "Arn"): "{arn:elasticache}:user:{UserId}",
    ("AWS::ElastiCache::UserGroup", "Arn"): "{arn:elasticache}:usergroup:{UserGroupId}",
    ("AWS::RDS::DBCluster", "DBClusterArn"): "{arn:rds}:cluster:{name}",
    ("AWS::RDS::DBCluster", "DBClusterResourceId"): "cluster-{upper26}",
    ("AWS::RDS::DBCluster", "Endpoint.Address"): "{name}.cluster-{lower12}.{region}.rds.amazonaws.com",
    ("AWS::RDS::DBCluster", "MasterUserSecret.SecretArn"): "{arn:secretsmanager}:secret:rds!cluster-{uuid}-{alnum6}",
    ("AWS::RDS::DBCluster", "ReadEndpoint.Address"): "{name}.cluster-ro-{lower12}.{region}.rds.amazonaws.com",
    ("AWS::RDS::DBInstance", "DBInstanceArn"): "{arn:rds}:db:{name}",
    ("AWS::RDS::DBInstance", "DbiResourceId"): "db-{upper26}",
    ("AWS::RDS::DBInstance", "Endpoint.Address"): "{name}.{lower12}.{region}.rds.amazonaws.com",
    ("AWS::RDS::DBProxy", "DBProxyArn"): "{arn:rds}:db-proxy:prx-{hex17}",
    ("AWS::RDS::DBProxy", "Endpoint"): "{name}.proxy-{lower12}.{region}.rds.amazonaws.com",
    ("AWS::RDS::DBProxyEndpoint", "DBProxyEndpointArn"): "{arn:rds}:db-proxy-endpoint:prx-endpoint-{hex17}",
    ("AWS::RDS::DBProxyEndpoint", "Endpoint"): "{name}.endpoint.proxy-{lower12}.{region}.rds.amazonaws.com",
    ("AWS::RDS::DBProxyTargetGroup", "TargetGroupArn"): "{arn:rds}:target-group:prx-tg-{hex17}",
    ("AWS::RDS::DBSubnetGroup", "DBSubnetGroupArn"): "{arn:rds}:subgrp:{name}",
    ("AWS::SecretsManager::Secret", "Id"): "{arn:secretsmanager}:secret:{name}-{alnum6}",
    ("AWS::WAFv2::WebACL", "Arn"): "{arn:wafv2}:regional/webacl/{name}/{Id}",
    ("AWS::WAFv2::WebACL", "Id"): "{uuid}",
    ("AWS::WAFv2::WebACL", "LabelNamespace"): "awswaf:{account}:webacl:{name}:",
}
"""Attributes whose form others rely on; ``{arn:service}`` is an ARN up to the account."""

DEFAULT_PORTS = {"RDS": 5432, "ElastiCache": 6379}

ALPHABETS = {
    "hex": "0123456789abcdef",
    "lower": string.digits + string.ascii_lowercase,
    "upper": string.digits + string.ascii_uppercase,
    "alnum": string.digits + string.ascii_letters,
}


def ref(record: Record) -> str:
    """What ``Ref`` returns."""
    schema = record.schema
    if is_custom(record.type_name):
        return record.name
    if record.type_name in REF_FORMATS:
        return fill(REF_FORMATS[record.type_name], record, "Ref")
    return str(attribute(record, schema.identifier[-1] if schema.identifier else "Id"))


def attribute(record: Record, name: str) -> Any:
    """What ``Fn::GetAtt`` returns: the property of that name, or a value of the form that AWS gives it."""
    template = ATTRIBUTE_FORMATS.get((record.type_name, name))
    if template is not None:
        return fill(template, record, name)
    given = _property(record.properties, name)
    if given is not None:
        return given
    definition = record.schema.definition(name)
    kind = definition.get("type", "string")
    if kind in {"integer", "number"} or name.endswith("Port"):
        return record.properties.get("Port", DEFAULT_PORTS.get(record.type_name.split("::")[1], 1))
    if kind == "boolean":
        return False
    text = str(definition["enum"][0]) if definition.get("enum") else _text(record, name)
    return [text] if kind == "array" else text


def _property(properties: Mapping[str, Any], name: str) -> Any:
    value: Any = properties
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _text(record: Record, name: str) -> str:
    _, service, kind = record.type_name.split("::", 2)
    last = name.rsplit(".", 1)[-1]
    if last == record.schema.name_property or (name in record.schema.identifier and last.endswith("Name")):
        return record.name
    if last.lower().endswith("arn"):
        return fill(f"{{arn:{service.lower()}}}:{kind.lower()}/{{name}}", record, name)
    if re.search(r"(Address|Domain|DomainName|DNSName|Endpoint|Url)$", last):
        return fill(f"{{name}}-{{lower8}}.{{region}}.{service.lower()}.{URL_SUFFIX}", record, name)
    if last.endswith(("Id", "Identifier")):
        return fill(f"{kind.lower()}-{{hex17}}", record, name)
    return fill(f"{{name}}-{last.lower()}", record, name)


def fill(template: str, record: Record, purpose: str) -> str:
    """Fill the braces of a format; ``purpose`` keeps invented texts of different attributes apart."""

    def value(match: re.Match[str]) -> str:
        word = match[1]
        known = {
            "name": record.name,
            "logical_id": record.logical_id,
            "account": ACCOUNT_ID,
            "region": REGION,
        }
        if word in known:
            return known[word]
        if word.startswith("arn:"):
            return f"arn:{PARTITION}:{word.removeprefix('arn:')}:{REGION}:{ACCOUNT_ID}"
        if word == "uuid":
            text = invented("hex", 32, f"{record.seed}/{purpose}")
            return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
        kind = re.fullmatch(r"(hex|lower|upper|alnum)(\d+)", word)
        if kind:
            return invented(kind[1], int(kind[2]), f"{record.seed}/{purpose}")
        return str(attribute(record, word))

    return re.sub(r"\{([^}]+)\}", value, template)


def invented(alphabet: str, length: int, seed: str) -> str:
    """A text that looks random and is the same for the same seed."""
    number = int.from_bytes(hashlib.shake_256(seed.encode()).digest(length), "big")
    letters = ALPHABETS[alphabet]
    text = []
    for _ in range(length):
        number, index = divmod(number, len(letters))
        text.append(letters[index])
    return "".join(text)
