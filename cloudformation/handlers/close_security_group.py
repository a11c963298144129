"""Custom resource: removes every rule from a VPC's default security group and tags it."""

from typing import Any

import boto3
import cfnresponse  # provided by Lambda beside inline code


def close(ec2: Any, group_id: str, tags: list[dict[str, str]]) -> None:
    """Revoke all ingress and egress of the group."""
    group = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    if group["IpPermissions"]:
        ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=group["IpPermissions"])
    if group["IpPermissionsEgress"]:
        ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=group["IpPermissionsEgress"])
    if tags:
        ec2.create_tags(Resources=[group_id], Tags=tags)


def handler(event: dict[str, Any], context: object) -> None:
    """Answer CloudFormation. On deletion the group goes with its VPC."""
    properties = event["ResourceProperties"]
    group_id = properties["GroupId"]
    status, reason = cfnresponse.SUCCESS, ""
    try:
        if event["RequestType"] != "Delete":
            close(boto3.client("ec2"), group_id, properties.get("Tags", []))
    except Exception as error:  # whatever it was, CloudFormation must get an answer or it waits for an hour
        print(f"{group_id}: {error!r}")
        status, reason = cfnresponse.FAILED, str(error)
    cfnresponse.send(event, context, status, {}, f"closed-{group_id}", reason=reason)
