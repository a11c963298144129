"""AWS CloudTrail."""

from .model import Explicit, GetAtt, Ref, ResourceType, To

TYPES = (
    ResourceType(
        "aws:cloudtrail/trail:Trail",
        "AWS::CloudTrail::Trail",
        properties={
            "name": To("TrailName"),
            "cloudWatchLogsGroupArn": To("CloudWatchLogsLogGroupArn"),
            "enableLogging": To("IsLogging"),
            **{
                f"advancedEventSelectors.fieldSelectors.{plural}": To(plural[0].upper() + plural[1:-1])
                for plural in ("startsWiths", "notStartsWiths", "endsWiths", "notEndsWiths")
            },
        },
        attributes={"id": Ref(), "name": Ref(), "arn": GetAtt("Arn")},
        explicit={"IsLogging": Explicit(True, "CloudFormation requires it, Pulumi's provider logs by default")},
    ),
)
