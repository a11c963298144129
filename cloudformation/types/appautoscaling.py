"""Application Auto Scaling."""

from .model import GetAtt, Ref, ResourceType, To

TYPES = (
    ResourceType(
        "aws:appautoscaling/target:Target",
        "AWS::ApplicationAutoScaling::ScalableTarget",
        attributes={"id": Ref()},
        short=("scaling",),
    ),
    ResourceType(
        "aws:appautoscaling/policy:Policy",
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        properties={"name": To("PolicyName")},
        attributes={"id": Ref(), "arn": GetAtt("Arn")},
        short=("scale", "scaling"),
    ),
)
