"""Containers and functions: privileges, secrets, logs, roles (PCI DSS 2.2, 6.3, 7.2, 8.6, 10.2)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .checks import customer_key, false, one_of, setting_admits
from .credentials import holds_secret
from .model import CannotKnow, Context, Malformed, Resource, Rule, Setting, Severity, Text, bounds
from .resource_types import (
    ECS_CLUSTER,
    ECS_SERVICE,
    ECS_TASK_SET,
    FUNCTION,
    FUNCTION_PERMISSION,
    IAM_ROLE,
    LOG_GROUP,
    TASK_DEFINITION,
    guide,
    hub,
)

LATEST_PLATFORMS = ("LATEST", "1.4.0")
# With a year or more left in autumn 2026: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
RUNTIMES = re.compile(r"python3\.1[2-4]|nodejs2[24]\.x|java(21|25)|dotnet(8|10)|ruby3\.[34]|provided\.al2023")
DANGEROUS_CAPABILITIES = ("ALL", "SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE", "SYS_MODULE", "DAC_READ_SEARCH")


def containers(task: Resource) -> list[Mapping[str, Any]]:
    """The container definitions of a task.

    Raises:
        CannotKnow: they are not known yet.
        Malformed: they are no list of containers.
    """
    source = task.known("containerDefinitions")
    if isinstance(source, str):
        if not source.startswith("["):
            raise CannotKnow("containerDefinitions is known only when the stack is deployed")
        try:
            source = json.loads(source)
        except ValueError as error:
            raise Malformed(f"containerDefinitions is no JSON: {error}") from error
    if not isinstance(source, list | tuple) or not source or not all(isinstance(item, Mapping) for item in source):
        raise Malformed("containerDefinitions is no list of containers")
    return list(source)


def _name(container: Mapping[str, Any]) -> str:
    return f"container {container.get('name')}"


def _environment_clean(task: Resource, _: Context) -> Iterator[str]:
    for container in containers(task):
        for variable in container.get("environment") or ():
            if holds_secret(str(variable.get("name")), variable.get("value", "")):
                yield f"{_name(container)}: environment variable {variable.get('name')} holds a secret in clear"
        for file in container.get("environmentFiles") or ():
            yield f"{_name(container)}: environment comes from a file ({file.get('type')})"


def _not_root(task: Resource, _: Context) -> Iterator[str]:
    for container in containers(task):
        user = str(container.get("user") or "")
        if user.partition(":")[0] in ("", "0", "root"):
            yield f"{_name(container)}: user is {user or 'not given, so the image decides'}"


def _not_privileged(task: Resource, _: Context) -> Iterator[str]:
    for container in containers(task):
        if container.get("privileged"):
            yield f"{_name(container)}: privileged is true"
        for option in container.get("dockerSecurityOptions") or ():
            if "no-new-privileges" not in str(option):
                yield f"{_name(container)}: dockerSecurityOptions are loosened"


def _capabilities_dropped(task: Resource, _: Context) -> Iterator[str]:
    for container in containers(task):
        capabilities = (container.get("linuxParameters") or {}).get("capabilities") or {}
        if "ALL" not in (capabilities.get("drop") or ()):
            yield f"{_name(container)}: linuxParameters.capabilities.drop lacks ALL"
        for added in capabilities.get("add") or ():
            if added in DANGEROUS_CAPABILITIES:
                yield f"{_name(container)}: linuxParameters.capabilities.add holds {added}"


def _read_only(task: Resource, _: Context) -> Iterator[str]:
    for container in containers(task):
        if container.get("readonlyRootFilesystem") is not True:
            yield f"{_name(container)}: readonlyRootFilesystem is not true"


def _logged(task: Resource, context: Context) -> Iterator[str]:
    for container in containers(task):
        configuration = container.get("logConfiguration") or {}
        driver = configuration.get("logDriver")
        if driver not in ("awslogs", "awsfirelens"):
            yield f"{_name(container)}: logDriver is {driver or 'not given'}"
        elif driver == "awslogs" and not (configuration.get("options") or {}).get("awslogs-group"):
            yield f"{_name(container)}: awslogs-group is not given"
        elif (configuration.get("options") or {}).get("awslogs-create-group") == "true":
            yield f"{_name(container)}: makes its own log group, without key and retention"
    if not context.stack.linked(task, "containerDefinitions", LOG_GROUP):
        yield "logs to a group that is none of this stack, so nothing says how long and how encrypted it keeps them"


def _image_pinned(task: Resource, _: Context) -> Iterator[str]:
    for container in containers(task):
        image = container.get("image") or ""
        if container.get("versionConsistency") == "disabled":
            yield f"{_name(container)}: tasks of one deployment may run different images (versionConsistency)"
        setting = image if isinstance(image, Setting) else _image_setting(task, str(image))
        if setting is not None:
            if setting_admits(setting, "app:latest") or setting_admits(setting, "app"):
                yield f"{_name(container)}: the image is a setting that may be latest"
        elif not re.search(r"@sha256:[0-9a-f]{64}$|:(?!latest$)[\w$][\w.${}-]*$", str(image)):
            yield f"{_name(container)}: image has no tag but latest, and no digest"


def _image_setting(task: Resource, image: str) -> Any:
    """The setting that the image is as a whole, when it is one."""
    source = task.get("containerDefinitions")
    return source.settings.get(image) if isinstance(source, Text) else None


def _volumes(task: Resource, _: Context) -> Iterator[str]:
    for volume in task.items("volumes"):
        if volume.get("hostPath"):
            yield f"volume {volume.get('name')} is a folder of the host"
        if "efsVolumeConfiguration" not in volume:
            continue
        configuration = volume.get("efsVolumeConfiguration") or {}
        if configuration.get("transitEncryption") != "ENABLED":
            yield f"volume {volume.get('name')}: transitEncryption is not ENABLED"
        authorization = configuration.get("authorizationConfig") or {}
        if authorization.get("iam") != "ENABLED":
            yield f"volume {volume.get('name')}: authorizationConfig.iam is not ENABLED"
        if not authorization.get("accessPointId"):
            yield f"volume {volume.get('name')}: authorizationConfig.accessPointId is not given"


def _isolated(task: Resource, _: Context) -> Iterator[str]:
    for path in ("pidMode", "ipcMode"):
        if task.text(path) == "host":
            yield f"{path} is host"
    if task.text("networkMode") != "awsvpc":
        yield f"networkMode is {task.text('networkMode') or 'not given'}"
    if set(task.items("requiresCompatibilities")) - {"FARGATE"}:
        yield "requiresCompatibilities lets it run on hosts that are the stack's to patch"
    if task.flag("enableFaultInjection"):
        yield "enableFaultInjection is true"


def _roles_apart(task: Resource, context: Context) -> Iterator[str]:
    for path in ("taskRoleArn", "executionRoleArn"):
        if not task.given(path):
            yield f"{path} is not given"
    own = context.stack.linked(task, "taskRoleArn", IAM_ROLE)
    if own and own == context.stack.linked(task, "executionRoleArn", IAM_ROLE):
        yield "taskRoleArn and executionRoleArn are the same role"
    for role in own:
        for other in context.stack.users(role, TASK_DEFINITION, through=("taskRoleArn",)):
            if other is not task:
                yield f"shares its role with {other.name}"


def _shell_sessions_logged(cluster: Resource, context: Context) -> Iterator[str]:
    services = context.stack.users(cluster, ECS_SERVICE, through=("cluster",))
    path = "configuration.executeCommandConfiguration"
    if not any(service.flag("enableExecuteCommand") for service in services) and not cluster.given(path):
        return
    if cluster.text(f"{path}.logging") != "OVERRIDE":
        yield f"{path}.logging is not OVERRIDE"
    yield from customer_key(f"{path}.kmsKeyId")(cluster, context)
    logs = f"{path}.logConfiguration"
    if cluster.given(f"{logs}.cloudWatchLogGroupName"):
        if not cluster.flag(f"{logs}.cloudWatchEncryptionEnabled"):
            yield f"{logs}.cloudWatchEncryptionEnabled is not true"
    elif not cluster.given(f"{logs}.s3BucketName"):
        yield f"{logs} names no log group"


def _insights(cluster: Resource, _: Context) -> Iterator[str]:
    values = {item.get("name"): item.get("value") for item in cluster.items("settings")}
    if values.get("containerInsights") not in ("enabled", "enhanced"):
        yield "containerInsights is not enabled"


def _task_storage_encrypted(cluster: Resource, context: Context) -> Iterator[str]:
    yield from customer_key("configuration.managedStorageConfiguration.fargateEphemeralStorageKmsKeyId")(
        cluster, context
    )


def _fargate(service: Resource, _: Context) -> Iterator[str]:
    if service.given("capacityProviderStrategies"):
        for item in service.items("capacityProviderStrategies"):
            if not str(item.get("capacityProvider", "")).startswith("FARGATE"):
                yield "a capacity provider is not Fargate, so hosts are the stack's to patch"
    elif service.text("launchType", "EC2") != "FARGATE":
        yield f"launchType is {service.text('launchType', 'EC2')}, so hosts are the stack's to patch"


def _permission_scoped(permission: Resource, _: Context) -> Iterator[str]:
    principal = permission.text("principal")
    if principal == "*":
        yield "principal is everybody"
    elif not permission.given("sourceArn") and not permission.given("sourceAccount"):
        yield "neither sourceArn nor sourceAccount is given, so the service may call for any account"
    if permission.text("functionUrlAuthType") == "NONE":
        yield "functionUrlAuthType is NONE"


def _function_in_vpc(function: Resource, _: Context) -> Iterator[str]:
    for path in ("vpcConfig.subnetIds", "vpcConfig.securityGroupIds"):
        if not function.given(path):
            yield f"{path} is not given"


def _function_logged(function: Resource, context: Context) -> Iterator[str]:
    if not context.stack.linked(function, "loggingConfig.logGroup", LOG_GROUP):
        yield "loggingConfig.logGroup is no log group of this stack"
    if function.text("loggingConfig.systemLogLevel", "INFO") not in ("INFO", "DEBUG"):
        yield "loggingConfig.systemLogLevel leaves starts and ends out"
    if function.text("loggingConfig.applicationLogLevel", "INFO") == "FATAL":
        yield "loggingConfig.applicationLogLevel leaves errors out"


def _runtime(function: Resource, _: Context) -> Iterator[str]:
    if function.text("packageType", "Zip") == "Image":
        return
    runtime = function.text("runtime")
    if not RUNTIMES.fullmatch(runtime):
        yield f"runtime is {runtime or 'not given'}, which AWS does not support much longer"


def _environment_key(function: Resource, context: Context) -> Iterator[str]:
    if function.given("environment.variables"):
        yield from customer_key("kmsKeyArn")(function, context)


def _ends_in_time(function: Resource, _: Context) -> Iterator[str]:
    found = bounds(function.known("timeout"), "timeout") or (3, 3)
    if found[1] > 300:
        yield f"timeout is {found[1]:g} s"


RULES = (
    Rule(
        "service-no-public-address",
        "Tasks have no public addresses.",
        Severity.HIGH,
        "Set networkConfiguration.assignPublicIp to false.",
        types=(ECS_SERVICE, ECS_TASK_SET),
        check=false("networkConfiguration.assignPublicIp"),
        requirements=("1.4.4",),
        controls=(97,),
        url=hub("ecs", 2),
    ),
    Rule(
        "container-no-plain-secrets",
        "Environments of containers hold no secrets.",
        Severity.HIGH,
        "Pass the secret's ARN, or use secrets with valueFrom.",
        types=(TASK_DEFINITION,),
        check=_environment_clean,
        requirements=("8.6.2", "8.3.2"),
        controls=(98, 57),
        url=hub("ecs", 8),
    ),
    Rule(
        "service-latest-platform",
        "Services run on the latest platform of Fargate.",
        Severity.MEDIUM,
        "Set platformVersion to LATEST.",
        types=(ECS_SERVICE,),
        check=one_of("platformVersion", *LATEST_PLATFORMS, default="LATEST"),
        requirements=("6.3.3",),
        controls=(99,),
        url=hub("ecs", 10),
    ),
    Rule(
        "service-on-fargate",
        "Services run on hosts that AWS patches.",
        Severity.MEDIUM,
        "Set launchType to FARGATE.",
        types=(ECS_SERVICE,),
        check=_fargate,
        requirements=("6.3.3",),
        controls=(99,),
        url=guide("AmazonECS/latest/developerguide/AWS_Fargate.html"),
    ),
    Rule(
        "container-not-root",
        "Containers run as a user other than root.",
        Severity.HIGH,
        "Set user to a number other than 0.",
        types=(TASK_DEFINITION,),
        check=_not_root,
        requirements=("7.2.1", "7.2.2"),
        controls=(100,),
        url=hub("ecs", 20),
    ),
    Rule(
        "container-not-privileged",
        "Containers have no privileges on their host.",
        Severity.HIGH,
        "Set privileged to false.",
        types=(TASK_DEFINITION,),
        check=_not_privileged,
        requirements=("7.2.1", "7.2.2"),
        controls=(101,),
        url=hub("ecs", 4),
    ),
    Rule(
        "container-drops-capabilities",
        "Containers give up all capabilities of the kernel that they do not need.",
        Severity.MEDIUM,
        "Set linuxParameters.capabilities.drop to ALL.",
        types=(TASK_DEFINITION,),
        check=_capabilities_dropped,
        requirements=("2.2.4", "7.2.2"),
        controls=(101,),
        url=guide("AmazonECS/latest/APIReference/API_KernelCapabilities.html"),
    ),
    Rule(
        "container-read-only",
        "The file systems of containers cannot be changed.",
        Severity.HIGH,
        "Set readonlyRootFilesystem to true; mount a volume for scratch files.",
        types=(TASK_DEFINITION,),
        check=_read_only,
        requirements=("7.2.5", "7.3.1", "10.3.2", "11.5.2"),
        controls=(102,),
        url=hub("ecs", 5),
    ),
    Rule(
        "container-logged",
        "Containers log to a log group of this stack.",
        Severity.HIGH,
        "Set logConfiguration to awslogs with awslogs-group.",
        types=(TASK_DEFINITION,),
        check=_logged,
        relational=True,
        requirements=("10.2.1", "10.2.2"),
        controls=(103,),
        url=hub("ecs", 9),
    ),
    Rule(
        "container-image-pinned",
        "Container images have a version, not latest.",
        Severity.MEDIUM,
        "Name a tag other than latest, or a digest; limit a setting's pattern so.",
        types=(TASK_DEFINITION,),
        check=_image_pinned,
        requirements=("6.5.1", "11.5.2"),
        controls=(109,),
        url=guide("AmazonECS/latest/developerguide/container-considerations.html"),
    ),
    Rule(
        "task-volumes-protected",
        "Tasks mount file systems with TLS and IAM, through an access point.",
        Severity.HIGH,
        "Set transitEncryption and authorizationConfig.iam to ENABLED, and accessPointId.",
        types=(TASK_DEFINITION,),
        check=_volumes,
        requirements=("4.2.1", "7.2.5"),
        controls=(86,),
        url=hub("ecs", 18),
    ),
    Rule(
        "task-isolated",
        "Tasks share no namespace of their host, and have a network interface of their own.",
        Severity.HIGH,
        "Set networkMode to awsvpc; remove pidMode and ipcMode.",
        types=(TASK_DEFINITION,),
        check=_isolated,
        requirements=("1.4.5", "2.2.6"),
        controls=(104,),
        url=hub("ecs", 3),
    ),
    Rule(
        "task-roles-apart",
        "Each task has a role of its own, apart from the role that starts it.",
        Severity.HIGH,
        "Make one task role per task definition, and another as executionRoleArn.",
        types=(TASK_DEFINITION,),
        check=_roles_apart,
        relational=True,
        requirements=("7.2.5", "7.2.2"),
        controls=(105,),
        url=guide("AmazonECS/latest/developerguide/security-iam-roles.html"),
    ),
    Rule(
        "shell-sessions-logged",
        "Shell sessions into containers are encrypted and logged.",
        Severity.HIGH,
        "Set configuration.executeCommandConfiguration: logging OVERRIDE, kmsKeyId, and an encrypted log group.",
        types=(ECS_CLUSTER,),
        check=_shell_sessions_logged,
        relational=True,
        requirements=("8.6.1", "10.2.1.2", "2.2.7"),
        controls=(106,),
        url=guide("AmazonECS/latest/developerguide/ecs-exec.html"),
    ),
    Rule(
        "service-no-shell",
        "Services do not open a shell by default.",
        Severity.MEDIUM,
        "Set enableExecuteCommand to false; switch it on for an incident.",
        types=(ECS_SERVICE,),
        check=false("enableExecuteCommand"),
        requirements=("8.6.1", "2.2.4"),
        controls=(106,),
        url=guide("AmazonECS/latest/developerguide/ecs-exec.html"),
    ),
    Rule(
        "cluster-insights",
        "Clusters publish metrics of their tasks.",
        Severity.MEDIUM,
        "Add the setting containerInsights with enabled or enhanced.",
        types=(ECS_CLUSTER,),
        check=_insights,
        requirements=("10.7.2", "10.4.1"),
        controls=(107,),
        url=hub("ecs", 12),
    ),
    Rule(
        "task-storage-encrypted",
        "Scratch storage of tasks is encrypted under a customer-managed key.",
        Severity.MEDIUM,
        "Set configuration.managedStorageConfiguration.fargateEphemeralStorageKmsKeyId to the key for card data.",
        types=(ECS_CLUSTER,),
        check=_task_storage_encrypted,
        requirements=("3.5.1", "3.6.1.2"),
        controls=(86,),
        url=guide("AmazonECS/latest/developerguide/fargate-storage-encryption.html"),
    ),
    Rule(
        "function-in-vpc",
        "Functions run inside the VPC.",
        Severity.MEDIUM,
        "Set vpcConfig.",
        types=(FUNCTION,),
        check=_function_in_vpc,
        requirements=("1.3.1", "1.4.4"),
        controls=(157,),
        url=guide("lambda/latest/dg/configuration-vpc.html"),
    ),
    Rule(
        "function-runtime-supported",
        "Functions run on a runtime that AWS supports for a year or more.",
        Severity.HIGH,
        "Raise runtime.",
        types=(FUNCTION,),
        check=_runtime,
        requirements=("6.3.3",),
        controls=(157,),
        url=hub("lambda", 2),
    ),
    Rule(
        "function-environment-key",
        "Environments of functions are encrypted under a customer-managed key.",
        Severity.MEDIUM,
        "Set kmsKeyArn to the key for credentials.",
        types=(FUNCTION,),
        check=_environment_key,
        requirements=("3.5.1",),
        controls=(157,),
        url=guide("lambda/latest/dg/configuration-envvars-encryption.html"),
    ),
    Rule(
        "function-permission-scoped",
        "Functions can be called for this account only.",
        Severity.CRITICAL,
        "Set sourceAccount or sourceArn.",
        types=(FUNCTION_PERMISSION,),
        check=_permission_scoped,
        requirements=("7.2.1",),
        controls=(157,),
        url=hub("lambda", 1),
    ),
    Rule(
        "function-logged",
        "Functions log to a log group of this stack.",
        Severity.MEDIUM,
        "Set loggingConfig.logGroup, with systemLogLevel INFO.",
        types=(FUNCTION,),
        check=_function_logged,
        relational=True,
        requirements=("10.4.2", "10.2.1"),
        controls=(144,),
        url=guide("lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html"),
    ),
    Rule(
        "function-traced",
        "Functions are traced.",
        Severity.LOW,
        "Set tracingConfig.mode to Active.",
        types=(FUNCTION,),
        check=one_of("tracingConfig.mode", "Active", default="PassThrough"),
        requirements=("10.2.1",),
        controls=(144,),
        url=guide("lambda/latest/dg/services-xray.html"),
    ),
    Rule(
        "function-ends-in-time",
        "Functions end within five minutes.",
        Severity.LOW,
        "Lower timeout.",
        types=(FUNCTION,),
        check=_ends_in_time,
        requirements=("2.2.4",),
        controls=(157,),
        url=guide("lambda/latest/dg/configuration-timeout.html"),
    ),
)
