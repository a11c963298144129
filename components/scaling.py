"""Automatic scaling on the volume of transactions, with CPU as a floor."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.availability import within
from components.layer import Layer
from components.load_balancer import LoadBalancer, TargetGroup
from components.streaming import StageStreams

MetricQuery = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgs
MetricStat = (
    aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatArgs
)
Metric = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricArgs  # noqa: E501
Dimension = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricDimensionArgs  # noqa: E501
Customized = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs
Predefined = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs


@dataclass(frozen=True)
class ScalingSpec:
    """How scaling behaves; the volumes that it aims at are deploy-time settings.

    Raises:
        ValueError: a value is outside its limits.
    """

    cpu_percent: int = 60
    """Average CPU use that is never exceeded for long, whatever the volume."""
    lag_seconds: int = 30
    """Age of a stage's oldest unread record from which tasks are added, however few records come in."""
    out_cooldown: int = 60
    """Seconds between two additions."""
    in_cooldown: int = 300
    """Seconds between two removals: slower, because a removed consumer moves leases."""

    def __post_init__(self) -> None:
        within("scaling, cpu_percent", self.cpu_percent, 10, 90, "percent")
        within("scaling, lag_seconds", self.lag_seconds, 1, 3600, "seconds")
        within("scaling, out_cooldown", self.out_cooldown, 0, 3600, "seconds")
        within("scaling, in_cooldown", self.in_cooldown, 0, 3600, "seconds")
        if self.in_cooldown < self.out_cooldown:
            raise ValueError(
                f"scaling: an in_cooldown of {self.in_cooldown} s below the out_cooldown of {self.out_cooldown} s "
                "removes tasks faster than it adds them. Raise in_cooldown."
            )


@dataclass(frozen=True)
class Scalable:
    """A service that scales: its names in CloudWatch, and the bounds of its number of tasks."""

    purpose: str
    cluster_name: pulumi.Output[str]
    service_name: pulumi.Output[str]
    least: int
    most: int


def scale_api(
    layer: Layer, service: Scalable, balancer: LoadBalancer, *, requests_per_task: int, spec: ScalingSpec
) -> None:
    """Scales the API on requests per task, of whichever side of the blue/green pair serves."""
    target = _target(layer, service)
    _track(
        layer,
        service,
        target,
        "requests",
        spec,
        value=requests_per_task,
        # The predefined ALBRequestCountPerTarget names one target group, and would see no traffic after every second
        # deployment. The busier of the two sides is the one that serves.
        metrics=[
            _metric("blue", "AWS/ApplicationELB", "RequestCountPerTarget", "Sum", _sides(balancer.blue, balancer)),
            _metric("green", "AWS/ApplicationELB", "RequestCountPerTarget", "Sum", _sides(balancer.green, balancer)),
            MetricQuery(
                id="requests",
                label="Requests a minute and task",
                expression="MAX([FILL(blue, 0), FILL(green, 0)])",
                return_data=True,
            ),
        ],
    )
    _track_cpu(layer, service, target, spec)


def scale_stage(
    layer: Layer, service: Scalable, stage: StageStreams, *, records_per_task: int, spec: ScalingSpec
) -> None:
    """Scales one stage on incoming records per task, and faster when records grow old."""
    target = _target(layer, service)
    _track(
        layer,
        service,
        target,
        "records",
        spec,
        value=records_per_task,
        metrics=[
            _metric("records", "AWS/Kinesis", "IncomingRecords", "Sum", {"StreamName": stage.stream_name}),
            _metric(
                "tasks",
                "ECS/ContainerInsights",
                "RunningTaskCount",
                "Average",
                {"ClusterName": service.cluster_name, "ServiceName": service.service_name},
            ),
            MetricQuery(
                id="load",
                label="Incoming records a minute and task",
                expression="FILL(records, 0) / tasks",
                return_data=True,
            ),
        ],
    )
    _track_cpu(layer, service, target, spec)
    _step_on_lag(layer, service, target, stage, spec)


def _target(layer: Layer, service: Scalable) -> aws.appautoscaling.Target:
    """Bounds of a service's number of tasks."""
    n = layer.named("scaling", service.purpose)
    return aws.appautoscaling.Target(
        n.logical,
        service_namespace="ecs",
        scalable_dimension="ecs:service:DesiredCount",
        resource_id=pulumi.Output.concat("service/", service.cluster_name, "/", service.service_name),
        min_capacity=service.least,
        max_capacity=service.most,
        tags=layer.tags(n),
        opts=layer.child(),
    )


def _track(
    layer: Layer,
    service: Scalable,
    target: aws.appautoscaling.Target,
    purpose: str,
    spec: ScalingSpec,
    *,
    value: int,
    metrics: list[MetricQuery] | None = None,
    predefined: str | None = None,
) -> None:
    n = layer.named("scaling", f"{service.purpose}-{purpose}")
    aws.appautoscaling.Policy(
        n.logical,
        name=n.physical,
        policy_type="TargetTrackingScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        target_tracking_scaling_policy_configuration=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
            target_value=value,
            customized_metric_specification=Customized(metrics=metrics) if metrics else None,
            predefined_metric_specification=Predefined(predefined_metric_type=predefined) if predefined else None,
            scale_out_cooldown=spec.out_cooldown,
            scale_in_cooldown=spec.in_cooldown,
        ),
        opts=layer.child(),
    )


def _track_cpu(layer: Layer, service: Scalable, target: aws.appautoscaling.Target, spec: ScalingSpec) -> None:
    """Floor under the volume metrics: adds tasks when they are busier than planned."""
    _track(
        layer,
        service,
        target,
        "cpu",
        spec,
        value=spec.cpu_percent,
        predefined="ECSServiceAverageCPUUtilization",
    )


def _step_on_lag(
    layer: Layer, service: Scalable, target: aws.appautoscaling.Target, stage: StageStreams, spec: ScalingSpec
) -> None:
    """Adds a quarter of a stage's tasks when records wait, and half of them when they have waited twice as long."""
    threshold = spec.lag_seconds * 1000
    n = layer.named("scaling", f"{service.purpose}-lag")
    policy = aws.appautoscaling.Policy(
        n.logical,
        name=n.physical,
        policy_type="StepScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        step_scaling_policy_configuration=aws.appautoscaling.PolicyStepScalingPolicyConfigurationArgs(
            adjustment_type="PercentChangeInCapacity",
            metric_aggregation_type="Maximum",
            min_adjustment_magnitude=1,
            cooldown=spec.out_cooldown,
            step_adjustments=[
                # Bounds are distances from the alarm's threshold.
                aws.appautoscaling.PolicyStepScalingPolicyConfigurationStepAdjustmentArgs(
                    metric_interval_lower_bound="0",
                    metric_interval_upper_bound=str(threshold),
                    scaling_adjustment=25,
                ),
                aws.appautoscaling.PolicyStepScalingPolicyConfigurationStepAdjustmentArgs(
                    metric_interval_lower_bound=str(threshold), scaling_adjustment=50
                ),
            ],
        ),
        opts=layer.child(),
    )
    alarm = layer.named("alarm", f"scale-{service.purpose}-lag")
    aws.cloudwatch.MetricAlarm(
        alarm.logical,
        name=alarm.physical,
        alarm_description=f"Scales stage {stage.name} out: records wait longer than {spec.lag_seconds} s.",
        namespace="AWS/Kinesis",
        metric_name="GetRecords.IteratorAgeMilliseconds",
        dimensions={"StreamName": stage.stream_name},
        statistic="Maximum",
        period=60,
        evaluation_periods=1,
        threshold=threshold,
        comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",
        alarm_actions=[policy.arn],
        tags=layer.tags(alarm),
        opts=layer.child(),
    )


def _metric(
    name: str, namespace: str, metric: str, stat: str, dimensions: dict[str, pulumi.Output[str]]
) -> MetricQuery:
    return MetricQuery(
        id=name,
        metric_stat=MetricStat(
            metric=Metric(
                namespace=namespace,
                metric_name=metric,
                dimensions=[Dimension(name=key, value=value) for key, value in dimensions.items()],
            ),
            stat=stat,
        ),
        return_data=False,
    )


def _sides(group: TargetGroup, balancer: LoadBalancer) -> dict[str, pulumi.Output[str]]:
    return {"TargetGroup": group.full_name, "LoadBalancer": balancer.full_name}
