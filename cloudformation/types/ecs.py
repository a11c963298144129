"""Amazon Elastic Container Service."""

from .model import Drop, GetAtt, Ref, ResourceType, To
from .shapes import choice

_WAIT = Drop("CloudFormation always waits until a service is stable", only=(True, False))

TYPES = (
    ResourceType(
        "aws:ecs/cluster:Cluster",
        "AWS::ECS::Cluster",
        properties={"name": To("ClusterName"), "settings": To("ClusterSettings")},
        attributes={"id": GetAtt("Arn"), "arn": GetAtt("Arn"), "name": Ref()},
        short=("ecs",),
    ),
    ResourceType(
        "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
        "AWS::ECS::ClusterCapacityProviderAssociations",
        properties={
            "clusterName": To("Cluster"),
            "defaultCapacityProviderStrategies": To("DefaultCapacityProviderStrategy"),
        },
        attributes={"id": Ref()},
        short=("capacity",),
    ),
    ResourceType(
        "aws:ecs/taskDefinition:TaskDefinition",
        "AWS::ECS::TaskDefinition",
        properties={
            "volumes.efsVolumeConfiguration.fileSystemId": To("FilesystemId"),
            "skipDestroy": Drop("CloudFormation deregisters revisions that no stack uses", only=(False,)),
            "trackLatest": Drop("CloudFormation refers to the revision it made", only=(False,)),
        },
        attributes={"id": Ref(), "arn": Ref()},
        short=("task",),
    ),
    ResourceType(
        "aws:ecs/service:Service",
        "AWS::ECS::Service",
        properties={
            "name": To("ServiceName"),
            "desiredCount": To(
                "DesiredCount",
                left_out_when_ignored="auto scaling sets it; CloudFormation would set it back at every update",
            ),
            "alarms": To("DeploymentConfiguration.Alarms"),
            "capacityProviderStrategies": To("CapacityProviderStrategy"),
            "deploymentCircuitBreaker": To("DeploymentConfiguration.DeploymentCircuitBreaker"),
            "deploymentMaximumPercent": To("DeploymentConfiguration.MaximumPercent"),
            "deploymentMinimumHealthyPercent": To("DeploymentConfiguration.MinimumHealthyPercent"),
            "iamRole": To("Role"),
            "networkConfiguration": To("NetworkConfiguration.AwsvpcConfiguration"),
            "networkConfiguration.assignPublicIp": To(
                "AssignPublicIp", "a word in CloudFormation", convert=choice({True: "ENABLED", False: "DISABLED"})
            ),
            "waitForSteadyState": _WAIT,
            "forceDelete": Drop("CloudFormation scales a service down before it deletes it"),
            "sigintRollback": Drop("the provider's answer to an interrupted command"),
            "triggers": Drop("the provider's way to redeploy", only=()),
        },
        attributes={
            "id": Ref(),
            "arn": Ref(),
            "name": GetAtt("Name"),
        },
        short=("svc",),
    ),
)
