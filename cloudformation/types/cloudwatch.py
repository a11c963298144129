"""Amazon CloudWatch, CloudWatch Logs and EventBridge."""

from .model import Drop, Folded, GetAtt, Ref, ResourceType, Text, To
from .shapes import choice, pairs

DIMENSIONS = To("Dimensions", "a list of name and value in CloudFormation", convert=pairs("Name"))

TYPES = (
    ResourceType(
        "aws:cloudwatch/logGroup:LogGroup",
        "AWS::Logs::LogGroup",
        properties={
            "name": To("LogGroupName"),
            "skipDestroy": Drop("DeletionPolicy says it", only=(False,)),
        },
        attributes={
            "id": Ref(),
            "name": Ref(),
            # GetAtt Arn ends in ":*", which Pulumi's output does not.
            "arn": Text("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Ref}"),
        },
        stateful=True,
        short=("log",),
    ),
    Folded(
        "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy",
        parent="logGroupName",
        into="aws:cloudwatch/logGroup:LogGroup",
        properties={"policyDocument": To("DataProtectionPolicy")},
        reason="a log group holds its own data protection policy",
    ),
    ResourceType(
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        "AWS::Logs::ResourcePolicy",
        attributes={"id": Ref()},
        short=("logpolicy",),
    ),
    ResourceType(
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        "AWS::Logs::MetricFilter",
        properties={
            "name": To("FilterName"),
            "pattern": To("FilterPattern"),
            "metricTransformation": To("MetricTransformations"),
            "metricTransformation.name": To("MetricName"),
            "metricTransformation.namespace": To("MetricNamespace"),
            "metricTransformation.value": To("MetricValue"),
            "metricTransformation.dimensions": To("Dimensions", convert=pairs()),
        },
        attributes={"id": Ref()},
        short=("filter",),
    ),
    ResourceType(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "AWS::CloudWatch::Alarm",
        properties={
            "name": To("AlarmName"),
            "dimensions": DIMENSIONS,
            "evaluateLowSampleCountPercentiles": To("EvaluateLowSampleCountPercentile"),
            "metricQueries": To("Metrics"),
            "metricQueries.metric": To("MetricStat"),
            "metricQueries.metric.metricName": To("Metric.MetricName"),
            "metricQueries.metric.namespace": To("Metric.Namespace"),
            "metricQueries.metric.dimensions": To(
                "Metric.Dimensions", "a list of name and value in CloudFormation", convert=pairs("Name")
            ),
        },
        attributes={"id": Ref(), "name": Ref(), "arn": GetAtt("Arn")},
        short=("alarm",),
    ),
    ResourceType(
        "aws:cloudwatch/dashboard:Dashboard",
        "AWS::CloudWatch::Dashboard",
        attributes={
            "id": Ref(),
            "dashboardName": Ref(),
            "dashboardArn": Text("arn:${AWS::Partition}:cloudwatch::${AWS::AccountId}:dashboard/${Ref}"),
        },
    ),
    ResourceType(
        "aws:cloudwatch/eventRule:EventRule",
        "AWS::Events::Rule",
        properties={
            "isEnabled": To("State", "a word in CloudFormation", convert=choice({True: "ENABLED", False: "DISABLED"})),
            "forceDestroy": Drop("CloudFormation removes the targets with the rule"),
        },
        attributes={"id": Ref(), "name": Ref(), "arn": GetAtt("Arn")},
        short=("rule",),
    ),
    Folded(
        "aws:cloudwatch/eventTarget:EventTarget",
        parent="rule",
        into="aws:cloudwatch/eventRule:EventRule",
        under="Targets",
        append=True,
        properties={
            "targetId": To("Id"),
            "deadLetterConfig.arn": To("Arn"),
            "inputTransformer.inputPaths": To("InputPathsMap"),
            "forceDestroy": Drop("CloudFormation removes the targets with the rule"),
        },
        reason="a rule lists its targets itself",
    ),
)
