"""Amazon DynamoDB."""

from .model import Drop, GetAtt, Ref, ResourceType, To

_KEY = "a list of keys with their kinds in CloudFormation"


def _hash_key(prefix: str) -> dict[str, To]:
    return {
        f"{prefix}hashKey": To("KeySchema[0].AttributeName", _KEY, also={"KeySchema[0].KeyType": "HASH"}),
        f"{prefix}rangeKey": To("KeySchema[1].AttributeName", _KEY, also={"KeySchema[1].KeyType": "RANGE"}),
    }


TYPES = (
    ResourceType(
        "aws:dynamodb/table:Table",
        "AWS::DynamoDB::Table",
        properties={
            "name": To("TableName"),
            "attributes": To("AttributeDefinitions"),
            "attributes.name": To("AttributeName"),
            "attributes.type": To("AttributeType"),
            **_hash_key(""),
            **_hash_key("globalSecondaryIndexes."),
            "globalSecondaryIndexes.name": To("IndexName"),
            "globalSecondaryIndexes.keySchemas": To("KeySchema"),
            "globalSecondaryIndexes.projectionType": To("Projection.ProjectionType"),
            "globalSecondaryIndexes.nonKeyAttributes": To("Projection.NonKeyAttributes"),
            "pointInTimeRecovery": To("PointInTimeRecoverySpecification"),
            "pointInTimeRecovery.enabled": To("PointInTimeRecoveryEnabled"),
            "serverSideEncryption": To("SSESpecification"),
            "serverSideEncryption.enabled": To("SSEEnabled", also={"SSEType": "KMS"}),
            "serverSideEncryption.kmsKeyArn": To("KMSMasterKeyId"),
            "streamEnabled": Drop("StreamSpecification says it"),
            "streamViewType": To("StreamSpecification.StreamViewType"),
            "ttl": To("TimeToLiveSpecification"),
            "readCapacity": To("ProvisionedThroughput.ReadCapacityUnits"),
            "writeCapacity": To("ProvisionedThroughput.WriteCapacityUnits"),
        },
        attributes={"id": Ref(), "name": Ref(), "arn": GetAtt("Arn"), "streamArn": GetAtt("StreamArn")},
        stateful=True,
    ),
)
