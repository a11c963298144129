"""What all layers share: the context they are deployed in, naming, tags and parenthood."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pulumi

from components.naming import Name, name

PROJECT = "tap"


class Scope(StrEnum):
    """Whether a resource stores, processes or transmits cardholder data (PCI DSS v4.0.1, 12.5.2)."""

    CARDHOLDER_DATA = "cardholder-data"
    CONNECTED = "connected-to-cardholder-data"
    OUT_OF_SCOPE = "out-of-scope"


@dataclass(frozen=True)
class Context:
    """Where the stack is deployed. Every field is known only at deploy time."""

    suffix: str
    account_id: str
    partition: str
    region: str
    zones: tuple[str, ...]

    def arn(self, service: str, resource: str) -> str:
        """An ARN in this account and Region: ``arn:aws:{service}:eu-west-1:123456789012:{resource}``."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def account_root(self) -> str:
        """The account as an IAM principal."""
        return f"arn:{self.partition}:iam::{self.account_id}:root"


class Layer(pulumi.ComponentResource):
    """Base of the layers. A subclass ``Network`` becomes the component ``tap:network:Network``, named ``network``."""

    def __init__(self, context: Context, opts: pulumi.ResourceOptions | None = None) -> None:
        layer = type(self).__module__.rpartition(".")[2]
        super().__init__(f"{PROJECT}:{layer}:{type(self).__name__}", layer.replace("_", "-"), None, opts)
        self.context = context

    def named(self, resource_type: str, purpose: str) -> Name:
        """The names of one resource of this layer."""
        return name(resource_type, purpose, self.context.suffix)

    def tags(self, resource_name: Name, scope: Scope = Scope.CONNECTED) -> dict[str, str]:
        """The tags that every taggable resource carries."""
        return {
            "Name": resource_name.physical,
            "Project": PROJECT,
            "Environment": self.context.suffix,
            "DataClassification": scope.value,
        }

    def child(self, **options: Any) -> pulumi.ResourceOptions:
        """Resource options for a child of this layer; takes the keywords of :class:`pulumi.ResourceOptions`."""
        return pulumi.ResourceOptions(parent=self, **options)


def statement(
    sid: str,
    *,
    actions: list[str],
    resources: list[Any] | None = None,
    principal: Mapping[str, Any] | str | None = None,
    conditions: Mapping[str, Mapping[str, Any]] | None = None,
    effect: str = "Allow",
) -> dict[str, Any]:
    """One IAM statement. ``resources`` may hold outputs; omit it in a trust policy."""
    result: dict[str, Any] = {"Sid": sid, "Effect": effect}
    if principal is not None:
        result["Principal"] = principal
    result["Action"] = actions
    if resources is not None:
        result["Resource"] = resources
    if conditions:
        result["Condition"] = {operator: dict(keys) for operator, keys in conditions.items()}
    return result


def document(*statements: Mapping[str, Any]) -> pulumi.Output[str]:
    """An IAM policy document as JSON; outputs inside are resolved."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str, context: Context, *, source_arn: str | None = None) -> str:
    """A trust policy for one AWS service, closed to other accounts' resources (the confused deputy problem)."""
    conditions: dict[str, dict[str, str]] = {"StringEquals": {"aws:SourceAccount": context.account_id}}
    if source_arn:
        conditions["ArnLike"] = {"aws:SourceArn": source_arn}
    allow = statement(
        "AssumedByService", actions=["sts:AssumeRole"], principal={"Service": service}, conditions=conditions
    )
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})
