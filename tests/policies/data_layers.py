"""Database, cache, files and streams of the compliant platform."""

from __future__ import annotations

from policies import resource_types as t
from tests.policies.platform import (
    ACCOUNT,
    NO_TLS,
    ROOT,
    ZONES,
    Platform,
    Ref,
    allow,
    deny,
    document,
    log_group,
    named,
    role,
    subnets,
)

PARAMETERS = {
    "rds.force_ssl": "1",
    "ssl_min_protocol_version": "TLSv1.2",
    "rds.accepted_password_auth_method": "scram",
    "password_encryption": "scram-sha-256",
    "shared_preload_libraries": "pg_stat_statements,pgaudit",
    "pgaudit.log": "ddl,role,write",
    "pgaudit.log_parameter": "0",
    "log_connections": "1",
    "log_disconnections": "1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "idle_in_transaction_session_timeout": "60000",
}


def add_database(p: Platform) -> None:
    p.add("db-subnets", t.DB_SUBNETS, name=named("subnets-aurora-data"), subnetIds=subnets("data"))
    parameters = [{"name": name, "value": value} for name, value in PARAMETERS.items()]
    p.add(
        "db-parameters",
        t.DB_CLUSTER_PARAMETERS,
        name=named("parameters-aurora-data"),
        family="aurora-postgresql17",
        parameters=parameters,
    )
    cluster = named("aurora-transactions")
    log_group(p, "log-postgresql", f"/aws/rds/cluster/{cluster}/postgresql")
    p.add(
        "db",
        t.DB_CLUSTER,
        clusterIdentifier=cluster,
        engine="aurora-postgresql",
        storageEncrypted=True,
        kmsKeyId=Ref("key-data", "arn"),
        masterUsername="tapadmin",
        manageMasterUserPassword=True,
        masterUserSecretKmsKeyId=Ref("key-secrets", "arn"),
        iamDatabaseAuthenticationEnabled=True,
        enableHttpEndpoint=False,
        autoMinorVersionUpgrade=True,
        backupRetentionPeriod=35,
        copyTagsToSnapshot=True,
        deletionProtection=False,
        skipFinalSnapshot=True,
        deleteAutomatedBackups=True,
        enabledCloudwatchLogsExports=["postgresql"],
        dbClusterParameterGroupName=Ref("db-parameters", "name"),
        dbSubnetGroupName=Ref("db-subnets", "name"),
        vpcSecurityGroupIds=[Ref("sg-database")],
    )
    monitoring_role = role(p, "monitoring", "monitoring.rds")
    for zone in ZONES:
        p.add(
            f"db-{zone}",
            t.DB_INSTANCE,
            clusterIdentifier=Ref("db", "clusterIdentifier"),
            identifier=named(f"aurora-transactions-{zone}"),
            availabilityZone=f"eu-west-1{'abc'[zone - 1]}",
            promotionTier=1,
            publiclyAccessible=False,
            autoMinorVersionUpgrade=True,
            caCertIdentifier="rds-ca-rsa2048-g1",
            monitoringInterval=15,
            monitoringRoleArn=monitoring_role,
            performanceInsightsEnabled=True,
            performanceInsightsKmsKeyId=Ref("key-data", "arn"),
        )
    categories = {
        "db-cluster": ["failover", "failure", "configuration change", "deletion"],
        "db-instance": ["failure", "configuration change", "deletion"],
        "db-parameter-group": ["configuration change"],
        "db-proxy": ["failure", "deletion", "configuration change"],
    }
    for source, told in categories.items():
        p.add(
            f"events-{source}",
            t.DB_EVENTS,
            name=named(f"events-{source}"),
            sourceType=source,
            eventCategories=told,
            snsTopic=Ref("topic", "arn"),
            enabled=True,
        )
    proxy = named("proxy-transactions")
    log_group(p, "log-proxy", f"/aws/rds/proxy/{proxy}")
    auth = {"authScheme": "SECRETS", "iamAuth": "REQUIRED", "clientPasswordAuthType": "POSTGRES_SCRAM_SHA_256"}
    p.add(
        "proxy",
        t.DB_PROXY,
        name=proxy,
        requireTls=True,
        debugLogging=False,
        idleClientTimeout=1800,
        auths=[auth],
        roleArn=role(p, "proxy", "rds"),
        vpcSubnetIds=subnets("data"),
        vpcSecurityGroupIds=[Ref("sg-proxy")],
    )
    p.add(
        "proxy-targets",
        "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
        dbProxyName=Ref("proxy", "name"),
        connectionPoolConfig={"connectionBorrowTimeout": 30},
    )
    p.add(
        "proxy-target",
        "aws:rds/proxyTarget:ProxyTarget",
        dbProxyName=Ref("proxy", "name"),
        dbClusterIdentifier=Ref("db", "clusterIdentifier"),
    )


def add_cache(p: Platform) -> None:
    p.add("cache-subnets", t.CACHE_SUBNETS, name=named("subnets-cache-data"), subnetIds=subnets("data"))
    p.add(
        "cache-parameters",
        t.CACHE_PARAMETERS,
        name=named("parameters-cache-data"),
        family="valkey9",
        parameters=[{"name": "maxmemory-policy", "value": "noeviction"}],
    )
    p.add(
        "cache-user",
        t.CACHE_USER,
        userId=named("cacheuser-services"),
        authenticationMode={"type": "iam"},
        accessString="on ~tap:* -@all +@read +@write -@admin -@dangerous",
    )
    p.add(
        "cache-users", t.CACHE_USER_GROUP, userGroupId=named("usergroup-cache"), userIds=[Ref("cache-user", "userId")]
    )
    log_group(p, "log-cache")
    deliveries = [
        {
            "logType": kind,
            "destination": Ref("log-cache", "name"),
            "destinationType": "cloudwatch-logs",
            "logFormat": "json",
        }
        for kind in ("slow-log", "engine-log")
    ]
    p.add(
        "cache",
        t.CACHE,
        replicationGroupId=named("cache-sessions"),
        engine="valkey",
        durability="sync",
        clusterMode="enabled",
        transitEncryptionEnabled=True,
        transitEncryptionMode="required",
        atRestEncryptionEnabled=True,
        kmsKeyId=Ref("key-data", "arn"),
        autoMinorVersionUpgrade=True,
        automaticFailoverEnabled=True,
        multiAzEnabled=True,
        replicasPerNodeGroup=2,
        snapshotRetentionLimit=0,
        userGroupIds=[Ref("cache-users", "userGroupId")],
        subnetGroupName=Ref("cache-subnets", "name"),
        parameterGroupName=Ref("cache-parameters", "name"),
        securityGroupIds=[Ref("sg-cache")],
        logDeliveryConfigurations=deliveries,
    )


def add_storage(p: Platform) -> None:
    p.add("efs", t.FILE_SYSTEM, encrypted=True, kmsKeyId=Ref("key-data", "arn"))
    mounting = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    target = {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}
    policy = document(
        allow(mounting, Principal={"AWS": ROOT}, Condition=target),
        deny([*mounting, "elasticfilesystem:ClientRootAccess"], Principal={"AWS": "*"}, Condition=NO_TLS),
        deny("elasticfilesystem:ClientRootAccess", Principal={"AWS": "*"}),
    )
    p.add("efs-policy", t.EFS_POLICY, fileSystemId=Ref("efs"), policy=policy)
    p.add("efs-backup", t.EFS_BACKUP, fileSystemId=Ref("efs"), backupPolicy={"status": "ENABLED"})
    for zone in ZONES:
        p.add(
            f"mount-{zone}",
            t.MOUNT_TARGET,
            fileSystemId=Ref("efs"),
            subnetId=Ref(f"data-{zone}"),
            securityGroups=[Ref("sg-storage")],
        )
    directory = {"path": "/tap", "creationInfo": {"ownerUid": 10001, "ownerGid": 10001, "permissions": "0750"}}
    p.add(
        "access-point",
        t.ACCESS_POINT,
        fileSystemId=Ref("efs"),
        posixUser={"uid": 10001, "gid": 10001},
        rootDirectory=directory,
    )


def add_streaming(p: Platform) -> None:
    p.add(
        "stream",
        t.STREAM,
        name=named("stream-ingest"),
        encryptionType="KMS",
        kmsKeyId=Ref("key-streams", "arn"),
        retentionPeriod=168,
        streamModeDetails={"streamMode": "ON_DEMAND"},
    )
    p.add(
        "queue",
        t.QUEUE,
        name=named("dlq-ingest"),
        kmsMasterKeyId=Ref("key-streams", "arn"),
        kmsDataKeyReusePeriodSeconds=300,
        messageRetentionSeconds=1209600,
        redriveAllowPolicy='{"redrivePermission": "denyAll"}',
    )
    other = {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}
    p.add(
        "queue-policy",
        t.QUEUE_POLICY,
        queueUrl=Ref("queue", "url"),
        policy=document(deny("sqs:*", Principal="*", Condition=NO_TLS), deny("sqs:*", Principal="*", Condition=other)),
    )
    p.add(
        "table",
        t.TABLE,
        name=named("table-ingest-leases"),
        billingMode="PAY_PER_REQUEST",
        deletionProtectionEnabled=False,
        serverSideEncryption={"enabled": True, "kmsKeyArn": Ref("key-streams", "arn")},
        pointInTimeRecovery={"enabled": True},
    )
