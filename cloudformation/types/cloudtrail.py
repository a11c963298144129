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
            "advancedEventSelectors.fieldSelectors": To("FieldSelectors"),
            "eventSelectors.dataResources": To("DataResources"),
        },
        attributes={"id": Ref(), "name": Ref(), "arn": GetAtt("Arn")},
        explicit={"IsLogging": Explicit(True, "CloudFormation requires it, Pulumi's provider logs by default")},
    ),
)
