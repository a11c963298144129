"""The proxy in front of the database: it keeps connections through a failover, and admits by IAM and TLS only.

Application users have no password anywhere: client and proxy both sign in with IAM (``default_auth_scheme``). The
administrator alone has one, in the secret that RDS made and rotates; clients that act as administrator still sign in
to the proxy with IAM, and the proxy fetches the password.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from cloudformation.program import part
from components.encryption import Key
from components.layer import Layer, Scope, document, statement
from components.log_groups import log_group
from components.network import Network

MAX_CONNECTIONS_PERCENT = 90
"""Share of the database's connections; the rest stays free for maintenance."""
IDLE_CONNECTIONS_PERCENT = 50
BORROW_TIMEOUT_SECONDS = 30
"""How long a request waits for a database connection: as long as a failover may take."""
IDLE_CLIENT_SECONDS = 1800


@dataclass(frozen=True)
class ProxiedCluster:
    """What the proxy has to know of the database."""

    cluster: aws.rds.Cluster
    instances: Sequence[aws.rds.ClusterInstance]
    master_secret_arn: pulumi.Output[str]
    user_prefix: str


@dataclass(frozen=True)
class DatabaseProxy:
    """The proxy, as the database layer passes it on."""

    id: pulumi.Output[str]
    """As IAM knows it: ``prx-0123456789abcdef0``."""
    name: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    reader_endpoint: pulumi.Output[str]
    log_group_name: pulumi.Output[str]


def create_proxy(
    layer: Layer,
    target: ProxiedCluster,
    *,
    network: Network,
    secrets_key: Key,
    logs_key: Key,
    log_retention_days: int,
) -> DatabaseProxy:
    """Proxy in three zones that holds the connections while Aurora promotes a reader; TLS and IAM are required."""
    n = layer.named("proxy", "transactions")
    # RDS dictates the group's name.
    group = log_group(
        layer,
        "proxy",
        key_arn=logs_key.arn,
        retention_days=log_retention_days,
        fixed_name=f"/aws/rds/proxy/{n.physical}",
        scope=Scope.CARDHOLDER_DATA,
        mask_card_data=True,
    )
    role, policy = _proxy_role(layer, target, secrets_key)
    subnets, groups = list(network.data_subnet_ids), [network.security_groups.proxy]
    proxy = aws.rds.Proxy(
        n.logical,
        name=n.physical,
        engine_family="POSTGRESQL",
        role_arn=role.arn,
        vpc_subnet_ids=subnets,
        vpc_security_group_ids=groups,
        require_tls=True,
        default_auth_scheme="IAM_AUTH",
        auths=[
            aws.rds.ProxyAuthArgs(
                description="Administrator, for changes of the schema",
                auth_scheme="SECRETS",
                iam_auth="REQUIRED",
                client_password_auth_type="POSTGRES_SCRAM_SHA_256",
                secret_arn=target.master_secret_arn,
            )
        ],
        # It would write the text of SQL statements to the log.
        debug_logging=False,
        idle_client_timeout=IDLE_CLIENT_SECONDS,
        tags=layer.tags(n, Scope.CARDHOLDER_DATA),
        opts=layer.child(depends_on=[group, policy]),
    )
    _connect_to_cluster(layer, proxy, target)
    r = layer.named("proxy", "readers")
    readers = aws.rds.ProxyEndpoint(
        r.logical,
        db_proxy_endpoint_name=r.physical,
        db_proxy_name=proxy.name,
        target_role="READ_ONLY",
        vpc_subnet_ids=subnets,
        vpc_security_group_ids=groups,
        tags=layer.tags(r, Scope.CARDHOLDER_DATA),
        opts=layer.child(),
    )
    return DatabaseProxy(
        # Neither Pulumi nor CloudFormation gives the id by itself, but the ARN ends in it.
        id=part(proxy.arn, ":", 6),
        name=proxy.name,
        endpoint=proxy.endpoint,
        reader_endpoint=readers.endpoint,
        log_group_name=group.name,
    )


def _connect_to_cluster(layer: Layer, proxy: aws.rds.Proxy, target: ProxiedCluster) -> None:
    """Connection pool of the proxy; what cannot get a connection waits as long as a failover may take."""
    pool = aws.rds.ProxyDefaultTargetGroup(
        layer.named("proxy", "transactions-targets").logical,
        db_proxy_name=proxy.name,
        connection_pool_config=aws.rds.ProxyDefaultTargetGroupConnectionPoolConfigArgs(
            max_connections_percent=MAX_CONNECTIONS_PERCENT,
            max_idle_connections_percent=IDLE_CONNECTIONS_PERCENT,
            connection_borrow_timeout=BORROW_TIMEOUT_SECONDS,
        ),
        opts=layer.child(),
    )
    aws.rds.ProxyTarget(
        layer.named("proxy", "transactions-cluster").logical,
        db_proxy_name=proxy.name,
        target_group_name=pool.name,
        db_cluster_identifier=target.cluster.cluster_identifier,
        # A cluster without instances cannot be registered.
        opts=layer.child(depends_on=list(target.instances)),
    )


def _proxy_role(layer: Layer, target: ProxiedCluster, secrets_key: Key) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """Role of the proxy: reads the administrator's secret, signs in as application user, and nothing else."""
    context = layer.context
    n = layer.named("role", "database-proxy")
    role = aws.iam.Role(
        n.logical,
        name=n.physical,
        description="Lets the database proxy sign in to the database",
        assume_role_policy=_proxy_trust(context.account_id),
        tags=layer.tags(n, Scope.CARDHOLDER_DATA),
        opts=layer.child(),
    )
    users = pulumi.Output.concat(
        context.arn("rds-db", "dbuser:"), target.cluster.cluster_resource_id, f"/{target.user_prefix}*"
    )
    via_secrets_manager = {"kms:ViaService": f"secretsmanager.{context.region}.amazonaws.com"}
    p = layer.named("policy", "database-proxy")
    policy = aws.iam.RolePolicy(
        p.logical,
        name=p.physical,
        role=role.name,
        policy=document(
            statement(
                "ReadAdministratorSecret",
                actions=["secretsmanager:GetSecretValue"],
                resources=[target.master_secret_arn],
            ),
            statement(
                "DecryptAdministratorSecret",
                actions=["kms:Decrypt"],
                resources=[secrets_key.arn],
                conditions={"StringEquals": via_secrets_manager},
            ),
            statement("SignInAsApplicationUser", actions=["rds-db:connect"], resources=[users]),
        ),
        opts=layer.child(),
    )
    return role, policy


def _proxy_trust(account_id: str) -> str:
    """Like other trust policies, but with "IfExists": AWS documents no source account for the proxy's own calls, and
    without it a plain condition would keep the proxy from ever reaching the database."""
    allow = statement(
        "AssumedByProxy",
        actions=["sts:AssumeRole"],
        principal={"Service": "rds.amazonaws.com"},
        conditions={"StringEqualsIfExists": {"aws:SourceAccount": account_id}},
    )
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})
