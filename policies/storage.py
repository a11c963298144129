"""Shared files and buckets: encryption, TLS, public access, lifetime (PCI DSS 1.4.4, 3.5, 4.2.1, 7.3, 10.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .checks import both, customer_key, true
from .documents import Document, read
from .model import Context, Parameter, Resource, Rule, Severity, bounds
from .resource_types import (
    ACCESS_POINT,
    BUCKET,
    BUCKET_ACL,
    BUCKET_ENCRYPTION,
    BUCKET_LIFECYCLE,
    BUCKET_LOGGING,
    BUCKET_OWNERSHIP,
    BUCKET_POLICY,
    BUCKET_PUBLIC_ACCESS,
    BUCKET_VERSIONING,
    EFS_BACKUP,
    EFS_POLICY,
    FILE_SYSTEM,
    LOAD_BALANCER,
    guide,
    hub,
)

MOUNTING = ("elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite")
PUBLIC_ACCESS_FLAGS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
# Classes from which an object can be read at once.
AT_HAND = ("STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR")
OBJECTS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")


def _siblings(bucket: Resource, types: Sequence[str], context: Context) -> list[Resource]:
    return context.stack.users(bucket, *types, through=("bucket",))


def receives_access_logs(bucket: Resource, context: Context) -> bool:
    """Whether load balancers or other buckets log into it; such a bucket can be encrypted by S3's own keys only."""
    by_buckets = context.stack.users(bucket, *BUCKET_LOGGING, through=("targetBucket",))
    return bool(by_buckets or context.stack.users(bucket, LOAD_BALANCER, through=("accessLogs", "connectionLogs")))


def _public_access_blocked(bucket: Resource, context: Context) -> Iterator[str]:
    blocks = _siblings(bucket, BUCKET_PUBLIC_ACCESS, context)
    if not blocks:
        yield "has no BucketPublicAccessBlock"
    for block in blocks:
        for flag in PUBLIC_ACCESS_FLAGS:
            if not block.flag(flag):
                yield f"{flag} is not true"


def _policies(bucket: Resource, context: Context) -> list[Document]:
    return [read(item, "policy") for item in _siblings(bucket, BUCKET_POLICY, context)]


def _tls_only(bucket: Resource, context: Context) -> Iterator[str]:
    documents = _policies(bucket, context)
    if not any(document.refuses_plain_transport(*OBJECTS, "s3:ListBucket") for document in documents):
        yield "requests without TLS are not denied"
    elif not any(_on_objects(document) for document in documents):
        yield "requests without TLS are denied for a part of the bucket only"


def _on_objects(document: Document) -> bool:
    """Whether the denial of plain transport names the bucket's objects, and not the bucket alone."""
    return any(
        resource.endswith("*")
        for statement in document.denying
        if statement.condition("aws:SecureTransport")
        for resource in statement.resources
    )


def _new_tls_only(bucket: Resource, context: Context) -> Iterator[str]:
    if not any(document.refuses_old_tls("s3:TlsVersion", *OBJECTS) for document in _policies(bucket, context)):
        yield "requests with TLS older than 1.2 are not denied"


def _policy_closed(policy: Resource, _: Context) -> Iterator[str]:
    for statement in read(policy, "policy").allowing:
        if statement.anyone and not statement.tied:
            yield f"{statement.title} allows everybody"
        if statement.broad_actions:
            yield f"{statement.title} allows {', '.join(statement.broad_actions)}"
        if statement.services and not statement.tied:
            yield f"{statement.title} allows {statement.services[0]} on behalf of any account"


def _bucket_encrypted(bucket: Resource, context: Context) -> Iterator[str]:
    configurations = _siblings(bucket, BUCKET_ENCRYPTION, context)
    if not configurations:
        yield "has no BucketServerSideEncryptionConfiguration"
    for configuration in configurations:
        algorithm = configuration.text("rules[0].applyServerSideEncryptionByDefault.sseAlgorithm")
        if receives_access_logs(bucket, context):
            if algorithm != "AES256":
                yield f"sseAlgorithm is {algorithm or 'not given'}; logs can be delivered under AES256 only"
        elif algorithm not in ("aws:kms", "aws:kms:dsse"):
            yield f"sseAlgorithm is {algorithm or 'not given'}, not aws:kms"
        else:
            yield from customer_key("rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId")(
                configuration, context
            )
            if not configuration.flag("rules[0].bucketKeyEnabled"):
                yield "bucketKeyEnabled is not true"


def _versioned(bucket: Resource, context: Context) -> Iterator[str]:
    versionings = _siblings(bucket, BUCKET_VERSIONING, context)
    if not any(item.text("versioningConfiguration.status") == "Enabled" for item in versionings):
        yield "keeps no versions of its objects"


def _access_logged(bucket: Resource, context: Context) -> Iterator[str]:
    if receives_access_logs(bucket, context):
        return  # its own log would log itself
    if not any(item.given("targetBucket") for item in _siblings(bucket, BUCKET_LOGGING, context)):
        yield "has no BucketLogging"


def _no_acls(bucket: Resource, context: Context) -> Iterator[str]:
    controls = _siblings(bucket, BUCKET_OWNERSHIP, context)
    if not any(item.text("rule.objectOwnership") == "BucketOwnerEnforced" for item in controls):
        yield "objectOwnership is not BucketOwnerEnforced"
    if _siblings(bucket, BUCKET_ACL, context) or bucket.given("acl") or bucket.given("grants"):
        yield "has an access control list"


def _lifetime(bucket: Resource, context: Context) -> Iterator[str]:
    """Objects are kept long enough, stay at hand for a while, and end some day."""
    configurations = _siblings(bucket, BUCKET_LIFECYCLE, context)
    if not configurations:
        yield "has no BucketLifecycleConfiguration, so objects never end"
        return
    rules = [rule for item in configurations for rule in item.items("rules")]
    active = [rule for rule in rules if rule.get("status") == "Enabled"]
    least = context.limit("fewestDays")
    yield from _end("objects", [(rule.get("expiration") or {}).get("days") for rule in active], least)
    yield from _end(
        "old versions",
        [(rule.get("noncurrentVersionExpiration") or {}).get("noncurrentDays") for rule in active],
        least,
    )
    if not any((rule.get("abortIncompleteMultipartUpload") or {}).get("daysAfterInitiation") for rule in active):
        yield "no rule ends unfinished uploads"
    hot = context.limit("fewestDaysAtHand")
    for move in (move for rule in active for move in rule.get("transitions") or ()):
        days = bounds(move.get("days"), "transitions.days") or (0, 0)
        if days[0] < hot and move.get("storageClass") not in AT_HAND:
            yield f"objects leave for {move.get('storageClass')} after {days[0]:g} days, before {hot:g}"


def _end(what: str, days: Sequence[object], least: float) -> Iterator[str]:
    ends = [end for end in (bounds(value, f"end of {what}") for value in days) if end is not None]
    if not ends:
        yield f"no rule ends {what}"
    for end in ends:
        if end[0] < least:
            soon = f"after {end[0]:g} days" if end[0] > 0 else "at once"
            yield f"{what} may end {soon}, before {least:g} days"


def _file_policy(system: Resource, context: Context) -> Iterator[str]:
    policies = context.stack.users(system, EFS_POLICY, through=("fileSystemId",))
    if not policies:
        yield "has no FileSystemPolicy, so every client in the network may mount it"


def _file_policy_tls(policy: Resource, _: Context) -> Iterator[str]:
    if not read(policy, "policy").refuses_plain_transport(*MOUNTING):
        yield "clients without TLS are not denied"


def _file_policy_closed(policy: Resource, _: Context) -> Iterator[str]:
    document = read(policy, "policy")
    if not any(document.allowing):
        yield "allows nobody, so the default applies, which lets everybody in"
    for statement in document.allowing:
        if statement.anyone and not statement.tied:
            yield f"{statement.title} allows everybody"
        if statement.broad_actions:
            yield f"{statement.title} allows {', '.join(statement.broad_actions)}"
    root = "elasticfilesystem:ClientRootAccess"
    if not any(item.anyone and item.covers(root) and not item.conditions for item in document.denying):
        yield "root access is not denied"


def _through_mount_target(policy: Resource, _: Context) -> Iterator[str]:
    """EFS counts a policy as public unless access is bound to mount targets; this is how AWS binds it."""
    document = read(policy, "policy")
    key = "elasticfilesystem:AccessedViaMountTarget"
    for statement in document.allowing:
        if "true" not in statement.condition(key, "Bool") and not statement.tied:
            yield f"{statement.title} allows access past the mount targets"


def _own_user(point: Resource, _: Context) -> Iterator[str]:
    for part in ("uid", "gid"):
        found = bounds(point.known(f"posixUser.{part}"), part)
        if found is None:
            yield f"posixUser.{part} is not given"
        elif found[0] == 0:
            yield f"posixUser.{part} is root's"


def _own_root(point: Resource, _: Context) -> Iterator[str]:
    path = point.text("rootDirectory.path", "/")
    if path.strip("/") == "":
        yield "rootDirectory.path is the whole file system"
    permissions = point.text("rootDirectory.creationInfo.permissions")
    if permissions and int(permissions, 8) & 0o007:
        yield "rootDirectory.creationInfo.permissions let everybody in"


def _backed_up(system: Resource, context: Context) -> Iterator[str]:
    policies = context.stack.users(system, EFS_BACKUP, through=("fileSystemId",))
    if not any(policy.text("backupPolicy.status") == "ENABLED" for policy in policies):
        yield "is not backed up"


RULES = (
    Rule(
        "file-system-encrypted",
        "File systems are encrypted under a customer-managed key.",
        Severity.HIGH,
        "Set encrypted to true and kmsKeyId to the key for card data.",
        types=(FILE_SYSTEM,),
        check=both(true("encrypted"), customer_key("kmsKeyId")),
        requirements=("3.5.1", "8.3.2", "3.6.1.2"),
        controls=(82,),
        url=hub("efs", 1),
    ),
    Rule(
        "file-system-has-policy",
        "Every file system has a policy.",
        Severity.HIGH,
        "Add a FileSystemPolicy.",
        types=(FILE_SYSTEM,),
        check=_file_policy,
        relational=True,
        requirements=("4.2.1", "7.3.1"),
        controls=(83,),
        url=guide("efs/latest/ug/iam-access-control-nfs-efs.html"),
    ),
    Rule(
        "file-system-policy-tls",
        "File systems refuse clients without TLS.",
        Severity.HIGH,
        "Deny ClientMount and ClientWrite to everybody when aws:SecureTransport is false.",
        types=(EFS_POLICY,),
        check=_file_policy_tls,
        requirements=("4.2.1",),
        controls=(83,),
        url=guide("efs/latest/ug/iam-access-control-nfs-efs.html"),
    ),
    Rule(
        "file-system-policy-closed",
        "File systems let in named principals, and nobody as root.",
        Severity.HIGH,
        "Name principals and actions; deny elasticfilesystem:ClientRootAccess to everybody.",
        types=(EFS_POLICY,),
        check=_file_policy_closed,
        requirements=("7.3.1", "7.2.5"),
        controls=(83,),
        url=guide("efs/latest/ug/iam-access-control-nfs-efs.html"),
    ),
    Rule(
        "file-system-through-mount-targets",
        "File systems are reached through their mount targets only.",
        Severity.MEDIUM,
        "Add the condition Bool elasticfilesystem:AccessedViaMountTarget true.",
        types=(EFS_POLICY,),
        check=_through_mount_target,
        requirements=("1.4.4", "7.3.1"),
        controls=(83, 88),
        url=guide("efs/latest/ug/access-control-block-public-access.html"),
    ),
    Rule(
        "access-point-own-user",
        "Access points act as a POSIX user of their own, never as root.",
        Severity.MEDIUM,
        "Set posixUser.uid and posixUser.gid.",
        types=(ACCESS_POINT,),
        check=_own_user,
        requirements=("7.3.1",),
        controls=(84,),
        url=hub("efs", 4),
    ),
    Rule(
        "access-point-own-directory",
        "Access points show a directory of their own, closed to others.",
        Severity.MEDIUM,
        "Set rootDirectory.path, and permissions that end in 0.",
        types=(ACCESS_POINT,),
        check=_own_root,
        requirements=("10.3.2", "3.5.1", "7.3.1"),
        controls=(85,),
        url=hub("efs", 3),
    ),
    Rule(
        "file-system-backed-up",
        "File systems are backed up.",
        Severity.MEDIUM,
        "Add a BackupPolicy with status ENABLED.",
        types=(FILE_SYSTEM,),
        check=_backed_up,
        relational=True,
        requirements=("10.3.3",),
        controls=(87,),
        url=hub("efs", 2),
    ),
    Rule(
        "bucket-not-public",
        "Buckets block public access in all four ways.",
        Severity.CRITICAL,
        "Add a BucketPublicAccessBlock with all four flags.",
        types=(BUCKET,),
        check=_public_access_blocked,
        relational=True,
        requirements=("1.4.4",),
        controls=(112, 128),
        url=hub("s3", 8),
    ),
    Rule(
        "bucket-tls-only",
        "Buckets refuse requests without TLS.",
        Severity.HIGH,
        "Deny s3:* to everybody when aws:SecureTransport is false.",
        types=(BUCKET,),
        check=_tls_only,
        relational=True,
        requirements=("4.2.1", "2.2.7"),
        controls=(113,),
        url=hub("s3", 5),
    ),
    Rule(
        "bucket-new-tls-only",
        "Buckets refuse TLS older than 1.2.",
        Severity.MEDIUM,
        "Deny s3:* to everybody when s3:TlsVersion is less than 1.2.",
        types=(BUCKET,),
        check=_new_tls_only,
        relational=True,
        requirements=("4.2.1", "12.3.3"),
        controls=(113,),
        url=guide("AmazonS3/latest/userguide/amazon-s3-policy-keys.html"),
    ),
    Rule(
        "bucket-encrypted",
        "Buckets are encrypted under a customer-managed key; those that receive access logs under S3's.",
        Severity.HIGH,
        "Add a BucketServerSideEncryptionConfiguration with aws:kms, a key and a bucket key.",
        types=(BUCKET,),
        check=_bucket_encrypted,
        relational=True,
        requirements=("3.5.1", "3.6.1.2"),
        controls=(114,),
        url=hub("s3", 17),
    ),
    Rule(
        "bucket-versioned",
        "Buckets keep the versions of their objects.",
        Severity.MEDIUM,
        "Add a BucketVersioning with status Enabled.",
        types=(BUCKET,),
        check=_versioned,
        relational=True,
        requirements=("10.3.4", "10.3.2"),
        controls=(115,),
        url=hub("s3", 14),
    ),
    Rule(
        "bucket-access-logged",
        "Buckets log every access.",
        Severity.MEDIUM,
        "Add a BucketLogging.",
        types=(BUCKET,),
        check=_access_logged,
        relational=True,
        requirements=("10.2.1",),
        controls=(117,),
        url=hub("s3", 9),
    ),
    Rule(
        "bucket-lifetime",
        "Objects are kept for a year or more, three months of it at hand, and end then.",
        Severity.MEDIUM,
        "Add a BucketLifecycleConfiguration that ends objects and old versions after 365 days or more.",
        types=(BUCKET,),
        check=_lifetime,
        relational=True,
        requirements=("10.5.1", "3.2.1"),
        controls=(119,),
        url=hub("s3", 13),
        parameters=(
            Parameter("fewestDays", "Days that objects are kept at least", 365, minimum=1),
            Parameter("fewestDaysAtHand", "Days before objects may leave for slow storage", 90),
        ),
    ),
    Rule(
        "bucket-no-acls",
        "Access to buckets is ruled by policies, not by access control lists.",
        Severity.MEDIUM,
        "Add BucketOwnershipControls with BucketOwnerEnforced.",
        types=(BUCKET,),
        check=_no_acls,
        relational=True,
        requirements=("7.2.1", "7.3.1"),
        controls=(120,),
        url=hub("s3", 12),
    ),
    Rule(
        "bucket-policy-closed",
        "Bucket policies allow nobody wholesale, and services for this account only.",
        Severity.CRITICAL,
        "Name principals and actions; add aws:SourceAccount or aws:SourceArn for services.",
        types=BUCKET_POLICY,
        check=_policy_closed,
        requirements=("7.2.1", "7.2.2", "1.4.4"),
        controls=(121,),
        url=hub("s3", 6),
    ),
)
