"""Keys, network, audit and secrets of the compliant platform."""

from __future__ import annotations

from policies import resource_types as t
from tests.policies.platform import (
    ACCOUNT,
    NO_TLS,
    ROOT,
    SUFFIX,
    TIES,
    VIA,
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


def add_keys(p: Platform) -> None:
    grant_services = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    policy = document(
        allow(["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DescribeKey"], "*", Principal={"AWS": ROOT}),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], "*", Principal={"AWS": ROOT}, Condition=VIA),
        allow("kms:CreateGrant", "*", Principal={"AWS": ROOT}, Condition=grant_services),
        allow("kms:Decrypt", "*", Principal={"Service": "cloudtrail.amazonaws.com"}, Condition=TIES),
        deny("kms:CreateGrant", "*", Principal="*", Condition={"BoolIfExists": {"kms:GrantIsForAWSResource": "false"}}),
    )
    for name in ("data", "streams", "secrets", "logs"):
        p.add(
            f"key-{name}",
            t.KEY,
            policy=policy,
            enableKeyRotation=True,
            rotationPeriodInDays=365,
            deletionWindowInDays=30,
        )
        p.add(f"alias-{name}", t.KEY_ALIAS, name=named(f"alias/kms-{name}"), targetKeyId=Ref(f"key-{name}", "keyId"))


def add_network(p: Platform) -> None:
    p.add("vpc", t.VPC, cidrBlock="10.0.0.0/16", enableDnsSupport=True, enableDnsHostnames=True)
    p.add("igw", t.INTERNET_GATEWAY, vpcId=Ref("vpc"))
    p.add("default-group", t.DEFAULT_SECURITY_GROUP, vpcId=Ref("vpc"), ingress=[], egress=[])
    tables = {"public": ["rtb-public"] * 3, "app": [f"rtb-app-{zone}" for zone in ZONES], "data": ["rtb-data"] * 3}
    for name in dict.fromkeys(name for names in tables.values() for name in names):
        p.add(name, t.ROUTE_TABLE, vpcId=Ref("vpc"))
    for index, tier in enumerate(tables):
        p.add(f"acl-{tier}", t.NETWORK_ACL, vpcId=Ref("vpc"))
        for zone in ZONES:
            name = f"{tier}-{zone}"
            block = f"10.0.{index * 16 + zone}.0/24"
            p.add(
                name,
                t.SUBNET,
                vpcId=Ref("vpc"),
                cidrBlock=block,
                availabilityZone=f"eu-west-1{'abc'[zone - 1]}",
                mapPublicIpOnLaunch=False,
            )
            p.add(
                f"association-{name}",
                t.ROUTE_TABLE_ASSOCIATION,
                subnetId=Ref(name),
                routeTableId=Ref(tables[tier][zone - 1]),
            )
            p.add(f"acl-{name}", t.NETWORK_ACL_ASSOCIATION, subnetId=Ref(name), networkAclId=Ref(f"acl-{tier}"))
    p.add(
        "route-public", t.ROUTE, routeTableId=Ref("rtb-public"), destinationCidrBlock="0.0.0.0/0", gatewayId=Ref("igw")
    )
    for zone in ZONES:
        p.add(f"nat-{zone}", t.NAT_GATEWAY, subnetId=Ref(f"public-{zone}"), connectivityType="public")
        p.add(
            f"route-app-{zone}",
            t.ROUTE,
            routeTableId=Ref(f"rtb-app-{zone}"),
            destinationCidrBlock="0.0.0.0/0",
            natGatewayId=Ref(f"nat-{zone}"),
        )
    rule = {"protocol": "6", "ruleAction": "allow", "egress": False}
    p.add(
        "acl-app-in",
        t.NETWORK_ACL_RULE,
        networkAclId=Ref("acl-app"),
        ruleNumber=10,
        cidrBlock="0.0.0.0/0",
        fromPort=32768,
        toPort=65535,
        **rule,
    )
    for egress in (False, True):
        for zone in ZONES:
            p.add(
                f"acl-data-deny-{zone}-{egress}",
                t.NETWORK_ACL_RULE,
                networkAclId=Ref("acl-data"),
                ruleNumber=zone,
                cidrBlock=f"10.0.{zone}.0/24",
                protocol="-1",
                ruleAction="deny",
                egress=egress,
            )
        p.add(
            f"acl-data-allow-{egress}",
            t.NETWORK_ACL_RULE,
            networkAclId=Ref("acl-data"),
            ruleNumber=40,
            cidrBlock="10.0.0.0/16",
            fromPort=5432,
            toPort=5432,
            protocol="6",
            ruleAction="allow",
            egress=egress,
        )
    own = role(p, "flow-log", "vpc-flow-logs")
    log_group(p, "log-flow", mask=False)
    p.add(
        "flow-log",
        t.FLOW_LOG,
        vpcId=Ref("vpc"),
        trafficType="ALL",
        logDestination=Ref("log-flow", "arn"),
        iamRoleArn=own,
        maxAggregationInterval=60,
    )
    own = document(
        allow("sqs:SendMessage", "*", Principal="*", Condition={"StringEquals": {"aws:PrincipalAccount": ACCOUNT}})
    )
    for service in ("s3", "dynamodb"):
        p.add(
            f"endpoint-{service}",
            t.VPC_ENDPOINT,
            vpcId=Ref("vpc"),
            serviceName=f"com.amazonaws.eu-west-1.{service}",
            vpcEndpointType="Gateway",
            policy=own,
            routeTableIds=[Ref(f"rtb-app-{zone}") for zone in ZONES],
        )
    for service in (
        "ecr.api",
        "ecr.dkr",
        "logs",
        "monitoring",
        "ssmmessages",
        "kms",
        "kinesis-streams",
        "sqs",
        "secretsmanager",
    ):
        p.add(
            f"endpoint-{service}",
            t.VPC_ENDPOINT,
            vpcId=Ref("vpc"),
            serviceName=f"com.amazonaws.eu-west-1.{service}",
            vpcEndpointType="Interface",
            policy=own,
            privateDnsEnabled=True,
            subnetIds=subnets("app"),
            securityGroupIds=[Ref("sg-endpoints")],
        )


PATHS = (
    ("edge", "alb", 443),
    ("alb", "api", 8443),
    ("api", "proxy", 5432),
    ("consumer", "proxy", 5432),
    ("proxy", "database", 5432),
    ("api", "cache", 6379),
    ("api", "storage", 2049),
    ("api", "endpoints", 443),
    ("function", "endpoints", 443),
)


def add_security_groups(p: Platform) -> None:
    for name in dict.fromkeys(name for path in PATHS for name in path[:2]):
        p.add(f"sg-{name}", t.SECURITY_GROUP, vpcId=Ref("vpc"), name=named(f"sg-{name}"), description="What it is for")
    for sender, receiver, port in PATHS:
        ports = {"ipProtocol": "tcp", "fromPort": port, "toPort": port, "description": "Why"}
        p.add(
            f"out-{sender}-{receiver}",
            t.EGRESS_RULE,
            securityGroupId=Ref(f"sg-{sender}"),
            referencedSecurityGroupId=Ref(f"sg-{receiver}"),
            **ports,
        )
        p.add(
            f"in-{sender}-{receiver}",
            t.INGRESS_RULE,
            securityGroupId=Ref(f"sg-{receiver}"),
            referencedSecurityGroupId=Ref(f"sg-{sender}"),
            **ports,
        )


def add_audit(p: Platform) -> None:
    for name in ("access-logs", "audit"):
        bucket = Ref(f"bucket-{name}", "bucket")
        arn = f"arn:aws:s3:::bucket-{name}-{SUFFIX}"
        p.add(bucket.name, t.BUCKET, bucket=named(bucket.name), forceDestroy=True)
        p.add(
            f"{name}-versioning", t.BUCKET_VERSIONING[0], bucket=bucket, versioningConfiguration={"status": "Enabled"}
        )
        key = {"kmsMasterKeyId": Ref("key-logs", "arn"), "sseAlgorithm": "aws:kms"}
        default = key if name == "audit" else {"sseAlgorithm": "AES256"}
        p.add(
            f"{name}-encryption",
            t.BUCKET_ENCRYPTION[0],
            bucket=bucket,
            rules=[{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}],
        )
        p.add(
            f"{name}-ownership", t.BUCKET_OWNERSHIP[0], bucket=bucket, rule={"objectOwnership": "BucketOwnerEnforced"}
        )
        p.add(
            f"{name}-public",
            t.BUCKET_PUBLIC_ACCESS[0],
            bucket=bucket,
            blockPublicAcls=True,
            blockPublicPolicy=True,
            ignorePublicAcls=True,
            restrictPublicBuckets=True,
        )
        end = {
            "status": "Enabled",
            "expiration": {"days": 400},
            "noncurrentVersionExpiration": {"noncurrentDays": 400},
            "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
            "transitions": [{"days": 90, "storageClass": "GLACIER"}],
        }
        p.add(f"{name}-lifecycle", t.BUCKET_LIFECYCLE[0], bucket=bucket, rules=[end])
        old_tls = {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
        service = allow("s3:PutObject", f"{arn}/*", Principal={"Service": "cloudtrail.amazonaws.com"}, Condition=TIES)
        p.add(
            f"{name}-policy",
            t.BUCKET_POLICY[0],
            bucket=bucket,
            policy=document(
                deny("s3:*", [arn, f"{arn}/*"], Principal="*", Condition=NO_TLS),
                deny("s3:*", [arn, f"{arn}/*"], Principal="*", Condition=old_tls),
                service,
            ),
        )
    p.add(
        "audit-logging",
        t.BUCKET_LOGGING[0],
        bucket=Ref("bucket-audit", "bucket"),
        targetBucket=Ref("bucket-access-logs", "bucket"),
    )
    own = role(p, "trail", "cloudtrail")
    log_group(p, "log-trail", mask=False)
    management = {"name": "Management", "fieldSelectors": [{"field": "eventCategory", "equals": ["Management"]}]}
    objects = {
        "name": "Objects",
        "fieldSelectors": [
            {"field": "eventCategory", "equals": ["Data"]},
            {"field": "resources.type", "equals": ["AWS::S3::Object"]},
            {"field": "resources.ARN", "startsWiths": [Ref("bucket-audit", "arn")]},
        ],
    }
    p.add(
        "trail",
        t.TRAIL,
        name=named("trail-audit"),
        enableLogging=True,
        isMultiRegionTrail=True,
        includeGlobalServiceEvents=True,
        enableLogFileValidation=True,
        kmsKeyId=Ref("key-logs", "arn"),
        s3BucketName=Ref("bucket-audit", "bucket"),
        cloudWatchLogsGroupArn=Ref("log-trail", "arn"),
        cloudWatchLogsRoleArn=own,
        advancedEventSelectors=[management, objects],
        insightSelectors=[{"insightType": "ApiCallRateInsight"}, {"insightType": "ApiErrorRateInsight"}],
    )
    p.add("topic", t.TOPIC, name=named("topic-alarms"), kmsMasterKeyId=Ref("key-logs", "arn"))
    publish = allow(
        "sns:Publish",
        "arn:aws:sns:eu-west-1:1:topic",
        Principal={"Service": "cloudwatch.amazonaws.com"},
        Condition=TIES,
    )
    p.add(
        "topic-policy",
        t.TOPIC_POLICY,
        arn=Ref("topic", "arn"),
        policy=document(deny("sns:Publish", Principal="*", Condition=NO_TLS), publish),
    )
    p.add(
        "topic-email", t.TOPIC_SUBSCRIPTION, topic=Ref("topic", "arn"), protocol="email", endpoint="alarms@example.com"
    )


def add_secrets(p: Platform) -> None:
    p.add("secret", t.SECRET, name=named("secret-signing"), kmsKeyId=Ref("key-secrets", "arn"), recoveryWindowInDays=0)
    other = {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}
    policy = document(
        deny("secretsmanager:*", Principal="*", Condition=other),
        deny("secretsmanager:*", Principal="*", Condition=NO_TLS),
    )
    p.add("secret-policy", t.SECRET_POLICY, secretArn=Ref("secret", "arn"), blockPublicPolicy=True, policy=policy)
    source = {"ArnEquals": {"lambda:SourceFunctionArn": "arn:aws:lambda:eu-west-1:1:function:f"}}
    network = ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"]
    own = role(p, "function", "lambda", allow(network, "*"), deny(network, "*", Condition=source))
    log_group(p, "log-function")
    p.add(
        "function",
        t.FUNCTION,
        name=named("lambda-rotation"),
        role=own,
        runtime="python3.13",
        timeout=30,
        kmsKeyArn=Ref("key-secrets", "arn"),
        environment={"variables": {"SECRET_LENGTH": "64"}},
        vpcConfig={"subnetIds": subnets("app"), "securityGroupIds": [Ref("sg-function")]},
        loggingConfig={
            "logGroup": Ref("log-function", "name"),
            "systemLogLevel": "INFO",
            "applicationLogLevel": "INFO",
        },
        tracingConfig={"mode": "Active"},
    )
    p.add(
        "permission",
        t.FUNCTION_PERMISSION,
        function=Ref("function", "name"),
        action="lambda:InvokeFunction",
        principal="secretsmanager.amazonaws.com",
        sourceAccount=ACCOUNT,
    )
    p.add(
        "rotation",
        t.SECRET_ROTATION,
        secretId=Ref("secret", "arn"),
        rotationLambdaArn=Ref("function", "arn"),
        rotationRules={"automaticallyAfterDays": 30},
        rotateImmediately=True,
    )
