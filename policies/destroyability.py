"""Everything can be destroyed, and deployed again with the same suffix."""

from __future__ import annotations

from collections.abc import Iterator

from .checks import absent, at_most, both, false, true
from .iam import IDENTITY_POLICIES, allowing
from .model import Check, Context, Group, Resource, Rule, Severity
from .resource_types import (
    BUCKET,
    CACHE,
    DB_CLUSTER,
    DB_STANDALONE,
    FUNCTION,
    LOAD_BALANCER,
    LOG_GROUP,
    SECRET,
    TABLE,
    TASK_DEFINITION,
    guide,
)

PROTECTIONS = {
    DB_CLUSTER: "deletionProtection",
    DB_STANDALONE: "deletionProtection",
    LOAD_BALANCER: "enableDeletionProtection",
    LOG_GROUP: "deletionProtectionEnabled",
    TABLE: "deletionProtectionEnabled",
}


def _not_retained(resource: Resource, _: Context) -> Iterator[str]:
    if resource.retained:
        yield "is protected from deletion, or left behind by it"


def _unprotected(resource: Resource, _: Context) -> Iterator[str]:
    path = PROTECTIONS[resource.type]
    if resource.flag(path):
        yield f"{path} is true"


def _no_last_snapshot(cluster: Resource, _: Context) -> Iterator[str]:
    if cluster.type == CACHE:
        if cluster.given("finalSnapshotIdentifier"):
            yield "finalSnapshotIdentifier is given"
        return
    if not cluster.flag("skipFinalSnapshot"):
        yield "skipFinalSnapshot is not true"
    if not cluster.flag("deleteAutomatedBackups", True):
        yield "deleteAutomatedBackups is not true"


def _no_group_by_itself(resource: Resource, _: Context) -> Iterator[str]:
    for statement in allowing(resource):
        if statement.covers("logs:CreateLogGroup"):
            yield f"{statement.title} allows logs:CreateLogGroup"


def _destroyable(
    id_: str,
    title: str,
    remedy: str,
    types: tuple[str, ...],
    check: Check,
    *,
    url: str,
    severity: Severity = Severity.MEDIUM,
    controls: tuple[int, ...] = (),
) -> Rule:
    return Rule(id_, title, severity, remedy, types, check, group=Group.DESTROYABILITY, url=url, controls=controls)


RULES = (
    _destroyable(
        "nothing-retained",
        "Nothing is protected from deletion or left behind by it.",
        "Remove protect and retain_on_delete.",
        ("*",),
        _not_retained,
        url="https://www.pulumi.com/docs/iac/concepts/options/retainondelete/",
    ),
    _destroyable(
        "no-deletion-protection",
        "No service refuses to delete a resource.",
        "Set the deletion protection to false.",
        tuple(PROTECTIONS),
        _unprotected,
        url=guide("AmazonRDS/latest/AuroraUserGuide/USER_DeleteCluster.html"),
    ),
    _destroyable(
        "no-final-snapshot",
        "Deletion leaves no snapshots and backups behind.",
        "Set skipFinalSnapshot and deleteAutomatedBackups to true; remove finalSnapshotIdentifier.",
        (DB_CLUSTER, DB_STANDALONE, CACHE),
        _no_last_snapshot,
        url=guide("AmazonRDS/latest/AuroraUserGuide/USER_DeleteCluster.html"),
    ),
    _destroyable(
        "bucket-emptied",
        "Buckets are emptied when they are deleted, and hold nothing that cannot be.",
        "Set forceDestroy to true; remove objectLockEnabled.",
        (BUCKET,),
        both(true("forceDestroy"), false("objectLockEnabled"), absent("objectLockConfiguration")),
        url=guide("AmazonS3/latest/userguide/delete-bucket.html"),
    ),
    _destroyable(
        "secret-deleted-at-once",
        "A deleted secret's name is free at once.",
        "Set recoveryWindowInDays to 0.",
        (SECRET,),
        at_most("recoveryWindowInDays", 0, default=30),
        url=guide("secretsmanager/latest/userguide/manage_delete-secret.html"),
    ),
    _destroyable(
        "nothing-skipped",
        "Log groups, task definitions and functions are really deleted.",
        "Remove skipDestroy.",
        (LOG_GROUP, TASK_DEFINITION, FUNCTION),
        false("skipDestroy"),
        url="https://www.pulumi.com/registry/packages/aws/api-docs/cloudwatch/loggroup/",
    ),
    _destroyable(
        "log-groups-made-by-the-stack",
        "No workload makes its log group again after the stack is gone.",
        "Remove logs:CreateLogGroup; make the group in the stack.",
        IDENTITY_POLICIES,
        _no_group_by_itself,
        url=guide("AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html"),
    ),
)
