"""AWS Secrets Manager."""

from .model import Drop, Ref, ResourceType, To

TYPES = (
    ResourceType(
        "aws:secretsmanager/secret:Secret",
        "AWS::SecretsManager::Secret",
        properties={
            "replicas": To("ReplicaRegions"),
            "recoveryWindowInDays": Drop("CloudFormation deletes a secret without a recovery window", only=(0,)),
            "forceOverwriteReplicaSecret": Drop("replicas are not supported", only=(False,)),
        },
        attributes={"id": Ref(), "arn": Ref()},
        stateful=True,
    ),
    ResourceType(
        "aws:secretsmanager/secretPolicy:SecretPolicy",
        "AWS::SecretsManager::ResourcePolicy",
        properties={"policy": To("ResourcePolicy"), "secretArn": To("SecretId")},
        attributes={"id": Ref()},
        short=("policy",),
    ),
    ResourceType(
        "aws:secretsmanager/secretRotation:SecretRotation",
        "AWS::SecretsManager::RotationSchedule",
        properties={"rotateImmediately": To("RotateImmediatelyOnUpdate")},
        attributes={"id": Ref()},
        short=("rotation",),
    ),
)
