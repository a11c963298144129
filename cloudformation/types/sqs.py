"""Amazon Simple Queue Service."""

from .model import GetAtt, Ref, ResourceType, To
from .shapes import listed

TYPES = (
    ResourceType(
        "aws:sqs/queue:Queue",
        "AWS::SQS::Queue",
        properties={
            "name": To("QueueName"),
            "maxMessageSize": To("MaximumMessageSize"),
            "messageRetentionSeconds": To("MessageRetentionPeriod"),
            "receiveWaitTimeSeconds": To("ReceiveMessageWaitTimeSeconds"),
            "visibilityTimeoutSeconds": To("VisibilityTimeout"),
        },
        attributes={"id": Ref(), "url": Ref(), "arn": GetAtt("Arn"), "name": GetAtt("QueueName")},
        stateful=True,
        short=("dlq",),
    ),
    ResourceType(
        "aws:sqs/queuePolicy:QueuePolicy",
        "AWS::SQS::QueuePolicy",
        properties={
            "policy": To("PolicyDocument"),
            "queueUrl": To("Queues", "a list of queues in CloudFormation", convert=listed),
        },
        attributes={"id": Ref()},
        short=("policy",),
    ),
)
