"""The platform: all layers in the order in which they build on each other, and what the stack tells the outside."""

from __future__ import annotations

from dataclasses import dataclass, field

import pulumi

from cloudformation.program import CustomResources
from components import failover
from components.api import Api, ApiSpec
from components.audit import Audit
from components.cache import Cache, CacheSpec
from components.database import Database
from components.database_spec import DatabaseSpec
from components.encryption import Encryption
from components.layer import PROJECT, Context, Scope
from components.monitoring import Monitoring, MonitoringSpec
from components.network import Network, NetworkSpec
from components.outputs import outputs
from components.processing import Processing, ProcessingSpec
from components.secrets import Secrets
from components.settings import TapSettings
from components.storage import Storage, StorageSpec
from components.streaming import PipelineSpec, Streaming


@dataclass(frozen=True)
class TapSpec:
    """What is decided when the program is written, not when it is deployed.

    Raises:
        ValueError: with these specs a tier would be away longer than the failover budget allows.
    """

    network: NetworkSpec = field(default_factory=NetworkSpec)
    database: DatabaseSpec = field(default_factory=DatabaseSpec)
    cache: CacheSpec = field(default_factory=CacheSpec)
    storage: StorageSpec = field(default_factory=StorageSpec)
    pipeline: PipelineSpec = field(default_factory=PipelineSpec)
    processing: ProcessingSpec = field(default_factory=ProcessingSpec)
    api: ApiSpec = field(default_factory=ApiSpec)
    monitoring: MonitoringSpec = field(default_factory=MonitoringSpec)

    def __post_init__(self) -> None:
        failover.check(self)


class TapStack(pulumi.ComponentResource):
    """The whole platform."""

    def __init__(
        self,
        context: Context,
        settings: TapSettings,
        spec: TapSpec | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(f"{PROJECT}:tap_stack:TapStack", PROJECT, None, opts)
        spec = spec or TapSpec()
        here = pulumi.ResourceOptions(parent=self)
        self.encryption = Encryption(context, opts=here)
        CustomResources(
            "custom-resources",
            name_suffix=context.suffix,
            log_kms_key_arn=self.encryption.logs.arn,
            log_retention_days=settings.log_retention_days,
            tags={"Project": PROJECT, "Environment": context.suffix, "DataClassification": Scope.OUT_OF_SCOPE.value},
            opts=here,
        )
        self.network = Network(
            context,
            vpc_cidr=settings.vpc_cidr,
            log_key=self.encryption.logs,
            log_retention_days=settings.log_retention_days,
            spec=spec.network,
            opts=here,
        )
        self.audit = Audit(
            context,
            logs_key=self.encryption.logs,
            log_retention_days=settings.log_retention_days,
            audit_retention_days=settings.audit_retention_days,
            alarm_email=settings.alarm_email,
            opts=here,
        )
        self.secrets = Secrets(
            context,
            secrets_key=self.encryption.secrets,
            logs_key=self.encryption.logs,
            network=self.network,
            log_retention_days=settings.log_retention_days,
            wait_for=self.network.way_to_services("rotation"),
            opts=here,
        )
        self.database = Database(
            context,
            network=self.network,
            data_key=self.encryption.data,
            secrets_key=self.encryption.secrets,
            logs_key=self.encryption.logs,
            log_retention_days=settings.log_retention_days,
            min_capacity=settings.database_min_capacity,
            max_capacity=settings.database_max_capacity,
            alarm_topic_arn=self.audit.alarm_topic_arn,
            spec=spec.database,
            opts=here,
        )
        self.cache = Cache(
            context,
            network=self.network,
            data_key=self.encryption.data,
            logs_key=self.encryption.logs,
            log_retention_days=settings.log_retention_days,
            node_type=settings.cache_node_type,
            shards=settings.cache_shards,
            spec=spec.cache,
            opts=here,
        )
        self.storage = Storage(
            context, network=self.network, data_key=self.encryption.data, spec=spec.storage, opts=here
        )
        self.streaming = Streaming(context, streams_key=self.encryption.streams, spec=spec.pipeline, opts=here)
        self.processing = Processing(
            context,
            network=self.network,
            streaming=self.streaming,
            database=self.database,
            cache=self.cache,
            storage=self.storage,
            secrets=self.secrets,
            keys=self.encryption,
            audit=self.audit,
            certificate_arn=settings.certificate_arn,
            api_image=settings.api_image,
            consumer_image=settings.consumer_image,
            api_min_tasks=settings.api_min_tasks,
            api_max_tasks=settings.api_max_tasks,
            api_requests_per_task=settings.api_requests_per_task,
            stage_min_tasks=settings.stage_min_tasks,
            stage_max_tasks=settings.stage_max_tasks,
            stage_records_per_task=settings.stage_records_per_task,
            log_retention_days=settings.log_retention_days,
            spec=spec.processing,
            opts=here,
        )
        self.api = Api(
            context,
            network=self.network,
            processing=self.processing,
            keys=self.encryption,
            service_host_name=settings.service_host_name,
            api_rate_limit=settings.api_rate_limit,
            api_burst_limit=settings.api_burst_limit,
            api_daily_quota=settings.api_daily_quota,
            waf_rate_limit=settings.waf_rate_limit,
            api_domain=settings.api_domain,
            certificate_arn=settings.certificate_arn,
            log_retention_days=settings.log_retention_days,
            spec=spec.api,
            opts=here,
        )
        self.monitoring = Monitoring(
            context,
            api=self.api,
            processing=self.processing,
            streaming=self.streaming,
            database=self.database,
            cache=self.cache,
            storage=self.storage,
            secrets=self.secrets,
            audit=self.audit,
            nat_gateway_ids=self.network.nat_gateway_ids,
            certificate_arn=settings.certificate_arn,
            api_min_tasks=settings.api_min_tasks,
            stage_min_tasks=settings.stage_min_tasks,
            spec=spec.monitoring,
            opts=here,
        )
        self.outputs = outputs(self)
        self.register_outputs({name: output.value for name, output in self.outputs.items()})
