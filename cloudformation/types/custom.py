"""Custom resources: what CloudFormation has no type for, done by functions that the template brings along.

A handler is recorded in Pulumi's own types (function, role, policy, log group), so that the policies judge it like
everything else. :class:`cloudformation.program.CustomResources` says how it is named, encrypted and tagged.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources as package_resources

from ..graph import Attribute, ListValue, Literal, MapValue, Program, Pseudo, Resource, Value, concat, to_json
from ..program import CustomResources
from ..schema import Schema
from ..values import from_python
from .model import Expansion, Ref, ResourceType

HANDLERS = "urn:pulumi:stack::cloudformation::"
"""Begins the URN of everything that a handler consists of."""
DEFAULT_RETENTION_DAYS = 400


@dataclass(frozen=True)
class Handler:
    """One function and what it is allowed to do."""

    purpose: str
    """Ends its names: ``lambda-empty-buckets``."""
    module: str
    """File in ``cloudformation/handlers``, without ending."""
    description: str
    statements: Callable[[Program], list[dict[str, Value]]]
    timeout_seconds: int
    """How long the function may take, and CloudFormation waits for its answer."""


def _statement(sid: str, actions: list[str], resources: list[Value]) -> dict[str, Value]:
    return {
        "Sid": Literal(sid),
        "Effect": Literal("Allow"),
        "Action": from_python(actions),
        "Resource": ListValue(tuple(resources)),
    }


def _bucket_statements(program: Program) -> list[dict[str, Value]]:
    buckets = [
        _bucket_arn(resource)
        for resource in program.resources.values()
        if resource.type == "aws:s3/bucket:Bucket" and resource.inputs.get("forceDestroy") == Literal(True)
    ]
    objects = [concat([bucket, Literal("/*")]) for bucket in buckets]
    return [
        _statement("ListVersions", ["s3:ListBucketVersions"], list(buckets)),
        _statement("DeleteVersions", ["s3:DeleteObject", "s3:DeleteObjectVersion"], objects),
    ]


def _bucket_arn(bucket: Resource) -> Value:
    """By the bucket's name where it has one: a reference would make the handler, and with it every bucket's emptying,
    wait for all other buckets."""
    if "bucket" in bucket.inputs:
        return concat([Literal("arn:"), Pseudo("AWS::Partition"), Literal(":s3:::"), bucket.inputs["bucket"]])
    return Attribute(bucket.urn, ("arn",))


def _group_statements(program: Program) -> list[dict[str, Value]]:
    vpcs = {
        resource.inputs["vpcId"]
        for resource in program.resources.values()
        if resource.type == "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    }
    groups = [_group_arn(vpc) for vpc in vpcs if isinstance(vpc, Attribute)]
    # DescribeSecurityGroups supports no resource-level permission.
    return [
        _statement("Describe", ["ec2:DescribeSecurityGroups"], [Literal("*")]),
        _statement(
            "Close",
            ["ec2:RevokeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress", "ec2:CreateTags"],
            sorted(groups, key=repr),
        ),
    ]


def _group_arn(vpc: Attribute) -> Value:
    return concat(
        [
            Literal("arn:"),
            _pseudo("Partition"),
            Literal(":ec2:"),
            _pseudo("Region"),
            Literal(":"),
            _pseudo("AccountId"),
            Literal(":security-group/"),
            Attribute(vpc.urn, ("defaultSecurityGroupId",)),
        ]
    )


def _pseudo(name: str) -> Value:

    return Pseudo(f"AWS::{name}")


# A bucket may hold millions of objects, so this has all the time that Lambda gives.
BUCKET_HANDLER = Handler(
    "empty-buckets", "empty_bucket", "Empties buckets before the stack deletes them", _bucket_statements, 900
)
SECURITY_GROUP_HANDLER = Handler(
    "close-default-groups",
    "close_security_group",
    "Removes the rules of default security groups",
    _group_statements,
    60,
)

_CUSTOM = {"type": "object", "readOnlyProperties": ["/properties/Id"], "primaryIdentifier": ["/properties/Id"]}


def _schema(type_name: str, required: list[str], **properties: Mapping[str, object]) -> Schema:
    common = {"Id": {"type": "string"}, "ServiceToken": {"type": "string"}, "ServiceTimeout": {"type": "integer"}}
    return Schema(
        {**_CUSTOM, "typeName": type_name, "required": ["ServiceToken", *required], "properties": common | properties}
    )


_TEXT = {"type": "string"}
_TAGS = {
    "type": "array",
    "items": {"type": "object", "properties": {"Key": {"type": "string"}, "Value": {"type": "string"}}},
}

TYPES = (
    ResourceType(
        "aws:s3/bucket:Contents",
        "Custom::BucketContents",
        schema=_schema("Custom::BucketContents", ["BucketName"], BucketName=_TEXT),
        attributes={"id": Ref()},
        short=("contents",),
    ),
    ResourceType(
        "aws:ec2/defaultSecurityGroup:Closed",
        "Custom::ClosedSecurityGroup",
        schema=_schema("Custom::ClosedSecurityGroup", ["GroupId"], GroupId=_TEXT, Tags=_TAGS),
        attributes={"id": Ref()},
        short=("sg", "closed"),
    ),
)


def custom_resource(
    resource: Resource,
    program: Program,
    handler: Handler,
    kind: str,
    inputs: Mapping[str, Value],
    *,
    became: Mapping[str, str],
    name: str = "",
) -> Expansion:
    """A custom resource that stands beside ``resource``, or for it, and the handler that serves it.

    ``became`` says which of ``inputs`` stands for each input that ``resource`` loses; an empty text for the whole.
    """
    parts = _handler_resources(program, handler)
    function = parts[-1]
    served = dataclasses.replace(
        resource,
        urn=f"{resource.urn}-{name}" if name else resource.urn,
        type=kind,
        name=f"{resource.name}-{name}" if name else resource.name,
        inputs={
            "serviceToken": Attribute(function.urn, ("arn",)),
            "serviceTimeout": Literal(handler.timeout_seconds),
            **inputs,
        },
        # The handler must still have its permissions when the stack is deleted.
        dependencies=(*resource.dependencies, *(part.urn for part in parts)),
    )
    return Expansion(
        (*parts, served),
        completing=(served.urn,) if name else (),
        became={lost: (served.urn, input_name) for lost, input_name in became.items()},
    )


@dataclass(frozen=True)
class _Parts:
    """Makes the resources of one handler, named and tagged as the program's CustomResources say."""

    handler: Handler
    settings: Resource | None

    def declared(self, name: str) -> Value:
        return self.settings.inputs.get(name, _NOTHING) if self.settings else _NOTHING

    def named(self, prefix: str) -> Value:
        """``{prefix}-{purpose}-{suffix}``, or nothing where the program leaves names to CloudFormation."""
        suffix = self.declared("nameSuffix")
        return _NOTHING if suffix == _NOTHING else concat([Literal(f"{prefix}-{self.handler.purpose}-"), suffix])

    def make(self, pulumi_type: str, prefix: str, inputs: Mapping[str, Value]) -> Resource:
        name = f"{prefix}-{self.handler.purpose}"
        return Resource(
            urn=f"{HANDLERS}{pulumi_type}::{name}",
            type=pulumi_type,
            name=name,
            parent=self.settings.urn if self.settings else None,
            inputs={key: value for key, value in inputs.items() if value != _NOTHING},
            trace=self.settings.trace if self.settings else (),
        )

    def tags(self, prefix: str) -> Value:
        given = self.declared("tags")
        if not isinstance(given, MapValue) or self.named(prefix) == _NOTHING:
            return given
        return MapValue({**given.items, "Name": self.named(prefix)})

    def log_group(self) -> Resource:
        name = self.named("lambda")
        retention = self.declared("logRetentionDays")
        inputs = {
            "name": _NOTHING if name == _NOTHING else concat([Literal("/aws/lambda/"), name]),
            "kmsKeyId": self.declared("logKmsKeyArn"),
            "retentionInDays": Literal(DEFAULT_RETENTION_DAYS) if retention == _NOTHING else retention,
            "tags": self.tags("log"),
        }
        return self.make("aws:cloudwatch/logGroup:LogGroup", "log", inputs)

    def role(self) -> Resource:
        inputs = {"name": self.named("role"), "assumeRolePolicy": _trust(), "tags": self.tags("role")}
        return self.make("aws:iam/role:Role", "role", inputs)

    def policy(self, role: Resource, log_group: Resource, program: Program) -> Resource:
        streams = concat([Attribute(log_group.urn, ("arn",)), Literal(":*")])
        logging = _statement("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], [streams])
        # Trace segments belong to no resource.
        tracing = _statement("Trace", ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], [Literal("*")])
        statements = ListValue(tuple(map(MapValue, (logging, tracing, *self.handler.statements(program)))))
        document = MapValue({"Version": Literal("2012-10-17"), "Statement": statements})
        inputs = {
            "name": self.named("policy"),
            "role": Attribute(role.urn, ("name",)),
            "policy": to_json(document),
        }
        return self.make("aws:iam/rolePolicy:RolePolicy", "policy", inputs)

    def function(self, role: Resource, log_group: Resource) -> Resource:
        inputs = {
            "name": self.named("lambda"),
            "description": Literal(self.handler.description),
            "role": Attribute(role.urn, ("arn",)),
            "code": from_python({"assets": {"index.py": {"text": _source(self.handler.module)}}}),
            "handler": Literal("index.handler"),
            "runtime": Literal("python3.13"),
            "architectures": from_python(["arm64"]),
            "timeout": Literal(self.handler.timeout_seconds),
            "loggingConfig": MapValue({"logFormat": Literal("JSON"), "logGroup": Attribute(log_group.urn, ("name",))}),
            "tracingConfig": from_python({"mode": "Active"}),
            "tags": self.tags("lambda"),
        }
        return self.make("aws:lambda/function:Function", "lambda", inputs)


_NOTHING = Literal(None)


def _handler_resources(program: Program, handler: Handler) -> tuple[Resource, ...]:
    """Log group, role, policy and function of a handler, in Pulumi's types; the same for every use of it."""
    settings = next((item for item in program.components.values() if item.type == CustomResources.TYPE), None)
    parts = _Parts(handler, settings)
    log_group, role = parts.log_group(), parts.role()
    return log_group, role, parts.policy(role, log_group, program), parts.function(role, log_group)


def _trust() -> Value:
    allow = {
        "Sid": "AssumedByService",
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": Pseudo("AWS::AccountId")}},
    }
    return to_json(from_python({"Version": "2012-10-17", "Statement": [allow]}))


def _source(module: str) -> str:
    return (package_resources.files("cloudformation.handlers") / f"{module}.py").read_text(encoding="utf-8")
