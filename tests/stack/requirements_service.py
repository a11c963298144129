"""What the customer requires of services, failover, names and the template, as checks: each returns what is wrong."""

from __future__ import annotations

import re

from components.availability import FAILOVER_BUDGET_SECONDS
from tests.stack.requirements_network import ZONES, zone
from tests.stack.requirements_reader import STATEFUL, Item, Stack, at, attributes, listed, refers_to, texts

NAME = re.compile(r"(alias/)?[a-z0-9]+(-[a-z0-9]+|-\$\{AWS::AccountId\})*-\$\{EnvironmentSuffix\}")
RESOURCE = re.compile(r"  [A-Za-z0-9]+:")
VOLUME = {"IncomingRecords", "RequestCountPerTarget"}
ENDPOINTS = {
    ("GET", "health"),
    ("POST", "transactions"),
    ("GET", "{transactionId}"),
    ("POST", "sessions"),
}
DEPLOYED_KINDS = (
    "AWS::ApiGateway::RestApi",
    "AWS::EC2::NatGateway",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::VPC",
    "AWS::ECS::Cluster",
    "AWS::ECS::Service",
    "AWS::ECS::TaskDefinition",
    "AWS::EFS::FileSystem",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::IAM::Role",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::Logs::LogGroup",
    "AWS::RDS::DBCluster",
    "AWS::SecretsManager::Secret",
)
MIN_RETENTION_HOURS = 24


def variables(task: Item) -> dict[str, object]:
    """The environment of a task's only container."""
    return {entry["Name"]: entry["Value"] for entry in listed(task.get("ContainerDefinitions", 0, "Environment"))}


def rest_endpoints(stack: Stack) -> list[str]:
    """The REST API takes, shows and is asked for transactions and sessions, and all but health is authorised."""
    found = set()
    wrong = []
    for method in stack.of("AWS::ApiGateway::Method"):
        path = stack.item(method.get("ResourceId"))
        part = path.get("PathPart") if path else ""
        found.add((method.get("HttpMethod"), part))
        if method.get("AuthorizationType") == "NONE" and part != "health":
            wrong.append(f"{method.id}: anybody")
        if method.get("HttpMethod") == "POST" and not method.get("RequestModels"):
            wrong.append(f"{method.id}: any body")
    return wrong + [f"no {method} of {part}" for method, part in sorted(ENDPOINTS - found)]


def firewall(stack: Stack) -> list[str]:
    """A firewall stands before every stage of the API, and requests are throttled."""
    guarded = set().union(*(refers_to(item.get("ResourceArn")) for item in stack.of("AWS::WAFv2::WebACLAssociation")))
    wrong = [stage.id for stage in stack.of("AWS::ApiGateway::Stage") if stage.id not in guarded]
    return wrong + [
        stage.id
        for stage in stack.of("AWS::ApiGateway::Stage")
        if not at(stage.get("MethodSettings"), 0, "ThrottlingRateLimit")
    ]


def fargate(stack: Stack) -> list[str]:
    """Every service runs on Fargate, in containers without privileges whose root file system is read-only."""
    wrong = [item.id for item in stack.of("AWS::ECS::Service") if item.get("LaunchType") != "FARGATE"]
    for task in stack.of("AWS::ECS::TaskDefinition"):
        if task.get("RequiresCompatibilities") != ["FARGATE"]:
            wrong.append(task.id)
        for container in listed(task.get("ContainerDefinitions")):
            user = str(container.get("User", "root"))
            if container.get("Privileged") is not False or user.startswith(("root", "0:")) or user == "0":
                wrong.append(f"{task.id}: {container['Name']}")
            if container.get("ReadonlyRootFilesystem") is not True:
                wrong.append(f"{task.id}: {container['Name']} can be written")
    return wrong


def shared_files(stack: Stack) -> list[str]:
    """Every task mounts the shared file system by an access point."""
    return [
        task.id
        for task in stack.of("AWS::ECS::TaskDefinition")
        if not any(
            stack.is_a(at(volume, "EFSVolumeConfiguration", "FilesystemId"), "AWS::EFS::FileSystem")
            and at(volume, "EFSVolumeConfiguration", "AuthorizationConfig", "AccessPointId")
            for volume in listed(task.get("Volumes"))
        )
    ]


def sessions(stack: Stack) -> list[str]:
    """The API's tasks are told of the cache, which holds the sessions."""
    kind = "AWS::ElastiCache::ReplicationGroup"
    return [
        task.id
        for task in stack.of("AWS::ECS::TaskDefinition")
        if "LISTEN_PORT" in variables(task) and not stack.is_a(variables(task).get("CACHE_HOST"), kind)
    ]


def pipeline(stack: Stack) -> list[str]:
    """From the API on, each stage reads the stream that the one before writes, until one writes none."""
    stages = {}
    first = ""
    for task in stack.of("AWS::ECS::TaskDefinition"):
        values = variables(task)
        target = next(iter(refers_to(values.get("OUTPUT_STREAM"))), "")
        if "INPUT_STREAM" in values:
            stages[next(iter(refers_to(values["INPUT_STREAM"])), "")] = target
        else:
            first = target
    way = []
    while first and first not in way:
        way.append(first)
        first = stages.get(first, "nobody")
    streams = {item.id for item in stack.of("AWS::Kinesis::Stream")}
    wrong = [f"{stream} is on no way from the API" for stream in sorted(streams - set(way))]
    wrong += [f"{stream} is no stream" for stream in sorted(set(way) - streams)]
    return wrong + ([] if len(way) > 1 else ["there are no stages"])


def set_aside(stack: Stack) -> list[str]:
    """Each stage has a queue of its own for records that it cannot process, and an alarm tells of the first one."""
    watched = {
        name
        for alarm in stack.of("AWS::CloudWatch::Alarm")
        if alarm.get("MetricName") == "ApproximateNumberOfMessagesVisible"
        for name in refers_to(alarm.get("Dimensions"))
    }
    wrong, queues = [], []
    for task in stack.of("AWS::ECS::TaskDefinition"):
        if "INPUT_STREAM" in variables(task):
            queue = refers_to(variables(task).get("DEAD_LETTER_QUEUE_URL"))
            queues += queue
            if not queue or not queue <= watched:
                wrong.append(task.id)
    return wrong + [queue for queue in set(queues) if queues.count(queue) > 1]


def scaling(stack: Stack) -> list[str]:
    """Every service scales by itself with the volume of transactions."""
    scaled = set()
    for policy in stack.of("AWS::ApplicationAutoScaling::ScalingPolicy"):
        if VOLUME & set(texts(policy.get("TargetTrackingScalingPolicyConfiguration"))):
            scaled |= refers_to(policy.get("ResourceId"))
    return [item.id for item in stack.of("AWS::ECS::Service") if item.id not in scaled]


def database_failover(stack: Stack) -> list[str]:
    """The database has an instance in each of three zones, of which another can be promoted at once."""
    instances = stack.of("AWS::RDS::DBInstance")
    zones = {zone(item) for item in instances if item.get("AvailabilityZone")}
    ready = [item for item in instances if (item.get("PromotionTier") or 0) <= 1]
    wrong = [] if len(zones) >= ZONES else [f"{len(zones)} zones"]
    return wrong + ([] if len(ready) > 1 else ["nothing stands ready to be promoted"])


def cache_failover(stack: Stack) -> list[str]:
    """Each shard of the cache fails over by itself and has a copy in each zone."""
    return [
        item.id
        for item in stack.of("AWS::ElastiCache::ReplicationGroup")
        if item.get("AutomaticFailoverEnabled") is not True
        or item.get("MultiAZEnabled") is not True
        or (item.get("ReplicasPerNodeGroup") or 0) < ZONES - 1
    ]


def tasks_in_every_zone(stack: Stack) -> list[str]:
    """Each service spreads over three zones and never has fewer tasks than zones."""
    least = {}
    for target in stack.of("AWS::ApplicationAutoScaling::ScalableTarget"):
        for name in refers_to(target.get("ResourceId")):
            least[name] = stack.least(target.get("MinCapacity"))
    wrong = []
    for service in stack.of("AWS::ECS::Service"):
        subnets = refers_to(service.get("NetworkConfiguration", "AwsvpcConfiguration", "Subnets"))
        zones = {zone(item) for item in stack.of("AWS::EC2::Subnet") if item.id in subnets}
        if len(zones) < ZONES or least.get(service.id, 0) < ZONES:
            wrong.append(service.id)
    return wrong


def mounts_in_every_zone(stack: Stack) -> list[str]:
    """The file system, the proxy and the interface endpoints have an address in each of three zones."""
    subnets = {item.id: zone(item) for item in stack.of("AWS::EC2::Subnet")}
    wrong = []
    for system in stack.of("AWS::EFS::FileSystem"):
        mounts = [
            item for item in stack.of("AWS::EFS::MountTarget") if refers_to(item.get("FileSystemId")) == {system.id}
        ]
        if len({subnets[name] for item in mounts for name in refers_to(item.get("SubnetId"))}) < ZONES:
            wrong.append(system.id)
    places = {"AWS::RDS::DBProxy": "VpcSubnetIds", "AWS::ElasticLoadBalancingV2::LoadBalancer": "Subnets"}
    for item in stack.of(*places, "AWS::EC2::VPCEndpoint"):
        if item.get("VpcEndpointType") == "Gateway":
            continue
        names = refers_to(item.get(places.get(item.type, "SubnetIds")))
        if len({subnets[name] for name in names if name in subnets}) < ZONES:
            wrong.append(item.id)
    return wrong


def failed_task_is_gone(stack: Stack) -> list[str]:
    """A task that fails is found and drained within the budget; AWS's own default would be 300 seconds of drain."""
    wrong = []
    for group in stack.of("AWS::ElasticLoadBalancingV2::TargetGroup"):
        failures = (group.get("UnhealthyThresholdCount") or 0) - 1
        detection = failures * (group.get("HealthCheckIntervalSeconds") or 30) + (
            group.get("HealthCheckTimeoutSeconds") or 5
        )
        drain = int(attributes(group, "TargetGroupAttributes").get("deregistration_delay.timeout_seconds", 300))
        if detection + drain > FAILOVER_BUDGET_SECONDS:
            wrong.append(f"{group.id}: {detection} s + {drain} s")
    return wrong


def blue_green(stack: Stack) -> list[str]:
    """The API's service is released blue/green, between two target groups, and goes back by itself on an alarm."""
    wrong = []
    behind = [item for item in stack.of("AWS::ECS::Service") if item.get("LoadBalancers")]
    for service in behind:
        group = service.get("LoadBalancers", 0, "TargetGroupArn")
        other = service.get("LoadBalancers", 0, "AdvancedConfiguration")
        deployment = service.get("DeploymentConfiguration") or {}
        rule = stack.item(at(other, "ProductionListenerRule"))
        forwards = rule.get("Actions", 0, "ForwardConfig", "TargetGroups") if rule else None
        if deployment.get("Strategy") != "BLUE_GREEN" or not deployment.get("BakeTimeInMinutes"):
            wrong.append(f"{service.id}: strategy")
        if refers_to(forwards) != refers_to(group) | refers_to(at(other, "AlternateTargetGroupArn")):
            wrong.append(f"{service.id}: production rule")
        if len(refers_to(forwards)) < 2 or not stack.item(at(other, "TestListenerRule")):
            wrong.append(f"{service.id}: target groups")
    return wrong or ([] if behind else ["no service is behind a load balancer"])


def rolls_back(stack: Stack) -> list[str]:
    """A release that fails, or raises an alarm, goes back by itself."""
    wanted = (("DeploymentCircuitBreaker", "Rollback"), ("Alarms", "Enable"), ("Alarms", "Rollback"))
    return [
        f"{service.id}: {path}"
        for service in stack.of("AWS::ECS::Service")
        for path in wanted
        if service.get("DeploymentConfiguration", *path) is not True
    ]


def nothing_acknowledged_is_lost(stack: Stack) -> list[str]:
    """What is acknowledged is durable in several zones: records kept, writes synchronous, backups on."""
    wrong = [
        item.id
        for item in stack.of("AWS::Kinesis::Stream")
        if (item.get("RetentionPeriodHours") or 0) <= MIN_RETENTION_HOURS
    ]
    wrong += [item.id for item in stack.of("AWS::ElastiCache::ReplicationGroup") if item.get("Durability") != "sync"]
    for item in stack.of("AWS::DynamoDB::Table"):
        if item.get("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled") is not True:
            wrong.append(item.id)
    wrong += [item.id for item in stack.of("AWS::RDS::DBCluster") if (item.get("BackupRetentionPeriod") or 0) < 7]
    return wrong + [
        item.id for item in stack.of("AWS::EFS::FileSystem") if item.get("BackupPolicy", "Status") != "ENABLED"
    ]


def destroyable(stack: Stack) -> list[str]:
    """Nothing is kept or saved on deletion; what holds data says so, as CloudFormation's own default may differ."""
    wrong = [
        f"{item.id}: {policy} {item.whole.get(policy)}"
        for item in stack.items
        for policy in ("DeletionPolicy", "UpdateReplacePolicy")
        if item.whole.get(policy) not in ({"Delete"} if item.type in STATEFUL else {None, "Delete"})
    ]
    emptied = set().union(*(refers_to(item.get("BucketName")) for item in stack.of("Custom::BucketContents")))
    return wrong + [f"{item.id} is not emptied" for item in stack.of("AWS::S3::Bucket") if item.id not in emptied]


def naming(stack: Stack) -> list[str]:
    """Names follow ``{resource-type}-{purpose}-{suffix}``, and the suffix is a parameter."""
    wrong = [] if "EnvironmentSuffix" in stack.template["Parameters"] else ["no parameter EnvironmentSuffix"]
    for item in stack.items:
        tags = listed(item.get("Tags"))
        name = next((tag["Value"] for tag in tags if isinstance(tag, dict) and tag.get("Key") == "Name"), None)
        if name is not None and not NAME.fullmatch(str(at(name, "Fn::Sub"))):
            wrong.append(f"{item.id}: {name}")
        for key, value in item.properties.items():
            if key.endswith(("Name", "Identifier")) and "EnvironmentSuffix" in str(at(value, "Fn::Sub") or ""):
                text = value["Fn::Sub"]
                if "/" not in text.removeprefix("alias/") and not NAME.fullmatch(text):
                    wrong.append(f"{item.id}: {text}")
    return wrong


def parameters(stack: Stack) -> list[str]:
    """Parameters are described, grouped, limited, and used."""
    interface = stack.template["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = {name for group in interface["ParameterGroups"] for name in group["Parameters"]}
    used = refers_to({name: part for name, part in stack.template.items() if name in ("Resources", "Conditions")})
    limits = {"AllowedPattern", "AllowedValues", "MinValue"}
    return [
        name
        for name, parameter in stack.template["Parameters"].items()
        if name not in grouped
        or name not in used
        or not parameter.get("Description")
        or not limits & parameter.keys()
        or not parameter.get("ConstraintDescription")
    ]


def sizes_are_parameters(stack: Stack) -> list[str]:
    """What an operator tunes is a parameter: capacities, bounds of scaling, retention, image, certificate."""
    places = {
        "AWS::ApplicationAutoScaling::ScalableTarget": (("MinCapacity",), ("MaxCapacity",)),
        "AWS::ECS::TaskDefinition": (("ContainerDefinitions", 0, "Image"),),
        "AWS::ElastiCache::ReplicationGroup": (("CacheNodeType",), ("NumNodeGroups",)),
        "AWS::ElasticLoadBalancingV2::Listener": (("Certificates", 0, "CertificateArn"),),
        "AWS::Logs::LogGroup": (("RetentionInDays",),),
        "AWS::RDS::DBCluster": (
            ("ServerlessV2ScalingConfiguration", "MinCapacity"),
            ("ServerlessV2ScalingConfiguration", "MaxCapacity"),
        ),
    }
    return [
        f"{item.id}: {path}"
        for item in stack.items
        for path in places.get(item.type, ())
        if not refers_to(item.get(*path)) & stack.template["Parameters"].keys()
    ]


def outputs(stack: Stack) -> list[str]:
    """Outputs are described, and exported under the stack's name."""
    return [
        name
        for name, output in stack.template["Outputs"].items()
        if not output.get("Description") or "AWS::StackName" not in str(at(output, "Export", "Name", "Fn::Sub"))
    ]


def documented(text: str) -> list[str]:
    """Every resource of the template's text has a comment above it, or above the group that was made along with it.

    A layer's heading is no comment on a resource, and begins a new group.
    """
    wrong, commented, heading = [], False, False
    lines = text.splitlines()
    for line in lines[lines.index("Resources:") : lines.index("Outputs:")]:
        if line.startswith("  # ---"):
            heading, commented = not heading, False
        elif line.startswith("  # "):
            commented = commented or not heading
        elif RESOURCE.fullmatch(line) and not commented:
            wrong.append(line.strip())
    return wrong
