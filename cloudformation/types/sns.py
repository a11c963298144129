"""Amazon Simple Notification Service."""

from .model import Ref, ResourceType, To
from .shapes import listed

TYPES = (
    ResourceType(
        "aws:sns/topic:Topic",
        "AWS::SNS::Topic",
        properties={"name": To("TopicName")},
        attributes={"id": Ref(), "arn": Ref()},
    ),
    ResourceType(
        "aws:sns/topicPolicy:TopicPolicy",
        "AWS::SNS::TopicPolicy",
        properties={
            "arn": To("Topics", "a list of topics in CloudFormation", convert=listed),
            "policy": To("PolicyDocument"),
        },
        attributes={"id": Ref()},
        short=("policy",),
    ),
    ResourceType(
        "aws:sns/topicSubscription:TopicSubscription",
        "AWS::SNS::Subscription",
        properties={"topic": To("TopicArn")},
        attributes={"id": Ref(), "arn": Ref()},
        short=("subscription",),
    ),
)
