"""AWS Key Management Service."""

from .model import Explicit, GetAtt, Ref, ResourceType, Text, To

TYPES = (
    ResourceType(
        "aws:kms/key:Key",
        "AWS::KMS::Key",
        properties={
            "deletionWindowInDays": To("PendingWindowInDays"),
            "isEnabled": To("Enabled"),
            "policy": To("KeyPolicy"),
            "customerMasterKeySpec": To("KeySpec"),
        },
        attributes={"id": Ref(), "keyId": Ref(), "arn": GetAtt("Arn")},
        explicit={"PendingWindowInDays": Explicit(30, "both default to 30 days; written out because it is a deadline")},
        stateful=True,
        short=("kms",),
    ),
    ResourceType(
        "aws:kms/alias:Alias",
        "AWS::KMS::Alias",
        properties={"name": To("AliasName")},
        attributes={
            "id": Ref(),
            "name": Ref(),
            "arn": Text("arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:${Ref}"),
        },
    ),
)
