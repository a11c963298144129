"""What is counted of each type of resource, and under which price."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from cloudformation.graph import Resource

from .demand import SERVICE, STREAM, Scaling, scalings
from .figures import FigureError, Workload
from .platform import Platform, at, items, literal
from .sizes import Size

SECONDS_PER_HOUR = 3600
KIB_PER_GB = 1024 * 1024
GIB_MEMORY = 1024
"""MiB in a GB, as Fargate counts memory, and CPU units in a vCPU."""

FARGATE_FREE_STORAGE_GB = 20
# A capacity unit of an Application Load Balancer holds 25 new connections a second or 1 GB an hour, whichever is more.
# docs.aws.amazon.com/elasticloadbalancing, "Application Load Balancer pricing".
LCU_CONNECTIONS, LCU_GB = 25, 1

Metered = tuple[str, float, str]
"""What is counted, how much of it a month, and the name of its price."""


@dataclass(frozen=True)
class Meters:
    """What every meter may look at."""

    platform: Platform
    size: Size
    workload: Workload
    hours: float
    volume: float
    """Average transactions a second."""

    @property
    def transactions(self) -> float:
        """A month."""
        return self.volume * self.hours * SECONDS_PER_HOUR

    @property
    def requests(self) -> float:
        """API requests a month."""
        return self.transactions * self.workload["transaction.api_requests"]

    def gb(self, kib: float) -> float:
        """GB a month when each transaction brings so many KiB."""
        return self.transactions * kib / KIB_PER_GB

    def months(self, days: float) -> float:
        return days * 24 / self.hours

    def tasks(self, service: Resource) -> float:
        """Average number of a service's tasks: what its load needs, but no fewer than always run."""
        scaling = self._scalings.get(service.urn)
        if scaling is None:
            return self.size.number(at(service, "desiredCount"))
        each = 1 if scaling.stream else self.workload["transaction.api_requests"]
        return max(scaling.least, math.ceil(self.volume * each / scaling.per_task))

    @cached_property
    def _scalings(self) -> dict[str, Scaling]:
        return {scaling.service.urn: scaling for scaling in scalings(self.platform, self.size)}

    def database_units(self, cluster: Resource) -> float:
        """Average capacity units of one instance: what the load needs, but no fewer than the settings keep."""
        busy = self.volume * self.workload["transaction.database_cpu_ms"] / 1000
        needed = busy / self.workload["database.vcpu_per_acu"]
        return max(self.size.number(at(cluster, "serverlessv2ScalingConfiguration.minCapacity")), needed)


Meter = Callable[[Meters, Resource], Iterator[Metered]]


def _nat(m: Meters, _: Resource) -> Iterator[Metered]:
    yield "NAT gateway", m.hours, "nat.hour"


def _address(m: Meters, _: Resource) -> Iterator[Metered]:
    yield "Public address", m.hours, "ipv4.hour"


def _endpoint(m: Meters, endpoint: Resource) -> Iterator[Metered]:
    zones = len(items(endpoint, "subnetIds"))
    yield "Interface endpoint", m.hours * zones, "endpoint.hour"
    if zones and endpoint.name.endswith("kinesis-streams"):
        stages = len(m.platform.of(STREAM))
        # Each stage's records come in once and go out once.
        yield "Data through the endpoint", m.gb(2 * stages * m.workload["transaction.record_kib"]), "endpoint.gb"


def _key(m: Meters, _: Resource) -> Iterator[Metered]:
    keys = len(m.platform.of("aws:kms/key:Key"))
    yield "Customer-managed key", 1, "kms.key"
    yield "Key requests", m.transactions * m.workload["other.kms_requests"] / keys, "kms.request"


def _secret(_: Meters, __: Resource) -> Iterator[Metered]:
    yield "Secret", 1, "secret.month"


def _cluster(m: Meters, cluster: Resource) -> Iterator[Metered]:
    if literal(cluster, "manageMasterUserPassword") is True:
        yield "Secret of the administrator", 1, "secret.month"
    stored = m.volume * 86_400 * m.workload["database.kept_days"] * m.workload["transaction.database_kib"] / KIB_PER_GB
    yield "Database storage", stored, "aurora.storage"
    yield "Database I/O", m.transactions * m.workload["transaction.database_io"], "aurora.io"
    yield "Backups beyond the size of the database", stored, "aurora.backup"


def _instance(m: Meters, instance: Resource) -> Iterator[Metered]:
    cluster = m.platform.target(at(instance, "clusterIdentifier"))
    if cluster is None or literal(instance, "instanceClass") != "db.serverless":
        raise FigureError(f"{instance.title}: the cost of an instance that is not db.serverless is not modelled.")
    yield "Database capacity", m.hours * m.database_units(cluster), "aurora.acu"


def _proxy(m: Meters, _: Resource) -> Iterator[Metered]:
    clusters = m.platform.of("aws:rds/cluster:Cluster")
    instances = len(m.platform.of("aws:rds/clusterInstance:ClusterInstance"))
    units = sum(m.database_units(cluster) for cluster in clusters) * instances
    yield "Database proxy", m.hours * max(m.workload["database.proxy_minimum"], units), "proxy.acu"


def _cache(m: Meters, cache: Resource) -> Iterator[Metered]:
    node, engine = m.size.text(at(cache, "nodeType")), m.size.text(at(cache, "engine"))
    shards = m.size.number(at(cache, "numNodeGroups"))
    nodes = shards * (1 + m.size.number(at(cache, "replicasPerNodeGroup")))
    yield "Cache nodes", m.hours * nodes, f"cache.node.{engine}.{node}"
    if literal(cache, "durability") == "sync":
        yield "Durable writes of the cache", m.hours * nodes, f"cache.durability.{node}"


def _file_system(m: Meters, _: Resource) -> Iterator[Metered]:
    yield "Shared files", m.workload["other.efs_gb"], "efs.gb"
    yield "File throughput", m.workload["other.efs_transfer_gb"], "efs.throughput"


def _stream(m: Meters, stream: Resource) -> Iterator[Metered]:
    written = m.gb(math.ceil(m.workload["transaction.record_kib"]))
    hours = m.size.number(at(stream, "retentionPeriod"))
    yield "Stream", m.hours, "kinesis.stream"
    yield "Records written", written, "kinesis.in"
    yield "Records read", written, "kinesis.out"
    yield "Records kept beyond a day", written * max(0.0, hours - 24) / m.hours, "kinesis.retention"


def _queue(m: Meters, _: Resource) -> Iterator[Metered]:
    yield "Dead letters", m.transactions * m.workload["transaction.dead_letters"], "sqs.request"


def _table(m: Meters, table: Resource) -> Iterator[Metered]:
    # Consumers work on the lease table; the two others hold a row for each task.
    readers = [r for r in m.platform.of(SERVICE) if table.name.split("-")[1] in r.name.split("-")]
    tasks = sum(m.tasks(service) for service in readers)
    seconds = m.hours * SECONDS_PER_HOUR
    if table.name.endswith("leases"):
        yield "Lease writes", tasks * seconds * m.workload["leases.writes"], "dynamodb.write"
        yield "Lease reads", tasks * seconds * m.workload["leases.reads"], "dynamodb.read"


def _service(m: Meters, service: Resource) -> Iterator[Metered]:
    task = m.platform.target(at(service, "taskDefinition"))
    if task is None:
        raise FigureError(f"{service.title}: its task definition is not in the program.")
    hours = m.hours * m.tasks(service)
    kind = m.size.text(at(task, "runtimePlatform.cpuArchitecture")) or "X86_64"
    yield "Task processors", hours * m.size.number(at(task, "cpu")) / GIB_MEMORY, f"fargate.cpu.{kind}"
    yield "Task memory", hours * m.size.number(at(task, "memory")) / GIB_MEMORY, f"fargate.memory.{kind}"
    storage = at(task, "ephemeralStorage.sizeInGib")
    extra = m.size.number(storage) - FARGATE_FREE_STORAGE_GB if storage else 0.0
    yield "Task storage beyond 20 GB", hours * max(0.0, extra), "fargate.storage"


def _balancer(m: Meters, _: Resource) -> Iterator[Metered]:
    requests = m.requests / (m.hours * SECONDS_PER_HOUR)
    connections = requests / m.workload["other.reused_connections"] / LCU_CONNECTIONS
    processed = requests * SECONDS_PER_HOUR * m.workload["transaction.request_kib"] / KIB_PER_GB / LCU_GB
    yield "Load balancer", m.hours, "alb.hour"
    yield "Load balancer capacity", m.hours * max(connections, processed), "alb.lcu"


def _api(m: Meters, _: Resource) -> Iterator[Metered]:
    yield "API requests", m.requests, "api.request"
    out = m.gb(m.workload["transaction.api_requests"] * m.workload["transaction.response_kib"])
    yield "Responses to clients", out, "transfer.out"


def _api_stage(m: Meters, stage: Resource) -> Iterator[Metered]:
    if literal(stage, "xrayTracingEnabled") is True:
        # AWS X-Ray's default rule records the first request each second and 5 % of the others.
        rate = m.requests / (m.hours * SECONDS_PER_HOUR)
        recorded = min(rate, 1.0) + 0.05 * max(0.0, rate - 1.0)
        yield "Traces", recorded * m.hours * SECONDS_PER_HOUR, "xray.trace"


def _web_acl(m: Meters, acl: Resource) -> Iterator[Metered]:
    yield "Web ACL", 1, "waf.acl"
    yield "Firewall rules", len(items(acl, "rules")), "waf.rule"
    yield "Firewall requests", m.requests, "waf.request"


def _log_group(m: Meters, group: Resource) -> Iterator[Metered]:
    volume = m.workload.log_volume(group.name)
    written = volume.gb + m.gb(volume.kib)
    days = m.size.number(at(group, "retentionInDays"))
    masks = m.platform.users(group, "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy")
    if volume.vended:
        yield "Flow and firewall logs written", written, "logs.vended"
    else:
        yield "Logs written", written, "logs.in"
    # After the whole retention has passed, and as if nothing were compressed.
    yield "Logs kept", written * m.months(days), "logs.gb"
    if masks:
        yield "Logs searched for card data", written, "logs.masked"


def _alarm(_: Meters, alarm: Resource) -> Iterator[Metered]:
    queried = [query for query in items(alarm, "metricQueries") if at(query, "metric") is not None]
    yield "Alarm", max(1, len(queried)), "alarm.metric"


def _metric_filter(_: Meters, __: Resource) -> Iterator[Metered]:
    yield "Metric of a log filter", 1, "metric.month"


def _ecs_cluster(m: Meters, cluster: Resource) -> Iterator[Metered]:
    settings = [item for item in items(cluster, "settings") if literal(item, "name") == "containerInsights"]
    if settings and literal(settings[0], "value") != "disabled":
        # Metrics for the cluster, and for each service (Container Insights metrics, Amazon ECS).
        yield "Container Insights metrics", 8 + 26 * len(m.platform.of(SERVICE)), "insights.metric"


def _dashboard(_: Meters, __: Resource) -> Iterator[Metered]:
    yield "Dashboard", 1, "dashboard.month"


def _trail(m: Meters, _: Resource) -> Iterator[Metered]:
    yield "Data events", m.workload["other.audit_events"], "trail.event"


def _bucket(m: Meters, _: Resource) -> Iterator[Metered]:
    yield "Audit files", m.workload["other.audit_gb"], "s3.gb"
    yield "Files written", m.workload["other.audit_events"], "s3.put"


def _function(m: Meters, function: Resource) -> Iterator[Metered]:
    secrets = len(m.platform.users(function, "aws:secretsmanager/secretRotation:SecretRotation"))
    yield "Function calls", secrets * m.workload["other.rotation_calls"], "lambda.request"


METERS: dict[str, Meter] = {
    "aws:ec2/natGateway:NatGateway": _nat,
    "aws:ec2/eip:Eip": _address,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:kms/key:Key": _key,
    "aws:secretsmanager/secret:Secret": _secret,
    "aws:rds/cluster:Cluster": _cluster,
    "aws:rds/clusterInstance:ClusterInstance": _instance,
    "aws:rds/proxy:Proxy": _proxy,
    "aws:elasticache/replicationGroup:ReplicationGroup": _cache,
    "aws:efs/fileSystem:FileSystem": _file_system,
    STREAM: _stream,
    "aws:sqs/queue:Queue": _queue,
    "aws:dynamodb/table:Table": _table,
    SERVICE: _service,
    "aws:lb/loadBalancer:LoadBalancer": _balancer,
    "aws:apigateway/restApi:RestApi": _api,
    "aws:apigateway/stage:Stage": _api_stage,
    "aws:wafv2/webAcl:WebAcl": _web_acl,
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _alarm,
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": _metric_filter,
    "aws:ecs/cluster:Cluster": _ecs_cluster,
    "aws:cloudwatch/dashboard:Dashboard": _dashboard,
    "aws:cloudtrail/trail:Trail": _trail,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:lambda/function:Function": _function,
}
