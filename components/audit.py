"""Audit: who did what in the account, kept where it cannot be changed unseen, and alarms for what matters."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.alarm_topic import alarm_topic, event_role
from components.buckets import ACCESS_LOG_BUCKET, AUDIT_BUCKET, LogBucket, bucket_arn, log_bucket, server_log_prefix
from components.detections import DETECTIONS, detect
from components.encryption import Key
from components.key_policies import trail_arn
from components.layer import Context, Layer, Scope, document, statement
from components.log_groups import group_arn, log_group, write_statement

# Prefix of the load balancer's logs in the access-log bucket; AWS adds AWSLogs/{account}/ to it.
LOAD_BALANCER_PREFIX = "alb"


class Audit(Layer):
    """Audit trail, its buckets and log group, alarms on its events, and the alarm topic.

    Attributes:
        access_log_bucket: name of the bucket for load-balancer logs (prefix :data:`LOAD_BALANCER_PREFIX`) and S3 logs.
        access_log_policy: the bucket's policy; a load balancer that logs there waits for it.
        audit_bucket_name, trail_arn, trail_log_group_name: the trail and where it writes.
        alarm_topic_arn: where all alarms of the stack go.
        event_role_arn: what an EventBridge rule passes as the role of a target that is the alarm topic.
    """

    def __init__(
        self,
        context: Context,
        *,
        logs_key: Key,
        log_retention_days: pulumi.Input[int],
        audit_retention_days: pulumi.Input[int],
        alarm_email: str | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(context, opts)
        access_logs = self._access_log_bucket(audit_retention_days)
        audit_bucket = self._audit_bucket(logs_key, audit_retention_days, access_logs)
        group = log_group(self, "trail", key_arn=logs_key.arn, retention_days=log_retention_days, scope=Scope.CONNECTED)
        trail = self._trail(logs_key, audit_bucket, access_logs, group)
        topic = alarm_topic(self, key_arn=logs_key.arn, email=alarm_email)
        for detection in DETECTIONS:
            detect(self, detection, group.name, topic.arn)

        self.access_log_bucket = access_logs.name
        self.access_log_policy = access_logs.policy
        self.audit_bucket_name = audit_bucket.name
        self.trail_arn = trail.arn
        self.trail_log_group_name = group.name
        self.alarm_topic_arn = topic.arn
        self.event_role_arn = event_role(self, topic.arn, logs_key.arn).arn
        self.register_outputs(
            {
                "accessLogBucket": self.access_log_bucket,
                "auditBucketName": self.audit_bucket_name,
                "trailArn": self.trail_arn,
                "trailLogGroupName": self.trail_log_group_name,
                "alarmTopicArn": self.alarm_topic_arn,
            }
        )

    def _access_log_bucket(self, retention_days: pulumi.Input[int]) -> LogBucket:
        """Access-log bucket, under S3-managed keys: load balancers deliver their logs to no other kind of encryption.

        It does not log requests to itself, since each log file would then be logged in another one.
        """
        context = self.context
        arn = bucket_arn(context, ACCESS_LOG_BUCKET)
        load_balancer_logs = statement(
            "LoadBalancerLogs",
            actions=["s3:PutObject"],
            resources=[f"{arn}/{LOAD_BALANCER_PREFIX}/AWSLogs/{context.account_id}/*"],
            principal={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            # The source that load-balancer deliveries name is the load balancer, and it holds the account.
            conditions={"ArnLike": {"aws:SourceArn": context.arn("elasticloadbalancing", "loadbalancer/*")}},
        )
        server_logs = statement(
            "ServerLogs",
            actions=["s3:PutObject"],
            resources=[f"{arn}/{server_log_prefix(AUDIT_BUCKET)}*"],
            principal={"Service": "logging.s3.amazonaws.com"},
            conditions={
                "StringEquals": {"aws:SourceAccount": context.account_id},
                "ArnLike": {"aws:SourceArn": bucket_arn(context, AUDIT_BUCKET)},
            },
        )
        return log_bucket(
            self, ACCESS_LOG_BUCKET, retention_days=retention_days, writers=[load_balancer_logs, server_logs]
        )

    def _audit_bucket(self, key: Key, retention_days: pulumi.Input[int], access_logs: LogBucket) -> LogBucket:
        """Audit bucket for the trail alone, under the logs key; requests to it are logged (PCI DSS 10.2.1.3)."""
        context = self.context
        arn = bucket_arn(context, AUDIT_BUCKET)
        cloudtrail = {"Service": "cloudtrail.amazonaws.com"}
        this_trail = {"aws:SourceArn": trail_arn(context)}
        writers = [
            statement(
                "TrailChecksAccess",
                actions=["s3:GetBucketAcl"],
                resources=[arn],
                principal=cloudtrail,
                conditions={"StringEquals": this_trail},
            ),
            statement(
                "TrailWrites",
                actions=["s3:PutObject"],
                resources=[f"{arn}/AWSLogs/{context.account_id}/*"],
                principal=cloudtrail,
                conditions={"StringEquals": {**this_trail, "s3:x-amz-acl": "bucket-owner-full-control"}},
            ),
        ]
        return log_bucket(
            self,
            AUDIT_BUCKET,
            retention_days=retention_days,
            writers=writers,
            key_arn=key.arn,
            access_logs=access_logs,
        )

    def _trail(
        self, key: Key, bucket: LogBucket, access_logs: LogBucket, group: aws.cloudwatch.LogGroup
    ) -> aws.cloudtrail.Trail:
        """Audit trail of all Regions with file validation, encrypted, to bucket and log group (PCI DSS 10.2)."""
        name = self.named("trail", "audit")
        role, permission = self._trail_role(group)
        return aws.cloudtrail.Trail(
            name.logical,
            name=name.physical,
            enable_logging=True,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            s3_bucket_name=bucket.name,
            kms_key_id=key.arn,
            cloud_watch_logs_group_arn=pulumi.Output.concat(group_arn(self, group), ":*"),
            cloud_watch_logs_role_arn=role.arn,
            advanced_event_selectors=_event_selectors(bucket.arn, access_logs.arn),
            insight_selectors=[{"insight_type": "ApiCallRateInsight"}, {"insight_type": "ApiErrorRateInsight"}],
            tags=self.tags(name),
            opts=self.child(depends_on=[bucket.policy, permission]),
        )

    def _trail_role(self, group: aws.cloudwatch.LogGroup) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        """Role with which CloudTrail writes the trail to its log group, and nothing else.

        CloudTrail names no source when it assumes the role, so the trust policy cannot ask for one; a trail can be
        given a role of its own account only, and only by somebody who may pass the role on.
        """
        name = self.named("role", "trail")
        role = aws.iam.Role(
            name.logical,
            name=name.physical,
            description="CloudTrail writes the audit trail to its log group with this role.",
            assume_role_policy=document(
                statement(
                    "AssumedByService",
                    actions=["sts:AssumeRole"],
                    principal={"Service": "cloudtrail.amazonaws.com"},
                )
            ),
            tags=self.tags(name),
            opts=self.child(),
        )
        policy = self.named("policy", "trail")
        permission = aws.iam.RolePolicy(
            policy.logical,
            name=policy.physical,
            role=role.name,
            policy=document(write_statement(self, group)),
            opts=self.child(),
        )
        return role, permission


def _event_selectors(
    *bucket_arns: pulumi.Output[str],
) -> list[aws.cloudtrail.TrailAdvancedEventSelectorArgsDict]:
    """All management events, and every read and write of an object in the log buckets (PCI DSS 10.2.1.3)."""
    return [
        {"name": "Management", "field_selectors": [{"field": "eventCategory", "equals": ["Management"]}]},
        {
            "name": "LogObjects",
            "field_selectors": [
                {"field": "eventCategory", "equals": ["Data"]},
                {"field": "resources.type", "equals": ["AWS::S3::Object"]},
                {"field": "resources.ARN", "starts_withs": [pulumi.Output.concat(arn, "/") for arn in bucket_arns]},
            ],
        },
    ]
