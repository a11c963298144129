"""Streams, queues, topics and lease tables (PCI DSS 3.2.1, 3.5, 4.2.1, 7.3, 10.7)."""

from __future__ import annotations

from collections.abc import Iterator

from .checks import at_most, both, customer_key, one_of, true
from .documents import read
from .model import Context, Parameter, Resource, Rule, Severity
from .resource_types import (
    QUEUE,
    QUEUE_POLICY,
    STREAM,
    TABLE,
    TOPIC,
    TOPIC_POLICY,
    TOPIC_SUBSCRIPTION,
    guide,
    hub,
)

# Protocols of subscriptions that can report whether a message arrived, and the topic's input for it.
FEEDBACK = {
    "http": "httpFailureFeedbackRoleArn",
    "https": "httpFailureFeedbackRoleArn",
    "sqs": "sqsFailureFeedbackRoleArn",
    "lambda": "lambdaFailureFeedbackRoleArn",
    "firehose": "firehoseFailureFeedbackRoleArn",
    "application": "applicationFailureFeedbackRoleArn",
}


def _queue_policies(queue: Resource, context: Context) -> list[Resource]:
    found = context.stack.users(queue, QUEUE_POLICY, through=("queueUrl",))
    return [*found, *([queue] if queue.given("policy") else [])]


def _queue_tls(queue: Resource, context: Context) -> Iterator[str]:
    actions = ("sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage")
    policies = _queue_policies(queue, context)
    if not any(read(policy, "policy").refuses_plain_transport(*actions) for policy in policies):
        yield "requests without TLS are not denied"


def _topic_tls(topic: Resource, context: Context) -> Iterator[str]:
    found = context.stack.users(topic, TOPIC_POLICY, through=("arn",))
    policies = [*found, *([topic] if topic.given("policy") else [])]
    if not any(read(policy, "policy").refuses_plain_transport("sns:Publish") for policy in policies):
        yield "messages without TLS are not denied"


def _policy_closed(policy: Resource, _: Context) -> Iterator[str]:
    for statement in read(policy, "policy").allowing:
        if statement.anyone and not statement.tied:
            yield f"{statement.title} allows everybody"
        if statement.broad_actions:
            yield f"{statement.title} allows {', '.join(statement.broad_actions)}"
        if statement.services and not statement.tied:
            yield f"{statement.title} allows {statement.services[0]} on behalf of any account"


def _own_account_only(queue: Resource, context: Context) -> Iterator[str]:
    for policy in _queue_policies(queue, context):
        for statement in read(policy, "policy").denying:
            if statement.anyone and statement.condition("aws:PrincipalAccount", "StringNotEquals"):
                return
    yield "principals of other accounts are not denied"


def _dead_letters(queue: Resource, _: Context) -> Iterator[str]:
    """A queue hands failing messages on, or is itself where they end (then it says so by redriveAllowPolicy)."""
    if not queue.given("redrivePolicy") and not queue.given("redriveAllowPolicy"):
        yield "has no redrivePolicy, and does not say that it is a dead-letter queue (redriveAllowPolicy)"


def _not_plain(subscription: Resource, _: Context) -> Iterator[str]:
    if subscription.text("protocol") == "http":
        yield "protocol is http, which is not encrypted"
    elif subscription.text("protocol") == "sms":
        yield "protocol is sms, which is not encrypted"


def _delivery_logged(topic: Resource, context: Context) -> Iterator[str]:
    for subscription in context.stack.users(topic, TOPIC_SUBSCRIPTION, through=("topic",)):
        needed = FEEDBACK.get(subscription.text("protocol"))
        if needed and not topic.given(needed):
            yield f"{needed} is not given, so nobody learns of messages that do not arrive"


RULES = (
    Rule(
        "stream-encrypted",
        "Streams are encrypted under a customer-managed key.",
        Severity.HIGH,
        "Set encryptionType to KMS and kmsKeyId to the key for streams.",
        types=(STREAM,),
        check=both(one_of("encryptionType", "KMS", default="NONE"), customer_key("kmsKeyId")),
        requirements=("3.5.1", "8.3.2", "3.6.1.2"),
        controls=(89,),
        url=hub("kinesis", 1),
    ),
    Rule(
        "stream-retention-bounded",
        "Streams keep records no longer than needed.",
        Severity.MEDIUM,
        "Lower retentionPeriod.",
        types=(STREAM,),
        check=at_most("retentionPeriod", "mostHours", default=24),
        requirements=("3.2.1",),
        controls=(90,),
        url=hub("kinesis", 3),
        parameters=(Parameter("mostHours", "Hours that records are kept at most", 168, minimum=24, maximum=8760),),
    ),
    Rule(
        "queue-encrypted",
        "Queues are encrypted under a customer-managed key.",
        Severity.HIGH,
        "Set kmsMasterKeyId to the key for streams.",
        types=(QUEUE,),
        check=customer_key("kmsMasterKeyId"),
        requirements=("3.5.1", "3.6.1"),
        controls=(91,),
        url=hub("sqs", 1),
    ),
    Rule(
        "queue-key-reuse",
        "Queues ask KMS for a fresh data key every hour or more often.",
        Severity.LOW,
        "Lower kmsDataKeyReusePeriodSeconds.",
        types=(QUEUE,),
        check=at_most("kmsDataKeyReusePeriodSeconds", 3600, default=300),
        requirements=("3.7.4",),
        controls=(91,),
        url=guide("AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html"),
    ),
    Rule(
        "queue-tls-only",
        "Queues refuse requests without TLS.",
        Severity.HIGH,
        "Deny sqs:* to everybody when aws:SecureTransport is false.",
        types=(QUEUE,),
        check=_queue_tls,
        relational=True,
        requirements=("4.2.1",),
        controls=(92,),
        url=guide("AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html"),
    ),
    Rule(
        "topic-tls-only",
        "Topics refuse messages without TLS.",
        Severity.HIGH,
        "Deny sns:Publish to everybody when aws:SecureTransport is false.",
        types=(TOPIC,),
        check=_topic_tls,
        relational=True,
        requirements=("4.2.1",),
        controls=(92,),
        url=guide("sns/latest/dg/sns-security-best-practices.html"),
    ),
    Rule(
        "queue-policy-closed",
        "Queue policies allow nobody wholesale, and services for this account only.",
        Severity.CRITICAL,
        "Name principals and actions; add aws:SourceArn for services.",
        types=(QUEUE_POLICY,),
        check=_policy_closed,
        requirements=("7.2.1", "7.3.1"),
        controls=(93,),
        url=hub("sqs", 3),
    ),
    Rule(
        "queue-own-account-only",
        "Queues refuse principals of other accounts.",
        Severity.MEDIUM,
        "Deny sqs:* to everybody whose aws:PrincipalAccount is another.",
        types=(QUEUE,),
        check=_own_account_only,
        relational=True,
        requirements=("7.3.1",),
        controls=(93, 94),
        url=hub("sqs", 3),
    ),
    Rule(
        "topic-policy-closed",
        "Topic policies allow nobody wholesale, and services for this account only.",
        Severity.CRITICAL,
        "Name principals and actions; add aws:SourceAccount for services.",
        types=(TOPIC_POLICY,),
        check=_policy_closed,
        requirements=("7.2.1", "7.3.1"),
        controls=(93,),
        url=hub("sns", 4),
    ),
    Rule(
        "queue-dead-letters",
        "Messages that cannot be processed end in a dead-letter queue.",
        Severity.MEDIUM,
        "Set redrivePolicy; on a dead-letter queue set redriveAllowPolicy.",
        types=(QUEUE,),
        check=_dead_letters,
        requirements=("10.7.2",),
        controls=(94,),
        url=guide("AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html"),
    ),
    Rule(
        "queue-retention-bounded",
        "Queues keep messages no longer than needed.",
        Severity.MEDIUM,
        "Lower messageRetentionSeconds.",
        types=(QUEUE,),
        check=at_most("messageRetentionSeconds", "mostSeconds", default=345600),
        requirements=("3.2.1",),
        controls=(94,),
        url=guide("AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-queue-parameters.html"),
        parameters=(
            Parameter("mostSeconds", "Seconds that messages are kept at most", 1209600, minimum=60, maximum=1209600),
        ),
    ),
    Rule(
        "topic-encrypted",
        "Topics are encrypted under a customer-managed key.",
        Severity.HIGH,
        "Set kmsMasterKeyId to the key for logs.",
        types=(TOPIC,),
        check=customer_key("kmsMasterKeyId"),
        requirements=("3.5.1", "8.3.2"),
        controls=(95,),
        url=hub("sns", 1),
    ),
    Rule(
        "topic-delivery-logged",
        "Messages that do not arrive are reported.",
        Severity.LOW,
        "Set the feedback role of the subscription's protocol.",
        types=(TOPIC,),
        check=_delivery_logged,
        relational=True,
        requirements=("10.4.1", "10.7.2", "12.10.5"),
        controls=(96,),
        url=hub("sns", 2),
    ),
    Rule(
        "topic-subscription-encrypted",
        "Subscriptions deliver over encrypted ways.",
        Severity.HIGH,
        "Use https, or another protocol than http and sms.",
        types=(TOPIC_SUBSCRIPTION,),
        check=_not_plain,
        requirements=("4.2.1", "4.2.2"),
        controls=(92,),
        url=guide("sns/latest/dg/sns-security-best-practices.html"),
    ),
    Rule(
        "table-encrypted",
        "Tables are encrypted under a customer-managed key.",
        Severity.HIGH,
        "Set serverSideEncryption.enabled to true and kmsKeyArn to the key for streams.",
        types=(TABLE,),
        check=both(true("serverSideEncryption.enabled"), customer_key("serverSideEncryption.kmsKeyArn")),
        requirements=("3.5.1", "3.6.1.2"),
        controls=(89,),
        url=guide("amazondynamodb/latest/developerguide/EncryptionAtRest.html"),
    ),
)
