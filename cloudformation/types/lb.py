"""Elastic Load Balancing v2."""

from __future__ import annotations

from .model import Drop, Entry, GetAtt, Ref, ResourceType, Rule, Spread, To
from .shapes import choice

_ATTRIBUTE = "an entry of the attribute list in CloudFormation"


def _lb(key: str) -> Entry:
    return Entry("LoadBalancerAttributes", key, _ATTRIBUTE)


def _tg(key: str) -> Entry:
    return Entry("TargetGroupAttributes", key, _ATTRIBUTE)


def _actions(name: str) -> dict[str, Rule]:
    """Rules for a list of listener actions."""
    return {
        f"{name}.forward": To("ForwardConfig"),
        f"{name}.forward.targetGroups.arn": To("TargetGroupArn"),
        f"{name}.forward.stickiness": To("TargetGroupStickinessConfig"),
        f"{name}.forward.stickiness.duration": To("DurationSeconds"),
        f"{name}.fixedResponse": To("FixedResponseConfig"),
        f"{name}.redirect": To("RedirectConfig"),
    }


def _condition(field: str) -> To:
    config = "".join(word.capitalize() for word in field.split("-")) + "Config"
    return To(config, "the field has a property of its own in CloudFormation", also={"Field": field})


TYPES = (
    ResourceType(
        "aws:lb/loadBalancer:LoadBalancer",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        properties={
            "internal": To(
                "Scheme", "a word in CloudFormation", convert=choice({True: "internal", False: "internet-facing"})
            ),
            "loadBalancerType": To("Type"),
            "accessLogs": Spread(_ATTRIBUTE),
            "accessLogs.enabled": _lb("access_logs.s3.enabled"),
            "accessLogs.bucket": _lb("access_logs.s3.bucket"),
            "accessLogs.prefix": _lb("access_logs.s3.prefix"),
            "connectionLogs": Spread(_ATTRIBUTE),
            "connectionLogs.enabled": _lb("connection_logs.s3.enabled"),
            "connectionLogs.bucket": _lb("connection_logs.s3.bucket"),
            "connectionLogs.prefix": _lb("connection_logs.s3.prefix"),
            "healthCheckLogs": Spread(_ATTRIBUTE),
            "healthCheckLogs.enabled": _lb("health_check_logs.s3.enabled"),
            "healthCheckLogs.bucket": _lb("health_check_logs.s3.bucket"),
            "healthCheckLogs.prefix": _lb("health_check_logs.s3.prefix"),
            "clientKeepAlive": _lb("client_keep_alive.seconds"),
            "desyncMitigationMode": _lb("routing.http.desync_mitigation_mode"),
            "dropInvalidHeaderFields": _lb("routing.http.drop_invalid_header_fields.enabled"),
            "enableCrossZoneLoadBalancing": _lb("load_balancing.cross_zone.enabled"),
            "enableDeletionProtection": _lb("deletion_protection.enabled"),
            "enableHttp2": _lb("routing.http2.enabled"),
            "enableTlsVersionAndCipherSuiteHeaders": _lb("routing.http.x_amzn_tls_version_and_cipher_suite.enabled"),
            "enableWafFailOpen": _lb("waf.fail_open.enabled"),
            "enableXffClientPort": _lb("routing.http.xff_client_port.enabled"),
            "enableZonalShift": _lb("zonal_shift.config.enabled"),
            "idleTimeout": _lb("idle_timeout.timeout_seconds"),
            "preserveHostHeader": _lb("routing.http.preserve_host_header.enabled"),
            "xffHeaderProcessingMode": _lb("routing.http.xff_header_processing.mode"),
        },
        attributes={
            "id": Ref(),
            "arn": Ref(),
            "arnSuffix": GetAtt("LoadBalancerFullName"),
            "dnsName": GetAtt("DNSName"),
            "zoneId": GetAtt("CanonicalHostedZoneID"),
            "name": GetAtt("LoadBalancerName"),
        },
        short=("alb", "nlb"),
    ),
    ResourceType(
        "aws:lb/targetGroup:TargetGroup",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        properties={
            "connectionTermination": _tg("deregistration_delay.connection_termination.enabled"),
            "deregistrationDelay": _tg("deregistration_delay.timeout_seconds"),
            "loadBalancingAlgorithmType": _tg("load_balancing.algorithm.type"),
            "loadBalancingAnomalyMitigation": _tg("load_balancing.algorithm.anomaly_mitigation"),
            "loadBalancingCrossZoneEnabled": _tg("load_balancing.cross_zone.enabled"),
            "preserveClientIp": _tg("preserve_client_ip.enabled"),
            "slowStart": _tg("slow_start.duration_seconds"),
            "stickiness": Spread(_ATTRIBUTE),
            "stickiness.enabled": _tg("stickiness.enabled"),
            "stickiness.type": _tg("stickiness.type"),
            "stickiness.cookieDuration": _tg("stickiness.lb_cookie.duration_seconds"),
            "healthCheck": Spread("the target group itself holds the health check in CloudFormation"),
            "healthCheck.enabled": To("HealthCheckEnabled"),
            "healthCheck.interval": To("HealthCheckIntervalSeconds"),
            "healthCheck.timeout": To("HealthCheckTimeoutSeconds"),
            "healthCheck.healthyThreshold": To("HealthyThresholdCount"),
            "healthCheck.unhealthyThreshold": To("UnhealthyThresholdCount"),
            "healthCheck.matcher": To("Matcher.HttpCode"),
            "healthCheck.path": To("HealthCheckPath"),
            "healthCheck.port": To("HealthCheckPort"),
            "healthCheck.protocol": To("HealthCheckProtocol"),
        },
        attributes={
            "id": Ref(),
            "arn": Ref(),
            "arnSuffix": GetAtt("TargetGroupFullName"),
            "name": GetAtt("TargetGroupName"),
        },
        short=("tg",),
    ),
    ResourceType(
        "aws:lb/listener:Listener",
        "AWS::ElasticLoadBalancingV2::Listener",
        properties={
            "certificateArn": To("Certificates[0].CertificateArn", "a list of one in CloudFormation"),
            **_actions("defaultActions"),
            "mutualAuthentication.advertiseTrustStoreCaNames": Drop("off unless asked for", only=("off",)),
        },
        attributes={"id": Ref(), "arn": Ref()},
    ),
    ResourceType(
        "aws:lb/listenerRule:ListenerRule",
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        properties={
            **_actions("actions"),
            **{
                f"conditions.{name}": _condition(field)
                for name, field in (
                    ("hostHeader", "host-header"),
                    ("httpHeader", "http-header"),
                    ("httpRequestMethod", "http-request-method"),
                    ("pathPattern", "path-pattern"),
                    ("queryStrings", "query-string"),
                    ("sourceIp", "source-ip"),
                )
            },
        },
        attributes={"id": Ref(), "arn": Ref()},
        short=("rule",),
    ),
)
