"""What the dashboard shows of each layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pulumi

from components.alarms import Metric
from components.dashboard import Graph, Line, Search, Section

if TYPE_CHECKING:
    from components.api import Api
    from components.cache import Cache
    from components.database import Database
    from components.processing import Processing
    from components.streaming import StageStreams

Arns = Sequence[pulumi.Input[str]]
Dimensions = Mapping[str, pulumi.Input[str]]


def api_section(api: Api, region: str, alarms: Arns) -> Section:
    """What clients see, and what the firewall keeps away."""
    stage = {"ApiName": api.rest_api_name, "Stage": api.stage_name}
    web_acl: Dimensions = {"WebACL": api.web_acl_name, "Region": region, "Rule": "ALL"}
    return Section(
        "API",
        "Signed requests of clients, behind the firewall.",
        (
            Graph(
                "Requests",
                _lines("AWS/ApiGateway", stage, {"Count": "all", "4XXError": "refused", "5XXError": "failed"}),
            ),
            Graph(
                "Latency (ms)",
                (
                    _line("AWS/ApiGateway", "Latency", stage, "p50", "half of them"),
                    _line("AWS/ApiGateway", "Latency", stage, "p99", "99 of 100"),
                    _line("AWS/ApiGateway", "IntegrationLatency", stage, "p99", "99 of 100, in the service"),
                ),
            ),
            Graph(
                "Firewall", _lines("AWS/WAFV2", web_acl, {"AllowedRequests": "allowed", "BlockedRequests": "blocked"})
            ),
        ),
        tuple(alarms),
    )


def load_balancer_section(processing: Processing, alarms: Arns) -> Section:
    """The load balancer, and which side of the blue/green pair serves."""
    balancer = {"LoadBalancer": processing.load_balancer_full_name}
    sides = {"blue": processing.blue, "green": processing.green}

    def by_side(name: str, statistic: str) -> tuple[Line, ...]:
        return tuple(
            _line("AWS/ApplicationELB", name, {**balancer, "TargetGroup": group.full_name}, statistic, side)
            for side, group in sides.items()
        )

    return Section(
        "Load balancer",
        "From the API into the application subnets. One side serves, the other gets the next release.",
        (
            Graph("Requests by side", by_side("RequestCount", "Sum")),
            Graph("Healthy tasks by side", by_side("HealthyHostCount", "Maximum")),
            Graph(
                "Errors",
                _lines(
                    "AWS/ApplicationELB",
                    balancer,
                    {
                        "HTTPCode_ELB_5XX_Count": "load balancer",
                        "HTTPCode_Target_5XX_Count": "service",
                        "RejectedConnectionCount": "connections rejected",
                    },
                ),
            ),
        ),
        tuple(alarms),
    )


def service_section(
    title: str, text: str, cluster_name: pulumi.Input[str], service_name: pulumi.Input[str], alarms: Arns
) -> Section:
    """One Fargate service: how many tasks, and how busy."""
    return Section(
        title, text, _service_graphs({"ClusterName": cluster_name, "ServiceName": service_name}), tuple(alarms)
    )


def stage_section(
    stage: StageStreams, cluster_name: pulumi.Input[str], service_name: pulumi.Input[str], alarms: Arns
) -> Section:
    """One stage: what comes in, how long it waits, what goes out, and who does it."""
    stream = {"StreamName": stage.stream_name}
    queue = {"QueueName": stage.dead_letter_queue_name}
    tasks, busy = _service_graphs({"ClusterName": cluster_name, "ServiceName": service_name})
    flow = Graph(
        "Records in and out",
        (
            _line("AWS/Kinesis", "IncomingRecords", stream, "Sum", "in"),
            _line("AWS/Kinesis", "GetRecords.Records", stream, "Sum", "read by the stage"),
            _line("AWS/SQS", "NumberOfMessagesSent", queue, "Sum", "set aside"),
        ),
    )
    waiting = Graph(
        "Waiting (ms)",
        (_line("AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", stream, "Maximum", "oldest record not read"),),
    )
    return Section(
        f"Stage: {stage.name}",
        "Records wait in the stream until the stage has read them; what it cannot process, in the dead-letter queue.",
        (flow, waiting, tasks, busy),
        tuple(alarms),
    )


def database_section(database: Database, alarms: Arns) -> Section:
    """The database and its proxy."""
    cluster = {"DBClusterIdentifier": database.cluster_identifier}
    proxy = {"ProxyName": database.proxy_name}
    return Section(
        "Database",
        "Where transactions are kept.",
        (
            Graph(
                "Load (percent, busiest instance)",
                _lines(
                    "AWS/RDS", cluster, {"CPUUtilization": "processor", "ACUUtilization": "of its capacity"}, "Maximum"
                ),
            ),
            Graph(
                "Connections of the proxy",
                _lines("AWS/RDS", proxy, {"DatabaseConnections": "used", "MaxDatabaseConnectionsAllowed": "allowed"}),
            ),
            Graph(
                "Commits (ms), and readers behind (ms)",
                (
                    _line("AWS/RDS", "CommitLatency", cluster, "Average", "commit"),
                    _line("AWS/RDS", "AuroraReplicaLagMaximum", cluster, "Maximum", "slowest reader"),
                ),
            ),
        ),
        tuple(alarms),
    )


def cache_section(cache: Cache, alarms: Arns) -> Section:
    """The cache, node by node."""

    def search(metric: str) -> tuple[Search]:
        return (
            Search(
                pulumi.Output.concat(
                    "SEARCH('{AWS/ElastiCache,CacheClusterId} ",
                    cache.replication_group_id,
                    f" MetricName=\"{metric}\"', 'Maximum', 60)",
                )
            ),
        )

    return Section(
        "Cache",
        "Sessions of API clients.",
        (
            Graph("Engine processor (percent)", search("EngineCPUUtilization")),
            Graph("Memory (percent)", search("DatabaseMemoryUsagePercentage")),
            Graph("Replicas behind (s)", search("ReplicationLag")),
        ),
        tuple(alarms),
    )


def platform_section(
    file_system_id: pulumi.Input[str], rotation_function_name: pulumi.Input[str], alarms: Arns
) -> Section:
    """What all of them rest on."""
    return Section(
        "Platform",
        "Shared files, secrets, the way out of the network, and the alarms themselves.",
        (
            Graph(
                "Shared files (bytes)",
                _lines(
                    "AWS/EFS",
                    {"FileSystemId": file_system_id},
                    {"DataReadIOBytes": "read", "DataWriteIOBytes": "written"},
                ),
            ),
            Graph(
                "Rotation of secrets",
                _lines(
                    "AWS/Lambda", {"FunctionName": rotation_function_name}, {"Invocations": "steps", "Errors": "failed"}
                ),
            ),
        ),
        tuple(alarms),
    )


def _service_graphs(service: Dimensions) -> tuple[Graph, Graph]:
    return (
        Graph(
            "Tasks",
            _lines(
                "ECS/ContainerInsights",
                service,
                {"RunningTaskCount": "running", "DesiredTaskCount": "wanted", "PendingTaskCount": "starting"},
                "Average",
            ),
        ),
        Graph(
            "Load (percent)",
            _lines("AWS/ECS", service, {"CPUUtilization": "processor", "MemoryUtilization": "memory"}, "Average"),
        ),
    )


def _lines(
    namespace: str, dimensions: Dimensions, labels: Mapping[str, str], statistic: str = "Sum"
) -> tuple[Line, ...]:
    return tuple(_line(namespace, name, dimensions, statistic, label) for name, label in labels.items())


def _line(namespace: str, name: str, dimensions: Dimensions, statistic: str, label: str) -> Line:
    return Line(Metric(namespace, name, dimensions, statistic), label)
