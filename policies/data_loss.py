"""Nothing acknowledged is lost: durable before the answer, kept until processed, restorable afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from .checks import absent, at_least, entries, number, true
from .containers import containers
from .model import Check, Context, Group, Level, Parameter, Resource, Rule, Severity
from .resource_types import (
    CACHE,
    CACHE_PARAMETERS,
    DB_CLUSTER,
    FILE_SYSTEM,
    QUEUE,
    STREAM,
    TABLE,
    TASK_DEFINITION,
    guide,
)


def _synchronous(cache: Resource, _: Context) -> Iterator[str]:
    if cache.text("engine", "redis") == "valkey" and cache.text("durability") != "sync":
        yield f"durability is {cache.text('durability') or 'not given'}"


def _engine_can(cache: Resource, _: Context) -> Iterator[str]:
    if cache.text("engine", "redis") != "valkey":
        yield "the engine copies asynchronously: the guarantee does not cover sessions"


def _no_eviction(group: Resource, _: Context) -> Iterator[str]:
    policy = entries(group, "parameters").get("maxmemory-policy", "volatile-lru")
    if policy != "noeviction":
        yield f"maxmemory-policy is {policy}, so sessions are dropped when memory runs short"


def _consumers(stream: Resource, context: Context) -> list[Resource]:
    """Tasks that read from a stream: those that know it and keep leases in a table."""
    tasks = context.stack.users(stream, TASK_DEFINITION, through=("containerDefinitions",))
    return [task for task in tasks if context.stack.linked(task, "containerDefinitions", TABLE)]


def _dead_letters(stream: Resource, context: Context) -> Iterator[str]:
    consumers = _consumers(stream, context)
    if not consumers:
        yield "no consumer reads from it"
    elif not any(context.stack.linked(task, "containerDefinitions", QUEUE) for task in consumers):
        yield "its consumer has no dead-letter queue, so a bad record stops the stage or is lost"


def _time_to_finish(task: Resource, context: Context) -> Iterator[str]:
    if not context.stack.linked(task, "containerDefinitions", TABLE):
        return
    for container in containers(task):
        stop = number(container.get("stopTimeout"), "stopTimeout", 30)
        if stop < context.limit("fewestSeconds"):
            yield f"container {container.get('name')}: stopTimeout is {stop:g} s"


def _data_loss(
    id_: str,
    title: str,
    remedy: str,
    types: tuple[str, ...],
    check: Check,
    *,
    url: str,
    relational: bool = False,
    severity: Severity = Severity.HIGH,
    level: Level = Level.MANDATORY,
    parameters: tuple[Parameter, ...] = (),
) -> Rule:
    return Rule(
        id_,
        title,
        severity,
        remedy,
        types,
        check,
        relational=relational,
        group=Group.DATA_LOSS,
        url=url,
        level=level,
        parameters=parameters,
    )


RULES = (
    _data_loss(
        "cache-durable",
        "Caches acknowledge a write only when a log in several zones holds it.",
        "Set durability to sync.",
        (CACHE,),
        _synchronous,
        url=guide("AmazonElastiCache/latest/dg/WhatIs.html"),
    ),
    _data_loss(
        "cache-engine-durable",
        "The cache's engine can acknowledge durably.",
        "Use the engine valkey, 9.0 or newer; with redis, sessions may be lost in a failover.",
        (CACHE,),
        _engine_can,
        url=guide("AmazonElastiCache/latest/dg/WhatIs.html"),
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
    ),
    _data_loss(
        "cache-no-eviction",
        "Caches refuse new data rather than to drop what they hold.",
        "Set maxmemory-policy to noeviction.",
        (CACHE_PARAMETERS,),
        _no_eviction,
        url=guide("AmazonElastiCache/latest/dg/ParameterGroups.Engine.html"),
        severity=Severity.MEDIUM,
    ),
    _data_loss(
        "stream-outlasts-outage",
        "Streams keep records through a week without consumers.",
        "Raise retentionPeriod.",
        (STREAM,),
        at_least("retentionPeriod", "fewestHours", default=24),
        url=guide("streams/latest/dev/kinesis-extended-retention.html"),
        parameters=(Parameter("fewestHours", "Hours that records are kept at least", 168, minimum=24, maximum=8760),),
    ),
    _data_loss(
        "stream-has-dead-letter-queue",
        "What a stage cannot process is set aside, not dropped.",
        "Give the stage's task a queue.",
        (STREAM,),
        _dead_letters,
        relational=True,
        url=guide("streams/latest/dev/troubleshooting-consumers.html"),
    ),
    _data_loss(
        "queue-outlasts-weekend",
        "Queues keep what was set aside for two weeks.",
        "Raise messageRetentionSeconds.",
        (QUEUE,),
        at_least("messageRetentionSeconds", "fewestSeconds", default=345600),
        url=guide("AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html"),
        severity=Severity.MEDIUM,
        parameters=(Parameter("fewestSeconds", "Seconds at least", 1209600, minimum=60, maximum=1209600),),
    ),
    _data_loss(
        "consumer-finishes-work",
        "Consumers have two minutes to finish what they hold when they are stopped.",
        "Set stopTimeout to 120.",
        (TASK_DEFINITION,),
        _time_to_finish,
        relational=True,
        url=guide("AmazonECS/latest/developerguide/task_definition_parameters.html"),
        parameters=(Parameter("fewestSeconds", "Seconds at least", 120, minimum=2, maximum=120),),
    ),
    _data_loss(
        "table-restorable",
        "Tables can be restored to any second of the last weeks.",
        "Set pointInTimeRecovery.enabled to true.",
        (TABLE,),
        true("pointInTimeRecovery.enabled"),
        url=guide("amazondynamodb/latest/developerguide/Point-in-time-recovery.html"),
        severity=Severity.MEDIUM,
    ),
    _data_loss(
        "file-system-in-several-zones",
        "File systems keep their data in several Availability Zones.",
        "Remove availabilityZoneName.",
        (FILE_SYSTEM,),
        absent("availabilityZoneName"),
        url=guide("efs/latest/ug/availability-durability.html"),
    ),
    _data_loss(
        "database-storage-in-several-zones",
        "Databases keep six copies of their data in three Availability Zones before they acknowledge.",
        "Use an Aurora engine.",
        (DB_CLUSTER,),
        lambda cluster, _: iter(() if cluster.text("engine").startswith("aurora") else ("engine is not Aurora",)),
        url=guide("AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.StorageReliability.html"),
    ),
)
