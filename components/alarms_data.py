"""Alarms on database, cache, shared storage, secrets, the way out of the network, and on the alarms themselves.

Metrics and dimensions: Aurora user guide, "CloudWatch metrics for Aurora" and "Monitoring RDS Proxy metrics";
ElastiCache user guide, "Metrics for Valkey and Redis OSS" and "Durability: Monitoring"; EFS user guide, "CloudWatch
metrics"; VPC user guide, "NAT gateway metrics"; the guides of Lambda, SNS and EventBridge.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pulumi

from components.alarms import MAX_METRICS, AlarmSpec, Comparison, Math, Metric, Missing, Query

if TYPE_CHECKING:
    from components.database import Database

FIVE_MINUTES = 300
MEBIBYTE = 1024 * 1024


def database_alarms(database: Database) -> list[AlarmSpec]:
    """Alarms on the Aurora cluster and its proxy. Failovers are told by the cluster's event subscription."""
    cluster = {"DBClusterIdentifier": database.cluster_identifier}
    proxy = {"ProxyName": database.proxy_name}

    def metric(name: str, statistic: str = "Maximum") -> Metric:
        return Metric("AWS/RDS", name, cluster, statistic)

    return [
        AlarmSpec(
            "database-cpu",
            "A database instance is busy above 85 %. Look at the queries in Performance Insights.",
            metric("CPUUtilization"),
            85,
            periods=10,
            wrong=8,
            missing=Missing.WRONG,
        ),
        AlarmSpec(
            "database-capacity",
            "A database instance has used more than 90 % of its greatest capacity. Raise DatabaseMaxCapacity.",
            metric("ACUUtilization"),
            90,
            periods=10,
            wrong=8,
            missing=Missing.FINE,
        ),
        AlarmSpec(
            "database-replica-lag",
            "A reader is more than a second behind the writer: reads are stale, and a failover would take longer.",
            metric("AuroraReplicaLagMaximum"),
            1000,
            missing=Missing.FINE,
        ),
        AlarmSpec(
            "database-memory",
            "A database instance has less than 256 MiB of memory left, at the greatest capacity that it may grow to.",
            metric("FreeableMemory", "Minimum"),
            256 * MEBIBYTE,
            Comparison.BELOW,
            missing=Missing.FINE,
        ),
        AlarmSpec(
            "database-deadlocks",
            "Transactions block each other. See the PostgreSQL log for the statements.",
            metric("Deadlocks"),
            0,
            missing=Missing.FINE,
        ),
        AlarmSpec(
            "database-connections",
            "The proxy uses more than 80 % of the connections that the database allows it.",
            Math(
                "100 * used / allowed",
                {
                    "used": Metric("AWS/RDS", "DatabaseConnections", proxy),
                    "allowed": Metric("AWS/RDS", "MaxDatabaseConnectionsAllowed", proxy),
                },
            ),
            80,
            missing=Missing.FINE,
        ),
        AlarmSpec(
            "proxy-wait",
            "Clients wait longer than 100 ms for a database connection (the metric counts microseconds).",
            Metric("AWS/RDS", "DatabaseConnectionsBorrowLatency", proxy, "Average"),
            100_000,
            missing=Missing.FINE,
        ),
        AlarmSpec(
            "proxy-availability",
            "The proxy does not reach the writer. Clients wait until it does, or until they give up.",
            Metric(
                "AWS/RDS",
                "AvailabilityPercentage",
                {**proxy, "TargetGroup": "default", "TargetRole": "READ_WRITE"},
                "Average",
            ),
            100,
            Comparison.BELOW,
            periods=3,
            wrong=3,
            missing=Missing.FINE,
        ),
    ]


def cache_alarms() -> list[AlarmSpec]:
    """Alarms on every cache node of the account in this Region.

    ElastiCache publishes per node and not per replication group, and how many nodes there are is settled only at
    deployment. A query over all nodes judges each for itself and follows when shards are added; where several
    environments share an account, the alarm names the node, and so the environment.
    """

    def alarm(purpose: str, meaning: str, metric: str, threshold: float, missing: Missing = Missing.FINE) -> AlarmSpec:
        query = f'SELECT MAX("{metric}") FROM SCHEMA("AWS/ElastiCache", CacheClusterId) GROUP BY CacheClusterId'
        return AlarmSpec(f"cache-{purpose}", meaning, Query(query), threshold, missing=missing)

    return [
        alarm(
            "cpu",
            "A cache node's engine, which has one main thread, is busy above 80 %. Add shards.",
            "EngineCPUUtilization",
            80,
            Missing.WRONG,
        ),
        alarm(
            "memory",
            "A cache node has used more than 75 % of its memory. Add shards or take larger nodes.",
            "DatabaseMemoryUsagePercentage",
            75,
        ),
        alarm("evictions", "A cache node drops sessions for want of memory.", "Evictions", 0),
        alarm(
            "replication-lag",
            "A replica is more than five seconds behind its primary.",
            "ReplicationLag",
            5,
        ),
        # Always 0 with synchronous durability: the alarm is about somebody having changed it.
        alarm(
            "durability-lag",
            "The cache acknowledges writes before its multi-AZ log holds them: a failover would lose sessions.",
            "DurabilityLag",
            0,
        ),
        alarm("throttled", "A cache node slows its clients down to protect itself.", "TrafficManagementActive", 0),
    ]


def storage_alarms(file_system_id: pulumi.Input[str]) -> list[AlarmSpec]:
    """Alarm on the shared file system."""
    return [
        AlarmSpec(
            "storage-io",
            "The shared file system is above 80 % of the operations that it can do; beyond, writes wait.",
            Metric("AWS/EFS", "PercentIOLimit", {"FileSystemId": file_system_id}, "Maximum"),
            80,
            periods=15,
            wrong=15,
            missing=Missing.FINE,
        )
    ]


def secret_alarms(rotation_function_name: pulumi.Input[str]) -> list[AlarmSpec]:
    """Alarm on the rotation of secrets (PCI DSS v4.0.1, 8.6.3)."""
    function = {"FunctionName": rotation_function_name}
    return [
        AlarmSpec(
            "secret-rotation",
            "A secret could not be rotated; the old one stays valid. Secrets Manager tries again within a day.",
            Math(
                "FILL(errors, 0) + FILL(throttles, 0)",
                {name.lower(): Metric("AWS/Lambda", name, function) for name in ("Errors", "Throttles")},
            ),
            1,
            Comparison.AT_LEAST,
            periods=1,
            wrong=1,
            missing=Missing.FINE,
        )
    ]


def network_alarms(nat_gateway_ids: Sequence[pulumi.Input[str]]) -> list[AlarmSpec]:
    """Alarm on the way out of the application subnets."""
    metrics = {
        f"{key}_{zone}": Metric("AWS/NATGateway", name, {"NatGatewayId": gateway})
        for zone, gateway in enumerate(nat_gateway_ids, start=1)
        for key, name in (("ports", "ErrorPortAllocation"), ("drops", "PacketsDropCount"))
    }
    return [
        AlarmSpec(
            "nat-drops",
            "A NAT gateway has no port left for a connection, or drops packets.",
            Math(" + ".join(f"FILL({key}, 0)" for key in metrics), metrics),
            0,
            missing=Missing.FINE,
        )
    ]


def delivery_alarms(topic_name: pulumi.Input[str], rule_names: Sequence[pulumi.Input[str]]) -> list[AlarmSpec]:
    """Alarms on the alarming: messages that reached nobody. They reach the other subscribers of the topic, if any."""
    rules = [
        AlarmSpec(
            f"unsent-events-{start // MAX_METRICS + 1}",
            "A control has stopped, or a deployment has failed, and the message about it could not be sent.",
            Math(
                " + ".join(f"FILL(rule_{index}, 0)" for index, _ in enumerate(names)),
                {
                    f"rule_{index}": Metric("AWS/Events", "FailedInvocations", {"RuleName": name})
                    for index, name in enumerate(names)
                },
            ),
            1,
            Comparison.AT_LEAST,
            periods=1,
            wrong=1,
            missing=Missing.FINE,
        )
        for start in range(0, len(rule_names), MAX_METRICS)
        if (names := rule_names[start : start + MAX_METRICS])
    ]
    return [
        AlarmSpec(
            "undelivered-alarms",
            "Messages of the alarm topic could not be delivered to a subscriber.",
            Metric("AWS/SNS", "NumberOfNotificationsFailed", {"TopicName": topic_name}, period=FIVE_MINUTES),
            1,
            Comparison.AT_LEAST,
            periods=1,
            wrong=1,
            missing=Missing.FINE,
        ),
        *rules,
    ]
