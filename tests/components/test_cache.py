"""Cache: TLS and IAM required, nobody else can sign in, and what a failover may lose."""

from __future__ import annotations

from typing import Any

import pytest

from components.cache import Cache, CacheEngine, CacheSpec
from components.layer import Context
from tests.components.conftest import Record, Recorded
from tests.components.support import key, misnamed, network, of_type, only


def build(context: Context, **options: Any) -> Cache:
    return Cache(
        context,
        network=network(),
        data_key=key("data"),
        logs_key=key("logs"),
        log_retention_days=400,
        node_type="cache.r7g.large",
        shards=2,
        **options,
    )


def with_engine(record: Record, engine: CacheEngine) -> list[Recorded]:
    return record(lambda context: build(context, spec=CacheSpec(engine=engine)))


def test_each_shard_has_a_node_in_each_zone_and_fails_over_by_itself(record: Record) -> None:
    """Primary and two replicas per shard, spread over zones, promoted without an operator."""
    group = only(record(build), "ReplicationGroup").inputs

    assert group["clusterMode"] == "enabled"
    assert group["numNodeGroups"] == 2
    assert group["replicasPerNodeGroup"] == 2
    assert group["multiAzEnabled"] is True
    assert group["automaticFailoverEnabled"] is True


def test_data_is_encrypted_in_transit_and_at_rest(record: Record) -> None:
    """TLS is required, not just offered, and data is stored under the data key."""
    group = only(record(build), "ReplicationGroup").inputs

    assert group["transitEncryptionEnabled"] is True
    assert group["transitEncryptionMode"] == "required"
    assert group["atRestEncryptionEnabled"] is True
    assert group["kmsKeyId"] == "arn:kms:data"


def test_cache_stands_in_data_subnets(record: Record) -> None:
    """The nodes are in data subnets of all zones, behind the cache's security group."""
    recorded = record(build)

    assert only(recorded, "SubnetGroup").inputs["subnetIds"] == ["data-a", "data-b", "data-c"]
    assert only(recorded, "ReplicationGroup").inputs["securityGroupIds"] == ["sg-cache"]


def test_valkey_acknowledges_only_what_a_failover_keeps(record: Record) -> None:
    """The default engine writes to a log in several zones before it answers."""
    recorded = with_engine(record, CacheEngine.VALKEY)

    group = only(recorded, "ReplicationGroup").inputs
    assert (group["engine"], group["engineVersion"], group["durability"]) == ("valkey", "9.0", "sync")
    assert only(recorded, "ParameterGroup").inputs["family"] == "valkey9"
    assert CacheSpec().loses_no_write


def test_redis_has_no_durable_log_and_says_so(record: Record) -> None:
    """Redis OSS replicates without waiting: no durability input, and the spec does not claim that nothing is lost."""
    recorded = with_engine(record, CacheEngine.REDIS)

    group = only(recorded, "ReplicationGroup").inputs
    assert (group["engine"], group["engineVersion"]) == ("redis", "7.1")
    assert "durability" not in group
    assert only(recorded, "ParameterGroup").inputs["family"] == "redis7"
    assert not CacheSpec(engine=CacheEngine.REDIS).loses_no_write


@pytest.mark.parametrize("engine", list(CacheEngine))
def test_users_and_group_are_of_the_caches_engine(record: Record, engine: CacheEngine) -> None:
    """A group of one engine takes only users of that engine."""
    recorded = with_engine(record, engine)

    parts = [only(recorded, "UserGroup"), *of_type(recorded, "User")]
    assert {part.inputs["engine"] for part in parts} == {engine.value}


@pytest.mark.parametrize("engine", list(CacheEngine))
def test_services_sign_in_by_iam(record: Record, engine: CacheEngine) -> None:
    """The services' user has no password; its id and name are the same, as ElastiCache wants for IAM."""
    users = {user.name: user.inputs for user in of_type(with_engine(record, engine), "User")}

    service = users["cache-user-services"]
    assert service["authenticationMode"] == {"type": "iam"}
    assert service["userId"] == service["userName"] == "cache-user-services-test"


@pytest.mark.parametrize("engine", list(CacheEngine))
def test_nobody_signs_in_without_iam(record: Record, engine: CacheEngine) -> None:
    """Every user of the group either signs in by IAM or is switched off and has no right."""
    recorded = with_engine(record, engine)
    members = only(recorded, "UserGroup").inputs["userIds"]

    assert sorted(members) == sorted(user.inputs["userId"] for user in of_type(recorded, "User"))
    for user in of_type(recorded, "User"):
        by_iam = user.inputs["authenticationMode"]["type"] == "iam"
        assert by_iam or user.inputs["accessString"] == "off -@all"


def test_redis_group_has_a_default_user_that_is_off(record: Record) -> None:
    """Redis insists on a user named "default"; a Valkey group takes only users that authenticate, so it has none."""
    redis = {user.inputs["userName"] for user in of_type(with_engine(record, CacheEngine.REDIS), "User")}
    valkey = {user.inputs["userName"] for user in of_type(with_engine(record, CacheEngine.VALKEY), "User")}

    assert "default" in redis
    assert "default" not in valkey


def test_services_see_only_their_keys_and_no_dangerous_command(record: Record) -> None:
    """Rights start from nothing; dangerous and administrative commands are taken away last, so nothing adds them."""
    rules = of_type(record(build), "User")[0].inputs["accessString"].split()

    assert rules[:3] == ["on", "~tap:*", "-@all"]
    assert set(rules[-2:]) == {"-@admin", "-@dangerous"}


def test_group_is_attached_to_the_cache(record: Record) -> None:
    """Without its user group the cache would let everybody in."""
    assert only(record(build), "ReplicationGroup").inputs["userGroupIds"] == ["user-group-cache-test"]


def test_both_logs_go_to_encrypted_masked_groups(record: Record) -> None:
    """Slow and engine log each have a group under the logs key; slow commands carry arguments, so both are masked."""
    recorded = record(build)
    groups = {group.inputs["name"]: group.inputs for group in of_type(recorded, "LogGroup")}

    deliveries = only(recorded, "ReplicationGroup").inputs["logDeliveryConfigurations"]
    assert {delivery["logType"] for delivery in deliveries} == {"slow-log", "engine-log"}
    assert {delivery["destination"] for delivery in deliveries} == set(groups)
    assert {group["kmsKeyId"] for group in groups.values()} == {"arn:kms:logs"}
    assert {p.inputs["logGroupName"] for p in of_type(recorded, "LogDataProtectionPolicy")} == set(groups)


def test_nothing_is_kept_and_nothing_is_evicted(record: Record) -> None:
    """No snapshots of what may be card data, and no eviction of sessions that were acknowledged."""
    recorded = record(build)

    assert only(recorded, "ReplicationGroup").inputs["snapshotRetentionLimit"] == 0
    values = {p["name"]: p["value"] for p in only(recorded, "ParameterGroup").inputs["parameters"]}
    assert values == {"cluster-enabled": "yes", "maxmemory-policy": "noeviction"}


def test_names_end_in_the_suffix(record: Record) -> None:
    """Every physical name ends in the suffix."""
    recorded = with_engine(record, CacheEngine.REDIS)

    assert misnamed(recorded, "name", "replicationGroupId", "userGroupId", "userId") == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"replicas_per_shard": 1}, "replicas_per_shard: 1 is not allowed; use 2 to 5 replicas, so that three zones"),
        ({"replicas_per_shard": 6}, "replicas_per_shard: 6 is not allowed"),
        ({"key_prefix": "*"}, r"key_prefix '\*' does not match"),
        ({"memory_policy": "none"}, "memory_policy 'none' is not one of noeviction, "),
    ],
)
def test_contradictory_spec_is_refused(values: dict[str, Any], message: str) -> None:
    """Fewer than three zones, a prefix that covers all keys, or an unknown policy is refused, naming the value."""
    with pytest.raises(ValueError, match=message):
        CacheSpec(**values)
