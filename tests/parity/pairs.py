"""Which resource of the program is which of the template.

A resource's logical id is its Pulumi name in CamelCase. What CloudFormation has no type for belongs to another resource
there (:data:`FOLDED`), and what it needs a resource more for is put to the one that it stems from (:data:`EXPANDED`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .sides import Asked

Keys = Mapping[str, str]
"""Inputs of the one resource that have the value of an input or output of the other."""

FOLDED: Mapping[str, tuple[str, Keys]] = {
    "aws:apigateway/integration:Integration": (
        "aws:apigateway/method:Method",
        {"restApi": "restApi", "resourceId": "resourceId", "httpMethod": "httpMethod"},
    ),
    "aws:apigateway/methodSettings:MethodSettings": (
        "aws:apigateway/stage:Stage",
        {"restApi": "restApi", "stageName": "stageName"},
    ),
    "aws:cloudwatch/eventTarget:EventTarget": ("aws:cloudwatch/eventRule:EventRule", {"rule": "name"}),
    "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy": (
        "aws:cloudwatch/logGroup:LogGroup",
        {"logGroupName": "name"},
    ),
    "aws:efs/backupPolicy:BackupPolicy": ("aws:efs/fileSystem:FileSystem", {"fileSystemId": "id"}),
    "aws:efs/fileSystemPolicy:FileSystemPolicy": ("aws:efs/fileSystem:FileSystem", {"fileSystemId": "id"}),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("aws:iam/role:Role", {"role": "name"}),
    "aws:rds/proxyTarget:ProxyTarget": (
        "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
        {"dbProxyName": "dbProxyName"},
    ),
    **{
        f"aws:s3/{name[0].lower()}{name[1:]}:{name}": ("aws:s3/bucket:Bucket", {"bucket": "bucket"})
        for name in (
            "BucketLifecycleConfiguration",
            "BucketLogging",
            "BucketOwnershipControls",
            "BucketPublicAccessBlock",
            "BucketServerSideEncryptionConfiguration",
            "BucketVersioning",
        )
    },
}
"""Resources that are properties of another in a template: its type, and how the two are found."""

EXPANDED: Mapping[str, str] = {
    "AWS::EC2::VPCGatewayAttachment": "Attachment",
    "Custom::BucketContents": "Contents",
    "Custom::ClosedSecurityGroup": "Closed",
}
"""Types that stem from an input or resource of another type, by what their logical id has more."""

HELPERS = ("CloseDefaultGroups", "EmptyBuckets")
"""Custom resources' functions, with role and log group: what the provider itself does when Pulumi deploys."""


@dataclass(frozen=True)
class Pair:
    """What belongs together."""

    logical_id: str
    type: str
    """The template's."""
    program: Sequence[Asked]
    """The resource itself first, then those that are folded into it."""
    template: Sequence[Asked]
    """The resource itself first, then those that stem from it."""


@dataclass
class Pairs:
    """All pairs, and what has no counterpart."""

    pairs: list[Pair] = field(default_factory=list)
    program_only: list[Asked] = field(default_factory=list)
    template_only: list[Asked] = field(default_factory=list)
    helpers: list[Asked] = field(default_factory=list)
    """Of the template: see :data:`HELPERS`."""


def pair(program: Iterable[Asked], template: Iterable[Asked]) -> Pairs:
    """Put together what belongs together."""
    found = Pairs()
    program, template = list(program), list(template)
    found.helpers = [item for item in template if item.name.endswith(HELPERS)]
    remaining = {item.name: item for item in template if item not in found.helpers}
    heads = {item.name: match for item in program if (match := _counterpart(item, remaining))}
    for item in program:
        if item.name in heads:
            head = remaining.pop(heads[item.name])
            folded = [other for other in program if _belongs(other, item)]
            found.pairs.append(Pair(head.name, head.type, (item, *folded), (head,)))
        elif item.type not in FOLDED or not any(_belongs(item, other) for other in program):
            found.program_only.append(item)
    by_id = {one.logical_id: index for index, one in enumerate(found.pairs)}
    for rest in remaining.values():
        stem = rest.name.removesuffix(EXPANDED.get(rest.type, " "))
        if stem in by_id:
            one = found.pairs[by_id[stem]]
            found.pairs[by_id[stem]] = Pair(one.logical_id, one.type, one.program, (*one.template, rest))
        else:
            found.template_only.append(rest)
    return found


def _counterpart(item: Asked, template: Mapping[str, Asked]) -> str | None:
    words = re.split(r"[^A-Za-z0-9]+", item.name)
    name = "".join(word[0].upper() + word[1:] for word in words if word)
    if item.type == "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":
        name += EXPANDED["Custom::ClosedSecurityGroup"]
    if item.type == "aws:apigateway/deployment:Deployment":
        # A hash of the API's definition ends its id: another definition is another deployment.
        name = next((other for other in template if re.fullmatch(rf"{name}[0-9a-f]{{10}}", other)), name)
    return name if name in template else None


def _belongs(child: Asked, parent: Asked) -> bool:
    kind, keys = FOLDED.get(child.type, ("", {}))
    if parent.type != kind:
        return False
    known = {**parent.answers, **parent.properties}
    return all(child.properties.get(ours) == known.get(theirs) for ours, theirs in keys.items())
