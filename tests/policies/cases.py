"""For each rule, edits of the platform that break it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from policies import resource_types as t
from tests.policies.edits import (
    Edit,
    both,
    drop,
    no_statement,
    parameter,
    plus,
    point,
    protect,
    set_,
    statement,
    without,
)
from tests.policies.platform import ROOT, Ref, trust

ANYONE = {"AWS": "*"}
EVERYBODY = {"cidrIpv4": "0.0.0.0/0"}


def opened(port: int, block: str = "0.0.0.0/0", protocol: str = "tcp", group: str = "sg-alb") -> Edit:
    return plus(
        "opened",
        t.INGRESS_RULE,
        securityGroupId=Ref(group),
        ipProtocol=protocol,
        fromPort=port,
        toPort=port,
        cidrIpv4=block,
        description="Everybody",
    )


def container(path: str, value: object, task: str = "task-api") -> Edit:
    return set_(task, f"containerDefinitions[0].{path}", value)


def loosened(id_: str) -> Edit:
    return statement("policy-api", "policy", 3, **{"Action": id_})


CASES: Mapping[str, tuple[Edit, ...]] = {
    # Network
    "subnet-no-public-addresses": (
        set_("app-1", "mapPublicIpOnLaunch", True),
        set_("app-1", "assignIpv6AddressOnCreation", True),
    ),
    "public-subnets-hold-no-workload": (point("service-api", "networkConfiguration.subnets[0]", "public-1"),),
    "data-subnets-no-way-out": (
        plus(
            "way-out",
            t.ROUTE,
            routeTableId=Ref("rtb-data"),
            destinationCidrBlock="0.0.0.0/0",
            natGatewayId=Ref("nat-1"),
        ),
        set_("rtb-data", "routes", [{"cidrBlock": "0.0.0.0/0", "natGatewayId": Ref("nat-1")}]),
    ),
    "subnet-has-route-table": (without("association-app-1"),),
    "internet-gateway-of-own-vpc": (drop("igw", "vpcId"), set_("igw", "vpcId", "vpc-0123")),
    "ingress-not-from-internet": (
        opened(443),
        opened(8443, "52.1.0.0/16"),
        plus(
            "six",
            t.INGRESS_RULE,
            securityGroupId=Ref("sg-alb"),
            ipProtocol="tcp",
            fromPort=443,
            toPort=443,
            cidrIpv6="::/0",
        ),
    ),
    "ingress-no-administration-ports": (
        opened(22, "10.0.0.0/16"),
        plus(
            "old",
            t.SECURITY_GROUP_RULE,
            securityGroupId=Ref("sg-alb"),
            type="ingress",
            protocol="tcp",
            fromPort=0,
            toPort=4000,
            cidrBlocks=["10.0.0.0/16"],
        ),
        set_("sg-alb", "ingress", [{"protocol": "-1", "cidrBlocks": ["10.0.0.0/16"], "description": "All"}]),
    ),
    "data-ports-only-from-groups": (opened(5432, "10.0.0.0/16", group="sg-database"), opened(6379, "10.0.0.0/16")),
    "security-groups-exact-ports": (set_("in-alb-api", "ipProtocol", "-1"), set_("out-alb-api", "toPort", 9000)),
    "egress-not-to-internet": (
        plus(
            "out",
            t.EGRESS_RULE,
            securityGroupId=Ref("sg-api"),
            ipProtocol="tcp",
            fromPort=443,
            toPort=443,
            description="All",
            **EVERYBODY,
        ),
        plus(
            "out",
            t.EGRESS_RULE,
            securityGroupId=Ref("sg-api"),
            ipProtocol="tcp",
            fromPort=443,
            toPort=443,
            cidrIpv4="10.0.0.0/8",
        ),
    ),
    "traffic-passes-tiers-in-order": (
        plus(
            "skip",
            t.INGRESS_RULE,
            securityGroupId=Ref("sg-database"),
            referencedSecurityGroupId=Ref("sg-edge"),
            ipProtocol="tcp",
            fromPort=5432,
            toPort=5432,
            description="Short cut",
        ),
        plus(
            "back",
            t.INGRESS_RULE,
            securityGroupId=Ref("sg-alb"),
            referencedSecurityGroupId=Ref("sg-api"),
            ipProtocol="tcp",
            fromPort=443,
            toPort=443,
            description="Back",
        ),
        opened(443, "10.0.0.0/24"),
    ),
    "data-tier-opens-no-connections": (
        plus(
            "out",
            t.EGRESS_RULE,
            securityGroupId=Ref("sg-database"),
            referencedSecurityGroupId=Ref("sg-api"),
            ipProtocol="tcp",
            fromPort=8443,
            toPort=8443,
            description="Why",
        ),
    ),
    "security-group-rules-described": (
        drop("in-alb-api", "description"),
        set_("sg-alb", "description", "Managed by Pulumi"),
    ),
    "default-security-group-closed": (
        without("default-group"),
        set_("default-group", "ingress", [{"protocol": "-1", "self": True}]),
    ),
    "network-acl-no-administration-ports": (
        set_("acl-app-in", "fromPort", 22),
        set_(
            "acl-app",
            "ingress",
            [{"action": "allow", "protocol": "-1", "cidrBlock": "0.0.0.0/0", "fromPort": 0, "toPort": 0}],
        ),
    ),
    "network-acl-not-allow-all": (set_("acl-app-in", "protocol", "-1"),),
    "network-acl-in-use": (plus("acl-unused", t.NETWORK_ACL, vpcId=Ref("vpc")),),
    "subnet-has-network-acl": (without("acl-app-1"),),
    "network-acl-per-tier": (point("acl-app-1", "networkAclId", "acl-data"),),
    "vpc-has-flow-log": (without("flow-log"),),
    "flow-log-all-traffic": (set_("flow-log", "trafficType", "REJECT"),),
    "flow-log-kept": (
        set_("flow-log", "logDestination", "arn:aws:logs:eu-west-1:1:log-group:x"),
        drop("flow-log", "iamRoleArn"),
        set_("flow-log", "maxAggregationInterval", 600),
        set_("flow-log", "logDestinationType", "s3"),
    ),
    "endpoints-for-used-services": (without("endpoint-kms"), without("endpoint-s3")),
    "endpoint-private-dns": (set_("endpoint-kms", "privateDnsEnabled", False),),
    "endpoint-policy-restricted": (
        drop("endpoint-kms", "policy"),
        statement("endpoint-kms", "policy", 0, Action="*"),
        statement("endpoint-kms", "policy", 0, Condition=None),
    ),
    "endpoint-only-https": (drop("endpoint-kms", "securityGroupIds"), opened(80, "10.0.0.0/24", group="sg-endpoints")),
    "database-subnets-private": (
        point("db-subnets", "subnetIds[0]", "public-1"),
        point("cache-subnets", "subnetIds[0]", "public-1"),
    ),
    # Tiers
    "security-groups-given": (drop("db", "vpcSecurityGroupIds"), set_("mount-1", "securityGroups", [])),
    "security-group-in-use": (plus("sg-unused", t.SECURITY_GROUP, vpcId=Ref("vpc"), description="None"),),
    "security-group-one-task": (
        point("vpc-link", "securityGroupIds[0]", "sg-alb"),
        point("service-consumer", "networkConfiguration.securityGroups[0]", "sg-api"),
    ),
    "security-group-rules-paired": (
        without("in-alb-api"),
        without("out-alb-api"),
        drop("in-alb-api", "referencedSecurityGroupId"),
    ),
    "data-subnets-hold-data-only": (point("function", "vpcConfig.subnetIds[0]", "data-1"),),
    "one-kind-of-subnet": (point("proxy", "vpcSubnetIds[0]", "app-1"), point("alb", "subnets[0]", "public-1")),
    "route-table-per-tier": (point("association-app-1", "routeTableId", "rtb-data"),),
    "nat-gateway-in-public-subnet": (point("nat-1", "subnetId", "app-1"),),
    "gateway-endpoint-for-workloads": (
        drop("endpoint-s3", "routeTableIds[0]"),
        point("endpoint-s3", "routeTableIds[0]", "rtb-data"),
    ),
    "data-acl-refuses-public-subnets": (
        without("acl-data-deny-1-False"),
        set_("acl-data-deny-2-True", "ruleNumber", 90),
    ),
    "vpc-private-addresses": (set_("vpc", "cidrBlock", "52.0.0.0/16"),),
    "vpc-resolves-names": (set_("vpc", "enableDnsHostnames", False), set_("vpc", "enableDnsSupport", False)),
    "endpoint-type-known": (set_("endpoint-kms", "vpcEndpointType", "GatewayLoadBalancer"),),
    # Edge
    "listener-encrypted": (set_("listener", "protocol", "HTTP"),),
    "listener-tls-policy": (
        drop("listener", "sslPolicy"),
        set_("listener", "sslPolicy", "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06"),
        set_("listener", "sslPolicy", "ELBSecurityPolicy-2016-08"),
    ),
    "listener-certificate": (
        drop("listener", "certificateArn"),
        set_("listener", "certificateArn", "arn:aws:iam::1:server-certificate/x"),
    ),
    "target-group-encrypted": (set_("tg-blue", "protocol", "HTTP"), set_("tg-blue", "healthCheck.protocol", "HTTP")),
    "load-balancer-drops-invalid-headers": (drop("alb", "dropInvalidHeaderFields"),),
    "load-balancer-desync-mitigation": (set_("alb", "desyncMitigationMode", "monitor"),),
    "load-balancer-access-logs": (
        drop("alb", "accessLogs"),
        set_("alb", "accessLogs.enabled", False),
        set_("alb", "accessLogs.bucket", "elsewhere"),
    ),
    "load-balancer-connection-logs": (drop("alb", "connectionLogs"),),
    "listener-default-refuses": (
        set_("listener", "defaultActions", [{"type": "forward", "targetGroupArn": Ref("tg-blue", "arn")}]),
    ),
    "public-load-balancer-has-firewall": (set_("alb", "internal", False),),
    "load-balancer-waf-fail-closed": (set_("alb", "enableWafFailOpen", True),),
    "api-stage-has-firewall": (without("waf-association"),),
    "firewall-has-required-rules": (drop("waf", "rules[0]"), drop("waf", "rules[4]"), without("waf-association")),
    "firewall-rules-block": (
        set_("waf", "rules[0].overrideAction", {"count": {}}),
        set_("waf", "rules[4].action", {"count": {}}),
        drop("waf", "rules[0].overrideAction"),
    ),
    "firewall-rules-not-silenced": (
        set_(
            "waf",
            "rules[0].statement.managedRuleGroupStatement.ruleActionOverrides",
            [{"name": "X", "actionToUse": {"count": {}}}],
        ),
        set_("waf", "rules[0].statement.managedRuleGroupStatement.scopeDownStatement", {"geoMatchStatement": {}}),
    ),
    "firewall-rate-limit": (set_("waf", "rules[4].statement.rateBasedStatement.limit", 20_000_000),),
    "firewall-logged": (
        without("waf-log"),
        set_("waf-log", "loggingFilter", {"defaultBehavior": "DROP"}),
        set_("log-waf", "name", "waf-dev"),
    ),
    "firewall-log-redacted": (drop("waf-log", "redactedFields[0]"), drop("waf-log", "redactedFields[3]")),
    "firewall-metrics": (
        set_("waf", "visibilityConfig.cloudwatchMetricsEnabled", False),
        set_("waf", "rules[0].visibilityConfig.cloudwatchMetricsEnabled", False),
    ),
    "firewall-keeps-no-samples": (
        set_("waf", "visibilityConfig.sampledRequestsEnabled", True),
        set_("waf", "rules[0].visibilityConfig.sampledRequestsEnabled", True),
    ),
    "api-access-logging": (
        drop("stage", "accessLogSettings"),
        set_("stage", "accessLogSettings.destinationArn", "arn:aws:firehose:x"),
    ),
    "api-access-log-fields": (set_("stage", "accessLogSettings.format", "$context.requestId $context.status"),),
    "api-stage-has-method-settings": (without("method-settings"), set_("method-settings", "methodPath", "x/GET")),
    "api-execution-logging": (
        set_("method-settings", "settings.loggingLevel", "OFF"),
        drop("method-settings", "settings.metricsEnabled"),
    ),
    "api-logging-role": (without("api-account"),),
    "api-no-data-trace": (set_("method-settings", "settings.dataTraceEnabled", True),),
    "api-cache-off-or-encrypted": (set_("method-settings", "settings.cachingEnabled", True),),
    "api-no-cache-cluster": (set_("stage", "cacheClusterEnabled", True),),
    "api-client-certificate": (drop("stage", "clientCertificateId"),),
    "api-tls-policy": (
        drop("api", "securityPolicy"),
        set_("domain", "securityPolicy", "TLS_1_0"),
        set_("api", "endpointAccessMode", "BASIC"),
    ),
    "api-default-endpoint-closed": (set_("api", "disableExecuteApiEndpoint", False),),
    "api-method-authorised": (set_("method", "authorization", "NONE"), set_("method", "authorization", "CUSTOM")),
    "api-request-validated": (
        drop("method", "requestValidatorId"),
        drop("method", "requestModels"),
        set_("validator", "validateRequestBody", False),
        set_("validator", "validateRequestParameters", False),
    ),
    "api-models-closed": tuple(
        set_("model", "schema", json.dumps(schema))
        for schema in (
            {"type": "object"},
            {"type": "object", "additionalProperties": False, "properties": {"a": {"type": "string"}}},
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {"a": {"type": "array", "items": {"type": "number"}}},
            },
            [],
        )
    ),
    "api-throttled": (
        drop("method-settings", "settings.throttlingRateLimit"),
        set_("method-settings", "settings.throttlingBurstLimit", -1),
    ),
    "api-usage-plan-limited": (
        drop("plan", "quotaSettings"),
        drop("plan", "apiStages"),
        set_("plan", "throttleSettings.rateLimit", 0),
    ),
    "api-key-for-usage-plan": (set_("method", "apiKeyRequired", False),),
    "api-errors-say-little": (without("response-DEFAULT_4XX"), set_("response-DEFAULT_5XX", "responseParameters", {})),
    "api-tracing": (drop("stage", "xrayTracingEnabled"),),
    "api-endpoint-type": (set_("api", "endpointConfiguration.types", "EDGE"), drop("domain", "endpointConfiguration")),
    "api-integration-encrypted": (
        set_("integration", "uri", "http://api.internal/v1"),
        set_("integration", "connectionType", "INTERNET"),
        set_("integration", "tlsConfig", {"insecureSkipVerification": True}),
    ),
    "no-public-function-url": (
        plus("url", t.FUNCTION_URL, functionName=Ref("function", "name"), authorizationType="NONE"),
    ),
    # Keys
    "key-rotation": (set_("key-data", "enableKeyRotation", False), set_("key-data", "rotationPeriodInDays", 730)),
    "key-deletion-window": (set_("key-data", "deletionWindowInDays", 7),),
    "key-enabled": (set_("key-data", "isEnabled", False), set_("key-data", "multiRegion", True)),
    "key-has-policy": (drop("key-data", "policy"),),
    "key-policy-lockout-check": (set_("key-data", "bypassPolicyLockoutSafetyCheck", True),),
    "key-policy-not-public": (
        statement("key-data", "policy", 3, Principal=ANYONE, Condition=None),
        statement("key-data", "policy", 3, Principal="*", Condition=None),
        set_("key-data", "policy", "{"),
    ),
    "key-policy-duties-apart": (
        statement("key-data", "policy", 0, Action="kms:*"),
        statement("key-data", "policy", 0, Action=["kms:PutKeyPolicy", "kms:Decr*"]),
    ),
    "key-policy-through-services": (
        statement("key-data", "policy", 1, Condition=None),
        statement("key-data", "policy", 1, Condition={"StringLike": {"kms:ViaService": "*"}}),
    ),
    "key-grants-for-services-only": (
        statement("key-data", "policy", 2, Condition=None),
        no_statement("key-data", "policy", 4),
        statement("key-data", "policy", 4, Condition={"StringEquals": {"aws:PrincipalAccount": "0"}}),
    ),
    "key-policy-services-tied": (
        statement("key-data", "policy", 3, Condition=None),
        statement("key-data", "policy", 3, Condition={"StringEqualsIfExists": {"aws:SourceAccount": "1"}}),
    ),
    "key-one-kind-of-data": (
        point("stream", "kmsKeyId", "key-data", "arn"),
        point("log-flow", "kmsKeyId", "key-secrets", "arn"),
    ),
    "key-from-this-stack": (
        set_("stream", "kmsKeyId", "arn:aws:kms:eu-west-1:1:key/other"),
        set_("queue", "kmsMasterKeyId", "alias/aws/sqs"),
    ),
    "key-has-alias": (without("alias-data"),),
    # Credentials
    "secret-customer-key": (drop("secret", "kmsKeyId"), set_("secret", "kmsKeyId", "alias/aws/secretsmanager")),
    "secret-rotates": (without("rotation"), set_("rotation", "rotationEnabled", False)),
    "secret-rotation-period": (
        set_("rotation", "rotationRules.automaticallyAfterDays", 365),
        set_("rotation", "rotationRules", {"scheduleExpression": "rate(100 days)"}),
    ),
    "secret-rotated-at-once": (set_("rotation", "rotateImmediately", False),),
    "secret-has-policy": (without("secret-policy"),),
    "secret-policy-blocks-public": (drop("secret-policy", "blockPublicPolicy"),),
    "secret-policy-closed": (
        no_statement("secret-policy", "policy", 1),
        statement("secret-policy", "policy", 0, Effect="Allow", Condition=None),
    ),
    "secret-own-account-only": (
        no_statement("secret-policy", "policy", 0),
        statement("secret-policy", "policy", 0, Condition={"StringEquals": {"aws:PrincipalAccount": "0"}}),
    ),
    "secret-rotation-can-run": (without("permission"), drop("rotation", "rotationLambdaArn")),
    "no-password-in-program": (
        set_("db", "masterPassword", "secret"),
        set_("cache", "authToken", "secret"),
        plus("version", t.SECRET_VERSION, secretId=Ref("secret"), secretString="secret"),
    ),
    "function-no-plain-secrets": (
        set_("function", "environment.variables.API_TOKEN", "secret"),
        set_("function", "environment.variables.URL", "https://a:b@example.com"),
    ),
    # Database
    "database-encrypted": (
        set_("db", "storageEncrypted", False),
        drop("db", "kmsKeyId"),
        set_("db", "kmsKeyId", "alias/aws/rds"),
    ),
    "database-not-public": (set_("db-1", "publiclyAccessible", True),),
    "database-has-parameters": (drop("db", "dbClusterParameterGroupName"),),
    "database-in-own-subnets": (drop("db", "dbSubnetGroupName"),),
    "database-tls-required": (
        parameter("db-parameters", "rds.force_ssl", "0"),
        parameter("db-parameters", "ssl_min_protocol_version", None),
        both(set_("db-parameters", "family", "aurora-mysql8.0"), parameter("db-parameters", "x", "1")),
    ),
    "database-logs-exported": (drop("db", "enabledCloudwatchLogsExports"),),
    "database-audited": (
        parameter("db-parameters", "shared_preload_libraries", "pg_stat_statements"),
        parameter("db-parameters", "pgaudit.log", "ddl"),
        parameter("db-parameters", "log_connections", "0"),
    ),
    "database-log-without-values": (
        parameter("db-parameters", "pgaudit.log_parameter", "1"),
        parameter("db-parameters", "log_statement", "all"),
        parameter("db-parameters", "log_error_verbosity", None),
    ),
    "database-passwords-hashed": (
        parameter("db-parameters", "password_encryption", "md5"),
        parameter("db-parameters", "rds.accepted_password_auth_method", None),
    ),
    "database-idle-sessions-end": (parameter("db-parameters", "idle_in_transaction_session_timeout", "0"),),
    "database-administrator-name": (set_("db", "masterUsername", "postgres"), drop("db", "masterUsername")),
    "database-password-managed": (drop("db", "manageMasterUserPassword"), drop("db", "masterUserSecretKmsKeyId")),
    "database-iam-authentication": (drop("db", "iamDatabaseAuthenticationEnabled"),),
    "database-no-data-api": (set_("db", "enableHttpEndpoint", True),),
    "database-minor-upgrades": (set_("db-1", "autoMinorVersionUpgrade", False),),
    "database-events-subscribed": (
        without("events-db-cluster"),
        set_("events-db-cluster", "eventCategories", ["failover"]),
        set_("events-db-instance", "enabled", False),
    ),
    "database-backups-kept": (set_("db", "backupRetentionPeriod", 7), drop("db", "backupRetentionPeriod")),
    "database-copies-tags": (drop("db", "copyTagsToSnapshot"),),
    "database-enhanced-monitoring": (set_("db-1", "monitoringInterval", 0), drop("db-1", "monitoringRoleArn")),
    "database-insights-encrypted": (
        set_("db-1", "performanceInsightsEnabled", False),
        drop("db-1", "performanceInsightsKmsKeyId"),
    ),
    "database-behind-proxy": (without("proxy-target"),),
    "database-proxy-tls": (set_("proxy", "requireTls", False),),
    "database-proxy-iam": (
        set_("proxy", "auths[0].iamAuth", "DISABLED"),
        set_("proxy", "auths[0].clientPasswordAuthType", "POSTGRES_MD5"),
        drop("proxy", "auths"),
    ),
    "database-proxy-no-debug-log": (set_("proxy", "debugLogging", True),),
    "database-proxy-ends-idle-clients": (set_("proxy", "idleClientTimeout", 28800),),
    "database-certificate-authority": (set_("db-1", "caCertIdentifier", "rds-ca-2019"),),
    # Cache
    "cache-transit-encrypted": (
        set_("cache", "transitEncryptionEnabled", False),
        set_("cache", "transitEncryptionMode", "preferred"),
    ),
    "cache-encrypted": (set_("cache", "atRestEncryptionEnabled", False), drop("cache", "kmsKeyId")),
    "cache-authenticated": (drop("cache", "userGroupIds"), set_("cache", "userGroupIds", ["elsewhere"])),
    "cache-group-without-default-user": (set_("cache-users", "userIds", ["default"]),),
    "cache-user-signs-in-with-iam": (
        set_("cache-user", "authenticationMode.type", "no-password-required"),
        set_("cache-user", "authenticationMode.type", "password"),
    ),
    "cache-user-limited": tuple(
        set_("cache-user", "accessString", text)
        for text in ("on ~* +@all", "on ~tap:* nopass -@all", "on ~tap:* +@read", "", "on -@all -@admin -@dangerous")
    ),
    "cache-minor-upgrades": (set_("cache", "autoMinorVersionUpgrade", False),),
    "cache-private": (drop("cache", "subnetGroupName"), drop("cache", "securityGroupIds")),
    "cache-logged": (
        drop("cache", "logDeliveryConfigurations[0]"),
        both(
            set_("cache", "logDeliveryConfigurations[0].destination", "x"),
            set_("cache", "logDeliveryConfigurations[1].destination", "x"),
        ),
    ),
    "cache-no-snapshots": (set_("cache", "snapshotRetentionLimit", 7),),
    # Storage
    "file-system-encrypted": (set_("efs", "encrypted", False), drop("efs", "kmsKeyId")),
    "file-system-has-policy": (without("efs-policy"),),
    "file-system-policy-tls": (
        no_statement("efs-policy", "policy", 1),
        statement("efs-policy", "policy", 1, Action=["elasticfilesystem:ClientMount"]),
    ),
    "file-system-policy-closed": (
        statement("efs-policy", "policy", 0, Principal=ANYONE),
        no_statement("efs-policy", "policy", 2),
        statement("efs-policy", "policy", 0, Action="*"),
    ),
    "file-system-through-mount-targets": (statement("efs-policy", "policy", 0, Condition=None),),
    "access-point-own-user": (drop("access-point", "posixUser"), set_("access-point", "posixUser.uid", 0)),
    "access-point-own-directory": (
        drop("access-point", "rootDirectory"),
        set_("access-point", "rootDirectory.creationInfo.permissions", "0777"),
    ),
    "file-system-backed-up": (without("efs-backup"), set_("efs-backup", "backupPolicy.status", "DISABLED")),
    "bucket-not-public": (without("audit-public"), set_("audit-public", "restrictPublicBuckets", False)),
    "bucket-tls-only": (
        no_statement("audit-policy", "policy", 0),
        statement("audit-policy", "policy", 0, Resource="arn:aws:s3:::bucket-audit-dev"),
        without("audit-policy"),
    ),
    "bucket-new-tls-only": (
        no_statement("audit-policy", "policy", 1),
        statement("audit-policy", "policy", 1, Condition={"NumericLessThan": {"s3:TlsVersion": "1.1"}}),
    ),
    "bucket-encrypted": (
        without("audit-encryption"),
        set_("audit-encryption", "rules[0].applyServerSideEncryptionByDefault", {"sseAlgorithm": "AES256"}),
        set_("access-logs-encryption", "rules[0].applyServerSideEncryptionByDefault.sseAlgorithm", "aws:kms"),
        drop("audit-encryption", "rules[0].bucketKeyEnabled"),
    ),
    "bucket-versioned": (
        without("audit-versioning"),
        set_("audit-versioning", "versioningConfiguration.status", "Suspended"),
    ),
    "bucket-access-logged": (without("audit-logging"),),
    "bucket-lifetime": (
        without("audit-lifecycle"),
        set_("audit-lifecycle", "rules[0].expiration.days", 30),
        drop("audit-lifecycle", "rules[0].noncurrentVersionExpiration"),
        set_("audit-lifecycle", "rules[0].transitions[0].days", 1),
        set_("audit-lifecycle", "rules[0].status", "Disabled"),
    ),
    "bucket-no-acls": (
        without("audit-ownership"),
        plus("acl", t.BUCKET_ACL[0], bucket=Ref("bucket-audit", "bucket"), acl="public-read"),
        set_("bucket-audit", "acl", "public-read"),
    ),
    "bucket-policy-closed": (
        statement("audit-policy", "policy", 2, Principal="*", Condition=None),
        statement("audit-policy", "policy", 2, Action="s3:*"),
        statement("audit-policy", "policy", 2, Condition=None),
    ),
    # Streams, queues, topics, tables
    "stream-encrypted": (set_("stream", "encryptionType", "NONE"), set_("stream", "kmsKeyId", "alias/aws/kinesis")),
    "stream-retention-bounded": (set_("stream", "retentionPeriod", 8760),),
    "queue-encrypted": (drop("queue", "kmsMasterKeyId"), set_("queue", "kmsMasterKeyId", "alias/aws/sqs")),
    "queue-key-reuse": (set_("queue", "kmsDataKeyReusePeriodSeconds", 86400),),
    "queue-tls-only": (
        without("queue-policy"),
        no_statement("queue-policy", "policy", 0),
        statement("queue-policy", "policy", 0, Principal={"AWS": ROOT}),
    ),
    "topic-tls-only": (without("topic-policy"), no_statement("topic-policy", "policy", 0)),
    "queue-policy-closed": (statement("queue-policy", "policy", 1, Effect="Allow", Condition=None),),
    "queue-own-account-only": (no_statement("queue-policy", "policy", 1),),
    "topic-policy-closed": (
        statement("topic-policy", "policy", 1, Principal="*", Condition=None),
        statement("topic-policy", "policy", 1, Condition=None),
    ),
    "queue-dead-letters": (drop("queue", "redriveAllowPolicy"),),
    "queue-retention-bounded": (set_("queue", "messageRetentionSeconds", 9999999),),
    "topic-encrypted": (drop("topic", "kmsMasterKeyId"), set_("topic", "kmsMasterKeyId", "alias/aws/sns")),
    "topic-delivery-logged": (set_("topic-email", "protocol", "lambda"),),
    "topic-subscription-encrypted": (set_("topic-email", "protocol", "http"), set_("topic-email", "protocol", "sms")),
    "table-encrypted": (drop("table", "serverSideEncryption"), drop("table", "serverSideEncryption.kmsKeyArn")),
    # Containers and functions
    "service-no-public-address": (set_("service-api", "networkConfiguration.assignPublicIp", True),),
    "container-no-plain-secrets": (
        container("environment", [{"name": "DB_PASSWORD", "value": "secret"}]),
        container("environmentFiles", [{"type": "s3", "value": "arn:x"}]),
        container("environment", [{"name": "X", "value": "AKIAABCDEFGHIJKLMNOP"}]),
    ),
    "service-latest-platform": (set_("service-api", "platformVersion", "1.3.0"),),
    "service-on-fargate": (
        set_("service-api", "launchType", "EC2"),
        set_("service-api", "capacityProviderStrategies", [{"capacityProvider": "own"}]),
    ),
    "container-not-root": (container("user", "0"), container("user", ""), set_("task-api", "containerDefinitions", [])),
    "container-not-privileged": (container("privileged", True), container("dockerSecurityOptions", ["label:disable"])),
    "container-drops-capabilities": (
        container("linuxParameters", {}),
        container("linuxParameters.capabilities.add", ["SYS_ADMIN"]),
    ),
    "container-read-only": (container("readonlyRootFilesystem", False),),
    "container-logged": (
        container("logConfiguration", {}),
        container("logConfiguration.options.awslogs-group", "elsewhere"),
        container("logConfiguration.options.awslogs-create-group", "true"),
    ),
    "container-image-pinned": (
        container("image", "app"),
        container("image", "app:latest"),
        container("versionConsistency", "disabled"),
    ),
    "task-volumes-protected": (
        set_("task-api", "volumes[0].efsVolumeConfiguration.transitEncryption", "DISABLED"),
        drop("task-api", "volumes[0].efsVolumeConfiguration.authorizationConfig"),
        set_("task-api", "volumes", [{"name": "x", "hostPath": "/var"}]),
    ),
    "task-isolated": (
        set_("task-api", "pidMode", "host"),
        set_("task-api", "networkMode", "bridge"),
        set_("task-api", "requiresCompatibilities", ["EC2"]),
        set_("task-api", "enableFaultInjection", True),
    ),
    "task-roles-apart": (
        point("task-api", "executionRoleArn", "role-api", "arn"),
        drop("task-api", "taskRoleArn"),
        point("task-api", "taskRoleArn", "role-consumer", "arn"),
    ),
    "shell-sessions-logged": (
        set_("cluster", "configuration.executeCommandConfiguration.logging", "NONE"),
        drop("cluster", "configuration.executeCommandConfiguration.kmsKeyId"),
        drop("cluster", "configuration.executeCommandConfiguration.logConfiguration"),
    ),
    "service-no-shell": (set_("service-api", "enableExecuteCommand", True),),
    "cluster-insights": (drop("cluster", "settings"),),
    "task-storage-encrypted": (drop("cluster", "configuration.managedStorageConfiguration"),),
    "function-in-vpc": (drop("function", "vpcConfig"),),
    "function-runtime-supported": (set_("function", "runtime", "python3.8"),),
    "function-environment-key": (drop("function", "kmsKeyArn"),),
    "function-permission-scoped": (
        drop("permission", "sourceAccount"),
        set_("permission", "principal", "*"),
        set_("permission", "functionUrlAuthType", "NONE"),
    ),
    "function-logged": (
        drop("function", "loggingConfig"),
        set_("function", "loggingConfig.systemLogLevel", "WARN"),
        set_("function", "loggingConfig.applicationLogLevel", "FATAL"),
    ),
    "function-traced": (drop("function", "tracingConfig"),),
    "function-ends-in-time": (set_("function", "timeout", 900),),
    # Logs and audit trail
    "log-retention": (set_("log-flow", "retentionInDays", 30), drop("log-flow", "retentionInDays")),
    "log-encrypted": (drop("log-flow", "kmsKeyId"),),
    "log-masks-card-data": (without("mask-log-api"),),
    "log-mask-complete": (
        statement(
            "mask-log-api",
            "policyDocument",
            0,
            DataIdentifier=["arn:aws:dataprotection::aws:data-identifier/EmailAddress"],
        ),
        statement("mask-log-api", "policyDocument", 0, Operation={"Audit": {}}),
    ),
    "log-standard-class": (set_("log-flow", "logGroupClass", "INFREQUENT_ACCESS"),),
    "log-policy-closed": (
        statement("waf-log-policy", "policyDocument", 0, Condition=None),
        statement("waf-log-policy", "policyDocument", 0, Resource="*"),
    ),
    "log-groups-of-services": (
        without("log-insights"),
        set_("db", "enabledCloudwatchLogsExports", ["postgresql", "upgrade"]),
        without("log-proxy"),
        without("log-execution"),
    ),
    "trail-bucket-apart": (point("trail", "s3BucketName", "bucket-access-logs", "bucket"),),
    "trail-exists": (without("trail"),),
    "trail-records-everything": (
        set_("trail", "isMultiRegionTrail", False),
        set_("trail", "enableLogging", False),
        set_("trail", "includeGlobalServiceEvents", False),
    ),
    "trail-management-events": (
        drop("trail", "advancedEventSelectors[0]"),
        both(
            drop("trail", "advancedEventSelectors"),
            set_("trail", "eventSelectors", [{"includeManagementEvents": False}]),
        ),
    ),
    "trail-validated": (drop("trail", "enableLogFileValidation"),),
    "trail-encrypted": (drop("trail", "kmsKeyId"),),
    "trail-to-logs": (drop("trail", "cloudWatchLogsGroupArn"), drop("trail", "cloudWatchLogsRoleArn")),
    "trail-object-events": (drop("trail", "advancedEventSelectors[1]"), set_("trail", "s3BucketName", "elsewhere")),
    "trail-insights": (drop("trail", "insightSelectors"),),
    # Identities
    "iam-no-full-rights": (
        loosened("*"),
        loosened("*:*"),
        statement("policy-api", "policy", 3, Action=None, NotAction="iam:*"),
    ),
    "iam-no-whole-services": (loosened("s3:*"),),
    "iam-exact-actions": (loosened("s3:Get*"), loosened("s3:*Object")),
    "iam-exact-resources": (
        statement("policy-api", "policy", 3, Resource="*"),
        statement("policy-api", "policy", 3, Resource="arn:aws:rds-db:*:*:*"),
    ),
    "iam-metrics-scoped": (statement("policy-api", "policy", 2, Condition=None),),
    "iam-keys-scoped": (
        statement("policy-api", "policy", 1, Resource="*"),
        statement("policy-api", "policy", 1, Condition=None),
        statement("policy-api", "policy", 1, Resource="arn:aws:kms:eu-west-1:1:key/*"),
    ),
    "iam-pass-role-scoped": (
        statement("policy-api", "policy", 3, Action="iam:PassRole", Resource="*"),
        statement("policy-api", "policy", 3, Action="iam:PassRole", Resource="arn:aws:iam::1:role/x"),
    ),
    "iam-no-tampering": (
        loosened("cloudtrail:StopLogging"),
        loosened("logs:Delete*"),
        set_(
            "role-api",
            "inlinePolicies",
            [
                {
                    "name": "x",
                    "policy": json.dumps(
                        {"Statement": {"Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": "*"}}
                    ),
                }
            ],
        ),
    ),
    "iam-no-policies-on-users": (plus("user-policy", t.IAM_USER_POLICY, user="x", policy="{}"),),
    "iam-no-users": (plus("user", t.IAM_USER, name="x"), plus("access-key", t.IAM_ACCESS_KEY, user="x")),
    "role-trust-named": (
        set_(
            "role-api", "assumeRolePolicy", trust("ecs-tasks").replace('{"Service": "ecs-tasks.amazonaws.com"}', '"*"')
        ),
        statement("role-api", "assumeRolePolicy", 0, Principal={"AWS": ROOT}, Condition=None),
        statement("role-api", "assumeRolePolicy", 0, Principal={"Service": ["a.amazonaws.com", "b.amazonaws.com"]}),
        statement("role-api", "assumeRolePolicy", 0, Action="sts:*"),
    ),
    "role-trust-tied": (statement("role-api", "assumeRolePolicy", 0, Condition=None),),
    "role-people-use-mfa": (statement("role-api", "assumeRolePolicy", 0, Principal={"AWS": ROOT}),),
    "role-session-bounded": (set_("role-api", "maxSessionDuration", 43200),),
    "iam-no-broad-aws-policies": (
        set_("role-api", "managedPolicyArns", ["arn:aws:iam::aws:policy/AdministratorAccess"]),
        plus(
            "attachment",
            t.IAM_ROLE_POLICY_ATTACHMENT,
            role=Ref("role-api", "name"),
            policyArn="arn:aws:iam::aws:policy/ReadOnlyAccess",
        ),
    ),
    # Roles in use
    "role-trusts-its-user": (
        point("function", "role", "role-trail", "arn"),
        point("service-api", "loadBalancers[0].advancedConfiguration.roleArn", "role-api", "arn"),
    ),
    "role-has-permissions": (without("policy-traffic"),),
    "role-in-use": (plus("role-unused", t.IAM_ROLE, name="role-unused-dev", assumeRolePolicy=trust("ecs-tasks")),),
    "iam-file-system-by-access-point": (statement("policy-api", "policy", 0, Condition=None),),
    "function-code-leaves-network-alone": (no_statement("policy-function", "policy", 1),),
    "iam-own-database-user": (
        statement("policy-api", "policy", 3, Resource="arn:aws:rds-db:eu-west-1:1:dbuser:prx-1/*"),
    ),
    # Alarms
    "audit-alarms-complete": (without("filter-audit-0"), without("alarm-audit-0")),
    "control-failures-noticed": (
        without("event-target"),
        set_("event-rule", "state", "DISABLED"),
        set_("event-rule", "eventPattern", "{}"),
    ),
    "metric-filter-has-alarm": (without("alarm-audit-0"), set_("filter-audit-0", "metricTransformation.value", "0")),
    "metric-filter-on-own-group": (set_("filter-audit-0", "logGroupName", "elsewhere"),),
    "audit-alarm-soon": (set_("alarm-audit-0", "period", 86400), set_("alarm-audit-0", "threshold", 100)),
    "alarm-acts": (drop("watch-efs-io", "alarmActions"), set_("lag", "actionsEnabled", False)),
    "alarm-can-fire": (
        drop("lag", "treatMissingData"),
        set_("lag", "datapointsToAlarm", 9),
        drop("lag", "metricName"),
        drop("lag", "threshold"),
    ),
    "alarm-topic-has-subscriber": (without("topic-email"),),
    "resource-watched": (without("watch-efs-io"), set_("watch-api-errors", "metricName", "Count"), without("lag")),
    "step-scaling-has-alarm": (drop("lag", "alarmActions[1]"),),
    "event-target-reached": (drop("event-target", "roleArn"),),
    "event-rule-has-target": (
        without("event-target"),
        set_("event-rule", "state", "DISABLED"),
        drop("event-rule", "eventPattern"),
        set_("event-rule", "eventPattern", json.dumps({"detail": {"errorCode": [{"exists": True}]}})),
    ),
    # Names, tags, Region
    "name-ends-in-suffix": (
        set_("stream", "name", "stream-ingest"),
        drop("stream", "name"),
        set_("log-proxy", "name", "/aws/rds/proxy/other"),
    ),
    "name-follows-pattern": (set_("stream", "name", "Stream_Ingest-dev"), set_("stream", "name", "ingest-dev")),
    "tags-required": (drop("stream", "tags"), drop("stream", "tags.Project")),
    "data-classification-known": (set_("stream", "tags.DataClassification", "secret"),),
    "one-environment": (set_("stream", "tags.Environment", "prod"),),
    "service-tags-tasks": (set_("service-api", "propagateTags", "NONE"),),
    "region-allowed": (
        set_("stream", "region", "us-east-1"),
        set_("app-1", "availabilityZone", "us-east-1a"),
        plus("provider", "pulumi:providers:aws", region="us-east-1"),
    ),
    # Failover
    "spread-over-zones": (drop("service-api", "networkConfiguration.subnets[0]"), drop("alb", "subnets[0]")),
    "file-system-mounted-in-zones": (without("mount-3"),),
    "way-out-in-own-zone": (point("route-app-1", "natGatewayId", "nat-2"),),
    "database-instances-in-zones": (
        without("db-3"),
        set_("db-3", "availabilityZone", "eu-west-1a"),
        set_("db-3", "promotionTier", 15),
    ),
    "database-proxy-soon": (set_("proxy-targets", "connectionPoolConfig.connectionBorrowTimeout", 120),),
    "cache-fails-over": (
        set_("cache", "automaticFailoverEnabled", False),
        set_("cache", "multiAzEnabled", False),
        set_("cache", "replicasPerNodeGroup", 1),
    ),
    "cache-clustered": (drop("cache", "clusterMode"),),
    "target-group-detects-soon": (
        set_("tg-blue", "healthCheck.interval", 30),
        set_("tg-blue", "healthCheck.enabled", False),
    ),
    "target-group-health-means-well": (
        set_("tg-blue", "healthCheck.matcher", "200-499"),
        drop("tg-blue", "healthCheck.path"),
        set_("tg-blue", "healthCheck.port", "9000"),
    ),
    "target-group-drains-soon": (set_("tg-blue", "deregistrationDelay", 300), drop("tg-blue", "deregistrationDelay")),
    "target-groups-alike": (set_("tg-green", "healthCheck.interval", 6),),
    "service-blue-green": (
        drop("service-api", "deploymentConfiguration.strategy"),
        set_("service-api", "deploymentConfiguration.bakeTimeInMinutes", "1"),
        drop("service-api", "loadBalancers[0].advancedConfiguration.testListenerRule"),
        set_("service-api", "deploymentController", {"type": "CODE_DEPLOY"}),
    ),
    "listener-rules-know-both-colours": (drop("rule-production", "actions[0].forward.targetGroups[1]"),),
    "service-traffic-role": (
        set_("service-api", "loadBalancers[0].advancedConfiguration.roleArn", "arn:aws:iam::1:role/x"),
    ),
    "service-rolls-back": (
        set_("service-api", "deploymentCircuitBreaker.rollback", False),
        set_("service-api", "alarms.enable", False),
        set_("service-api", "alarms.alarmNames", []),
    ),
    "service-keeps-capacity": (
        set_("service-api", "deploymentMinimumHealthyPercent", 50),
        set_("service-api", "deploymentMaximumPercent", 100),
    ),
    "service-in-every-zone": (
        set_("service-api", "desiredCount", 1),
        set_("service-api", "availabilityZoneRebalancing", "DISABLED"),
    ),
    "service-grace-period": (set_("service-api", "healthCheckGracePeriodSeconds", 600),),
    "service-scales": (without("target-api"), without("scaling-api")),
    "scaling-range": (
        set_("target-api", "minCapacity", 1),
        set_("target-api", "suspendedState", {"dynamicScalingOutSuspended": True}),
    ),
    "scaling-out-soon": (
        set_("scaling-api", "targetTrackingScalingPolicyConfiguration.scaleOutCooldown", 600),
        set_("scaling-consumer-lag", "stepScalingPolicyConfiguration.cooldown", 600),
        set_("scaling-api", "targetTrackingScalingPolicyConfiguration.disableScaleIn", True),
    ),
    "colours-watched-alike": (set_("service-api", "alarms.alarmNames", [Ref("rollback-blue", "name")]),),
    "rollback-alarm-in-bake-time": (set_("rollback-blue", "period", 3600),),
    "no-spot-capacity": (
        set_("capacity", "capacityProviders", ["FARGATE_SPOT"]),
        set_("service-api", "capacityProviderStrategies", [{"capacityProvider": "FARGATE_SPOT"}]),
    ),
    "table-scales": (drop("table", "billingMode"),),
    "stream-scales": (drop("stream", "streamModeDetails"),),
    "container-health-checked": (
        drop("task-consumer", "containerDefinitions[0].healthCheck"),
        container("healthCheck.interval", 60, "task-consumer"),
        container("essential", False),
    ),
    "container-stops-in-time": (container("stopTimeout", 120), container("stopTimeout", 2)),
    "container-logs-do-not-block": (container("logConfiguration.options.mode", "blocking"),),
    # No data loss
    "cache-durable": (drop("cache", "durability"), set_("cache", "durability", "async")),
    "cache-engine-durable": (set_("cache", "engine", "redis"),),
    "cache-no-eviction": (parameter("cache-parameters", "maxmemory-policy", "allkeys-lru"),),
    "stream-outlasts-outage": (set_("stream", "retentionPeriod", 24),),
    "stream-has-dead-letter-queue": (
        drop("task-consumer", "containerDefinitions[0].environment[2]"),
        without("task-consumer"),
    ),
    "queue-outlasts-weekend": (set_("queue", "messageRetentionSeconds", 345600),),
    "consumer-finishes-work": (container("stopTimeout", 30, "task-consumer"),),
    "table-restorable": (drop("table", "pointInTimeRecovery"),),
    "file-system-in-several-zones": (set_("efs", "availabilityZoneName", "eu-west-1a"),),
    "database-storage-in-several-zones": (set_("db", "engine", "postgres"),),
    # Destroyability
    "nothing-retained": (protect("db"),),
    "no-deletion-protection": (set_("db", "deletionProtection", True), set_("alb", "enableDeletionProtection", True)),
    "no-final-snapshot": (
        set_("db", "skipFinalSnapshot", False),
        set_("db", "deleteAutomatedBackups", False),
        set_("cache", "finalSnapshotIdentifier", "last"),
    ),
    "bucket-emptied": (set_("bucket-audit", "forceDestroy", False), set_("bucket-audit", "objectLockEnabled", True)),
    "secret-deleted-at-once": (set_("secret", "recoveryWindowInDays", 30), drop("secret", "recoveryWindowInDays")),
    "nothing-skipped": (set_("log-flow", "skipDestroy", True),),
    "log-groups-made-by-the-stack": (loosened("logs:CreateLogGroup"),),
}
