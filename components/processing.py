"""Processing: the Fargate cluster with the API service and one consumer service per stage."""

from __future__ import annotations

from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.api_service import Placement, api_service
from components.audit import Audit
from components.availability import HealthCheckSpec, LeaseSpec, within
from components.cache import Cache
from components.database import Database
from components.encryption import Encryption
from components.layer import Context, Layer
from components.load_balancer import LoadBalancer, TargetGroup, load_balancer
from components.log_groups import log_group
from components.network import Network
from components.rollback_alarms import RollbackSpec, Watch, api_alarms, stage_alarms
from components.scaling import Scalable, ScalingSpec, scale_api, scale_stage
from components.secrets import Secrets
from components.service_tasks import Platform, api_task, stage_task
from components.stage_services import stage_service
from components.storage import Storage
from components.streaming import StageStreams, Streaming
from components.task_definitions import ContainerHealthSpec, TaskSpec
from components.task_roles import Backends


@dataclass(frozen=True)
class ProcessingSpec:
    """Sizes, health checks and release rules of the services.

    Raises:
        ValueError: a value is outside its limits, or a release bakes for less time than its alarms need.
    """

    api_task: TaskSpec = field(default_factory=TaskSpec)
    stage_task: TaskSpec = field(default_factory=TaskSpec)
    health_check: HealthCheckSpec = field(default_factory=HealthCheckSpec)
    stage_health: ContainerHealthSpec = field(default_factory=ContainerHealthSpec)
    lease: LeaseSpec = field(default_factory=LeaseSpec)
    scaling: ScalingSpec = field(default_factory=ScalingSpec)
    rollback: RollbackSpec = field(default_factory=RollbackSpec)
    bake_minutes: int = 10
    """Time that the old API release stands by after the traffic has moved."""

    def __post_init__(self) -> None:
        within("processing, bake_minutes", self.bake_minutes, 0, 1440, "minutes")
        if self.bake_minutes < self.rollback.detection_minutes:
            raise ValueError(
                f"processing: a release bakes for {self.bake_minutes} minutes, but its alarms need "
                f"{self.rollback.detection_minutes} minutes to tell that it is broken. Raise bake_minutes."
            )


@dataclass(frozen=True)
class StageService:
    """The consumer service of one stage."""

    stage: str
    service_name: pulumi.Output[str]


class Processing(Layer):
    """Cluster, load balancer, API service and stage consumers, with their roles, logs, scaling and rollback alarms."""

    cluster_name: pulumi.Output[str]
    cluster_arn: pulumi.Output[str]
    load_balancer_arn: pulumi.Output[str]
    load_balancer_full_name: pulumi.Output[str]
    load_balancer_dns_name: pulumi.Output[str]
    listener_arn: pulumi.Output[str]
    """The production listener."""
    blue: TargetGroup
    green: TargetGroup
    api_service_name: pulumi.Output[str]
    stage_services: tuple[StageService, ...]
    """In the order of the pipeline."""
    log_group_names: tuple[pulumi.Output[str], ...]

    def __init__(
        self,
        context: Context,
        *,
        network: Network,
        streaming: Streaming,
        database: Database,
        cache: Cache,
        storage: Storage,
        secrets: Secrets,
        keys: Encryption,
        audit: Audit,
        certificate_arn: str,
        api_image: str,
        consumer_image: str,
        api_min_tasks: int,
        api_max_tasks: int,
        api_requests_per_task: int,
        stage_min_tasks: int,
        stage_max_tasks: int,
        stage_records_per_task: int,
        log_retention_days: int,
        spec: ProcessingSpec | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(context, opts)
        self._spec = spec or ProcessingSpec()
        self._platform = Platform(Backends(database, cache, storage), keys, secrets, log_retention_days)
        self._watch = Watch(self, self._spec.rollback, audit.alarm_topic_arn)
        self._log_groups: list[aws.cloudwatch.LogGroup] = []

        cluster = self._cluster()
        self.cluster_name, self.cluster_arn = cluster.name, cluster.arn
        self._placement = Placement(cluster.arn, network)
        balancer = load_balancer(
            self,
            network,
            certificate_arn=certificate_arn,
            audit=audit,
            health_check=self._spec.health_check,
        )
        self._publish(balancer)

        first_stage, *others = streaming.stages
        api = self._api(balancer, api_image, first_stage, api_min_tasks)
        self.api_service_name = api.name
        scale_api(
            self,
            Scalable("api", self.cluster_name, api.name, api_min_tasks, api_max_tasks),
            balancer,
            requests_per_task=api_requests_per_task,
            spec=self._spec.scaling,
        )

        services = []
        for stage, follower in zip(streaming.stages, [*others, None], strict=True):
            service = self._stage(stage, follower, consumer_image, stage_min_tasks)
            scale_stage(
                self,
                Scalable(f"stage-{stage.name}", self.cluster_name, service.name, stage_min_tasks, stage_max_tasks),
                stage,
                records_per_task=stage_records_per_task,
                spec=self._spec.scaling,
            )
            services.append(StageService(stage=stage.name, service_name=service.name))
        self.stage_services = tuple(services)

        self.log_group_names = tuple(group.name for group in self._log_groups)
        self.register_outputs(
            {
                "clusterName": self.cluster_name,
                "loadBalancerDnsName": self.load_balancer_dns_name,
                "apiServiceName": self.api_service_name,
                "stageServiceNames": [service.service_name for service in self.stage_services],
                "logGroupNames": list(self.log_group_names),
            }
        )

    def _publish(self, balancer: LoadBalancer) -> None:
        self.load_balancer_arn = balancer.arn
        self.load_balancer_full_name = balancer.full_name
        self.load_balancer_dns_name = balancer.dns_name
        self.listener_arn = balancer.listener_arn
        self.blue, self.green = balancer.blue, balancer.green

    def _cluster(self) -> aws.ecs.Cluster:
        """Fargate cluster: metrics on, ephemeral storage under our key, every shell session encrypted and logged.

        Container insights are ``enabled``, not ``enhanced``: scaling needs the services' task counts, which both give,
        and the control CT.ECS.PR.2 accepts only the former.
        """
        n = self.named("ecs", "main")
        sessions = self._log_group("ecs-sessions", mask_card_data=True)
        # ECS would make this group itself, without our key, and leave it behind.
        insights = self._log_group("ecs-insights", f"/aws/ecs/containerinsights/{n.physical}/performance")
        cluster = aws.ecs.Cluster(
            n.logical,
            name=n.physical,
            settings=[aws.ecs.ClusterSettingArgs(name="containerInsights", value="enabled")],
            configuration=aws.ecs.ClusterConfigurationArgs(
                execute_command_configuration=aws.ecs.ClusterConfigurationExecuteCommandConfigurationArgs(
                    kms_key_id=self._platform.keys.logs.arn,
                    logging="OVERRIDE",
                    log_configuration=aws.ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs(
                        cloud_watch_encryption_enabled=True, cloud_watch_log_group_name=sessions.name
                    ),
                ),
                managed_storage_configuration=aws.ecs.ClusterConfigurationManagedStorageConfigurationArgs(
                    fargate_ephemeral_storage_kms_key_id=self._platform.keys.data.arn
                ),
            ),
            tags=self.tags(n),
            opts=self.child(depends_on=[insights]),
        )
        aws.ecs.ClusterCapacityProviders(
            f"{n.logical}-capacity",
            cluster_name=cluster.name,
            # No FARGATE_SPOT: its tasks are taken away with two minutes' notice.
            capacity_providers=["FARGATE"],
            default_capacity_provider_strategies=[
                aws.ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArgs(
                    capacity_provider="FARGATE", weight=1
                )
            ],
            opts=self.child(),
        )
        return cluster

    def _api(self, balancer: LoadBalancer, image: str, first_stage: StageStreams, least_tasks: int) -> aws.ecs.Service:
        task = api_task(self, self._platform, image=image, first_stage=first_stage, spec=self._spec.api_task)
        self._log_groups.append(task.log_group)
        return api_service(
            self,
            self._placement,
            task=task,
            balancer=balancer,
            alarm_names=api_alarms(self._watch, balancer),
            least_tasks=least_tasks,
            bake_minutes=self._spec.bake_minutes,
        )

    def _stage(
        self, stage: StageStreams, follower: StageStreams | None, image: str, least_tasks: int
    ) -> aws.ecs.Service:
        task = stage_task(
            self,
            self._platform,
            image=image,
            stage=stage,
            follower=follower,
            spec=self._spec.stage_task,
            health=self._spec.stage_health,
            lease=self._spec.lease,
        )
        self._log_groups.append(task.log_group)
        return stage_service(
            self,
            self._placement,
            f"stage-{stage.name}",
            task=task,
            alarm_names=stage_alarms(self._watch, stage),
            least_tasks=least_tasks,
        )

    def _log_group(
        self, purpose: str, fixed_name: str | None = None, *, mask_card_data: bool = False
    ) -> aws.cloudwatch.LogGroup:
        group = log_group(
            self,
            purpose,
            key_arn=self._platform.keys.logs.arn,
            retention_days=self._platform.log_retention_days,
            fixed_name=fixed_name,
            mask_card_data=mask_card_data,
        )
        self._log_groups.append(group)
        return group
