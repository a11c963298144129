"""Names, tags and Region: ``{resource-type}-{purpose}-{suffix}``, data classification, eu-west-1 (PCI DSS 12.5.2)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from .checks import one_of
from .model import CannotKnow, Context, Group, Resource, Rule, Setting, Severity, Stack, Unknown, is_literal
from .resource_types import (
    ALARM,
    API_REST,
    API_USAGE_PLAN,
    BUCKET,
    CACHE,
    CACHE_PARAMETERS,
    CACHE_SUBNETS,
    CACHE_USER,
    CACHE_USER_GROUP,
    DASHBOARD,
    DB_CLUSTER,
    DB_CLUSTER_PARAMETERS,
    DB_EVENTS,
    DB_INSTANCE,
    DB_PROXY,
    DB_PROXY_ENDPOINT,
    DB_SUBNETS,
    ECS_CLUSTER,
    ECS_SERVICE,
    EVENT_RULE,
    FUNCTION,
    IAM_POLICY,
    IAM_ROLE,
    IAM_ROLE_POLICY,
    KEY_ALIAS,
    LOAD_BALANCER,
    LOG_GROUP,
    LOG_METRIC_FILTER,
    LOG_RESOURCE_POLICY,
    QUEUE,
    SCALING_POLICY,
    SECRET,
    SECURITY_GROUP,
    STREAM,
    TABLE,
    TARGET_GROUP,
    TASK_DEFINITION,
    TOPIC,
    TRAIL,
    VPC_LINK,
    WEB_ACL,
    guide,
)

REGION = "eu-west-1"
PROVIDER = "pulumi:providers:aws"
REQUIRED_TAGS = ("Name", "Project", "Environment", "DataClassification")
CLASSIFICATIONS = ("cardholder-data", "connected-to-cardholder-data", "out-of-scope")
# The input that holds a resource's name in AWS, by type.
NAMES: Mapping[str, str] = {
    **dict.fromkeys(
        (
            ALARM,
            API_REST,
            API_USAGE_PLAN,
            CACHE_PARAMETERS,
            CACHE_SUBNETS,
            DB_CLUSTER_PARAMETERS,
            DB_EVENTS,
            DB_PROXY,
            DB_SUBNETS,
            ECS_CLUSTER,
            ECS_SERVICE,
            EVENT_RULE,
            FUNCTION,
            IAM_POLICY,
            IAM_ROLE,
            IAM_ROLE_POLICY,
            KEY_ALIAS,
            LOAD_BALANCER,
            LOG_GROUP,
            LOG_METRIC_FILTER,
            QUEUE,
            SCALING_POLICY,
            SECRET,
            SECURITY_GROUP,
            STREAM,
            TABLE,
            TARGET_GROUP,
            TOPIC,
            TRAIL,
            VPC_LINK,
            WEB_ACL,
        ),
        "name",
    ),
    BUCKET: "bucket",
    CACHE: "replicationGroupId",
    CACHE_USER: "userId",
    CACHE_USER_GROUP: "userGroupId",
    DASHBOARD: "dashboardName",
    DB_CLUSTER: "clusterIdentifier",
    DB_INSTANCE: "identifier",
    DB_PROXY_ENDPOINT: "dbProxyEndpointName",
    LOG_RESOURCE_POLICY: "policyName",
    TASK_DEFINITION: "family",
}
# Names that an AWS service makes out of the name of another resource, and the prefix that WAF wants.
MADE_BY_AWS = re.compile(r"/aws/|API-Gateway-Execution-Logs_|aws-waf-logs-|RDSOSMetrics")
PATTERN = re.compile(r"(alias/)?[a-z][a-z0-9]*(-[a-z0-9]+|-\$\{[^}]*\})+")
# Types that carry tags. Read from the provider; a test compares.
TAGGABLE = frozenset(
    """
aws:apigateway/apiKey:ApiKey aws:apigateway/clientCertificate:ClientCertificate aws:apigateway/domainName:DomainName
aws:apigateway/restApi:RestApi aws:apigateway/stage:Stage aws:apigateway/usagePlan:UsagePlan
aws:apigatewayv2/vpcLink:VpcLink aws:appautoscaling/target:Target aws:cloudtrail/trail:Trail
aws:cloudwatch/eventRule:EventRule aws:cloudwatch/logGroup:LogGroup aws:cloudwatch/metricAlarm:MetricAlarm
aws:dynamodb/table:Table aws:ec2/defaultSecurityGroup:DefaultSecurityGroup aws:ec2/eip:Eip aws:ec2/flowLog:FlowLog
aws:ec2/internetGateway:InternetGateway aws:ec2/natGateway:NatGateway aws:ec2/networkAcl:NetworkAcl
aws:ec2/routeTable:RouteTable aws:ec2/securityGroup:SecurityGroup aws:ec2/subnet:Subnet aws:ec2/vpc:Vpc
aws:ec2/vpcEndpoint:VpcEndpoint aws:ecs/cluster:Cluster aws:ecs/service:Service aws:ecs/taskDefinition:TaskDefinition
aws:efs/accessPoint:AccessPoint aws:efs/fileSystem:FileSystem aws:elasticache/parameterGroup:ParameterGroup
aws:elasticache/replicationGroup:ReplicationGroup aws:elasticache/subnetGroup:SubnetGroup aws:elasticache/user:User
aws:elasticache/userGroup:UserGroup aws:iam/role:Role aws:kinesis/stream:Stream aws:kms/key:Key
aws:lambda/function:Function aws:lb/listener:Listener aws:lb/listenerRule:ListenerRule
aws:lb/loadBalancer:LoadBalancer aws:lb/targetGroup:TargetGroup aws:rds/cluster:Cluster
aws:rds/clusterInstance:ClusterInstance aws:rds/clusterParameterGroup:ClusterParameterGroup
aws:rds/eventSubscription:EventSubscription aws:rds/parameterGroup:ParameterGroup aws:rds/proxy:Proxy
aws:rds/proxyEndpoint:ProxyEndpoint aws:rds/subnetGroup:SubnetGroup aws:s3/bucket:Bucket
aws:secretsmanager/secret:Secret aws:sns/topic:Topic aws:sqs/queue:Queue aws:wafv2/webAcl:WebAcl
""".split()
)


def _suffix(stack: Stack) -> str:
    """The environment's suffix, as most tags of the stack have it; empty when none has."""
    found = [item.get("tags.Environment") for item in stack.resources if item.type in TAGGABLE]
    counted = Counter(str(value) for value in found if isinstance(value, str) and value)
    return counted.most_common(1)[0][0] if counted else ""


def _ends_in_suffix(resource: Resource, context: Context) -> Iterator[str]:
    path = NAMES[resource.type]
    if not resource.given(path):
        yield f"{path} is not given, so the name is made up"
        return
    name, suffix = resource.text(path), context.stack.once(_suffix)
    if not suffix:
        raise CannotKnow("the environment's suffix: no resource has the tag Environment")
    if MADE_BY_AWS.match(name):
        # Such names hold the name of another resource, or an API's id, which is as good as a suffix.
        if suffix not in name and not name.startswith("API-Gateway-Execution-Logs_"):
            yield f"{path} does not hold the environment's suffix"
    elif not name.endswith(f"-{suffix}"):
        yield f"{path} does not end in the environment's suffix"


def _follows_pattern(resource: Resource, _: Context) -> Iterator[str]:
    path = NAMES[resource.type]
    if not resource.given(path):
        return
    name = resource.text(path)
    if MADE_BY_AWS.match(name):
        return
    settings = (
        [resource.get(path)]
        if isinstance(resource.get(path), Setting)
        else list(getattr(name, "settings", {}).values())
    )
    for setting in settings:
        if not setting.limits.pattern and not setting.limits.allowed:
            yield f"{path} holds the setting {setting.name}, which may be anything"
    if not PATTERN.fullmatch(name) or name.removeprefix("alias/").count("-") < 2:
        yield f"{path} is not of the form resource-type, purpose, suffix, in lower case, with hyphens between"


def _tagged(resource: Resource, _: Context) -> Iterator[str]:
    tags = resource.known("tags") or resource.known("tagsAll") or {}
    missing = [name for name in REQUIRED_TAGS if tags.get(name) in (None, "")]
    if missing:
        yield f"lacks the tag{'s' if len(missing) > 1 else ''} {', '.join(missing)}"


def _classified(resource: Resource, _: Context) -> Iterator[str]:
    tags = resource.known("tags") or resource.known("tagsAll") or {}
    value = tags.get("DataClassification")
    if isinstance(value, Unknown):
        raise CannotKnow(value.what)
    if value is not None and value not in CLASSIFICATIONS:
        yield f"tag DataClassification is {value}, not one of {', '.join(CLASSIFICATIONS)}"


def _one_environment(resource: Resource, context: Context) -> Iterator[str]:
    value = resource.get("tags.Environment")
    if isinstance(value, str) and value != context.stack.once(_suffix):
        yield f"belongs to the environment {value}"


def _in_region(resource: Resource, _: Context) -> Iterator[str]:
    if resource.type == PROVIDER:
        region = resource.get("region")
        if isinstance(region, str) and is_literal(region) and region != REGION:
            yield f"the provider deploys to {region}"
        return
    region = resource.get("region")
    if isinstance(region, str) and is_literal(region) and region not in ("", REGION):
        yield f"region is {region}"
    zone = resource.get("availabilityZone")
    if isinstance(zone, str) and not isinstance(zone, Setting) and is_literal(zone) and not zone.startswith(REGION):
        yield f"availabilityZone is {zone}"


RULES = (
    Rule(
        "name-ends-in-suffix",
        "Every name ends in the environment's suffix.",
        Severity.MEDIUM,
        "Build the name with naming.name().",
        types=tuple(NAMES),
        check=_ends_in_suffix,
        relational=True,
        group=Group.NAMING,
        url=guide("whitepapers/latest/tagging-best-practices/tagging-best-practices.html"),
    ),
    Rule(
        "name-follows-pattern",
        "Every name is made of resource type, purpose and suffix.",
        Severity.LOW,
        "Build the name with naming.name().",
        types=tuple(NAMES),
        check=_follows_pattern,
        group=Group.NAMING,
        url=guide("whitepapers/latest/tagging-best-practices/tagging-best-practices.html"),
    ),
    Rule(
        "tags-required",
        "Every resource says its name, project, environment and data classification.",
        Severity.MEDIUM,
        "Set the tag.",
        types=tuple(sorted(TAGGABLE)),
        check=_tagged,
        group=Group.NAMING,
        requirements=("12.5.2", "6.5.3"),
        controls=(158,),
        url=guide("whitepapers/latest/tagging-best-practices/tagging-best-practices.html"),
    ),
    Rule(
        "data-classification-known",
        "Data classifications are those that the scope document knows.",
        Severity.MEDIUM,
        f"Use one of {', '.join(CLASSIFICATIONS)}.",
        types=tuple(sorted(TAGGABLE)),
        check=_classified,
        group=Group.NAMING,
        requirements=("12.5.2",),
        controls=(158,),
        url=guide("whitepapers/latest/tagging-best-practices/tagging-best-practices.html"),
    ),
    Rule(
        "one-environment",
        "All resources of a stack belong to one environment.",
        Severity.MEDIUM,
        "Use the stack's suffix in the tag Environment.",
        types=tuple(sorted(TAGGABLE)),
        check=_one_environment,
        relational=True,
        group=Group.NAMING,
        requirements=("6.5.3",),
        controls=(158, 159),
        url=guide("whitepapers/latest/tagging-best-practices/tagging-best-practices.html"),
    ),
    Rule(
        "service-tags-tasks",
        "Tasks carry the tags of their service.",
        Severity.LOW,
        "Set propagateTags to SERVICE.",
        types=(ECS_SERVICE,),
        check=one_of("propagateTags", "SERVICE", "TASK_DEFINITION", default="NONE"),
        group=Group.NAMING,
        requirements=("12.5.2",),
        controls=(158,),
        url=guide("AmazonECS/latest/developerguide/ecs-using-tags.html"),
    ),
    Rule(
        "region-allowed",
        "Everything is in eu-west-1.",
        Severity.HIGH,
        "Remove region, or set it to eu-west-1.",
        types=("*",),
        check=_in_region,
        group=Group.NAMING,
        url=guide("general/latest/gr/rande.html"),
    ),
)
