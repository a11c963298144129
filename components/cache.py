"""Cache: sessions and short-lived copies, in shards of which each has a primary and replicas in three zones.

With the default engine a write is acknowledged only when a log in several zones holds it, so a failover loses no
session. Nothing of it is backed up: sessions are made again after a loss, and what may be card data must not be kept
longer than needed (PCI DSS v4.0.1, 3.2.1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import pulumi
import pulumi_aws as aws

from components.availability import within
from components.encryption import Key
from components.layer import Context, Layer, Scope
from components.log_groups import log_group
from components.network import Network

PORT = 6379
MAINTENANCE_WINDOW = "thu:02:30-thu:03:30"
LOGS = ("slow-log", "engine-log")
KEY_PREFIX = r"[a-z][a-z0-9-]*:"
MEMORY_POLICIES = (
    "noeviction",
    *(f"{keys}-{choice}" for keys in ("allkeys", "volatile") for choice in ("lfu", "lru", "random")),
    "volatile-ttl",
)

# Order matters, later rules win: reading and writing, connections and transactions, what a client needs to find the
# shards; then nothing that administers the server, lists all keys or empties it.
COMMANDS = "-@all +@read +@write +@connection +@transaction +cluster -@admin -@dangerous"


class CacheEngine(StrEnum):
    """Which engine the cache runs. Both speak the Redis protocol."""

    VALKEY = "valkey"
    REDIS = "redis"


@dataclass(frozen=True)
class EngineFacts:
    """What follows from the choice of an engine.

    Sources: Amazon ElastiCache user guide, "Durability" and its "Limitations", and "Role-Based Access Control (RBAC)".
    """

    version: str
    parameter_family: str
    durability: str | None
    """``sync``: a write is acknowledged when a multi-zone log holds it. None: the engine knows no such log, and a
    failover may lose what the primary acknowledged last."""
    needs_default_user: bool
    """Whether a user group must have a user named ``default``; a Valkey group takes only users that authenticate."""


ENGINES: Mapping[CacheEngine, EngineFacts] = MappingProxyType(
    {
        CacheEngine.VALKEY: EngineFacts("9.0", "valkey9", durability="sync", needs_default_user=False),
        CacheEngine.REDIS: EngineFacts("7.1", "redis7", durability=None, needs_default_user=True),
    }
)


@dataclass(frozen=True)
class CacheSpec:
    """The shape of the cache.

    Raises:
        ValueError: a value is not allowed.
    """

    engine: CacheEngine = CacheEngine.VALKEY
    replicas_per_shard: int = 2
    """With the primary one node in each of three zones; ElastiCache takes five at most."""
    key_prefix: str = "tap:"
    """The services see only keys that start with it."""
    memory_policy: str = "noeviction"
    """A full cache refuses writes; any other policy would drop sessions that it has acknowledged."""

    def __post_init__(self) -> None:
        within("cache, replicas_per_shard", self.replicas_per_shard, 2, 5, "replicas, so that three zones have a node")
        if not re.fullmatch(KEY_PREFIX, self.key_prefix):
            raise ValueError(f"cache: key_prefix {self.key_prefix!r} does not match {KEY_PREFIX}.")
        if self.memory_policy not in MEMORY_POLICIES:
            allowed = ", ".join(MEMORY_POLICIES)
            raise ValueError(f"cache: memory_policy {self.memory_policy!r} is not one of {allowed}.")

    @property
    def facts(self) -> EngineFacts:
        return ENGINES[self.engine]

    @property
    def loses_no_write(self) -> bool:
        """Whether a failover keeps every acknowledged write."""
        return self.facts.durability == "sync"


class Cache(Layer):
    """Replication group in cluster mode, reached with TLS and as one user that signs in by IAM."""

    endpoint: pulumi.Output[str]
    port: int = PORT
    replication_group_id: pulumi.Output[str]
    replication_group_arn: pulumi.Output[str]
    user_arn: pulumi.Output[str]
    user_name: str
    key_prefix: str
    """The user sees only keys that start with it."""
    log_group_names: tuple[pulumi.Output[str], ...]

    def __init__(
        self,
        context: Context,
        *,
        network: Network,
        data_key: Key,
        logs_key: Key,
        log_retention_days: int,
        node_type: str,
        shards: int,
        spec: CacheSpec | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(context, opts)
        self._spec = spec or CacheSpec()
        user = self._service_user()
        users = [user, *([self._default_user()] if self._spec.facts.needs_default_user else [])]
        logs = {log: self._log(log, logs_key, log_retention_days) for log in LOGS}
        group = self._replication_group(
            network, data_key, user_group=self._user_group(users), size=(node_type, shards), logs=logs
        )
        self.endpoint = group.configuration_endpoint_address
        self.replication_group_id = group.replication_group_id
        self.replication_group_arn = pulumi.Output.concat(
            context.arn("elasticache", "replicationgroup:"), group.replication_group_id
        )
        self.user_arn = user.arn
        self.user_name = self.named("cache-user", "services").physical
        self.key_prefix = self._spec.key_prefix
        self.log_group_names = tuple(log.name for log in logs.values())
        self.register_outputs(
            {
                "endpoint": self.endpoint,
                "replicationGroupArn": self.replication_group_arn,
                "userArn": self.user_arn,
                "userName": self.user_name,
            }
        )

    def _service_user(self) -> aws.elasticache.User:
        """User of the services: signs in by IAM, so it has no password, and sees only the platform's keys."""
        n = self.named("cache-user", "services")
        return aws.elasticache.User(
            n.logical,
            # ElastiCache wants both the same for a user that signs in by IAM.
            user_id=n.physical,
            user_name=n.physical,
            engine=self._spec.engine,
            authentication_mode=aws.elasticache.UserAuthenticationModeArgs(type="iam"),
            access_string=f"on ~{self._spec.key_prefix}* {COMMANDS}",
            tags=self.tags(n, Scope.CARDHOLDER_DATA),
            opts=self.child(),
        )

    def _default_user(self) -> aws.elasticache.User:
        """User that Redis gives to clients which do not sign in: switched off, without any right (PCI DSS 2.2.2)."""
        n = self.named("cache-user", "default")
        return aws.elasticache.User(
            n.logical,
            user_id=n.physical,
            user_name="default",
            engine=self._spec.engine,
            authentication_mode=aws.elasticache.UserAuthenticationModeArgs(type="no-password-required"),
            access_string="off -@all",
            tags=self.tags(n, Scope.CARDHOLDER_DATA),
            opts=self.child(),
        )

    def _user_group(self, users: list[aws.elasticache.User]) -> aws.elasticache.UserGroup:
        """All who can sign in to the cache."""
        n = self.named("user-group", "cache")
        return aws.elasticache.UserGroup(
            n.logical,
            user_group_id=n.physical,
            engine=self._spec.engine,
            user_ids=[user.user_id for user in users],
            tags=self.tags(n, Scope.CARDHOLDER_DATA),
            opts=self.child(),
        )

    def _log(self, log: str, logs_key: Key, retention_days: int) -> aws.cloudwatch.LogGroup:
        """One group per log; slow commands are logged with their arguments, so card data is masked."""
        return log_group(
            self,
            f"cache-{log.removesuffix('-log')}",
            key_arn=logs_key.arn,
            retention_days=retention_days,
            scope=Scope.CARDHOLDER_DATA,
            mask_card_data=True,
        )

    def _replication_group(
        self,
        network: Network,
        data_key: Key,
        *,
        user_group: aws.elasticache.UserGroup,
        size: tuple[str, int],
        logs: Mapping[str, aws.cloudwatch.LogGroup],
    ) -> aws.elasticache.ReplicationGroup:
        """Shards with a primary and replicas in three zones, TLS and IAM required, stored under the data key.

        It sends no notices: ElastiCache cannot publish to an encrypted topic. Its alarms go by metrics instead.
        """
        n = self.named("cache", "sessions")
        node_type, shards = size
        return aws.elasticache.ReplicationGroup(
            n.logical,
            replication_group_id=n.physical,
            description="Sessions and short-lived copies",
            engine=self._spec.engine,
            engine_version=self._spec.facts.version,
            durability=self._spec.facts.durability,
            auto_minor_version_upgrade=True,
            node_type=node_type,
            cluster_mode="enabled",
            num_node_groups=shards,
            replicas_per_node_group=self._spec.replicas_per_shard,
            multi_az_enabled=True,
            automatic_failover_enabled=True,
            parameter_group_name=self._parameter_group().name,
            subnet_group_name=self._subnet_group(network).name,
            security_group_ids=[network.security_groups.cache],
            port=PORT,
            network_type="ipv4",
            ip_discovery="ipv4",
            transit_encryption_enabled=True,
            # "preferred" would let clients come without TLS.
            transit_encryption_mode="required",
            at_rest_encryption_enabled=True,
            kms_key_id=data_key.arn,
            user_group_ids=[user_group.user_group_id],
            log_delivery_configurations=[
                aws.elasticache.ReplicationGroupLogDeliveryConfigurationArgs(
                    log_type=log, log_format="json", destination_type="cloudwatch-logs", destination=group.name
                )
                for log, group in logs.items()
            ],
            snapshot_retention_limit=0,
            maintenance_window=MAINTENANCE_WINDOW,
            apply_immediately=True,
            tags=self.tags(n, Scope.CARDHOLDER_DATA),
            opts=self.child(),
        )

    def _parameter_group(self) -> aws.elasticache.ParameterGroup:
        """Cluster mode, and no eviction of what was acknowledged."""
        n = self.named("parameter-group", "cache")
        return aws.elasticache.ParameterGroup(
            n.logical,
            name=n.physical,
            family=self._spec.facts.parameter_family,
            description="Cluster mode, no eviction",
            parameters=[
                aws.elasticache.ParameterGroupParameterArgs(name="cluster-enabled", value="yes"),
                aws.elasticache.ParameterGroupParameterArgs(name="maxmemory-policy", value=self._spec.memory_policy),
            ],
            tags=self.tags(n, Scope.CARDHOLDER_DATA),
            opts=self.child(),
        )

    def _subnet_group(self, network: Network) -> aws.elasticache.SubnetGroup:
        """Data subnets of all zones; they have no route to the internet (PCI DSS v4.0.1, 1.4.4)."""
        n = self.named("subnet-group", "cache")
        return aws.elasticache.SubnetGroup(
            n.logical,
            name=n.physical,
            description="Data subnets in three zones",
            subnet_ids=list(network.data_subnet_ids),
            tags=self.tags(n, Scope.CARDHOLDER_DATA),
            opts=self.child(),
        )
