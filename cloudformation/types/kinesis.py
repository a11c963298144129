"""Amazon Kinesis Data Streams."""

from .model import Drop, GetAtt, Ref, ResourceType, To

TYPES = (
    ResourceType(
        "aws:kinesis/stream:Stream",
        "AWS::Kinesis::Stream",
        properties={
            "encryptionType": To("StreamEncryption.EncryptionType"),
            "kmsKeyId": To("StreamEncryption.KeyId"),
            "retentionPeriod": To("RetentionPeriodHours"),
            "shardLevelMetrics": To("DesiredShardLevelMetrics"),
            "enforceConsumerDeletion": Drop(
                "CloudFormation deregisters consumers when it deletes a stream", only=(True,)
            ),
        },
        attributes={"id": Ref(), "name": Ref(), "arn": GetAtt("Arn")},
        stateful=True,
    ),
)
