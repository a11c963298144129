"""Alarms on the way in: API Gateway, firewall, load balancer, certificate.

What the load balancer's targets answer is watched by the alarms that roll a release back
(:mod:`components.rollback_alarms`), and not a second time here.

Metrics and dimensions: API Gateway developer guide, "REST API dimensions and metrics"; AWS WAF developer guide, "AWS
WAF core metrics and dimensions"; Application Load Balancer user guide, "CloudWatch metrics"; ACM user guide, "Supported
CloudWatch metrics". Thresholds are ours: they say when somebody should look, not what a service promises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.alarms import DAY, AlarmSpec, Comparison, Math, Metric, Missing
from components.layer import PROJECT, Layer

if TYPE_CHECKING:
    from components.api import Api
    from components.processing import Processing

FIVE_MINUTES = 300
# Time to order, validate and install a certificate that does not renew itself.
CERTIFICATE_DAYS = 30


def api_alarms(layer: Layer, api: Api) -> list[AlarmSpec]:
    """Alarms on the API as clients see it, and on the firewall in front of it."""
    stage = {"ApiName": api.rest_api_name, "Stage": api.stage_name}

    def metric(name: str, statistic: str) -> Metric:
        return Metric("AWS/ApiGateway", name, stage, statistic)

    return [
        AlarmSpec(
            "api-errors",
            "More than 1 % of the requests fail inside (5xx). See the execution log, then the API service.",
            # The average of this metric is the share of requests.
            metric("5XXError", "Average"),
            0.01,
            missing=Missing.FINE,
        ),
        AlarmSpec(
            "api-refusals",
            "More than a fifth of the requests are refused (4xx): a client is broken, or somebody is trying things.",
            metric("4XXError", "Average"),
            0.2,
            missing=Missing.FINE,
        ),
        AlarmSpec(
            "api-latency",
            "One of 100 requests takes longer than 3 s. Compare API Gateway's own latency with the integration's.",
            metric("Latency", "p99"),
            3000,
            missing=Missing.FINE,
        ),
        AlarmSpec(
            "api-throttled",
            "Requests are turned away with 429: the limits are too low for the traffic, or a client floods the API.",
            Metric(*_throttled(layer, api), statistic="Sum", period=FIVE_MINUTES),
            100,
            periods=2,
            wrong=2,
            missing=Missing.FINE,
        ),
        AlarmSpec(
            "firewall-blocks",
            "The firewall blocks more than 500 requests in five minutes: an attack, or a rule that hits clients.",
            Metric(
                "AWS/WAFV2",
                "BlockedRequests",
                {"WebACL": api.web_acl_name, "Region": layer.context.region, "Rule": "ALL"},
                period=FIVE_MINUTES,
            ),
            500,
            periods=1,
            wrong=1,
            missing=Missing.FINE,
        ),
    ]


def load_balancer_alarms(processing: Processing, certificate_arn: str) -> list[AlarmSpec]:
    """Alarms on the load balancer itself, and on the certificate that it shows."""
    balancer = {"LoadBalancer": processing.load_balancer_full_name}

    def metric(name: str) -> Metric:
        return Metric("AWS/ApplicationELB", name, balancer)

    def healthy(full_name: pulumi.Input[str]) -> Metric:
        return Metric("AWS/ApplicationELB", "HealthyHostCount", {**balancer, "TargetGroup": full_name}, "Maximum")

    return [
        AlarmSpec(
            "alb-errors",
            "The load balancer itself answers with 5xx: no task is healthy, or tasks do not answer in time.",
            metric("HTTPCode_ELB_5XX_Count"),
            5,
            missing=Missing.FINE,
        ),
        AlarmSpec(
            "alb-no-tasks",
            "No API task is healthy on either side of the blue/green pair. The API is down.",
            Math(
                "FILL(blue, 0) + FILL(green, 0)",
                {"blue": healthy(processing.blue.full_name), "green": healthy(processing.green.full_name)},
            ),
            1,
            Comparison.BELOW,
            periods=2,
            wrong=2,
            missing=Missing.WRONG,
        ),
        AlarmSpec(
            "alb-rejections",
            "The load balancer rejected connections, because it had reached its greatest number of them.",
            metric("RejectedConnectionCount"),
            0,
            missing=Missing.FINE,
        ),
        AlarmSpec(
            "alb-tls",
            "TLS fails on the way to the load balancer or from it to the tasks: look at certificate and TLS policy.",
            Math(
                "FILL(client, 0) + FILL(target, 0)",
                {
                    "client": metric("ClientTLSNegotiationErrorCount"),
                    "target": metric("TargetTLSNegotiationErrorCount"),
                },
            ),
            5,
            missing=Missing.FINE,
        ),
        AlarmSpec(
            "certificate-expiry",
            f"The load balancer's certificate expires in less than {CERTIFICATE_DAYS} days and has not been renewed.",
            Metric(
                "AWS/CertificateManager", "DaysToExpiry", {"CertificateArn": certificate_arn}, "Minimum", period=DAY
            ),
            CERTIFICATE_DAYS,
            Comparison.BELOW,
            periods=1,
            wrong=1,
            # ACM stops counting once the certificate has expired.
            missing=Missing.WRONG,
        ),
    ]


def _throttled(layer: Layer, api: Api) -> tuple[str, str, dict[str, pulumi.Input[str]]]:
    """Counts the requests answered with 429, which API Gateway hides among all other refusals."""
    namespace = f"{PROJECT}-api-{layer.context.suffix}"
    name = layer.named("filter", "api-throttled")
    aws.cloudwatch.LogMetricFilter(
        name.logical,
        name=name.physical,
        log_group_name=api.access_log_group_name,
        pattern='{ $.status = "429" }',
        metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
            name="throttled", namespace=namespace, value="1", default_value="0", unit="Count"
        ),
        opts=layer.child(),
    )
    return namespace, "throttled", {}
