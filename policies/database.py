"""Aurora and its proxy: encryption, TLS, audit, credentials, backups (PCI DSS 2.2, 3.5, 4.2.1, 8.6, 10)."""

from __future__ import annotations

from collections.abc import Iterator

from .checks import at_least, at_most, both, customer_key, entries, false, one_of, present, true
from .model import Context, Parameter, Resource, Rule, Severity
from .resource_types import (
    DB_CLUSTER,
    DB_CLUSTER_PARAMETERS,
    DB_EVENTS,
    DB_INSTANCE,
    DB_PROXY,
    DB_STANDALONE,
    DB_SUBNETS,
    guide,
    hub,
)

DEFAULT_ADMINISTRATORS = ("admin", "administrator", "postgres", "root", "master", "rdsadmin", "sa")
# What has to be logged: changes of the schema and of roles, and every change of data.
AUDIT_CLASSES = ("ddl", "role", "write")
EVENTS = {
    "db-cluster": ("failover", "failure", "configuration change", "deletion"),
    "db-instance": ("failure", "configuration change", "deletion"),
    "db-parameter-group": ("configuration change",),
}
# Parameters that keep the values of statements (which may be card data) out of PostgreSQL's log.
SILENT = {"pgaudit.log_parameter": "0", "log_parameter_max_length": "0", "log_parameter_max_length_on_error": "0"}


def _postgres(resource: Resource) -> bool:
    return "postgres" in (resource.text("engine") + resource.text("family"))


def _has_parameters(cluster: Resource, context: Context) -> Iterator[str]:
    if not context.stack.linked(cluster, "dbClusterParameterGroupName", DB_CLUSTER_PARAMETERS):
        yield "dbClusterParameterGroupName is no parameter group of this stack, so TLS is not forced"


def _own_subnets(cluster: Resource, context: Context) -> Iterator[str]:
    if not context.stack.linked(cluster, "dbSubnetGroupName", DB_SUBNETS):
        yield "dbSubnetGroupName is no subnet group of this stack, so the default VPC's applies"


def _tls_required(group: Resource, _: Context) -> Iterator[str]:
    parameters = entries(group, "parameters")
    if _postgres(group):
        if parameters.get("rds.force_ssl") != "1":
            yield "rds.force_ssl is not 1"
        if parameters.get("ssl_min_protocol_version") not in ("TLSv1.2", "TLSv1.3"):
            yield "ssl_min_protocol_version is not TLSv1.2 or newer"
    elif parameters.get("require_secure_transport", "").upper() not in ("ON", "1"):
        yield "require_secure_transport is not ON"


def _audited(group: Resource, _: Context) -> Iterator[str]:
    parameters = entries(group, "parameters")
    if not _postgres(group):
        if parameters.get("server_audit_logging") != "1":
            yield "server_audit_logging is not 1"
        return
    if "pgaudit" not in parameters.get("shared_preload_libraries", "").split(","):
        yield "shared_preload_libraries does not load pgaudit"
    classes = [name.strip() for name in parameters.get("pgaudit.log", "").split(",")]
    missing = [name for name in AUDIT_CLASSES if name not in classes and "all" not in classes]
    if missing:
        yield f"pgaudit.log leaves {' and '.join(missing)} out"
    for name in ("log_connections", "log_disconnections"):
        if parameters.get(name) not in ("1", "on"):
            yield f"{name} is not 1"


def _log_without_values(group: Resource, _: Context) -> Iterator[str]:
    if not _postgres(group):
        return
    parameters = entries(group, "parameters")
    for name, wanted in SILENT.items():
        if parameters.get(name) != wanted:
            yield f"{name} is not {wanted}, so values of statements reach the log"
    if parameters.get("log_statement", "none") != "none":
        yield "log_statement is not none, so statements reach the log with their values"
    if parameters.get("log_error_verbosity", "default") != "terse":
        yield "log_error_verbosity is not terse, so errors bring values into the log"


def _passwords_hashed(group: Resource, _: Context) -> Iterator[str]:
    if not _postgres(group):
        return
    parameters = entries(group, "parameters")
    if parameters.get("password_encryption") != "scram-sha-256":
        yield "password_encryption is not scram-sha-256"
    if parameters.get("rds.accepted_password_auth_method") != "scram":
        yield "rds.accepted_password_auth_method is not scram"


def _idle_sessions_end(group: Resource, context: Context) -> Iterator[str]:
    if not _postgres(group):
        return
    name = "idle_in_transaction_session_timeout"
    value = entries(group, "parameters").get(name, "86400000")
    if not value.isdigit() or not 0 < int(value) <= context.limit("longestIdle") * 1000:
        yield f"{name} is {value} ms, not up to {context.limit('longestIdle'):g} s"


def _logs_exported(cluster: Resource, _: Context) -> Iterator[str]:
    exports = list(map(str, cluster.items("enabledCloudwatchLogsExports")))
    wanted = "postgresql" if _postgres(cluster) else "audit"
    if wanted not in exports:
        yield f"enabledCloudwatchLogsExports lacks {wanted}"


def _administrator(cluster: Resource, _: Context) -> Iterator[str]:
    name = cluster.text("masterUsername")
    if not name or name.lower() in DEFAULT_ADMINISTRATORS:
        yield f"masterUsername is {name or 'not given'}"


def _password_managed(cluster: Resource, _: Context) -> Iterator[str]:
    if not cluster.flag("manageMasterUserPassword"):
        yield "manageMasterUserPassword is not true"
    yield from customer_key("masterUserSecretKmsKeyId")(cluster, _)


def _events_subscribed(_: Resource, context: Context) -> Iterator[str]:
    wanted = dict(EVENTS)
    if context.stack.of(DB_PROXY):
        wanted["db-proxy"] = ("failure", "deletion", "configuration change")
    subscriptions = [item for item in context.stack.of(DB_EVENTS) if item.flag("enabled", True)]
    for source, categories in wanted.items():
        matching = [item for item in subscriptions if item.text("sourceType") == source]
        if not matching:
            yield f"no event subscription tells of {source}"
            continue
        told = {str(one) for item in matching for one in item.items("eventCategories")}
        silent = any(not item.given("eventCategories") for item in matching)  # no categories means all
        for category in categories:
            if category not in told and not silent:
                yield f"no event subscription tells of {category} of {source}"


def _insights_encrypted(instance: Resource, _: Context) -> Iterator[str]:
    if not instance.flag("performanceInsightsEnabled"):
        yield "performanceInsightsEnabled is not true"
        return
    yield from customer_key("performanceInsightsKmsKeyId")(instance, _)


def _proxy_identity(proxy: Resource, _: Context) -> Iterator[str]:
    if not proxy.given("auths") and proxy.text("defaultAuthScheme") != "IAM_AUTH":
        yield "auths is not given"
    for auth in proxy.items("auths"):
        if auth.get("iamAuth") != "REQUIRED":
            yield "iamAuth is not REQUIRED"
        if auth.get("clientPasswordAuthType") not in (None, "POSTGRES_SCRAM_SHA_256", "MYSQL_CACHING_SHA2_PASSWORD"):
            yield "clientPasswordAuthType is a weak hash"


def _through_proxy(cluster: Resource, context: Context) -> Iterator[str]:
    targets = context.stack.users(cluster, "aws:rds/proxyTarget:ProxyTarget", through=("dbClusterIdentifier",))
    if not targets:
        yield "no proxy stands before it, which would require TLS and IAM of every client"


RULES = (
    Rule(
        "database-encrypted",
        "Databases are encrypted under a customer-managed key.",
        Severity.CRITICAL,
        "Set storageEncrypted to true and kmsKeyId to the key for card data.",
        types=(DB_CLUSTER, DB_STANDALONE),
        check=both(true("storageEncrypted"), customer_key("kmsKeyId")),
        requirements=("3.5.1", "3.6.1.2", "8.3.2"),
        controls=(58,),
        url=hub("rds", 27),
    ),
    Rule(
        "database-not-public",
        "Databases have no public address.",
        Severity.CRITICAL,
        "Set publiclyAccessible to false.",
        types=(DB_CLUSTER, DB_INSTANCE, DB_STANDALONE),
        check=false("publiclyAccessible"),
        requirements=("1.4.4",),
        controls=(60,),
        url=hub("rds", 2),
    ),
    Rule(
        "database-has-parameters",
        "Databases have a parameter group of this stack.",
        Severity.HIGH,
        "Set dbClusterParameterGroupName.",
        types=(DB_CLUSTER,),
        check=_has_parameters,
        relational=True,
        requirements=("2.2.1", "4.2.1", "10.2.1"),
        controls=(62, 64),
        url=guide("AmazonRDS/latest/AuroraUserGuide/USER_WorkingWithParamGroups.html"),
    ),
    Rule(
        "database-in-own-subnets",
        "Databases stand in a subnet group of this stack.",
        Severity.HIGH,
        "Set dbSubnetGroupName.",
        types=(DB_CLUSTER,),
        check=_own_subnets,
        relational=True,
        requirements=("1.3.1", "1.4.4"),
        controls=(61,),
        url=guide("AmazonRDS/latest/AuroraUserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html"),
    ),
    Rule(
        "database-tls-required",
        "Databases refuse connections without TLS 1.2 or newer.",
        Severity.HIGH,
        "Set rds.force_ssl to 1 and ssl_min_protocol_version to TLSv1.2.",
        types=(DB_CLUSTER_PARAMETERS,),
        check=_tls_required,
        requirements=("4.2.1",),
        controls=(62,),
        url=hub("rds", 38),
    ),
    Rule(
        "database-logs-exported",
        "Databases send their logs to CloudWatch.",
        Severity.MEDIUM,
        "Add postgresql to enabledCloudwatchLogsExports.",
        types=(DB_CLUSTER,),
        check=_logs_exported,
        requirements=("10.4.2", "10.2.1"),
        controls=(63,),
        url=hub("rds", 37),
    ),
    Rule(
        "database-audited",
        "Databases record sessions, changes of schema and rights, and changes of data.",
        Severity.HIGH,
        "Load pgaudit, set pgaudit.log to ddl,role,write and log_connections and log_disconnections to 1.",
        types=(DB_CLUSTER_PARAMETERS,),
        check=_audited,
        requirements=("10.2.1.1", "10.2.1.2", "10.2.1.4"),
        controls=(64,),
        url=hub("rds", 45),
    ),
    Rule(
        "database-log-without-values",
        "Database logs hold no values of statements.",
        Severity.HIGH,
        "Set pgaudit.log_parameter and log_parameter_max_length(_on_error) to 0, log_statement to none, "
        "log_error_verbosity to terse.",
        types=(DB_CLUSTER_PARAMETERS,),
        check=_log_without_values,
        requirements=("3.3.1", "3.5.1"),
        controls=(64, 132),
        url=guide("AmazonRDS/latest/AuroraUserGuide/Appendix.PostgreSQL.CommonDBATasks.pgaudit.html"),
    ),
    Rule(
        "database-passwords-hashed",
        "Databases keep and accept passwords as SCRAM hashes only.",
        Severity.MEDIUM,
        "Set password_encryption to scram-sha-256 and rds.accepted_password_auth_method to scram.",
        types=(DB_CLUSTER_PARAMETERS,),
        check=_passwords_hashed,
        requirements=("8.3.2",),
        controls=(66, 67),
        url=guide("AmazonRDS/latest/AuroraUserGuide/PostgreSQL_Password_Encryption_configuration.html"),
    ),
    Rule(
        "database-idle-sessions-end",
        "Sessions that sit idle in a transaction are ended.",
        Severity.LOW,
        "Set idle_in_transaction_session_timeout.",
        types=(DB_CLUSTER_PARAMETERS,),
        check=_idle_sessions_end,
        requirements=("8.2.8",),
        controls=(67,),
        url=guide("AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Reference.ParameterGroups.html"),
        parameters=(Parameter("longestIdle", "Seconds that a session may sit idle", 900, minimum=1),),
    ),
    Rule(
        "database-administrator-name",
        "The administrator of a database has no well-known name.",
        Severity.MEDIUM,
        "Choose another masterUsername.",
        types=(DB_CLUSTER,),
        check=_administrator,
        requirements=("2.2.2",),
        controls=(65,),
        url=hub("rds", 24),
    ),
    Rule(
        "database-password-managed",
        "RDS makes, keeps and rotates the administrator's password, under a customer-managed key.",
        Severity.HIGH,
        "Set manageMasterUserPassword to true and masterUserSecretKmsKeyId to the key for credentials.",
        types=(DB_CLUSTER,),
        check=_password_managed,
        requirements=("8.6.2", "8.6.3", "8.3.2"),
        controls=(66,),
        url=guide("AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html"),
    ),
    Rule(
        "database-iam-authentication",
        "Applications sign in to databases with IAM.",
        Severity.MEDIUM,
        "Set iamDatabaseAuthenticationEnabled to true.",
        types=(DB_CLUSTER,),
        check=true("iamDatabaseAuthenticationEnabled"),
        requirements=("7.2.1", "7.2.2", "8.2.1"),
        controls=(67,),
        url=hub("rds", 12),
    ),
    Rule(
        "database-no-data-api",
        "Databases answer in the VPC only, not at the Data API.",
        Severity.MEDIUM,
        "Set enableHttpEndpoint to false.",
        types=(DB_CLUSTER,),
        check=false("enableHttpEndpoint"),
        requirements=("1.4.4", "2.2.4"),
        controls=(60,),
        url=guide("AmazonRDS/latest/AuroraUserGuide/data-api.html"),
    ),
    Rule(
        "database-minor-upgrades",
        "Databases take minor versions by themselves.",
        Severity.HIGH,
        "Set autoMinorVersionUpgrade to true.",
        types=(DB_CLUSTER, DB_INSTANCE),
        check=true("autoMinorVersionUpgrade", default=True),
        requirements=("6.3.3",),
        controls=(68,),
        url=hub("rds", 35),
    ),
    Rule(
        "database-events-subscribed",
        "Failovers, failures, deletions and changes of configuration of a database are told to people.",
        Severity.MEDIUM,
        "Add an EventSubscription with the source type and category.",
        types=(DB_CLUSTER,),
        check=_events_subscribed,
        relational=True,
        requirements=("11.5.2",),
        controls=(69,),
        url=hub("rds", 20),
    ),
    Rule(
        "database-backups-kept",
        "Databases can be restored to any point of the last weeks.",
        Severity.HIGH,
        "Raise backupRetentionPeriod.",
        types=(DB_CLUSTER,),
        check=at_least("backupRetentionPeriod", "fewestDays", default=1),
        requirements=("10.3.3",),
        controls=(70,),
        url=hub("rds", 11),
        parameters=(Parameter("fewestDays", "Days that backups are kept at least", 35, minimum=1, maximum=35),),
    ),
    Rule(
        "database-copies-tags",
        "Snapshots carry the tags of their database, its data classification among them.",
        Severity.LOW,
        "Set copyTagsToSnapshot to true.",
        types=(DB_CLUSTER,),
        check=true("copyTagsToSnapshot"),
        requirements=("12.5.2",),
        controls=(70, 158),
        url=hub("rds", 16),
    ),
    Rule(
        "database-enhanced-monitoring",
        "Database hosts are monitored.",
        Severity.LOW,
        "Set monitoringInterval and monitoringRoleArn.",
        types=(DB_INSTANCE,),
        check=both(at_least("monitoringInterval", 1, default=0), present("monitoringRoleArn")),
        requirements=("10.2.1", "10.7.2"),
        controls=(73,),
        url=hub("rds", 6),
    ),
    Rule(
        "database-insights-encrypted",
        "Performance Insights is on, and encrypted under a customer-managed key.",
        Severity.MEDIUM,
        "Set performanceInsightsEnabled to true and performanceInsightsKmsKeyId to the key for card data.",
        types=(DB_INSTANCE,),
        check=_insights_encrypted,
        requirements=("10.2.1", "3.5.1"),
        controls=(73,),
        url=guide("AmazonRDS/latest/AuroraUserGuide/USER_PerfInsights.html"),
    ),
    Rule(
        "database-behind-proxy",
        "Applications reach databases through a proxy.",
        Severity.MEDIUM,
        "Add a Proxy with a ProxyTarget for the cluster.",
        types=(DB_CLUSTER,),
        check=_through_proxy,
        relational=True,
        requirements=("8.3.1", "4.2.1"),
        controls=(75,),
        url=guide("AmazonRDS/latest/AuroraUserGuide/rds-proxy.html"),
    ),
    Rule(
        "database-proxy-tls",
        "Database proxies refuse connections without TLS.",
        Severity.HIGH,
        "Set requireTls to true.",
        types=(DB_PROXY,),
        check=true("requireTls"),
        requirements=("4.2.1",),
        controls=(75,),
        url=hub("rds", 43),
    ),
    Rule(
        "database-proxy-iam",
        "Database proxies let clients in by IAM only.",
        Severity.HIGH,
        "Set iamAuth to REQUIRED in every entry of auths.",
        types=(DB_PROXY,),
        check=_proxy_identity,
        requirements=("8.3.1", "7.2.2"),
        controls=(75,),
        url=guide("AmazonRDS/latest/AuroraUserGuide/rds-proxy-iam-setup.html"),
    ),
    Rule(
        "database-proxy-no-debug-log",
        "Database proxies write no statements to their log.",
        Severity.HIGH,
        "Set debugLogging to false.",
        types=(DB_PROXY,),
        check=false("debugLogging"),
        requirements=("3.3.1", "3.5.1"),
        controls=(75,),
        url=guide("AmazonRDS/latest/AuroraUserGuide/rds-proxy-managing.html"),
    ),
    Rule(
        "database-proxy-ends-idle-clients",
        "Database proxies close connections that sit idle.",
        Severity.LOW,
        "Lower idleClientTimeout.",
        types=(DB_PROXY,),
        check=at_most("idleClientTimeout", "mostSeconds", default=1800),
        requirements=("8.2.8",),
        controls=(75,),
        url=guide("AmazonRDS/latest/AuroraUserGuide/rds-proxy-managing.html"),
        parameters=(Parameter("mostSeconds", "Seconds that a client may sit idle", 1800, minimum=1, maximum=28800),),
    ),
    Rule(
        "database-certificate-authority",
        "Databases present a certificate of a current authority.",
        Severity.MEDIUM,
        "Set caCertIdentifier to rds-ca-rsa2048-g1, rds-ca-rsa4096-g1 or rds-ca-ecc384-g1.",
        types=(DB_INSTANCE,),
        check=one_of(
            "caCertIdentifier",
            "rds-ca-rsa2048-g1",
            "rds-ca-rsa4096-g1",
            "rds-ca-ecc384-g1",
            default="rds-ca-rsa2048-g1",
        ),
        requirements=("4.2.1", "4.2.1.1"),
        controls=(62,),
        url=guide("AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.SSL.html"),
    ),
)
