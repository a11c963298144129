"""Database: Aurora PostgreSQL with a writer and two readers, one in each zone, behind a proxy.

Aurora acknowledges a commit once four of six copies in three zones hold it, so a failover loses none. The readers share
that storage; a promotion only moves the writer's role.
"""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.database_monitoring import event_subscriptions, monitoring_role
from components.database_parameters import cluster_parameters
from components.database_proxy import ProxiedCluster, create_proxy
from components.database_spec import ENGINE, DatabaseSpec
from components.encryption import Key
from components.layer import Context, Layer, Scope
from components.log_groups import log_group
from components.network import Network

PORT = 5432
CERTIFICATE_AUTHORITY = "rds-ca-rsa2048-g1"

LOG_EXPORTS = ("postgresql", "iam-db-auth-error")
"""The server's log with the audit trail in it, and why sign-ins by IAM failed (PCI DSS v4.0.1, 10.2.1.4)."""

BACKUP_WINDOW = "01:00-02:00"
CLUSTER_MAINTENANCE_WINDOW = "sun:02:30-sun:03:30"
# A night of its own for each instance, so that maintenance never takes two zones at once.
INSTANCE_MAINTENANCE_WINDOWS = ("mon:02:30-mon:03:30", "tue:02:30-tue:03:30", "wed:02:30-wed:03:30")


class Database(Layer):
    """Aurora cluster, its instances, and the proxy through which alone services reach it."""

    cluster_identifier: pulumi.Output[str]
    cluster_arn: pulumi.Output[str]
    cluster_resource_id: pulumi.Output[str]
    writer_endpoint: pulumi.Output[str]
    reader_endpoint: pulumi.Output[str]
    proxy_endpoint: pulumi.Output[str]
    proxy_reader_endpoint: pulumi.Output[str]
    proxy_name: pulumi.Output[str]
    master_secret_arn: pulumi.Output[str]
    instance_identifiers: tuple[pulumi.Output[str], ...]
    """The first is the writer that the cluster starts with."""
    log_group_names: tuple[pulumi.Output[str], ...]
    database_name: str
    port: int = PORT

    def __init__(
        self,
        context: Context,
        *,
        network: Network,
        data_key: Key,
        secrets_key: Key,
        logs_key: Key,
        log_retention_days: int,
        min_capacity: int,
        max_capacity: int,
        alarm_topic_arn: pulumi.Input[str],
        spec: DatabaseSpec | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(context, opts)
        self._spec = spec or DatabaseSpec()
        self._data_key = data_key
        self._cluster_name = self.named("aurora", "transactions")

        logs = self._logs(logs_key, log_retention_days)
        cluster = self._cluster(network, secrets_key, (min_capacity, max_capacity), logs)
        instance_group = self._instance_parameter_group()
        instances = self._instances(cluster, instance_group, zones=len(network.data_subnet_ids))
        self.master_secret_arn = cluster.master_user_secrets[0].secret_arn
        proxy = create_proxy(
            self,
            ProxiedCluster(cluster, instances, self.master_secret_arn, self._spec.user_prefix),
            network=network,
            secrets_key=secrets_key,
            logs_key=logs_key,
            log_retention_days=log_retention_days,
        )

        self.cluster_identifier = cluster.cluster_identifier
        self.cluster_arn = cluster.arn
        self.cluster_resource_id = cluster.cluster_resource_id
        self.writer_endpoint = cluster.endpoint
        self.reader_endpoint = cluster.reader_endpoint
        self.proxy_endpoint = proxy.endpoint
        self.proxy_reader_endpoint = proxy.reader_endpoint
        self.proxy_name = proxy.name
        self._proxy_id = proxy.id
        self.instance_identifiers = tuple(instance.identifier for instance in instances)
        self.log_group_names = (*(log.name for log in logs), proxy.log_group_name)
        self.database_name = self._spec.database_name
        event_subscriptions(
            self,
            {
                "db-cluster": [self.cluster_identifier],
                "db-instance": list(self.instance_identifiers),
                "db-parameter-group": [instance_group.name],
                "db-proxy": [proxy.name],
            },
            alarm_topic_arn,
        )
        self.register_outputs(
            {
                "clusterArn": self.cluster_arn,
                "writerEndpoint": self.writer_endpoint,
                "readerEndpoint": self.reader_endpoint,
                "proxyEndpoint": self.proxy_endpoint,
                "proxyReaderEndpoint": self.proxy_reader_endpoint,
                "masterSecretArn": self.master_secret_arn,
            }
        )

    def service_user(self, service: str) -> str:
        """The database user of one service; see :meth:`DatabaseSpec.service_user`."""
        return self._spec.service_user(service)

    def connect_arn(self, user: str) -> pulumi.Output[str]:
        """What ``rds-db:connect`` has to be allowed on for a service that signs in to the proxy as ``user``.

        Raises:
            ValueError: ``user`` is not a service's user.
        """
        return self._user_arn(self._spec.check_user(user))

    def administrator_arn(self) -> pulumi.Output[str]:
        """What ``rds-db:connect`` has to be allowed on for whoever changes the schema as administrator."""
        return self._user_arn(self._spec.master_username)

    def _user_arn(self, user: str) -> pulumi.Output[str]:
        return pulumi.Output.concat(self.context.arn("rds-db", "dbuser:"), self._proxy_id, f"/{user}")

    def _logs(self, logs_key: Key, retention_days: int) -> list[aws.cloudwatch.LogGroup]:
        """One group per exported log, there before the cluster: RDS would make its own, unencrypted and for ever.

        RDS dictates the names.
        """
        return [
            log_group(
                self,
                f"aurora-{export}",
                key_arn=logs_key.arn,
                retention_days=retention_days,
                fixed_name=f"/aws/rds/cluster/{self._cluster_name.physical}/{export}",
                scope=Scope.CARDHOLDER_DATA,
                mask_card_data=True,
            )
            for export in LOG_EXPORTS
        ]

    def _cluster(
        self, network: Network, secrets_key: Key, capacity: tuple[int, int], logs: list[aws.cloudwatch.LogGroup]
    ) -> aws.rds.Cluster:
        """Cluster under the data key; RDS makes and rotates the administrator's password, which nobody sees."""
        n, spec = self._cluster_name, self._spec
        minimum, maximum = capacity
        return aws.rds.Cluster(
            n.logical,
            cluster_identifier=n.physical,
            engine=ENGINE,
            engine_mode="provisioned",
            engine_version=spec.engine_version,
            auto_minor_version_upgrade=True,
            serverlessv2_scaling_configuration=aws.rds.ClusterServerlessv2ScalingConfigurationArgs(
                min_capacity=minimum, max_capacity=maximum
            ),
            db_subnet_group_name=self._subnet_group(network).name,
            vpc_security_group_ids=[network.security_groups.database],
            db_cluster_parameter_group_name=self._cluster_parameter_group().name,
            database_name=spec.database_name,
            port=PORT,
            network_type="IPV4",
            master_username=spec.master_username,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=secrets_key.arn,
            iam_database_authentication_enabled=True,
            # The data API would be a second way in, beside proxy and security groups.
            enable_http_endpoint=False,
            storage_encrypted=True,
            kms_key_id=self._data_key.arn,
            backup_retention_period=spec.backup_retention_days,
            preferred_backup_window=BACKUP_WINDOW,
            preferred_maintenance_window=CLUSTER_MAINTENANCE_WINDOW,
            copy_tags_to_snapshot=True,
            enabled_cloudwatch_logs_exports=list(LOG_EXPORTS),
            database_insights_mode="standard",
            apply_immediately=True,
            # Destroyable without leftovers; CloudFormation would keep a snapshot unless told the same.
            skip_final_snapshot=True,
            delete_automated_backups=True,
            deletion_protection=False,
            tags=self.tags(n, Scope.CARDHOLDER_DATA),
            opts=self.child(depends_on=logs),
        )

    def _subnet_group(self, network: Network) -> aws.rds.SubnetGroup:
        """Data subnets of all zones; they have no route to the internet (PCI DSS v4.0.1, 1.4.4)."""
        n = self.named("subnet-group", "aurora")
        return aws.rds.SubnetGroup(
            n.logical,
            name=n.physical,
            description="Data subnets in three zones",
            subnet_ids=list(network.data_subnet_ids),
            tags=self.tags(n, Scope.CARDHOLDER_DATA),
            opts=self.child(),
        )

    def _cluster_parameter_group(self) -> aws.rds.ClusterParameterGroup:
        """TLS, audit and time limits of the database, and no card data in its log."""
        n = self.named("parameter-group", "aurora-cluster")
        return aws.rds.ClusterParameterGroup(
            n.logical,
            name=n.physical,
            family=self._spec.family,
            description="TLS and audit required, values kept out of the log",
            parameters=cluster_parameters(cache_management=self._spec.cache_management),
            tags=self.tags(n, Scope.CARDHOLDER_DATA),
            opts=self.child(),
        )

    def _instance_parameter_group(self) -> aws.rds.ParameterGroup:
        """Instance settings under our control: AWS's default group can be neither changed nor watched for changes."""
        n = self.named("parameter-group", "aurora-instance")
        return aws.rds.ParameterGroup(
            n.logical,
            name=n.physical,
            family=self._spec.family,
            description="Instance settings; all that is set is set for the cluster",
            tags=self.tags(n, Scope.CARDHOLDER_DATA),
            opts=self.child(),
        )

    def _instances(
        self,
        cluster: aws.rds.Cluster,
        parameter_group: aws.rds.ParameterGroup,
        zones: int,
    ) -> list[aws.rds.ClusterInstance]:
        """Writer and readers, one per zone; the reader in the second zone is promoted first.

        Serverless readers in tiers 0 and 1 keep at least the writer's capacity, so a promoted one can carry its load.
        """
        role, policy = monitoring_role(self)
        instances: list[aws.rds.ClusterInstance] = []
        for index, zone in enumerate(self.context.zones[:zones]):
            n = self.named("aurora", f"transactions-{index + 1}")
            instances.append(
                aws.rds.ClusterInstance(
                    n.logical,
                    identifier=n.physical,
                    cluster_identifier=cluster.cluster_identifier,
                    engine=aws.rds.EngineType.AURORA_POSTGRESQL,
                    instance_class=self._spec.instance_class,
                    availability_zone=zone,
                    promotion_tier=_promotion_tier(index),
                    db_parameter_group_name=parameter_group.name,
                    publicly_accessible=False,
                    ca_cert_identifier=CERTIFICATE_AUTHORITY,
                    auto_minor_version_upgrade=True,
                    apply_immediately=True,
                    preferred_maintenance_window=_maintenance_window(index),
                    monitoring_interval=self._spec.monitoring_interval,
                    monitoring_role_arn=role.arn,
                    performance_insights_enabled=True,
                    performance_insights_kms_key_id=self._data_key.arn,
                    performance_insights_retention_period=self._spec.insights_retention_days,
                    tags=self.tags(n, Scope.CARDHOLDER_DATA),
                    # The first instance becomes the writer, so the readers wait for it.
                    opts=self.child(depends_on=[policy, *instances[:1]]),
                )
            )
        return instances


def _promotion_tier(index: int) -> int:
    """Writer and first reader in tier 0, the others in tier 1: one reader only is ahead of the rest."""
    return 0 if index <= 1 else 1


def _maintenance_window(index: int) -> str:
    return INSTANCE_MAINTENANCE_WINDOWS[index % len(INSTANCE_MAINTENANCE_WINDOWS)]
