"""Changes to moto, each with its reason.

Most concern what a deletion leaves behind: an account in which "nothing is left" can be told needs back ends that
forget what is deleted.
"""

from __future__ import annotations

import json
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPC
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket


def repair() -> None:
    """Apply all changes; to be called once, before the first request."""
    delete_vpc, delete_subnet, delete_nat_gateway = (
        EC2Backend.delete_vpc,
        EC2Backend.delete_subnet,
        EC2Backend.delete_nat_gateway,
    )

    def vpc_with_its_acl(self: EC2Backend, vpc_id: str) -> VPC:
        """moto keeps the network ACL that came with a VPC."""
        vpc = delete_vpc(self, vpc_id)
        for acl in [acl for acl in self.network_acls.values() if acl.vpc_id == vpc_id]:
            del self.network_acls[acl.id]
        return vpc

    def subnet_with_its_association(self: EC2Backend, subnet_id: str) -> Subnet:
        """moto keeps a subnet's association with its network ACL, which then can never be deleted."""
        subnet = delete_subnet(self, subnet_id)
        for acl in self.network_acls.values():
            acl._associations = {
                key: association for key, association in acl._associations.items() if association.subnet_id != subnet_id
            }
        return subnet

    def nat_gateway_with_its_interface(self: EC2Backend, nat_gateway_id: str) -> NatGateway:
        """moto keeps the network interface that it made for a NAT gateway."""
        gateway = delete_nat_gateway(self, nat_gateway_id)
        self.enis.pop(gateway._eni.id, None)
        return gateway

    def log_delivery_permitted(target_bucket: FakeBucket, target_prefix: str | None) -> bool:
        """moto fails on a policy that has ``Principal: "*"`` in one of its statements."""
        if not target_bucket.policy:
            return False
        statements = json.loads(target_bucket.policy.decode())["Statement"]
        return any(_lets_logs_in(statement, f"{target_bucket.arn}/{target_prefix or ''}") for statement in statements)

    def allowed_without_conditions(self: FakeBucket, action: str, resource: str) -> Any:
        """moto takes a denial under a condition (transport without TLS, say) for a denial of everything."""
        if self.policy is None:
            return PermissionResult.NEUTRAL
        document = json.loads(self.policy.decode())
        statements = [statement for statement in _listed(document["Statement"]) if not statement.get("Condition")]
        policy = IAMPolicy(json.dumps({**document, "Statement": statements}))
        return policy.is_action_permitted(action, resource)

    EC2Backend.delete_vpc = vpc_with_its_acl  # type: ignore[method-assign, assignment]
    EC2Backend.delete_subnet = subnet_with_its_association  # type: ignore[method-assign, assignment]
    EC2Backend.delete_nat_gateway = nat_gateway_with_its_interface  # type: ignore[method-assign, assignment]
    FakeBucket.get_permission = allowed_without_conditions  # type: ignore[method-assign]
    FakeBucket._log_permissions_enabled_policy = staticmethod(log_delivery_permitted)  # type: ignore[method-assign]


def _lets_logs_in(statement: dict[str, Any], objects: str) -> bool:
    principal, actions, resources = (statement.get(key) or [] for key in ("Principal", "Action", "Resource"))
    return (
        statement["Effect"] == "Allow"
        and isinstance(principal, dict)
        and "logging.s3.amazonaws.com" in _listed(principal.get("Service", []))
        and "s3:PutObject" in _listed(actions)
        and any(objects.startswith(resource.removesuffix("*")) for resource in _listed(resources))
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
