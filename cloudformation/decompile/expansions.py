"""Undoes what the compiler does before it maps: custom resources and attachments become inputs again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from ..graph import Attribute, ListValue, Literal, Resource, Value
from ..values import NO_VALUE

DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"


def without_expansions(resources: Mapping[str, Resource]) -> dict[str, Resource]:
    """The resources, by URN, as a program would have made them."""
    found = dict(resources)
    for urn, resource in resources.items():
        if resource.type == "aws:s3/bucket:Contents":
            del found[urn]
            _give(found, resource, "bucketName", {"forceDestroy": Literal(True)})
        elif resource.type == "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment":
            del found[urn]
            vpc = resource.inputs.get("vpcId")
            _give(found, resource, "internetGatewayId", {"vpcId": vpc} if vpc else {})
        elif resource.type == "aws:ec2/defaultSecurityGroup:Closed":
            found[urn] = _default_group(resource)
    return found


def _give(resources: dict[str, Resource], part: Resource, reference: str, inputs: Mapping[str, Value]) -> None:
    """Give ``inputs`` to the resource that an input of its part names."""
    target = part.inputs.get(reference)
    owner = resources.get(target.urn) if isinstance(target, Attribute) else None
    if owner:
        resources[owner.urn] = dataclasses.replace(owner, inputs={**owner.inputs, **inputs})


def _default_group(closed: Resource) -> Resource:
    group = closed.inputs.get("groupId")
    of_group = Attribute(group.urn, ("id",)) if isinstance(group, Attribute) else NO_VALUE
    inputs = {"vpcId": closed.inputs.get("vpcId", of_group), "ingress": ListValue(()), "egress": ListValue(())}
    if "tags" in closed.inputs:
        inputs["tags"] = closed.inputs["tags"]
    return dataclasses.replace(closed, type=DEFAULT_GROUP, inputs=inputs)
