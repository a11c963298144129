"""Mutants that decide nothing which the policy pack promises, each kind with a reason. They are not counted.

A pattern stands for ``operator type where``, as in ``drop ec2/subnet:Subnet mapPublicIpOnLaunch``; list indices are
``[*]``.
"""

from __future__ import annotations

import functools
import re

# Left out, AWS (or the provider) takes the same value. Checked against the API references.
SAME_BY_DEFAULT = {
    "apigateway/apiKey:ApiKey": "enabled",
    "apigateway/methodSettings:MethodSettings": r"settings\.(cachingEnabled|dataTraceEnabled)",
    "apigateway/restApi:RestApi": "apiKeySource|disableExecuteApiEndpoint",
    "apigateway/stage:Stage": "cacheClusterEnabled",
    "cloudtrail/trail:Trail": "enableLogging|includeGlobalServiceEvents",
    "cloudwatch/eventRule:EventRule": "state",
    "cloudwatch/metricAlarm:MetricAlarm": r"actionsEnabled|datapointsToAlarm|metricQueries\[\*\]\.returnData",
    "dynamodb/table:Table": "deletionProtectionEnabled",
    "ec2/flowLog:FlowLog": "logDestinationType",
    "ec2/networkAclRule:NetworkAclRule": "egress",
    "ec2/subnet:Subnet": "mapPublicIpOnLaunch",
    "ec2/vpc:Vpc": "enableDnsSupport",
    "ec2/vpcEndpoint:VpcEndpoint": "vpcEndpointType",
    "ecs/service:Service": (
        r"deploymentConfiguration\.bakeTimeInMinutes|deploymentController(\.type)?|deploymentMaximumPercent"
        r"|deploymentMinimumHealthyPercent|enableExecuteCommand|networkConfiguration\.assignPublicIp|platformVersion"
        r"|healthCheckGracePeriodSeconds"
    ),
    "ecs/taskDefinition:TaskDefinition": (
        r"containerDefinitions\[\*\]\.(privileged|mountPoints\[\*\]\.readOnly|stopTimeout|versionConsistency|essential"
        r"|portMappings\[\*\]\.protocol|healthCheck\.(timeout|startPeriod))"
    ),
    "elasticache/replicationGroup:ReplicationGroup": (
        "autoMinorVersionUpgrade|networkType|snapshotRetentionLimit|transitEncryptionMode"
    ),
    "kms/key:Key": "deletionWindowInDays|rotationPeriodInDays",
    "lambda/function:Function": r"loggingConfig\.(applicationLogLevel|systemLogLevel)|timeout",
    "lb/loadBalancer:LoadBalancer": "desyncMitigationMode|enableDeletionProtection|idleTimeout",
    "lb/targetGroup:TargetGroup": r"healthCheck\.(enabled|matcher|port)",
    "rds/cluster:Cluster": (
        "autoMinorVersionUpgrade|databaseInsightsMode|deleteAutomatedBackups|deletionProtection|enableHttpEndpoint"
        "|engineMode|networkType"
    ),
    "rds/clusterInstance:ClusterInstance": (
        "autoMinorVersionUpgrade|performanceInsightsRetentionPeriod|publiclyAccessible|promotionTier"
    ),
    "rds/eventSubscription:EventSubscription": "enabled|eventCategories",
    "rds/proxy:Proxy": "debugLogging|idleClientTimeout",
    "secretsmanager/secretRotation:SecretRotation": "rotateImmediately",
    "sqs/queue:Queue": "kmsDataKeyReusePeriodSeconds|visibilityTimeoutSeconds",
    "wafv2/webAcl:WebAcl": r"rules\[\*\]\.statement\.rateBasedStatement\.(aggregateKeyType|evaluationWindowSec)",
}

# AWS, the provider or the resource's schema refuses it: it cannot be deployed, so nothing has to hold it back.
REFUSED = (
    r"drop apigateway/domainName:DomainName regionalCertificateArn",
    r"drop(-element)? apigateway/usagePlan:UsagePlan quotaSettings\.period",
    r"(drop|drop-element|flip|other-choice|switch) appautoscaling/policy:Policy .*",
    r"drop cloudtrail/trail:Trail advancedEventSelectors\[\*\]\.fieldSelectors\[\*\]\.field",
    r"(drop|drop-element|flip) cloudwatch/metricAlarm:MetricAlarm metricQueries\[\*\].*",
    r"drop(-element)? dynamodb/table:Table (hashKey|globalSecondaryIndexes.*)",
    r"drop ec2/(natGateway:NatGateway subnetId"
    r"|networkAclRule:NetworkAclRule cidrBlock|route:Route destinationCidrBlock)",
    r"drop ec2/(subnet:Subnet|vpc:Vpc) cidrBlock",
    r"drop(-element)? ecs/clusterCapacityProviders:ClusterCapacityProviders .*",
    r"drop(-element)? ecs/taskDefinition:TaskDefinition (requiresCompatibilities.*|.*\.logConfiguration\.options\..*)",
    r"drop(-element)? ecs/taskDefinition:TaskDefinition containerDefinitions\[\*\]\.secrets\[\*\]\..*",
    r"other-choice ecs/taskDefinition:TaskDefinition .*portMappings\[\*\]\.protocol",
    r"drop elasticache/parameterGroup:ParameterGroup parameters\[\*\]\.(name|value)",
    r"(drop-element|switch) elasticache/parameterGroup:ParameterGroup parameters\[\*\](\.value| \(cluster-enabled\))",
    r"drop elasticache/replicationGroup:ReplicationGroup (engineVersion|logDeliveryConfigurations\[\*\]\..*)",
    r"drop efs/fileSystem:FileSystem lifecyclePolicies\[\*\]\..*",
    r"drop lb/listener:Listener defaultActions\[\*\]\.fixedResponse.*",
    r"drop(-element)? lb/listenerRule:ListenerRule .*",
    r"other-choice lb/listenerRule:ListenerRule actions\[\*\]\.type",
    r"drop rds/cluster:Cluster serverlessv\*ScalingConfiguration\..*",
    r"most rds/clusterInstance:ClusterInstance monitoringInterval",
    r"drop rds/(proxy:Proxy auths\[\*\]\.(authScheme|secretArn)"
    r"|clusterParameterGroup:.* parameters\[\*\]\.applyMethod)",
    r"least rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup .*",
    r"drop s3/bucketLifecycleConfiguration:.* rules\[\*\]\.(filter|id|transitions\[\*\]\..*)",
    r"(drop|flip) s3/bucketLifecycleConfiguration:.* rules\[\*\]\.expiration\.expiredObjectDeleteMarker",
    r"drop sqs/queue:Queue redriveAllowPolicy\.redrivePermission",
    r"drop wafv2/webAcl:WebAcl (defaultAction\.allow|rules\[\*\]\.(name|priority|visibilityConfig\.metricName))",
    r"drop wafv2/webAcl:WebAcl (visibilityConfig\.metricName"
    r"|.*\.(vendorName|actionToUse.*|ruleActionOverrides\[\*\]\.name))",
    r"drop wafv2/webAcl:WebAcl .*sampledRequestsEnabled",
    r"other-choice wafv2/webAcl:WebAcl (scope|.*aggregateKeyType)",
    # A bucket's and a topic's policy can speak of that bucket and that topic only.
    r"any-resource (s3/bucketPolicy:BucketPolicy|sns/topicPolicy:TopicPolicy) .*",
)

# It changes what the platform does, and nothing that the pack promises: a call fails, an answer looks different, a bill
# grows. The tests of the components hold these.
WORKING = (
    r"flip apigateway/apiKey:ApiKey enabled",
    r"(drop|remove) apigateway/basePathMapping:BasePathMapping .*",
    r"(drop|most|remove) apigateway/integration:Integration (requestParameters.*|timeoutMilliseconds|integration-.*)",
    r"(drop|flip) apigateway/method:Method requestParameters.*",
    r"flip apigateway/method:Method apiKeyRequired",
    r"remove apigateway/(method:Method|usagePlanKey:UsagePlanKey) .*",
    r"drop apigateway/response:Response responseParameters\.gatewayresponse\.header\.(Cache-Control|X-Content.*)",
    r"flip apigateway/restApi:RestApi disableExecuteApiEndpoint",
    r"loose-setting apigateway/(stage:Stage ServiceHostName|usagePlan:UsagePlan ApiDailyQuota)",
    r"(most|loose-setting|remove|swap) appautoscaling/policy:Policy .*",
    r"remove ecs/clusterCapacityProviders:ClusterCapacityProviders .*",  # services name their launch type
    r"remove cloudwatch/dashboard:Dashboard .*",
    r"drop cloudtrail/trail:Trail advancedEventSelectors\[\*\]\.name",
    r"drop cloudwatch/eventTarget:EventTarget (inputTransformer\.inputPaths.*|retryPolicy.*)",
    r"(drop|other-choice|switch) cloudwatch/logMetricFilter:.* metricTransformation\.(defaultValue|unit)",
    r"remove cloudwatch/(logMetricFilter:LogMetricFilter filter-api-throttled|logResourcePolicy:.*)",
    r"(drop|drop-element) cloudwatch/metricAlarm:MetricAlarm (okActions.*|alarmDescription|dimensions\..*)",
    r"(remove|flip|swap) ec2/(networkAclRule:NetworkAclRule|route:Route) (nacl|route|egress|networkAclId).*",
    r"remove vpc/securityGroupEgressRule:SecurityGroupEgressRule sgr-.*-(s\*|dynamodb)-out-\*",
    r"(drop|flip) ecs/service:Service (enableEcsManagedTags|waitForSteadyState)",
    r"(drop|drop-element|swap) ecs/taskDefinition:.* containerDefinitions\[\*\]\.(secrets|environment).*",
    r"(drop"
    r"|flip) ecs/taskDefinition:.* containerDefinitions\[\*\]\.(linuxParameters\.initProcessEnabled|mountPoints.*)",
    r"(drop-element|most) ecs/taskDefinition:.* containerDefinitions\[\*\]\.healthCheck\.(command|startPeriod).*",
    r"drop efs/accessPoint:AccessPoint rootDirectory\.creationInfo.*",
    r"(drop|drop-element|other-choice) efs/fileSystem:FileSystem (lifecyclePolicies.*|performanceMode|throughputMode)",
    r"flip (elasticache|rds)/.* applyImmediately",
    r"loose-setting elasticache/replicationGroup:ReplicationGroup .*",
    r"loose-setting rds/cluster:Cluster Database(Min|Max)Capacity",
    r"drop lambda/function:Function (environment\.variables\.SECRET_LENGTH|loggingConfig\.logFormat)",
    r"other-choice lambda/function:Function loggingConfig\..*",
    r"(drop|most) lb/loadBalancer:LoadBalancer (accessLogs\.prefix|connectionLogs\.prefix|idleTimeout)",
    r"drop rds/cluster:Cluster (engineVersion|preferredBackupWindow)",
    r"drop-element rds/clusterParameterGroup:.* parameters\[\*\] \((log_(lock_waits|min_dur.*)|tcp_.*|pgaudit\.role)\)",
    r"drop rds/(proxyDefaultTargetGroup:ProxyDefaultTargetGroup|proxyEndpoint:ProxyEndpoint) .*",
    r"other-choice rds/proxyEndpoint:ProxyEndpoint targetRole",
    r"(drop|drop-element) s3/bucketLifecycleConfiguration:.* rules\[\*\]\.transitions.*",
    r"most sqs/queue:Queue visibilityTimeoutSeconds",
    r"other-choice wafv2/webAcl:WebAcl .*evaluationWindowSec",
    # Alarms for the operators: which, and at how much, is theirs to choose. What PCI DSS wants has rules.
    r"(most|remove) cloudwatch/metricAlarm:MetricAlarm .*",
)

# As strong as before, or stronger.
AS_STRONG = (
    r"add ec2/routeTable:RouteTable .*",  # the public route table has that route already
    r"(anyone|any-account) ec2/vpcEndpoint:VpcEndpoint policy\.Statement ImageLayers",  # is for everybody already
    r"other-choice ecs/service:Service (deploymentConfiguration\.strategy|propagateTags)",
    r"any-resource iam/rolePolicy:RolePolicy policy\.Statement FindGroup",  # AWS knows no narrower resource
    r"never-denied efs/fileSystemPolicy:FileSystemPolicy policy\.Statement DenyOtherWays",  # not allowed either
    r"least (kms/key:Key rotationPeriodInDays|secretsmanager/secretRotation:.* rotationRules\.automaticallyAfterDays)",
    r"other-choice rds/cluster:Cluster databaseInsightsMode",
    r"other-choice rds/clusterInstance:ClusterInstance performanceInsightsRetentionPeriod",
    # Tells of more than before, or of calls that are told of by filters on the trail as well; those of which it alone
    # tells have mutants that are counted (``remove``, ``flip``).
    r"drop(-element)? cloudwatch/eventRule:EventRule eventPattern\.detail(\.eventName(\[\*\])?)?",
    r"drop(-element)? cloudwatch/eventRule:EventRule eventPattern\.(source|detail-type|resources).*",
    r"drop(-element)? cloudwatch/eventRule:EventRule eventPattern\.detail\.(eventSource|errorCode|requestP).*",
    r"drop-element rds/clusterParameterGroup:.* parameters\[\*\] \(log_statement\)",  # none is the default
    r"drop(-element)? rds/proxy:Proxy (auths(\[\*\]\.(clientPasswordAuthType|description)|\[\*\])?|defaultAuthScheme)",
    r"other-choice rds/proxy:Proxy (auths\[\*\]\.clientPasswordAuthType|defaultAuthScheme)",
    r"other-choice s3/bucketServerSideEncryptionConfiguration:.* rules\[\*\]\..*sseAlgorithm",
    r"(least|most|other-choice) s3/bucketLifecycleConfiguration:.* rules\[\*\]\.(transitions|abortIncomplete).*",
    r"drop(-element)? wafv2/webAcl:WebAcl .*(ruleActionOverrides.*|\(anonymous-ip\))",
)

NEUTRAL: tuple[tuple[str, str], ...] = (
    *((f"drop {type_} ({inputs})", "the same by default") for type_, inputs in SAME_BY_DEFAULT.items()),
    *((pattern, "refused by AWS") for pattern in REFUSED),
    *((pattern, "changes what works, not how safely") for pattern in WORKING),
    *((pattern, "as strong as before") for pattern in AS_STRONG),
)
_COMPILED = tuple((re.compile(pattern), why) for pattern, why in NEUTRAL)


def reason(operator: str, type_: str, where: str) -> str:
    """Why a change there does not matter; empty when it does."""
    return _reason(f"{operator} {type_.removeprefix('aws:')} " + re.sub(r"\d+", "*", where))


@functools.cache
def _reason(text: str) -> str:
    return next((why for pattern, why in _COMPILED if pattern.fullmatch(text)), "")
