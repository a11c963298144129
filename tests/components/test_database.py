"""Database: placement, encryption, audit without card data, the proxy as the only way in."""

from __future__ import annotations

from typing import Any

import pytest

from components.database import Database
from components.database_parameters import cluster_parameters
from components.database_spec import DatabaseSpec
from components.layer import Context
from tests.components.conftest import Record
from tests.components.support import key, misnamed, network, of_type, only, statements


def build(context: Context, **options: Any) -> Database:
    return Database(
        context,
        network=network(),
        data_key=key("data"),
        secrets_key=key("secrets"),
        logs_key=key("logs"),
        log_retention_days=400,
        min_capacity=2,
        max_capacity=32,
        alarm_topic_arn="arn:topic",
        **options,
    )


def parameters(*, cache_management: bool = False) -> dict[str, Any]:
    return {str(p.name): p.value for p in cluster_parameters(cache_management=cache_management)}


def test_each_zone_has_one_instance_and_one_reader_is_promoted_first(record: Record) -> None:
    """Three instances in three zones; after the writer exactly one reader is in the first tier, the rest behind it."""
    instances = of_type(record(build), "ClusterInstance")

    assert [i.inputs["availabilityZone"] for i in instances] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert [i.inputs["promotionTier"] for i in instances] == [0, 0, 1]
    assert len({i.inputs["preferredMaintenanceWindow"] for i in instances}) == 3


def test_readers_wait_for_the_writer(record: Record) -> None:
    """The first instance of a cluster becomes its writer, so the readers depend on it."""
    first, *readers = of_type(record(build), "ClusterInstance")

    assert all(first.name in reader.depends_on for reader in readers)
    assert not {reader.name for reader in readers} & first.depends_on


def test_data_insights_and_secret_are_under_our_keys(record: Record) -> None:
    """Storage and Performance Insights use the data key, the administrator's secret the secrets key."""
    recorded = record(build)

    cluster = only(recorded, "Cluster").inputs
    assert cluster["storageEncrypted"] is True
    assert cluster["kmsKeyId"] == "arn:kms:data"
    assert cluster["masterUserSecretKmsKeyId"] == "arn:kms:secrets"
    assert {i.inputs["performanceInsightsKmsKeyId"] for i in of_type(recorded, "ClusterInstance")} == {"arn:kms:data"}


def test_no_password_is_given(record: Record) -> None:
    """RDS makes the administrator's password; no input names one."""
    cluster = only(record(build), "Cluster").inputs

    assert cluster["manageMasterUserPassword"] is True
    assert not [name for name in cluster if name.startswith("masterPassword")]


def test_nothing_is_public_and_only_the_data_subnets_are_used(record: Record) -> None:
    """Cluster and proxy stand in data subnets with their own security groups, and no instance has a public address."""
    recorded = record(build)

    data = ["data-a", "data-b", "data-c"]
    assert only(recorded, "SubnetGroup").inputs["subnetIds"] == data
    assert only(recorded, "Cluster").inputs["vpcSecurityGroupIds"] == ["sg-database"]
    assert {i.inputs["publiclyAccessible"] for i in of_type(recorded, "ClusterInstance")} == {False}
    for proxy in (only(recorded, "Proxy"), only(recorded, "ProxyEndpoint")):
        assert proxy.inputs["vpcSubnetIds"] == data
        assert proxy.inputs["vpcSecurityGroupIds"] == ["sg-proxy"]


def test_deleting_leaves_nothing_behind(record: Record) -> None:
    """No final snapshot, no kept backups, no deletion protection."""
    cluster = only(record(build), "Cluster").inputs

    assert cluster["skipFinalSnapshot"] is True
    assert cluster["deleteAutomatedBackups"] is True
    assert cluster["deletionProtection"] is False


def test_each_exported_log_has_an_encrypted_group_before_the_cluster(record: Record) -> None:
    """For every exported log there is a group of the name that RDS dictates, and the cluster waits for it."""
    recorded = record(build)
    cluster = only(recorded, "Cluster")
    groups = {g.inputs["name"]: g for g in of_type(recorded, "LogGroup")}

    assert cluster.inputs["enabledCloudwatchLogsExports"]
    for export in cluster.inputs["enabledCloudwatchLogsExports"]:
        group = groups[f"/aws/rds/cluster/aurora-transactions-test/{export}"]
        assert group.inputs["kmsKeyId"] == "arn:kms:logs"
        assert group.name in cluster.depends_on


def test_every_log_group_masks_card_data(record: Record) -> None:
    """Whatever text the database or the proxy writes, card numbers in it are masked."""
    recorded = record(build)

    masked = {policy.inputs["logGroupName"] for policy in of_type(recorded, "LogDataProtectionPolicy")}
    assert masked == {group.inputs["name"] for group in of_type(recorded, "LogGroup")}


def test_proxy_requires_tls_and_iam(record: Record) -> None:
    """Clients come with TLS and IAM only, as application user and as administrator, and no SQL is logged."""
    recorded = record(build)
    proxy = only(recorded, "Proxy")

    assert proxy.inputs["requireTls"] is True
    assert proxy.inputs["defaultAuthScheme"] == "IAM_AUTH"
    assert proxy.inputs["debugLogging"] is False
    (administrator,) = proxy.inputs["auths"]
    assert administrator["iamAuth"] == "REQUIRED"
    assert administrator["secretArn"] == "<aurora-transactions.masterUserSecrets[0].secretArn>"
    assert "log-proxy" in proxy.depends_on


def test_proxy_role_reads_one_secret_and_is_no_administrator_by_iam(record: Record) -> None:
    """The proxy reads the administrator's secret only, and signs in by IAM as users with the services' prefix only."""
    policies = {p.inputs["name"]: p for p in of_type(record(build), "RolePolicy")}

    found = statements(policies["policy-database-proxy-test"])
    assert found["ReadAdministratorSecret"]["Resource"] == ["<aurora-transactions.masterUserSecrets[0].secretArn>"]
    assert found["DecryptAdministratorSecret"]["Resource"] == ["arn:kms:secrets"]
    assert found["SignInAsApplicationUser"]["Resource"] == [
        "arn:aws:rds-db:eu-west-1:123456789012:dbuser:<aurora-transactions.clusterResourceId>/tap_*"
    ]


def test_proxy_target_waits_for_the_instances(record: Record) -> None:
    """A cluster without instances cannot be registered with a proxy."""
    recorded = record(build)

    assert {i.name for i in of_type(recorded, "ClusterInstance")} <= only(recorded, "ProxyTarget").depends_on


def test_waiting_for_a_connection_lasts_as_long_as_a_failover(record: Record) -> None:
    """During a failover requests wait for a connection, but not longer than the failover budget of 30 seconds."""
    pool = only(record(build), "ProxyDefaultTargetGroup").inputs["connectionPoolConfig"]

    assert pool["connectionBorrowTimeout"] == 30
    assert pool["maxConnectionsPercent"] < 100


def test_events_of_every_part_reach_the_alarm_topic(record: Record) -> None:
    """Cluster, instances, parameter group and proxy have subscriptions of their own, bound to this stack's names."""
    subscriptions = {s.inputs["sourceType"]: s.inputs for s in of_type(record(build), "EventSubscription")}

    assert {s["snsTopic"] for s in subscriptions.values()} == {"arn:topic"}
    assert subscriptions["db-cluster"]["sourceIds"] == ["aurora-transactions-test"]
    assert len(subscriptions["db-instance"]["sourceIds"]) == 3
    assert subscriptions["db-parameter-group"]["sourceIds"] == ["parameter-group-aurora-instance-test"]
    assert subscriptions["db-proxy"]["sourceIds"] == ["proxy-transactions-test"]
    assert {"failover", "failure"} <= set(subscriptions["db-cluster"]["eventCategories"])


def test_names_end_in_the_suffix(record: Record) -> None:
    """Every physical name ends in the suffix; where AWS dictates a log group's name, the suffix is inside."""
    recorded = record(build)
    others = [r for r in recorded if not r.type.endswith(":LogGroup")]

    assert misnamed(others, "name", "clusterIdentifier", "identifier", "dbProxyEndpointName") == []
    assert all("-test" in group.inputs["name"] for group in of_type(recorded, "LogGroup"))


def test_tls_is_forced() -> None:
    """Connections without TLS, or with a version below 1.2, are refused by the server itself."""
    assert parameters()["rds.force_ssl"] == "1"
    assert parameters()["ssl_min_protocol_version"] == "TLSv1.2"


def test_audit_is_loaded_and_logs_changes() -> None:
    """The audit extension is loaded and records changes of schema, rights and data."""
    assert "pgaudit" in parameters()["shared_preload_libraries"].split(",")
    assert set(parameters()["pgaudit.log"].split(",")) >= {"ddl", "role", "write"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pgaudit.log_parameter", "0"),
        ("log_parameter_max_length", "0"),
        ("log_parameter_max_length_on_error", "0"),
        ("log_error_verbosity", "terse"),
    ],
)
def test_no_values_reach_the_log(name: str, value: str) -> None:
    """The ways in which PostgreSQL would write a row's or a statement's values to its log are closed."""
    assert parameters()[name] == value


def test_a_vanished_client_is_noticed_within_the_failover_budget() -> None:
    """The server's keep-alive questions add up to less than 30 seconds."""
    found = {name: int(value) for name, value in parameters().items() if name.startswith("tcp_keepalives")}

    assert found["tcp_keepalives_idle"] + found["tcp_keepalives_interval"] * found["tcp_keepalives_count"] < 30


def test_only_static_parameters_wait_for_a_restart() -> None:
    """AWS refuses to apply a static parameter at once; everything else must not wait."""
    waiting = {str(p.name) for p in cluster_parameters(cache_management=True) if p.apply_method == "pending-reboot"}

    assert waiting == {"shared_preload_libraries", "apg_ccm_enabled"}


@pytest.mark.parametrize(("instance_class", "kept"), [("db.serverless", False), ("db.r8g.xlarge", True)])
def test_cache_management_is_on_where_it_works(record: Record, instance_class: str, kept: bool) -> None:
    """Serverless instances ignore cluster cache management, so it is claimed for provisioned ones only."""
    spec = DatabaseSpec(instance_class=instance_class)
    group = only(record(lambda context: build(context, spec=spec)), "ClusterParameterGroup")

    assert ("apg_ccm_enabled" in {p["name"] for p in group.inputs["parameters"]}) is kept


def test_family_follows_the_engine_version(record: Record) -> None:
    """Both parameter groups are of the engine's major version."""
    recorded = record(lambda context: build(context, spec=DatabaseSpec(engine_version="18.4")))

    assert only(recorded, "ClusterParameterGroup").inputs["family"] == "aurora-postgresql18"
    assert only(recorded, "ParameterGroup").inputs["family"] == "aurora-postgresql18"


def test_connect_arn_names_the_proxy_and_the_user(record: Record) -> None:
    """A service's permission is for one database user on this stack's proxy."""
    arns: list[str] = []

    def connect(context: Context) -> None:
        build(context).connect_arn("tap_api").apply(arns.append)

    record(connect)

    assert arns == ["arn:aws:rds-db:eu-west-1:123456789012:dbuser:prx-proxy-transactions/tap_api"]


@pytest.mark.parametrize("user", ["tapadmin", "api", "tap_", "tap_*", "tap_Api"])
def test_connect_arn_refuses_a_user_that_the_proxy_would_not_sign_in_as(user: str) -> None:
    """Administrator, users without the prefix, and patterns are refused, naming the user and the prefix."""
    with pytest.raises(ValueError, match="a service's user is 'tap_' followed by"):
        DatabaseSpec().check_user(user)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"engine_version": "17"}, "'17' is not of the form 17.9"),
        ({"master_username": "postgres"}, "'postgres' is a common administrator's name"),
        ({"master_username": "Tap"}, "'Tap' does not match"),
        ({"master_username": "tap_admin"}, "'tap_admin' starts with the services' user_prefix 'tap_'"),
        ({"database_name": "1tap"}, "'1tap' does not match"),
        ({"user_prefix": "tap"}, "'tap' has to be lower case and end in '_'"),
        ({"backup_retention_days": 36}, "36 is not allowed; use 7 to 35 days"),
        ({"monitoring_interval": 20}, "monitoring_interval 20 is not one of 1, 5, 10, 15, 30, 60 seconds"),
        ({"insights_retention_days": 30}, "insights_retention_days 30 is not one of 7, 31, 62"),
    ],
)
def test_contradictory_spec_is_refused(values: dict[str, Any], message: str) -> None:
    """What AWS or the standard would not accept is refused when the spec is made, naming value and limits."""
    with pytest.raises(ValueError, match=message):
        DatabaseSpec(**values)
