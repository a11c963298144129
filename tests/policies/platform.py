"""A platform as data: resources by name, with references between them, and the words to write one.

Resources are given by name as a type and inputs under wire names; :class:`Ref` stands for an output of another one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policies import resource_types as t

ACCOUNT = "123456789012"

ROOT = f"arn:aws:iam::{ACCOUNT}:root"

SUFFIX = "dev"

ZONES = (1, 2, 3)

TIES = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}

VIA = {"StringEquals": {"kms:ViaService": "sns.eu-west-1.amazonaws.com"}}

NO_TLS = {"Bool": {"aws:SecureTransport": "false"}}


@dataclass(frozen=True)
class Ref:
    """An output of another resource of the platform."""

    name: str
    output: str = "id"


@dataclass
class Item:
    """One resource."""

    type: str
    props: dict[str, Any]
    protect: bool = False


@dataclass
class Platform:
    """Resources by name, in the order of registration."""

    items: dict[str, Item] = field(default_factory=dict)

    def add(self, name: str, type_: str, /, **props: Any) -> Ref:
        """Add a resource; a trailing underscore is taken off names that Python keeps for itself."""
        inputs = {key.rstrip("_"): value for key, value in props.items()}
        if type_ in TAGGED:
            inputs.setdefault("tags", tags(name))
        self.items[name] = Item(type_, inputs)
        return Ref(name)


def tags(name: str) -> dict[str, str]:
    return {
        "Name": f"{name}-{SUFFIX}",
        "Project": "tap",
        "Environment": SUFFIX,
        "DataClassification": "cardholder-data",
    }


def named(name: str) -> str:
    return f"{name}-{SUFFIX}"


def document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: Any, resources: Any = None, **more: Any) -> dict[str, Any]:
    return _statement("Allow", actions, resources, more)


def deny(actions: Any, resources: Any = "*", **more: Any) -> dict[str, Any]:
    return _statement("Deny", actions, resources, more)


def _statement(effect: str, actions: Any, resources: Any, more: Mapping[str, Any]) -> dict[str, Any]:
    resource = {} if resources is None else {"Resource": resources}
    return {"Sid": "Some", "Effect": effect, "Action": actions, **resource, **more}


def trust(service: str, condition: Mapping[str, Any] | None = None) -> str:
    tie = {"Condition": condition or TIES}
    return document(allow("sts:AssumeRole", Principal={"Service": f"{service}.amazonaws.com"}, **tie))


# The types of this platform that carry tags.
TAGGED = frozenset(
    {
        t.ACCESS_POINT,
        t.ALARM,
        t.API_DOMAIN,
        t.API_REST,
        t.API_STAGE,
        t.API_USAGE_PLAN,
        t.BUCKET,
        t.CACHE,
        t.CACHE_PARAMETERS,
        t.CACHE_SUBNETS,
        t.CACHE_USER,
        t.CACHE_USER_GROUP,
        t.DB_CLUSTER,
        t.DB_CLUSTER_PARAMETERS,
        t.DB_EVENTS,
        t.DB_INSTANCE,
        t.DB_PROXY,
        t.DB_SUBNETS,
        t.DEFAULT_SECURITY_GROUP,
        t.ECS_CLUSTER,
        t.ECS_SERVICE,
        t.EVENT_RULE,
        t.FILE_SYSTEM,
        t.FLOW_LOG,
        t.FUNCTION,
        t.IAM_ROLE,
        t.INTERNET_GATEWAY,
        t.KEY,
        t.LISTENER,
        t.LISTENER_RULE,
        t.LOAD_BALANCER,
        t.LOG_GROUP,
        t.NAT_GATEWAY,
        t.NETWORK_ACL,
        t.QUEUE,
        t.ROUTE_TABLE,
        t.SCALING_TARGET,
        t.SECRET,
        t.SECURITY_GROUP,
        t.STREAM,
        t.SUBNET,
        t.TABLE,
        t.TARGET_GROUP,
        t.TASK_DEFINITION,
        t.TOPIC,
        t.TRAIL,
        t.VPC,
        t.VPC_ENDPOINT,
        t.VPC_LINK,
        t.WEB_ACL,
    }
)


def role(p: Platform, name: str, service: str, *statements: Mapping[str, Any]) -> Ref:
    role = p.add(f"role-{name}", t.IAM_ROLE, name=named(f"role-{name}"), assumeRolePolicy=trust(service))
    policy = document(*(statements or (allow("sqs:SendMessage", "arn:aws:sqs:eu-west-1:1:q"),)))
    p.add(f"policy-{name}", t.IAM_ROLE_POLICY, name=named(f"policy-{name}"), role=Ref(role.name, "name"), policy=policy)
    return Ref(role.name, "arn")


def log_group(p: Platform, name: str, fixed: str = "", *, mask: bool = True) -> Ref:
    p.add(name, t.LOG_GROUP, name=fixed or named(name), kmsKeyId=Ref("key-logs", "arn"), retentionInDays=400)
    if mask:
        identifiers = [
            f"arn:aws:dataprotection::aws:data-identifier/{kind}"
            for kind in ("CreditCardNumber", "CreditCardSecurityCode")
        ]
        statement = {"Sid": "Mask", "DataIdentifier": identifiers, "Operation": {"Deidentify": {"MaskConfig": {}}}}
        p.add(f"mask-{name}", t.LOG_DATA_PROTECTION, logGroupName=Ref(name, "name"), policyDocument=document(statement))
    return Ref(name, "name")


def subnets(tier: str) -> list[Ref]:
    return [Ref(f"{tier}-{zone}") for zone in ZONES]
