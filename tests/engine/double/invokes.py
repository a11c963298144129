"""Answers to the provider's functions: one account, one region, three zones, always."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .identifiers import ACCOUNT, REGION
from .outputs import ZONES

Arguments = Mapping[str, Any]
DOMAIN = "amazonaws.com"


def _caller_identity(_: Arguments) -> dict[str, Any]:
    arn = f"arn:aws:iam::{ACCOUNT}:user/deployer"
    return {"accountId": ACCOUNT, "arn": arn, "id": ACCOUNT, "userId": "AIDAEXAMPLEDEPLOYER"}


def _region(arguments: Arguments) -> dict[str, Any]:
    name = arguments.get("region") or arguments.get("name") or REGION
    described = {"id": name, "name": name, "region": name, "endpoint": f"ec2.{name}.{DOMAIN}"}
    return described | {"description": "Europe (Ireland)" if name == REGION else name}


def _partition(_: Arguments) -> dict[str, Any]:
    return {"id": "aws", "partition": "aws", "dnsSuffix": DOMAIN, "reverseDnsPrefix": "com.amazonaws"}


def _availability_zones(arguments: Arguments) -> dict[str, Any]:
    ids = [f"euw1-az{number}" for number in (1, 2, 3)]
    found = {"id": REGION, "region": REGION, "names": ZONES, "zoneIds": ids, "groupNames": [REGION]}
    return found | {name: arguments[name] for name in ("state", "filters", "excludeNames") if arguments.get(name)}


def _service_principal(arguments: Arguments) -> dict[str, Any]:
    service, region = arguments["serviceName"], arguments.get("region") or REGION
    principal = f"{service}.{DOMAIN}"
    return {"id": principal, "name": principal, "serviceName": service, "region": region, "suffix": DOMAIN}


def _prefix_list(arguments: Arguments) -> dict[str, Any]:
    name = arguments.get("name") or ""
    # The ids that S3 and DynamoDB have in eu-west-1.
    prefix_id = "pl-6da54004" if name.endswith(".s3") else "pl-6fa54006"
    return {"id": prefix_id, "name": name, "cidrBlocks": ["192.0.2.0/24"], "region": REGION}


def _managed_prefix_list(arguments: Arguments) -> dict[str, Any]:
    found = _prefix_list(arguments)
    arn = f"arn:aws:ec2:{REGION}:aws:prefix-list/{found['id']}"
    entries = [{"cidr": "192.0.2.0/24", "description": ""}]
    rest = {"addressFamily": "IPv4", "maxEntries": 1, "ownerId": "AWS", "tags": {}, "version": 1}
    return {"id": found["id"], "name": found["name"], "arn": arn, "entries": entries, "region": REGION} | rest


def _default_tags(_: Arguments) -> dict[str, Any]:
    return {"id": "default_tags", "tags": {}}


INVOKES: dict[str, Callable[[Arguments], dict[str, Any]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _availability_zones,
    "aws:index/getServicePrincipal:getServicePrincipal": _service_principal,
    "aws:index/getDefaultTags:getDefaultTags": _default_tags,
    "aws:ec2/getPrefixList:getPrefixList": _prefix_list,
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": _managed_prefix_list,
}
