"""Every line of the customer's requirements, checked against the template.

What :mod:`tests.stack.test_template` checks already (cfn-lint, up to date, limits, names that fit, protections) is not
repeated here. The checks themselves are functions that return what is wrong; at the end each is shown a template that
breaks it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudformation.synth import Synthesis
from cloudformation.template_reader import parse_template
from components.availability import FAILOVER_BUDGET_SECONDS
from components.failover import Verdict, durabilities, failovers
from components.tap_stack import TapSpec
from tests.stack import requirements_network as network
from tests.stack import requirements_protection as protection
from tests.stack import requirements_service as service
from tests.stack.requirements_reader import Stack, missing
from tests.stack.test_outputs import TOLD

Check = Callable[[Stack], list[str]]
Mutation = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def template(synthesis: Synthesis) -> dict[str, Any]:
    """The template as plain data."""
    return dict(parse_template(synthesis.text).data)


@pytest.fixture(scope="module")
def stack(template: dict[str, Any]) -> Stack:
    """The template, to ask."""
    return Stack(template)


# Core requirements and technical requirements.


def test_rest_api(stack: Stack) -> None:
    """API Gateway offers REST endpoints for transactions and sessions of API clients, and lets in whom it knows."""
    assert service.rest_endpoints(stack) == []


def test_api_is_guarded(stack: Stack) -> None:
    """The API stands behind a firewall and throttles."""
    assert service.firewall(stack) == []


def test_fargate(stack: Stack) -> None:
    """Transactions are processed in containers on ECS Fargate."""
    assert service.fargate(stack) == []


def test_shared_files(stack: Stack) -> None:
    """Containers share files on EFS."""
    assert service.shared_files(stack) == []


def test_aurora_fails_over(stack: Stack) -> None:
    """Aurora stores the transactions and fails over by itself, over several zones."""
    assert service.database_failover(stack) == []


def test_cache_fails_over(stack: Stack) -> None:
    """ElastiCache fails over by itself, over several zones."""
    assert service.cache_failover(stack) == []


def test_sessions_are_in_the_cache(stack: Stack) -> None:
    """Sessions of API clients are managed in ElastiCache."""
    assert service.sessions(stack) == []


def test_stages_are_linked_by_streams(stack: Stack) -> None:
    """Transactions go through several stages, from one Kinesis stream to the next."""
    assert service.pipeline(stack) == []


def test_database_credentials(stack: Stack) -> None:
    """Secrets Manager holds the database's credentials."""
    assert protection.database_secret(stack) == []


def test_secrets_rotate(stack: Stack) -> None:
    """Secrets Manager holds API keys and signing keys, and rotates them."""
    assert protection.secrets_rotate(stack) == []


def test_no_secret_in_clear(stack: Stack) -> None:
    """All services manage their credentials properly: none is a parameter or a plain variable."""
    assert protection.no_secret_in_clear(stack) == []


def test_signed_in_with_iam(stack: Stack) -> None:
    """Services need no shared password for database, cache and files."""
    assert protection.signed_in_with_iam(stack) == []


def test_keys_rotate(stack: Stack) -> None:
    """KMS rotates all keys by itself, the database's included."""
    assert protection.key_rotation(stack) == []


def test_three_zones(stack: Stack) -> None:
    """The VPC spans three zones, with nine subnets in three tiers."""
    assert network.three_zones(stack) == []


def test_nat_gateways(stack: Stack) -> None:
    """Private subnets reach the internet by NAT gateways, each zone by its own."""
    assert network.nat_per_zone(stack) == []


def test_region(stack: Stack) -> None:
    """The template deploys to eu-west-1 only."""
    assert network.region(stack) == []


def test_suffix_and_naming(stack: Stack) -> None:
    """Names are type, purpose and suffix, and the suffix is a parameter (see also the names in test_template)."""
    assert service.naming(stack) == []


# Constraints.


@pytest.mark.parametrize("kind", sorted(protection.AT_REST))
def test_encrypted_at_rest(stack: Stack, kind: str) -> None:
    """All data is encrypted at rest using KMS, store by store."""
    assert stack.of(kind), f"there is no {kind}; take it from the table"
    assert [item for item in protection.at_rest(stack) if item.endswith(f"({kind})")] == []


def test_no_store_is_forgotten(stack: Stack) -> None:
    """A kind of resource that can be encrypted is in the table, or it is said what it does not hold."""
    assert protection.at_rest_is_complete(stack) == []
    assert protection.HOLDS_NOTHING.keys() <= {item.type for item in stack.items}


def test_exception_is_encrypted_too(stack: Stack) -> None:
    """The bucket that load balancers log to cannot have a KMS key, and is encrypted with S3's."""
    assert {item.id for item in stack.items} >= protection.SSE_S3
    assert protection.exception_encrypted(stack) == []


def test_environments_of_functions(stack: Stack) -> None:
    """Variables of functions are encrypted under a key of the stack."""
    assert protection.function_environments(stack) == []


def test_encrypted_in_transit(stack: Stack) -> None:
    """All data is encrypted in transit using TLS: from clients to the containers."""
    assert protection.tls_at_the_edge(stack) == []


def test_encrypted_on_the_way_to_the_data(stack: Stack) -> None:
    """All data is encrypted in transit using TLS: from the containers to database, cache and files."""
    assert protection.tls_to_the_data(stack) == []


def test_plain_transport_is_denied(stack: Stack) -> None:
    """Policies of buckets, queues, topics, secrets and files refuse who comes without TLS."""
    assert protection.tls_policies(stack) == []


def test_failover_figures() -> None:
    """Failover takes 30 seconds at most: what is settled here does, and what AWS decides is named."""
    rows = failovers(TapSpec())
    assert [row for row in rows if row.ours > FAILOVER_BUDGET_SECONDS] == []
    beyond = [row for row in rows if row.verdict is Verdict.MISSED]
    assert [row for row in beyond if not any(part.beyond_us for part in row.parts)] == []


def test_failed_task_is_gone_in_time(stack: Stack) -> None:
    """The template's own health checks and drain times keep to the 30 seconds."""
    assert service.failed_task_is_gone(stack) == []


def test_zero_loss_figures() -> None:
    """No transaction that was acknowledged is lost: only unsynced files and unsent log lines can be."""
    assert {row.tier for row in durabilities(TapSpec()) if row.lost} == {"Shared files", "Logs of the services"}


def test_zero_loss(stack: Stack) -> None:
    """Streams keep records, the cache writes synchronously, and all stores are backed up."""
    assert service.nothing_acknowledged_is_lost(stack) == []


def test_tasks_in_every_zone(stack: Stack) -> None:
    """Services have a task in each zone, always."""
    assert service.tasks_in_every_zone(stack) == []


def test_entrances_in_every_zone(stack: Stack) -> None:
    """Files, proxy, load balancer and endpoints can be reached in each zone."""
    assert service.mounts_in_every_zone(stack) == []


def test_destroyable(stack: Stack) -> None:
    """All resources can be destroyed: no Retain, no snapshot, and buckets are emptied."""
    assert service.destroyable(stack) == []


def test_errors_are_set_aside(stack: Stack) -> None:
    """Errors are handled: what a stage cannot process waits in a queue, and somebody is told."""
    assert service.set_aside(stack) == []


def test_network_isolation(stack: Stack) -> None:
    """Tiers are isolated from one another by network ACLs, and the default security group is closed."""
    assert network.segmentation(stack) == []


def test_public_subnets(stack: Stack) -> None:
    """Public subnets are for NAT gateways only; the load balancer is internal."""
    assert network.public_subnets_hold_no_workload(stack) == []


def test_private_subnets(stack: Stack) -> None:
    """Database and application layers are in private subnets."""
    assert network.private_placement(stack) == []


def test_no_public_addresses(stack: Stack) -> None:
    """Nothing behind the API can be reached from the internet."""
    assert network.no_public_addresses(stack) == []


# Success criteria.


def test_scales_with_transactions(stack: Stack) -> None:
    """Every service scales by itself with the volume of transactions."""
    assert service.scaling(stack) == []


def test_blue_green(stack: Stack) -> None:
    """The API is released blue/green."""
    assert service.blue_green(stack) == []


def test_releases_roll_back(stack: Stack) -> None:
    """A bad release goes back by itself."""
    assert service.rolls_back(stack) == []


def test_trail(stack: Stack) -> None:
    """Calls to AWS are recorded, in all Regions, and tampering shows."""
    assert protection.trail(stack) == []


def test_critical_services_log(stack: Stack) -> None:
    """All critical services have audit logs in CloudWatch."""
    assert protection.service_logs(stack) == []


def test_database_audit(stack: Stack) -> None:
    """The database records who changes what."""
    assert protection.database_audit(stack) == []


def test_logs_are_kept(stack: Stack) -> None:
    """Audit logs are kept for a year (PCI DSS v4.0.1, 10.5.1)."""
    assert protection.logs_kept(stack) == []


def test_no_card_data_in_logs(stack: Stack) -> None:
    """Logs hold no request bodies, in which card data would be (PCI DSS v4.0.1, 3.3.1)."""
    assert protection.no_card_data_in_logs(stack) == []


def test_alarms_tell_somebody(stack: Stack) -> None:
    """What the audit trail shows raises an alarm, and an alarm has somebody to tell."""
    assert protection.detections(stack) == []


def test_parameters(stack: Stack) -> None:
    """Parameters are described, grouped, limited and used."""
    assert service.parameters(stack) == []


def test_sizes_are_parameters(stack: Stack) -> None:
    """The template is properly parameterized: nothing that an operator tunes is fixed."""
    assert service.sizes_are_parameters(stack) == []


def test_documented(synthesis: Synthesis) -> None:
    """The template is well documented: each resource has a comment, or stands in a group that has one."""
    assert service.documented(synthesis.text) == []
    lines = synthesis.text.splitlines()
    comments = [
        number for number, line in enumerate(lines) if line.startswith("  # ") and not line.startswith("  # ---")
    ]
    del lines[comments[1] : comments[2] + 1]
    assert service.documented("\n".join(lines)) != []


# Deliverables.


def test_template_is_there(root: Path) -> None:
    """TapStack.yml is delivered, as YAML."""
    text = (root / "TapStack.yml").read_text(encoding="utf-8")
    assert not text.lstrip().startswith("{")
    assert parse_template(text).data["AWSTemplateFormatVersion"] == "2010-09-09"


@pytest.mark.parametrize("kind", service.DEPLOYED_KINDS)
def test_delivered(stack: Stack, kind: str) -> None:
    """Each kind of resource that the customer lists is in the template."""
    assert missing(stack, [kind]) == []


def test_security_group_rules(stack: Stack) -> None:
    """Security groups have ingress and egress rules: single ports, between groups, none to or from everywhere."""
    assert network.security_group_rules(stack) == []


def test_least_privilege(stack: Stack) -> None:
    """Roles are allowed single actions on single resources."""
    assert protection.least_privilege(stack) == []


def test_services_have_roles_of_their_own(stack: Stack) -> None:
    """No service can do what only another one needs."""
    assert protection.own_roles(stack) == []


def test_outputs(stack: Stack) -> None:
    """Critical identifiers are outputs, described and exported (which ones: test_outputs)."""
    assert service.outputs(stack) == []
    assert {item for item in TOLD if not stack.of(item)} == set()


# Broken templates.


def put(*path: str | int, value: Any) -> Mutation:
    """A mutation that puts ``value`` at ``path`` of the resources."""

    def mutate(template: dict[str, Any]) -> None:
        target = template["Resources"]
        for step in path[:-1]:
            target = target[step]
        assert path[-1] in target if isinstance(target, dict) else path[-1] < len(target), path
        target[path[-1]] = value

    return mutate


def drop(*path: str | int) -> Mutation:
    """A mutation that takes away what is at ``path`` of the resources."""

    def mutate(template: dict[str, Any]) -> None:
        target = template["Resources"]
        for step in path[:-1]:
            target = target[step]
        del target[path[-1]]

    return mutate


def add(name: str, kind: str, **properties: Any) -> Mutation:
    """A mutation that adds a resource."""
    return lambda template: template["Resources"].update({name: {"Type": kind, "Properties": properties}})


def drop_from(section: str, name: str) -> Mutation:
    """A mutation that takes an entry out of another section of the template."""
    return lambda template: template[section].pop(name)


P = "Properties"
AWSVPC = ("NetworkConfiguration", "AwsvpcConfiguration")
PUBLIC = {"Ref": "SubnetPublic1"}
ANYBODY = [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"]}]
OPEN_ENTRY = {"NetworkAclId": {"Ref": "NaclData"}, "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}
FIRST_ZONE = {"Fn::Select": [0, {"Fn::GetAZs": ""}]}
BROKEN: list[tuple[Check, Mutation]] = [
    (network.three_zones, put("SubnetData3", P, "AvailabilityZone", value=FIRST_ZONE)),
    (network.three_zones, add("RouteData", "AWS::EC2::Route", RouteTableId={"Ref": "RtbData"}, NatGatewayId="nat")),
    (network.nat_per_zone, put("RouteApp2", P, "NatGatewayId", value={"Ref": "NatEgress1"})),
    (network.nat_per_zone, put("NatEgress3", P, "SubnetId", value={"Ref": "SubnetApp3"})),
    (network.public_subnets_hold_no_workload, put("AlbApi", P, "Subnets", 0, value=PUBLIC)),
    (network.private_placement, put("SubnetGroupAurora", P, "SubnetIds", 0, value={"Ref": "SubnetApp1"})),
    (network.private_placement, put("SvcApi", P, *AWSVPC, "Subnets", value=[PUBLIC])),
    (network.no_public_addresses, put("AuroraTransactions2", P, "PubliclyAccessible", value=True)),
    (network.no_public_addresses, put("AlbApi", P, "Scheme", value="internet-facing")),
    (network.no_public_addresses, put("SvcApi", P, *AWSVPC, "AssignPublicIp", value="ENABLED")),
    (
        network.security_group_rules,
        add("Open", "AWS::EC2::SecurityGroupIngress", CidrIp="0.0.0.0/0", IpProtocol="tcp", FromPort=443, ToPort=443),
    ),
    (network.security_group_rules, drop("SecgroupAlb", P, "SecurityGroupEgress")),
    (network.segmentation, add("NaclDataOpen", "AWS::EC2::NetworkAclEntry", **OPEN_ENTRY)),
    (network.segmentation, put("NaclDataAssociation1", P, "NetworkAclId", value={"Ref": "NaclApp"})),
    (network.segmentation, drop("SecgroupDefaultClosed")),
    (network.region, drop_from("Rules", "Region")),
    (protection.at_rest, put("AuroraTransactions", P, "StorageEncrypted", value=False)),
    (protection.at_rest, put("StreamIngest", P, "StreamEncryption", "KeyId", value="alias/aws/kinesis")),
    (protection.at_rest, drop("LogFlow", P, "KmsKeyId")),
    (protection.at_rest, drop("EfsShared", P, "KmsKeyId")),
    (protection.at_rest_is_complete, add("Disk", "AWS::EC2::Volume", Encrypted=True)),
    (protection.exception_encrypted, drop("S3AccessLogs", P, "BucketEncryption")),
    (protection.function_environments, drop("LambdaRotation", P, "KmsKeyArn")),
    (protection.key_rotation, put("KmsData", P, "EnableKeyRotation", value=False)),
    (protection.tls_policies, drop("DlqIngestPolicy")),
    (protection.tls_policies, drop("EfsShared", P, "FileSystemPolicy", "Statement", 1)),
    (protection.tls_policies, put("TopicAlarmsPolicy", P, "PolicyDocument", "Statement", 0, "Effect", value="Allow")),
    (protection.tls_at_the_edge, put("ListenerProduction", P, "Protocol", value="HTTP")),
    (protection.tls_at_the_edge, put("TgApiGreen", P, "HealthCheckProtocol", value="HTTP")),
    (protection.tls_to_the_data, put("CacheSessions", P, "TransitEncryptionMode", value="preferred")),
    (protection.tls_to_the_data, put("ProxyTransactions", P, "RequireTLS", value=False)),
    (protection.tls_to_the_data, drop("ParameterGroupAuroraCluster", P, "Parameters", "rds.force_ssl")),
    (protection.tls_at_the_edge, put("ApiTransactions", P, "SecurityPolicy", value="TLS_1_0")),
    (protection.tls_at_the_edge, put("MethodGetHealth", P, "Integration", "Uri", value="http://example.com")),
    (
        protection.tls_to_the_data,
        drop("TaskStageIngest", P, "Volumes", 0, "EFSVolumeConfiguration", "TransitEncryption"),
    ),
    (protection.database_secret, put("AuroraTransactions", P, "ManageMasterUserPassword", value=False)),
    (protection.secrets_rotate, drop("SecretApiClientRotation")),
    (
        protection.no_secret_in_clear,
        put(
            "TaskApiService", P, "ContainerDefinitions", 0, "Environment", value=[{"Name": "DB_PASSWORD", "Value": "x"}]
        ),
    ),
    (protection.signed_in_with_iam, put("CacheUserServices", P, "AuthenticationMode", "Type", value="password")),
    (protection.least_privilege, put("PolicyApiService", P, "PolicyDocument", "Statement", value=ANYBODY)),
    (protection.least_privilege, put("PolicyFlowLog", P, "PolicyDocument", "Statement", 0, "Action", value=["logs:*"])),
    (
        protection.least_privilege,
        put("RoleFlowLog", P, "AssumeRolePolicyDocument", "Statement", 0, "Principal", value={"AWS": "*"}),
    ),
    (protection.own_roles, put("TaskStageSettle", P, "TaskRoleArn", value={"Fn::GetAtt": ["RoleApiService", "Arn"]})),
    (protection.trail, put("TrailAudit", P, "EnableLogFileValidation", value=False)),
    (protection.trail, drop("TrailAudit")),
    (protection.service_logs, put("FlowVpc", P, "TrafficType", value="ACCEPT")),
    (protection.service_logs, drop("TaskStageIngest", P, "ContainerDefinitions", 0, "LogConfiguration")),
    (protection.service_logs, drop("StageV1", P, "AccessLogSetting")),
    (protection.service_logs, drop("WaflogApi")),
    (protection.service_logs, drop("AlbApi", P, "LoadBalancerAttributes")),
    (protection.database_audit, put("ParameterGroupAuroraCluster", P, "Parameters", "pgaudit.log", value="none")),
    (protection.logs_kept, put("LogTrail", P, "RetentionInDays", value=30)),
    (protection.logs_kept, drop("LogTrail", P, "RetentionInDays")),
    (protection.no_card_data_in_logs, put("StageV1", P, "MethodSettings", 0, "DataTraceEnabled", value=True)),
    (protection.detections, drop("AlarmRootUse")),
    (protection.detections, put("AlarmAlbTls", P, "AlarmActions", value=[])),
    (service.rest_endpoints, put("MethodCreateTransaction", P, "AuthorizationType", value="NONE")),
    (service.rest_endpoints, drop("MethodCreateSession")),
    (service.firewall, drop("WafassociationApi")),
    (service.fargate, put("SvcApi", P, "LaunchType", value="EC2")),
    (service.fargate, put("TaskApiService", P, "ContainerDefinitions", 0, "User", value="root")),
    (service.fargate, drop("TaskApiService", P, "ContainerDefinitions", 0, "ReadonlyRootFilesystem")),
    (service.shared_files, drop("TaskApiService", P, "Volumes")),
    (service.sessions, put("CacheSessions", "Type", value="AWS::ElastiCache::CacheCluster")),
    (service.pipeline, drop("TaskStageAuthorise")),
    (service.set_aside, drop("AlarmSettleSetAside")),
    (service.scaling, drop("ScalingStageIngestRecords")),
    (service.database_failover, put("AuroraTransactions3", P, "AvailabilityZone", value=FIRST_ZONE)),
    (service.cache_failover, put("CacheSessions", P, "AutomaticFailoverEnabled", value=False)),
    (service.cache_failover, put("CacheSessions", P, "ReplicasPerNodeGroup", value=1)),
    (service.tasks_in_every_zone, put("ScalingApi", P, "MinCapacity", value=1)),
    (service.tasks_in_every_zone, put("SvcStageIngest", P, *AWSVPC, "Subnets", value=[{"Ref": "SubnetApp1"}])),
    (service.mounts_in_every_zone, drop("MountShared3")),
    (service.mounts_in_every_zone, drop("ProxyTransactions", P, "VpcSubnetIds", 2)),
    (service.failed_task_is_gone, drop("TgApiBlue", P, "TargetGroupAttributes")),
    (service.failed_task_is_gone, put("TgApiBlue", P, "UnhealthyThresholdCount", value=5)),
    (service.blue_green, put("SvcApi", P, "DeploymentConfiguration", "Strategy", value="ROLLING")),
    (service.blue_green, drop("ListenerRuleProduction", P, "Actions", 0, "ForwardConfig", "TargetGroups", 1)),
    (service.rolls_back, put("SvcStageIngest", P, "DeploymentConfiguration", "Alarms", "Enable", value=False)),
    (service.nothing_acknowledged_is_lost, drop("CacheSessions", P, "Durability")),
    (service.nothing_acknowledged_is_lost, put("StreamIngest", P, "RetentionPeriodHours", value=24)),
    (service.destroyable, put("AuroraTransactions", "DeletionPolicy", value="Snapshot")),
    (service.destroyable, put("S3Audit", "UpdateReplacePolicy", value="Retain")),
    (service.destroyable, drop("S3AuditContents")),
    (service.naming, put("DlqIngest", P, "QueueName", value={"Fn::Sub": "${EnvironmentSuffix}-dlq-ingest"})),
    (service.naming, drop_from("Parameters", "EnvironmentSuffix")),
    (service.parameters, lambda template: template["Parameters"]["ApiImage"].pop("Description")),
    (service.sizes_are_parameters, put("CacheSessions", P, "CacheNodeType", value="cache.t4g.micro")),
    (service.outputs, lambda template: template["Outputs"]["VpcId"].pop("Export")),
    (lambda stack: missing(stack, service.DEPLOYED_KINDS), drop("EfsShared")),
]


@pytest.mark.parametrize(
    ("check", "mutate"), BROKEN, ids=[f"{check.__name__}-{index}" for index, (check, _) in enumerate(BROKEN)]
)
def test_broken_template_is_found(template: dict[str, Any], check: Check, mutate: Mutation) -> None:
    """A template that breaks the requirement in one place does not pass its check."""
    broken = copy.deepcopy(template)
    mutate(broken)
    assert check(Stack(broken)) != []


def test_every_check_is_broken_once() -> None:
    """No check is without a template that it refuses."""
    checks = {
        value
        for module in (network, protection, service)
        for name, value in vars(module).items()
        if callable(value)
        and getattr(value, "__module__", "") == module.__name__
        and not name.startswith("_")
        and value.__annotations__ == {"stack": "Stack", "return": "list[str]"}
    }
    assert checks - {check for check, _ in BROKEN} == set()
