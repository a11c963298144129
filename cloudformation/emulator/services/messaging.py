"""SQS, SNS, EventBridge: queues, topics, subscriptions, rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..api import ApiType, Call, Given, Services, Setting, answered, chosen, constant, formatted, named, ref, tags
from ..resources import Record

QUEUE_SETTINGS = (
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
)
TOPIC_SETTINGS = ("DisplayName", "KmsMasterKeyId", "SignatureVersion", "TracingConfig", "ContentBasedDeduplication")
SUBSCRIPTION_SETTINGS = ("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy")


def _each(service: str, operation: str, name: str, parameter: str, attribute: Any) -> Any:
    """Put a policy on every queue or topic of a list, and take it from those no longer in it."""

    def apply(services: Services, record: Record, old: Mapping[str, Any]) -> None:
        for target in sorted(set(old.get(name, [])) - set(record.properties[name])):
            services.call(service, operation, {parameter: target, **attribute("")})
        for target in record.properties[name]:
            services.call(service, operation, {parameter: target, **attribute(record.properties["PolicyDocument"])})

    return apply


def _queue_policy(document: Any) -> dict[str, Any]:
    return {"Attributes": {"Policy": document}}


def _topic_policy(document: Any) -> dict[str, Any]:
    return {"AttributeName": "Policy", "AttributeValue": document}


def _attributes(operation: str, parameter: str, names: tuple[str, ...]) -> Any:
    """SNS takes one attribute at a time."""

    def apply(services: Services, record: Record, old: Mapping[str, Any]) -> None:
        for name in names:
            if record.properties.get(name) != old.get(name):
                change = {"AttributeName": name, "AttributeValue": record.properties.get(name, "")}
                services.call("sns", operation, {parameter: record.physical_id, **change})

    return apply


def _targets(services: Services, record: Record, old: Mapping[str, Any]) -> None:
    wanted = record.properties.get("Targets", [])
    bus = record.properties.get("EventBusName")
    gone = [target["Id"] for target in old.get("Targets", []) if target["Id"] not in {new["Id"] for new in wanted}]
    if gone:
        services.call("events", "remove_targets", {"Rule": record.physical_id, "EventBusName": bus, "Ids": gone})
    if wanted:
        services.call("events", "put_targets", {"Rule": record.physical_id, "EventBusName": bus, "Targets": wanted})


def _no_targets(services: Services, record: Record, _: Mapping[str, Any]) -> None:
    ids = [target["Id"] for target in record.properties.get("Targets", [])]
    if ids:
        bus = record.properties.get("EventBusName")
        services.call("events", "remove_targets", {"Rule": record.physical_id, "EventBusName": bus, "Ids": ids})


RULE_SETTINGS = ("Description", "EventPattern", "ScheduleExpression", "State", "RoleArn")
RULE = Call("put_rule", {"Name": named}, ("EventBusName", *RULE_SETTINGS, "Tags"))

TYPES = {
    "AWS::SQS::Queue": ApiType(
        "sqs",
        create=Call(
            "create_queue",
            {"QueueName": named, "Attributes": chosen(*QUEUE_SETTINGS, "FifoQueue"), "tags": Given("Tags")},
        ),
        # Not what moto answers, which has the emulator's own address in it.
        ref=formatted("https://sqs.{region}.amazonaws.com/{account}/{name}"),
        delete=(Call("delete_queue", {"QueueUrl": ref}),),
        settings=(
            Setting(
                QUEUE_SETTINGS,
                Call("set_queue_attributes", {"QueueUrl": ref, "Attributes": chosen(*QUEUE_SETTINGS)}),
                at_creation=False,
            ),
            tags({"QueueUrl": ref}, service="sqs", operations=("tag_queue", "untag_queue")),
        ),
        attributes={"Arn": formatted("{arn:sqs}:{name}"), "QueueName": named, "QueueUrl": ref},
    ),
    "AWS::SQS::QueuePolicy": ApiType(
        "sqs",
        create=Call("list_queues"),
        ref=formatted("{logical_id}-{alnum12}"),
        # A policy goes with its queue; taking it away first would be a moment of open access.
        delete=(),
        settings=(
            Setting(
                ("PolicyDocument", "Queues"),
                _each("sqs", "set_queue_attributes", "Queues", "QueueUrl", _queue_policy),
            ),
        ),
    ),
    "AWS::SNS::Topic": ApiType(
        "sns",
        create=Call(
            "create_topic",
            {"Name": named, "Attributes": chosen(*TOPIC_SETTINGS, "FifoTopic"), "Tags": Given("Tags")},
        ),
        ref=answered("TopicArn"),
        delete=(Call("delete_topic", {"TopicArn": ref}),),
        settings=(
            Setting(TOPIC_SETTINGS, _attributes("set_topic_attributes", "TopicArn", TOPIC_SETTINGS), at_creation=False),
            tags({"ResourceArn": ref}, service="sns"),
        ),
        attributes={"TopicArn": ref, "TopicName": named},
        unkept=(
            "ArchivePolicy",
            "DataProtectionPolicy",
            "DeliveryStatusLogging",
            "FifoThroughputScope",
            "MaximumMessageSize",
            "Subscription",
        ),
    ),
    "AWS::SNS::TopicPolicy": ApiType(
        "sns",
        create=Call("list_topics"),
        ref=formatted("{logical_id}-{alnum12}"),
        delete=(),
        settings=(
            Setting(
                ("PolicyDocument", "Topics"),
                _each("sns", "set_topic_attributes", "Topics", "TopicArn", _topic_policy),
            ),
        ),
    ),
    "AWS::SNS::Subscription": ApiType(
        "sns",
        create=Call(
            "subscribe",
            {"Attributes": chosen(*SUBSCRIPTION_SETTINGS), "ReturnSubscriptionArn": constant(True)},
            ("TopicArn", "Protocol", "Endpoint"),
        ),
        ref=answered("SubscriptionArn"),
        delete=(Call("unsubscribe", {"SubscriptionArn": ref}),),
        settings=(
            Setting(
                SUBSCRIPTION_SETTINGS,
                _attributes("set_subscription_attributes", "SubscriptionArn", SUBSCRIPTION_SETTINGS),
                at_creation=False,
            ),
        ),
        attributes={"Arn": ref},
        unkept=("Region", "ReplayPolicy", "SubscriptionRoleArn"),
    ),
    "AWS::Events::Rule": ApiType(
        "events",
        create=RULE,
        ref=named,
        delete=(_no_targets, Call("delete_rule", {"Name": ref}, ("EventBusName",))),
        settings=(
            Setting(("Targets",), _targets),
            Setting((*RULE_SETTINGS, "Tags"), RULE, at_creation=False),
        ),
        attributes={"Arn": answered("RuleArn")},
        unkept=("EventBusName",),
    ),
}
