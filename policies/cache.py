"""The session cache: encryption, authentication, logs (PCI DSS 3.2, 3.5, 4.2.1, 8.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .checks import at_most, both, customer_key, one_of, true
from .model import Context, Resource, Rule, Severity
from .resource_types import CACHE, CACHE_SUBNETS, CACHE_USER, CACHE_USER_GROUP, LOG_GROUP, guide, hub

LOGS = ("slow-log", "engine-log")


def _authenticated(cache: Resource, context: Context) -> Iterator[str]:
    if not cache.given("userGroupIds"):
        yield "userGroupIds is not given, so clients share a password or need none"
    elif not context.stack.linked(cache, "userGroupIds", CACHE_USER_GROUP):
        yield "userGroupIds is no user group of this stack"


def _group_has_own_users(group: Resource, context: Context) -> Iterator[str]:
    names = [str(name) for name in group.items("userIds")]
    if "default" in names:
        yield "userIds holds AWS's default user, who needs no password"
    if not context.stack.linked(group, "userIds", CACHE_USER):
        yield "userIds names no user of this stack"


def _user_identified(user: Resource, _: Context) -> Iterator[str]:
    if user.flag("noPasswordRequired") or user.text("authenticationMode.type").startswith("no-password"):
        yield "needs no password"
    elif user.text("authenticationMode.type") != "iam":
        yield "signs in with a password, not with IAM"


def _user_limited(user: Resource, _: Context) -> Iterator[str]:
    words = user.text("accessString").lower().split()
    if not words:
        yield "accessString is not given"
    if "nopass" in words:
        yield "accessString lets anybody in (nopass)"
    if "~*" in words or "allkeys" in words:
        yield "accessString opens all keys"
    if "+@all" in words or "allcommands" in words:
        yield "accessString allows all commands"
    for category in ("@dangerous", "@admin"):
        if f"+{category}" in words or (f"-{category}" not in words and "-@all" not in words):
            yield f"accessString allows {category} commands"
    if not any(re.match(r"[~%]", word) for word in words):
        yield "accessString names no keys"


def _logged(cache: Resource, context: Context) -> Iterator[str]:
    kinds = {str(item.get("logType")) for item in cache.items("logDeliveryConfigurations")}
    for kind in LOGS:
        if kind not in kinds:
            yield f"logDeliveryConfigurations lacks {kind}"
    if kinds and not context.stack.linked(cache, "logDeliveryConfigurations", LOG_GROUP):
        yield "logs to a group that is none of this stack"


def _private(cache: Resource, context: Context) -> Iterator[str]:
    if not context.stack.linked(cache, "subnetGroupName", CACHE_SUBNETS):
        yield "subnetGroupName is no subnet group of this stack"
    if not cache.given("securityGroupIds"):
        yield "securityGroupIds is not given, so the VPC's default security group applies"


RULES = (
    Rule(
        "cache-transit-encrypted",
        "Caches refuse connections without TLS.",
        Severity.HIGH,
        "Set transitEncryptionEnabled to true and transitEncryptionMode to required.",
        types=(CACHE,),
        check=both(true("transitEncryptionEnabled"), one_of("transitEncryptionMode", "required", default="required")),
        requirements=("4.2.1",),
        controls=(76,),
        url=hub("elasticache", 5),
    ),
    Rule(
        "cache-encrypted",
        "Caches are encrypted under a customer-managed key.",
        Severity.HIGH,
        "Set atRestEncryptionEnabled to true and kmsKeyId to the key for card data.",
        types=(CACHE,),
        check=both(true("atRestEncryptionEnabled"), customer_key("kmsKeyId")),
        requirements=("3.5.1", "8.3.2"),
        controls=(77,),
        url=hub("elasticache", 4),
    ),
    Rule(
        "cache-authenticated",
        "Caches let in users of a user group only.",
        Severity.HIGH,
        "Set userGroupIds.",
        types=(CACHE,),
        check=_authenticated,
        relational=True,
        requirements=("8.3.1",),
        controls=(78,),
        url=hub("elasticache", 6),
    ),
    Rule(
        "cache-group-without-default-user",
        "User groups of caches hold users of this stack, not AWS's default user.",
        Severity.HIGH,
        "Replace the default user in userIds.",
        types=(CACHE_USER_GROUP,),
        check=_group_has_own_users,
        relational=True,
        requirements=("2.2.2", "8.3.1"),
        controls=(78,),
        url=guide("AmazonElastiCache/latest/dg/Clusters.RBAC.html"),
    ),
    Rule(
        "cache-user-signs-in-with-iam",
        "Users of caches sign in with IAM.",
        Severity.HIGH,
        "Set authenticationMode.type to iam.",
        types=(CACHE_USER,),
        check=_user_identified,
        requirements=("8.3.1", "8.6.2"),
        controls=(78,),
        url=guide("AmazonElastiCache/latest/dg/auth-iam.html"),
    ),
    Rule(
        "cache-user-limited",
        "Users of caches have their own keys and no administration.",
        Severity.MEDIUM,
        "Name key patterns and command categories in accessString, and take @admin and @dangerous away.",
        types=(CACHE_USER,),
        check=_user_limited,
        requirements=("7.2.2", "7.2.5"),
        controls=(78,),
        url=guide("AmazonElastiCache/latest/dg/Clusters.RBAC.html"),
    ),
    Rule(
        "cache-minor-upgrades",
        "Caches take minor versions by themselves.",
        Severity.HIGH,
        "Set autoMinorVersionUpgrade to true.",
        types=(CACHE,),
        check=true("autoMinorVersionUpgrade", default=True),
        requirements=("6.3.3",),
        controls=(79,),
        url=hub("elasticache", 2),
    ),
    Rule(
        "cache-private",
        "Caches stand in a subnet group and security group of this stack.",
        Severity.HIGH,
        "Set subnetGroupName and securityGroupIds.",
        types=(CACHE,),
        check=_private,
        relational=True,
        requirements=("1.3.1", "1.4.4"),
        controls=(80,),
        url=hub("elasticache", 7),
    ),
    Rule(
        "cache-logged",
        "Caches send their slow log and engine log to CloudWatch.",
        Severity.MEDIUM,
        "Add both log types to logDeliveryConfigurations.",
        types=(CACHE,),
        check=_logged,
        relational=True,
        requirements=("10.2.1",),
        controls=(81,),
        url=guide("AmazonElastiCache/latest/dg/Log_Delivery.html"),
    ),
    Rule(
        "cache-no-snapshots",
        "No snapshots are taken of sessions, which are short-lived.",
        Severity.MEDIUM,
        "Set snapshotRetentionLimit to 0.",
        types=(CACHE,),
        check=at_most("snapshotRetentionLimit", 0, default=0),
        requirements=("3.2.1",),
        controls=(81,),
        url=guide("AmazonElastiCache/latest/dg/backups.html"),
    ),
)
