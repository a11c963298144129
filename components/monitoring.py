"""Monitoring: alarms on every layer, messages when a control stops, and a dashboard along a transaction's way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components.alarms import AlarmSpec, Math, Metric, create_alarm
from components.alarms_data import (
    cache_alarms,
    database_alarms,
    delivery_alarms,
    network_alarms,
    secret_alarms,
    storage_alarms,
)
from components.alarms_edge import api_alarms, load_balancer_alarms
from components.alarms_pipeline import accepted_by, read_by, service_alarms, stage_alarms
from components.control_failures import create_rules
from components.dashboard import Section, create_dashboard, dashboard_url
from components.dashboard_sections import (
    api_section,
    cache_section,
    database_section,
    load_balancer_section,
    platform_section,
    service_section,
    stage_section,
)
from components.layer import Context, Layer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.api import Api
    from components.audit import Audit
    from components.cache import Cache
    from components.database import Database
    from components.processing import Processing
    from components.secrets import Secrets
    from components.storage import Storage
    from components.streaming import Streaming


@dataclass(frozen=True)
class MonitoringSpec:
    """What monitoring needs to know of the API's meaning."""

    entry_operation: str = "createTransaction"
    """The operation whose accepted requests become records of the first stage."""


class Monitoring(Layer):
    """Alarms, control rules and dashboard of the whole stack.

    Attributes:
        alarm_arns: every alarm made here, in the order of the dashboard.
        dashboard_name, dashboard_url: the dashboard.
    """

    def __init__(
        self,
        context: Context,
        *,
        api: Api,
        processing: Processing,
        streaming: Streaming,
        database: Database,
        cache: Cache,
        storage: Storage,
        secrets: Secrets,
        audit: Audit,
        nat_gateway_ids: Sequence[pulumi.Input[str]],
        certificate_arn: str,
        api_min_tasks: int,
        stage_min_tasks: int,
        spec: MonitoringSpec | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(context, opts)
        self._spec = spec or MonitoringSpec()
        self._topic_arn = audit.alarm_topic_arn
        self._arns: list[pulumi.Output[str]] = []
        cluster = processing.cluster_name
        rules = create_rules(self, cluster_name=cluster, topic_arn=self._topic_arn, role_arn=audit.event_role_arn)

        sections = [
            api_section(api, context.region, self._alarms(api_alarms(self, api))),
            load_balancer_section(processing, self._alarms(load_balancer_alarms(processing, certificate_arn))),
            service_section(
                "API service",
                "Accepts transactions into the first stream, and answers questions about them.",
                cluster,
                processing.api_service_name,
                self._alarms(
                    service_alarms("service-api", "API service", cluster, processing.api_service_name, api_min_tasks)
                ),
            ),
            *self._stages(api, processing, streaming, stage_min_tasks),
            database_section(database, self._alarms(database_alarms(database))),
            cache_section(cache, self._alarms(cache_alarms())),
            platform_section(
                storage.file_system_id,
                secrets.rotation_function_name,
                self._alarms(
                    [
                        *storage_alarms(storage.file_system_id),
                        *secret_alarms(secrets.rotation_function_name),
                        *network_alarms(nat_gateway_ids),
                        *delivery_alarms(self.named("topic", "alarms").physical, rules),
                    ]
                ),
            ),
        ]
        dashboard = create_dashboard(self, sections)
        self.alarm_arns = tuple(self._arns)
        self.dashboard_name = dashboard.dashboard_name
        self.dashboard_url = dashboard_url(context.region, dashboard.dashboard_name)
        self.register_outputs({"dashboardName": self.dashboard_name, "dashboardUrl": self.dashboard_url})

    def _stages(self, api: Api, processing: Processing, streaming: Streaming, least_tasks: int) -> list[Section]:
        """One section per stage. What should come into a stage is what the one before has read, or the API accepted."""
        sections = []
        services = {service.stage: service.service_name for service in processing.stage_services}
        cluster = processing.cluster_name
        incoming: list[Math | Metric] = [accepted_by(api, self._spec.entry_operation), *map(read_by, streaming.stages)]
        for stage, before in zip(streaming.stages, incoming, strict=False):
            service = services[stage.name]
            specs = [
                *stage_alarms(stage, before),
                *service_alarms(
                    f"service-{stage.name}", f"Consumers of stage {stage.name}", cluster, service, least_tasks
                ),
            ]
            sections.append(stage_section(stage, cluster, service, self._alarms(specs)))
        return sections

    def _alarms(self, specs: list[AlarmSpec]) -> list[pulumi.Output[str]]:
        arns = [create_alarm(self, spec, self._topic_arn).arn for spec in specs]
        self._arns += arns
        return arns
