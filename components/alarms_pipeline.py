"""Alarms on the services and on the way of a transaction through the stages.

That a stage falls behind its stream, or sets records aside, rolls its release back and is told by those alarms
(:mod:`components.rollback_alarms`). What stands here is true at any time, release or not.

Metrics and dimensions: Amazon ECS developer guide, "CloudWatch metrics" and "Container Insights metrics"; Kinesis Data
Streams developer guide, "Monitoring the service with CloudWatch"; Amazon SQS developer guide, "Available CloudWatch
metrics"; Amazon DynamoDB developer guide, "Metrics and dimensions".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from components.alarms import AlarmSpec, Comparison, Math, Metric, Missing

if TYPE_CHECKING:
    from components.api import Api
    from components.streaming import StageStreams

FIVE_MINUTES = 300
# Fewer records in five minutes are too few to say that the flow has stopped: all of them may have been refused.
LEAST_FLOW = 20
# Somebody should have looked at a set-aside transaction by then.
UNATTENDED_SECONDS = 4 * 3600

# DynamoDB publishes system errors per operation only; these are the consumers' operations on their leases.
LEASE_OPERATIONS = {"get": "GetItem", "put": "PutItem", "update": "UpdateItem"}


def service_alarms(
    purpose: str, title: str, cluster_name: pulumi.Input[str], service_name: pulumi.Input[str], least_tasks: int
) -> list[AlarmSpec]:
    """Alarms on one Fargate service: ``purpose`` names them (``service-api``), ``title`` is for people."""
    service = {"ClusterName": cluster_name, "ServiceName": service_name}
    return [
        AlarmSpec(
            f"{purpose}-tasks",
            f"{title}: fewer tasks run than should run at least, for three minutes. See the service's events.",
            Metric("ECS/ContainerInsights", "RunningTaskCount", service, "Minimum"),
            least_tasks,
            Comparison.BELOW,
            periods=3,
            wrong=3,
            missing=Missing.WRONG,
        ),
        AlarmSpec(
            f"{purpose}-load",
            f"{title}: processors are busy above 90 %, although scaling should have kept them lower, or a task uses "
            "more than 90 % of its memory and will be killed at 100 %. Is the service at its greatest number of tasks?",
            Math(
                "MAX([processor, memory])",
                {
                    "processor": Metric("AWS/ECS", "CPUUtilization", service, "Average"),
                    "memory": Metric("AWS/ECS", "MemoryUtilization", service, "Maximum"),
                },
            ),
            90,
            periods=10,
            wrong=8,
            missing=Missing.FINE,
        ),
    ]


def stage_alarms(stage: StageStreams, incoming: Math | Metric) -> list[AlarmSpec]:
    """Alarms on one stage's stream, dead-letter queue and tables. ``incoming`` counts what should come into it."""
    stream = {"StreamName": stage.stream_name}
    queue = {"QueueName": stage.dead_letter_queue_name}
    return [
        AlarmSpec(
            f"{stage.name}-throttled",
            f"Stage {stage.name}: the stream turns writers or readers away. Nothing is lost, but it waits.",
            Math(
                "FILL(writes, 0) + FILL(reads, 0)",
                {
                    "writes": Metric("AWS/Kinesis", "WriteProvisionedThroughputExceeded", stream),
                    "reads": Metric("AWS/Kinesis", "ReadProvisionedThroughputExceeded", stream),
                },
            ),
            0,
            missing=Missing.FINE,
        ),
        AlarmSpec(
            f"{stage.name}-flow",
            f"Stage {stage.name}: nothing has come into its stream for 15 minutes, although what stands before it "
            "was at work. Transactions are stuck in between.",
            _stopped(incoming, Metric("AWS/Kinesis", "IncomingRecords", stream, period=FIVE_MINUTES)),
            1,
            Comparison.AT_LEAST,
            periods=3,
            wrong=3,
            missing=Missing.FINE,
        ),
        AlarmSpec(
            f"{stage.name}-set-aside",
            f"Stage {stage.name}: a transaction could not be processed and waits in the dead-letter queue.",
            Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", queue, "Maximum"),
            1,
            Comparison.AT_LEAST,
            periods=1,
            wrong=1,
            missing=Missing.FINE,
        ),
        AlarmSpec(
            f"{stage.name}-unattended",
            f"Stage {stage.name}: a transaction has waited in the dead-letter queue for more than "
            f"{UNATTENDED_SECONDS // 3600} hours. The queue forgets it after its retention time.",
            Metric("AWS/SQS", "ApproximateAgeOfOldestMessage", queue, "Maximum"),
            UNATTENDED_SECONDS,
            periods=1,
            wrong=1,
            missing=Missing.FINE,
        ),
        AlarmSpec(
            f"{stage.name}-leases",
            f"Stage {stage.name}: DynamoDB throttles or fails the consumers' leases; they will stop reading.",
            _lease_errors(stage),
            0,
            missing=Missing.FINE,
        ),
    ]


def accepted_by(api: Api, operation_id: str) -> Math:
    """Requests of one operation that the API did not refuse or lose: what the first stage should get.

    Raises:
        ValueError: the API has no such operation.
    """
    operations = {operation.operation_id: operation for operation in api.operations}
    if operation_id not in operations:
        raise ValueError(
            f"entry_operation is {operation_id!r}, but the API's operations are {sorted(operations)}. Name one of them."
        )
    operation = operations[operation_id]
    method: dict[str, pulumi.Input[str]] = {
        "ApiName": api.rest_api_name,
        "Stage": api.stage_name,
        "Method": operation.method,
        "Resource": operation.path,
    }
    names = {"requests": "Count", "refused": "4XXError", "failed": "5XXError"}
    return Math(
        "FILL(requests, 0) - FILL(refused, 0) - FILL(failed, 0)",
        {key: Metric("AWS/ApiGateway", name, method, period=FIVE_MINUTES) for key, name in names.items()},
    )


def read_by(stage: StageStreams) -> Metric:
    """Records that a stage's consumers have read: what the next stage should get."""
    return Metric("AWS/Kinesis", "GetRecords.Records", {"StreamName": stage.stream_name}, period=FIVE_MINUTES)


def _stopped(before: Math | Metric, here: Metric) -> Math:
    """1 while something happens before and nothing arrives here, else 0."""
    if isinstance(before, Metric):
        before = Math("FILL(before, 0)", {"before": before})
    return Math(
        f"IF(({before.expression}) >= {LEAST_FLOW} AND FILL(here, 0) == 0, 1, 0)", {**before.metrics, "here": here}
    )


def _lease_errors(stage: StageStreams) -> Math:
    tables = {"leases": stage.lease_table_name, "coordinator": stage.coordinator_table.name}
    throttles = {
        f"{table}_{kind.lower()}": Metric("AWS/DynamoDB", f"{kind}ThrottleEvents", {"TableName": name})
        for table, name in {**tables, "workers": stage.worker_table.name}.items()
        for kind in ("Read", "Write")
    }
    errors = {
        f"errors_{key}": Metric(
            "AWS/DynamoDB", "SystemErrors", {"TableName": stage.lease_table_name, "Operation": operation}
        )
        for key, operation in LEASE_OPERATIONS.items()
    }
    metrics = {**throttles, **errors}
    return Math(" + ".join(f"FILL({key}, 0)" for key in metrics), metrics)
