"""Amazon Simple Storage Service: a bucket and what Pulumi's provider keeps beside it."""

from __future__ import annotations

import dataclasses

from ..graph import Attribute, Literal, Program, Resource
from .custom import BUCKET_HANDLER, custom_resource
from .model import Drop, Expanded, Expansion, Folded, GetAtt, Ref, ResourceType, Spread, Text, To

_BUCKET = "a bucket holds its own settings"
_OWNER = Drop("the bucket and its settings are one resource of this account")
_ATTRIBUTES = {"id": Ref(), "bucket": Ref()}


def _days(name: str) -> To:
    return To(name, "the rule itself holds the days in CloudFormation")


TYPES = (
    ResourceType(
        "aws:s3/bucket:Bucket",
        "AWS::S3::Bucket",
        properties={
            "bucket": To("BucketName"),
            "forceDestroy": Drop("buckets are deleted when they are empty", only=(False,)),
        },
        attributes={
            "id": Ref(),
            "bucket": Ref(),
            "arn": GetAtt("Arn"),
            "bucketDomainName": GetAtt("DomainName"),
            "bucketRegionalDomainName": GetAtt("RegionalDomainName"),
        },
        stateful=True,
        short=("s3",),
    ),
    ResourceType(
        "aws:s3/bucketPolicy:BucketPolicy",
        "AWS::S3::BucketPolicy",
        properties={"policy": To("PolicyDocument")},
        attributes={"id": Text("${Ref}")},
        short=("policy",),
    ),
    Folded(
        "aws:s3/bucketVersioning:BucketVersioning",
        parent="bucket",
        into="aws:s3/bucket:Bucket",
        properties={
            "versioningConfiguration.mfaDelete": Drop("needs the root user's device", only=("Disabled",)),
            "expectedBucketOwner": _OWNER,
        },
        attributes=_ATTRIBUTES,
        reason=_BUCKET,
    ),
    Folded(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        parent="bucket",
        into="aws:s3/bucket:Bucket",
        properties={
            "rules": To("BucketEncryption.ServerSideEncryptionConfiguration"),
            "rules.applyServerSideEncryptionByDefault": To("ServerSideEncryptionByDefault"),
            "expectedBucketOwner": _OWNER,
        },
        attributes=_ATTRIBUTES,
        reason=_BUCKET,
    ),
    Folded(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        parent="bucket",
        into="aws:s3/bucket:Bucket",
        under="PublicAccessBlockConfiguration",
        properties={"skipDestroy": Drop("it goes with its bucket", only=(False,))},
        attributes=_ATTRIBUTES,
        reason=_BUCKET,
    ),
    Folded(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        parent="bucket",
        into="aws:s3/bucket:Bucket",
        under="OwnershipControls",
        properties={"rule": To("Rules")},
        attributes=_ATTRIBUTES,
        reason=_BUCKET,
    ),
    Folded(
        "aws:s3/bucketLogging:BucketLogging",
        parent="bucket",
        into="aws:s3/bucket:Bucket",
        under="LoggingConfiguration",
        properties={
            "targetBucket": To("DestinationBucketName"),
            "targetPrefix": To("LogFilePrefix"),
            "expectedBucketOwner": _OWNER,
        },
        attributes=_ATTRIBUTES,
        reason=_BUCKET,
    ),
    Folded(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        parent="bucket",
        into="aws:s3/bucket:Bucket",
        under="LifecycleConfiguration",
        properties={
            "rules.expiration.days": _days("ExpirationInDays"),
            "rules.expiration.date": To("ExpirationDate"),
            "rules.expiration": Spread("the rule itself holds the days in CloudFormation"),
            "rules.filter": Spread("the rule itself holds the filter in CloudFormation"),
            "rules.transitions.days": To("TransitionInDays"),
            "rules.transitions.date": To("TransitionDate"),
            "rules.noncurrentVersionTransitions.noncurrentDays": To("TransitionInDays"),
            "expectedBucketOwner": _OWNER,
        },
        attributes=_ATTRIBUTES,
        reason=_BUCKET,
    ),
    Folded(
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        parent="bucket",
        into="aws:s3/bucket:Bucket",
        under="ObjectLockConfiguration",
        properties={"expectedBucketOwner": _OWNER},
        attributes=_ATTRIBUTES,
        reason=_BUCKET,
    ),
)


def _empty_on_delete(resource: Resource, program: Program) -> Expansion:
    """``forceDestroy`` empties the bucket before it is deleted; in CloudFormation a custom resource does so."""
    if resource.inputs.get("forceDestroy") != Literal(True):
        return Expansion((resource,))
    bucket = dataclasses.replace(resource, inputs={k: v for k, v in resource.inputs.items() if k != "forceDestroy"})
    inputs = {"bucketName": Attribute(resource.urn, ("bucket",))}
    emptier = custom_resource(
        resource,
        program,
        BUCKET_HANDLER,
        "aws:s3/bucket:Contents",
        inputs,
        became={"forceDestroy": ""},
        name="contents",
    )
    return dataclasses.replace(emptier, resources=(bucket, *emptier.resources))


EXPANSIONS = (Expanded("aws:s3/bucket:Bucket", _empty_on_delete, "CloudFormation deletes only empty buckets"),)
