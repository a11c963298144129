"""AWS Identity and Access Management."""

from .model import Drop, Folded, GetAtt, Ref, ResourceType, Text, To

TYPES = (
    ResourceType(
        "aws:iam/role:Role",
        "AWS::IAM::Role",
        properties={
            "name": To("RoleName"),
            "assumeRolePolicy": To("AssumeRolePolicyDocument"),
            "inlinePolicies": To("Policies"),
            "inlinePolicies.name": To("PolicyName"),
            "inlinePolicies.policy": To("PolicyDocument"),
            "forceDetachPolicies": Drop("CloudFormation detaches what it attached by itself"),
        },
        attributes={"id": Ref(), "name": Ref(), "arn": GetAtt("Arn"), "uniqueId": GetAtt("RoleId")},
    ),
    ResourceType(
        "aws:iam/rolePolicy:RolePolicy",
        "AWS::IAM::RolePolicy",
        properties={
            "name": To("PolicyName"),
            "role": To("RoleName"),
            "policy": To("PolicyDocument"),
        },
        attributes={"id": Text("${Ref}")},
        autoname="PolicyName",
        short=("policy",),
    ),
    ResourceType(
        "aws:iam/policy:Policy",
        "AWS::IAM::ManagedPolicy",
        properties={"name": To("ManagedPolicyName"), "policy": To("PolicyDocument")},
        attributes={"id": Ref(), "arn": Ref()},
    ),
    Folded(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        parent="role",
        into="aws:iam/role:Role",
        under="ManagedPolicyArns",
        append=True,
        element="policyArn",
        reason="a role lists its managed policies itself",
    ),
)
