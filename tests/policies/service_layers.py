"""Containers, API and alarms of the compliant platform."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from policies import monitoring
from policies import resource_types as t
from tests.policies.platform import (
    ACCOUNT,
    TIES,
    VIA,
    Platform,
    Ref,
    allow,
    document,
    log_group,
    named,
    role,
    subnets,
)


def container(name: str, log: str, **more: Any) -> dict[str, Any]:
    options = {"awslogs-group": log, "mode": "non-blocking"}
    return {
        "name": name,
        "image": "example.com/app:1.4.2",
        "essential": True,
        "user": "10001:10001",
        "privileged": False,
        "readonlyRootFilesystem": True,
        "linuxParameters": {"capabilities": {"drop": ["ALL"]}},
        "environment": [{"name": "REGION", "value": "eu-west-1"}],
        "logConfiguration": {"logDriver": "awslogs", "options": options},
        **more,
    }


def add_processing(p: Platform) -> None:
    cluster = named("ecs-main")
    log_group(p, "log-sessions")
    log_group(p, "log-insights", f"/aws/ecs/containerinsights/{cluster}/performance", mask=False)
    session = {
        "logging": "OVERRIDE",
        "kmsKeyId": Ref("key-logs", "arn"),
        "logConfiguration": {
            "cloudWatchEncryptionEnabled": True,
            "cloudWatchLogGroupName": Ref("log-sessions", "name"),
        },
    }
    storage = {"fargateEphemeralStorageKmsKeyId": Ref("key-data", "arn")}
    p.add(
        "cluster",
        t.ECS_CLUSTER,
        name=cluster,
        settings=[{"name": "containerInsights", "value": "enabled"}],
        configuration={"executeCommandConfiguration": session, "managedStorageConfiguration": storage},
    )
    p.add("capacity", t.ECS_CAPACITY, clusterName=Ref("cluster", "name"), capacityProviders=["FARGATE"])
    p.add(
        "alb",
        t.LOAD_BALANCER,
        name=named("alb-api"),
        internal=True,
        loadBalancerType="application",
        dropInvalidHeaderFields=True,
        desyncMitigationMode="defensive",
        enableDeletionProtection=False,
        accessLogs={"enabled": True, "bucket": Ref("bucket-access-logs", "bucket")},
        connectionLogs={"enabled": True, "bucket": Ref("bucket-access-logs", "bucket")},
        securityGroups=[Ref("sg-alb")],
        subnets=subnets("app"),
    )
    health = {
        "enabled": True,
        "protocol": "HTTPS",
        "path": "/v1/health",
        "port": "traffic-port",
        "matcher": "200",
        "interval": 5,
        "timeout": 4,
        "unhealthyThreshold": 2,
    }
    for colour in ("blue", "green"):
        p.add(
            f"tg-{colour}",
            t.TARGET_GROUP,
            name=named(f"tg-api-{colour}"),
            port=8443,
            protocol="HTTPS",
            deregistrationDelay=15,
            healthCheck=dict(health),
        )
        p.add(
            f"rollback-{colour}",
            t.ALARM,
            name=named(f"alarm-rollback-{colour}"),
            namespace="AWS/ApplicationELB",
            metricName="UnHealthyHostCount",
            dimensions={"TargetGroup": Ref(f"tg-{colour}", "arnSuffix"), "LoadBalancer": Ref("alb", "arnSuffix")},
            period=60,
            evaluationPeriods=3,
            threshold=1,
            treatMissingData="notBreaching",
            alarmActions=[Ref("topic", "arn")],
        )
    refusal = [{"type": "fixed-response", "fixedResponse": {"statusCode": "404"}}]
    p.add(
        "listener",
        t.LISTENER,
        loadBalancerArn=Ref("alb", "arn"),
        port=443,
        protocol="HTTPS",
        sslPolicy="ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
        certificateArn=f"arn:aws:acm:eu-west-1:{ACCOUNT}:certificate/1",
        defaultActions=refusal,
    )
    both = [
        {
            "type": "forward",
            "forward": {
                "targetGroups": [
                    {"arn": Ref("tg-blue", "arn"), "weight": 100},
                    {"arn": Ref("tg-green", "arn"), "weight": 0},
                ]
            },
        }
    ]
    for kind in ("production", "test"):
        p.add(
            f"rule-{kind}",
            t.LISTENER_RULE,
            listenerArn=Ref("listener", "arn"),
            actions=both,
            conditions=[{"pathPattern": {"values": ["/v1/*"]}}],
        )
    traffic = role(p, "traffic", "ecs")
    advanced = {
        "alternateTargetGroupArn": Ref("tg-green", "arn"),
        "productionListenerRule": Ref("rule-production", "arn"),
        "testListenerRule": Ref("rule-test", "arn"),
        "roleArn": traffic,
    }
    balancers = [
        {
            "targetGroupArn": Ref("tg-blue", "arn"),
            "containerName": "api",
            "containerPort": 8443,
            "advancedConfiguration": advanced,
        }
    ]
    task(
        p,
        "api",
        "sg-api",
        container("api", Ref("log-api", "name"), stopTimeout=30),
        loadBalancers=balancers,
        deploymentConfiguration={"strategy": "BLUE_GREEN", "bakeTimeInMinutes": "10"},
        healthCheckGracePeriodSeconds=60,
        alarms=rollback("blue", "green"),
    )
    p.add(
        "lag",
        t.ALARM,
        name=named("alarm-stream-lag"),
        namespace="AWS/Kinesis",
        metricName="GetRecords.IteratorAgeMilliseconds",
        dimensions={"StreamName": Ref("stream", "name")},
        period=60,
        evaluationPeriods=2,
        threshold=60000,
        treatMissingData="notBreaching",
        alarmActions=[Ref("topic", "arn"), Ref("scaling-consumer-lag", "arn")],
    )
    check = {"command": ["CMD", "/healthcheck"], "interval": 10, "timeout": 5, "retries": 2}
    work = [
        {"name": "STREAM", "value": Ref("stream", "name")},
        {"name": "LEASES", "value": Ref("table", "name")},
        {"name": "QUEUE", "value": Ref("queue", "url")},
    ]
    task(
        p,
        "consumer",
        "sg-consumer",
        container("consumer", Ref("log-consumer", "name"), stopTimeout=120, healthCheck=check, environment=work),
        alarms={"enable": True, "rollback": True, "alarmNames": [Ref("lag", "name")]},
    )
    p.add(
        "scaling-consumer-lag",
        t.SCALING_POLICY,
        name=named("scaling-consumer-lag"),
        policyType="StepScaling",
        resourceId=Ref("service-consumer"),
        stepScalingPolicyConfiguration={"cooldown": 60},
    )


def rollback(*colours: str) -> dict[str, Any]:
    return {"enable": True, "rollback": True, "alarmNames": [Ref(f"rollback-{colour}", "name") for colour in colours]}


def task(p: Platform, name: str, group: str, definition: Mapping[str, Any], **service: Any) -> None:
    log_group(p, f"log-{name}")
    mount = allow(
        ["elasticfilesystem:ClientMount"],
        "arn:aws:elasticfilesystem:eu-west-1:1:file-system/fs",
        Condition={"StringEquals": {"elasticfilesystem:AccessPointArn": "arn:ap"}},
    )
    key = allow("kms:Decrypt", "arn:aws:kms:eu-west-1:1:key/k", Condition=VIA)
    metrics = allow("cloudwatch:PutMetricData", "*", Condition={"StringEquals": {"cloudwatch:namespace": name}})
    connect = allow("rds-db:connect", f"arn:aws:rds-db:eu-west-1:1:dbuser:prx-*/tap_{name}")
    task_role = role(p, name, "ecs-tasks", mount, key, metrics, connect)
    execution_role = role(p, f"{name}-execution", "ecs-tasks")
    shared = {
        "name": "shared",
        "efsVolumeConfiguration": {
            "fileSystemId": Ref("efs"),
            "transitEncryption": "ENABLED",
            "authorizationConfig": {"iam": "ENABLED", "accessPointId": Ref("access-point")},
        },
    }
    p.add(
        f"task-{name}",
        t.TASK_DEFINITION,
        family=named(f"task-{name}-main"),
        containerDefinitions=[definition],
        taskRoleArn=task_role,
        executionRoleArn=execution_role,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        volumes=[shared],
    )
    p.add(
        f"service-{name}",
        t.ECS_SERVICE,
        name=named(f"svc-{name}-main"),
        cluster=Ref("cluster", "arn"),
        taskDefinition=Ref(f"task-{name}", "arn"),
        launchType="FARGATE",
        platformVersion="LATEST",
        desiredCount=3,
        availabilityZoneRebalancing="ENABLED",
        deploymentMinimumHealthyPercent=100,
        deploymentMaximumPercent=200,
        deploymentCircuitBreaker={"enable": True, "rollback": True},
        enableExecuteCommand=False,
        propagateTags="SERVICE",
        networkConfiguration={"assignPublicIp": False, "subnets": subnets("app"), "securityGroups": [Ref(group)]},
        **service,
    )
    p.add(f"target-{name}", t.SCALING_TARGET, resourceId=Ref(f"service-{name}"), minCapacity=3, maxCapacity=30)
    tracking = {"customizedMetricSpecification": {"metrics": []}, "targetValue": 100, "scaleOutCooldown": 60}
    p.add(
        f"scaling-{name}",
        t.SCALING_POLICY,
        name=named(f"scaling-{name}-records"),
        policyType="TargetTrackingScaling",
        resourceId=Ref(f"service-{name}"),
        targetTrackingScalingPolicyConfiguration=tracking,
    )


ACCESS_LOG = " ".join(
    f"$context.{name}"
    for name in ("requestId", "identity.sourceIp", "requestTime", "httpMethod", "resourcePath", "status")
)


def add_edge(p: Platform) -> None:
    p.add(
        "api",
        t.API_REST,
        name=named("api-transactions"),
        endpointConfiguration={"types": "REGIONAL"},
        securityPolicy="SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
        endpointAccessMode="STRICT",
        disableExecuteApiEndpoint=True,
    )
    for kind in ("DEFAULT_4XX", "DEFAULT_5XX"):
        p.add(
            f"response-{kind}",
            t.API_RESPONSE,
            restApiId=Ref("api"),
            responseType=kind,
            responseParameters={"gatewayresponse.header.Strict-Transport-Security": "'max-age=1'"},
        )
    p.add(
        "domain",
        t.API_DOMAIN,
        domainName="api.example.com",
        endpointConfiguration={"types": "REGIONAL"},
        securityPolicy="SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
        endpointAccessMode="STRICT",
    )
    p.add("mapping", t.API_BASE_PATH, restApi=Ref("api"), domainName=Ref("domain", "domainName"))
    p.add("api-account", t.API_ACCOUNT, cloudwatchRoleArn=role(p, "api-logging", "apigateway"))
    p.add(
        "validator",
        t.API_REQUEST_VALIDATOR,
        restApi=Ref("api"),
        validateRequestBody=True,
        validateRequestParameters=True,
    )
    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "token": {"type": "string", "pattern": "^tok$"},
            "amount": {"type": "integer", "minimum": 1, "maximum": 9},
        },
    }
    p.add(
        "model",
        "aws:apigateway/model:Model",
        restApi=Ref("api"),
        name="Request",
        contentType="application/json",
        schema=json.dumps(schema),
    )
    p.add(
        "method",
        t.API_METHOD,
        restApi=Ref("api"),
        httpMethod="POST",
        authorization="AWS_IAM",
        apiKeyRequired=True,
        requestValidatorId=Ref("validator"),
        requestModels={"$default": Ref("model", "name")},
    )
    p.add(
        "integration",
        t.API_INTEGRATION,
        restApi=Ref("api"),
        httpMethod="POST",
        type="HTTP_PROXY",
        uri="https://api.internal:443/v1",
        connectionType="VPC_LINK",
    )
    p.add(
        "vpc-link", t.VPC_LINK, name=named("vpclink-api"), subnetIds=subnets("app"), securityGroupIds=[Ref("sg-edge")]
    )
    log_group(p, "log-access")
    p.add(
        "stage",
        t.API_STAGE,
        restApi=Ref("api"),
        stageName="v1",
        cacheClusterEnabled=False,
        xrayTracingEnabled=True,
        clientCertificateId="cert",
        accessLogSettings={"destinationArn": Ref("log-access", "arn"), "format": ACCESS_LOG},
    )
    log_group(p, "log-execution", "API-Gateway-Execution-Logs_api-id/v1")
    settings = {
        "loggingLevel": "ERROR",
        "metricsEnabled": True,
        "dataTraceEnabled": False,
        "cachingEnabled": False,
        "throttlingRateLimit": 100,
        "throttlingBurstLimit": 200,
    }
    p.add(
        "method-settings",
        t.API_METHOD_SETTINGS,
        restApi=Ref("api"),
        stageName=Ref("stage", "stageName"),
        methodPath="*/*",
        settings=settings,
    )
    p.add(
        "plan",
        t.API_USAGE_PLAN,
        name=named("usageplan-standard"),
        apiStages=[{"apiId": Ref("api"), "stage": Ref("stage", "stageName")}],
        quotaSettings={"limit": 1000, "period": "DAY"},
        throttleSettings={"rateLimit": 10, "burstLimit": 20},
    )
    visible = {"cloudwatchMetricsEnabled": True, "sampledRequestsEnabled": False, "metricName": "m"}
    rules = [
        {
            "name": name,
            "priority": index,
            "overrideAction": {"none": {}},
            "statement": {"managedRuleGroupStatement": {"name": name, "vendorName": "AWS"}},
            "visibilityConfig": dict(visible),
        }
        for index, name in enumerate(
            sorted(
                (
                    "AWSManagedRulesCommonRuleSet",
                    "AWSManagedRulesKnownBadInputsRuleSet",
                    "AWSManagedRulesSQLiRuleSet",
                    "AWSManagedRulesAmazonIpReputationList",
                )
            )
        )
    ]
    rate = {
        "name": "rate",
        "priority": 9,
        "action": {"block": {}},
        "statement": {"rateBasedStatement": {"limit": 10000, "aggregateKeyType": "IP"}},
        "visibilityConfig": dict(visible),
    }
    p.add(
        "waf",
        t.WEB_ACL,
        name=named("waf-api"),
        scope="REGIONAL",
        defaultAction={"allow": {}},
        rules=[*rules, rate],
        visibilityConfig=dict(visible),
    )
    p.add("waf-association", t.WEB_ACL_ASSOCIATION, webAclArn=Ref("waf", "arn"), resourceArn=Ref("stage", "arn"))
    log_group(p, "log-waf", named("aws-waf-logs-api"))
    writes = allow(
        ["logs:PutLogEvents"],
        "arn:aws:logs:eu-west-1:1:log-group:aws-waf-logs-api-dev:*",
        Principal={"Service": "delivery.logs.amazonaws.com"},
        Condition=TIES,
    )
    p.add("waf-log-policy", t.LOG_RESOURCE_POLICY, policyName=named("logpolicy-waf"), policyDocument=document(writes))
    redacted = [{"singleHeader": {"name": name}} for name in ("authorization", "cookie", "x-api-key")]
    p.add(
        "waf-log",
        t.WEB_ACL_LOGGING,
        resourceArn=Ref("waf", "arn"),
        logDestinationConfigs=[Ref("log-waf", "arn")],
        redactedFields=[*redacted, {"queryString": {}}],
    )


def add_alarms(p: Platform) -> None:
    for index, (event, words) in enumerate(monitoring.AUDIT_EVENTS.items()):
        name = f"audit-{index}"
        pattern = f"{{{' || '.join(words)}}}"
        p.add(
            f"filter-{name}",
            t.LOG_METRIC_FILTER,
            name=named(f"filter-{name}"),
            logGroupName=Ref("log-trail", "name"),
            pattern=pattern,
            metricTransformation={"name": name, "namespace": "audit", "value": "1"},
        )
        p.add(
            f"alarm-{name}",
            t.ALARM,
            name=named(f"alarm-{name}"),
            alarmDescription=event,
            namespace="audit",
            metricName=name,
            period=300,
            evaluationPeriods=1,
            threshold=1,
            treatMissingData="notBreaching",
            alarmActions=[Ref("topic", "arn")],
        )
    pattern = {
        "source": ["aws.x"],
        "detail-type": [monitoring.API_CALL],
        "detail": {"eventName": list(monitoring.CONTROL_FAILURES)},
    }
    p.add(
        "event-rule",
        t.EVENT_RULE,
        name=named("rule-control-failures"),
        eventPattern=json.dumps(pattern),
        state="ENABLED",
    )
    own = role(p, "events", "events")
    p.add("event-target", t.EVENT_TARGET, rule=Ref("event-rule", "name"), arn=Ref("topic", "arn"), roleArn=own)
    watched = {
        "api-errors": ("AWS/ApiGateway", "5XXError", {"ApiName": named("api-transactions")}),
        "cache-memory": ("AWS/ElastiCache", "Memory", {"ReplicationGroupId": Ref("cache")}),
        "db-lag": ("AWS/RDS", "AuroraReplicaLagMaximum", {"DBClusterIdentifier": Ref("db", "clusterIdentifier")}),
        "efs-io": ("AWS/EFS", "PercentIOLimit", {"FileSystemId": Ref("efs")}),
        "function-errors": ("AWS/Lambda", "Errors", {"FunctionName": Ref("function", "name")}),
        "queue-depth": ("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": Ref("queue", "name")}),
        "service-api": ("AWS/ECS", "CPUUtilization", {"ServiceName": Ref("service-api", "name")}),
        "service-consumer": ("AWS/ECS", "CPUUtilization", {"ServiceName": Ref("service-consumer", "name")}),
    }
    for name, (namespace, metric, dimensions) in watched.items():
        p.add(
            f"watch-{name}",
            t.ALARM,
            name=named(f"alarm-{name}"),
            namespace=namespace,
            metricName=metric,
            dimensions=dimensions,
            period=60,
            evaluationPeriods=5,
            datapointsToAlarm=3,
            threshold=1,
            treatMissingData="notBreaching",
            alarmActions=[Ref("topic", "arn")],
        )
