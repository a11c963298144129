"""Secrets: credentials that no person chooses or sees, and the function that replaces them on a schedule.

No value stands in code, state or template, because none is given: a secret is made empty, and its first rotation,
which follows at once, stores a random value that Secrets Manager generates. CloudFormation could generate a first value
by itself (``GenerateSecretString``), Pulumi's provider could not; this way both do the same. Secrets Manager rotates an
empty secret and labels its first version AWSCURRENT by itself (API reference, PutSecretValue).

The database's own master secret is not here: RDS makes and rotates that one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.availability import within
from components.encryption import Key
from components.functions import ARCHITECTURES, HANDLER, RUNTIME, code
from components.layer import Context, Layer, document, statement, trust
from components.log_groups import log_group
from components.network import Network

API_CLIENT = "api-client"
SESSION_SIGNING = "session-signing"
PURPOSES = {
    API_CLIENT: "Credential that the platform presents to the card networks' APIs",
    SESSION_SIGNING: "Key that signs the sessions of API clients; the one before it stays valid as AWSPREVIOUS",
}
# Who reads which (PCI DSS v4.0.1, 7.2.5): the API signs sessions, and only stages can reach the card networks.
API_SECRETS = (SESSION_SIGNING,)
STAGE_SECRETS = (API_CLIENT,)
"""What a stage may be given; the pipeline says which stage is."""

# Five calls to Secrets Manager at most; the first one waits for the network interface.
TIMEOUT_SECONDS = 30
MEMORY_MIB = 256


@dataclass(frozen=True)
class SecretsSpec:
    """How long the secrets are, and how often they change.

    Raises:
        ValueError: a value is outside its limits.
    """

    rotation_days: int = 30
    """PCI DSS v4.0.1, 8.3.9 and 8.6.3, allow 90 days at most; ours are machines' secrets, so 30 cost nothing."""
    length: int = 64
    """Letters and digits, each worth almost six bits: 43 are as strong as a 256-bit key."""

    def __post_init__(self) -> None:
        within("secrets, rotation_days", self.rotation_days, 1, 30, "days")
        within("secrets, length", self.length, 43, 4096, "characters")


@dataclass(frozen=True)
class OwnSecret:
    """One of the platform's own secrets."""

    arn: pulumi.Output[str]
    rotation: aws.secretsmanager.SecretRotation
    """What a service that reads the secret when it starts has to depend on: before it the secret is empty."""


class Secrets(Layer):
    """Secrets that the platform makes for itself, their rotation function and its schedule."""

    secrets: Mapping[str, OwnSecret]
    """By purpose."""
    rotation_function_name: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(
        self,
        context: Context,
        *,
        secrets_key: Key,
        logs_key: Key,
        log_retention_days: int,
        network: Network,
        wait_for: Sequence[pulumi.Resource] = (),
        spec: SecretsSpec | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """``wait_for`` is what lies on the way from the function to Secrets Manager: the first rotation needs it."""
        super().__init__(context, opts)
        self._spec = spec or SecretsSpec()
        self._key = secrets_key
        arns = {purpose: self._secret(purpose).arn for purpose in PURPOSES}

        group = log_group(
            self, "rotation", key_arn=logs_key.arn, retention_days=log_retention_days, mask_card_data=True
        )
        role, permissions = self._role(group, list(arns.values()))
        function = self._function(role, group, network, permissions)
        permission = self._permission(function)
        needs = [permission, *permissions, *wait_for]
        self.secrets = {
            purpose: OwnSecret(arn, self._rotation(purpose, arn, function, needs)) for purpose, arn in arns.items()
        }

        self.rotation_function_name = function.name
        self.log_group_name = group.name
        self.register_outputs(
            {
                "secretArns": list(arns.values()),
                "rotationFunctionName": self.rotation_function_name,
            }
        )

    def _secret(self, purpose: str) -> aws.secretsmanager.Secret:
        """Secret under the secrets key, closed to other accounts and to plain transport; rotation fills it."""
        n = self.named("secret", purpose)
        secret = aws.secretsmanager.Secret(
            n.logical,
            name=n.physical,
            description=PURPOSES[purpose],
            kms_key_id=self._key.arn,
            # CloudFormation deletes secrets at once; so does Pulumi with this, and the name is free again.
            recovery_window_in_days=0,
            tags=self.tags(n),
            opts=self.child(),
        )
        aws.secretsmanager.SecretPolicy(
            f"{n.logical}-policy",
            secret_arn=secret.arn,
            block_public_policy=True,
            policy=document(
                statement(
                    "DenyOtherAccounts",
                    effect="Deny",
                    principal="*",
                    actions=["secretsmanager:*"],
                    # In a secret's own policy this means that secret.
                    resources=["*"],
                    conditions={
                        "StringNotEquals": {"aws:PrincipalAccount": self.context.account_id},
                        "Bool": {"aws:PrincipalIsAWSService": "false"},
                    },
                ),
                statement(
                    "DenyPlainTransport",
                    effect="Deny",
                    principal="*",
                    actions=["secretsmanager:*"],
                    resources=["*"],
                    conditions={"Bool": {"aws:SecureTransport": "false"}},
                ),
            ),
            opts=self.child(),
        )
        return secret

    def _role(
        self, group: aws.cloudwatch.LogGroup, secret_arns: list[pulumi.Output[str]]
    ) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        """Role of the rotation function: these two secrets and no other, and its own log group."""
        n = self.named("role", "rotation")
        role = aws.iam.Role(
            n.logical,
            name=n.physical,
            description="Rotates the platform's own secrets",
            assume_role_policy=trust("lambda.amazonaws.com", self.context),
            tags=self.tags(n),
            opts=self.child(),
        )
        statements = [
            statement(
                "RotateOwnSecrets",
                actions=[
                    "secretsmanager:DescribeSecret",
                    "secretsmanager:GetSecretValue",
                    "secretsmanager:PutSecretValue",
                    "secretsmanager:UpdateSecretVersionStage",
                ],
                resources=list(secret_arns),
            ),
            # It makes a random text and touches no resource, so AWS has nothing finer than "*" for it.
            statement("GenerateValues", actions=["secretsmanager:GetRandomPassword"], resources=["*"]),
            statement(
                "UseSecretsKey",
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=[self._key.arn],
                conditions=self._through("secretsmanager"),
            ),
            # Lambda decrypts the function's environment as the function's role.
            statement(
                "ReadOwnSettings",
                actions=["kms:Decrypt"],
                resources=[self._key.arn],
                conditions=self._through("lambda"),
            ),
            statement(
                "WriteLogs",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[pulumi.Output.concat(group.arn, ":*")],
            ),
            # Trace segments belong to no resource.
            statement("Trace", actions=["xray:PutTelemetryRecords", "xray:PutTraceSegments"], resources=["*"]),
            *self._network_interface_statements(),
        ]
        p = self.named("policy", "rotation")
        policy = aws.iam.RolePolicy(
            p.logical, name=p.physical, role=role.name, policy=document(*statements), opts=self.child()
        )
        return role, [policy]

    def _through(self, service: str) -> dict[str, dict[str, str]]:
        """The condition that a key is used by way of one service only."""
        return {"StringEquals": {"kms:ViaService": f"{service}.{self.context.region}.amazonaws.com"}}

    def _network_interface_statements(self) -> list[dict[str, object]]:
        """Lambda attaches functions to a VPC with the function's own role, so the function's code is denied the same.

        "*", because the interfaces do not exist yet when Lambda checks these permissions, and the describing actions
        know no resources.
        """
        actions = [
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:UnassignPrivateIpAddresses",
        ]
        function_arn = self.context.arn("lambda", f"function:{self.named('lambda', 'rotation').physical}")
        return [
            statement("LambdaAttachesToVpc", actions=actions, resources=["*"]),
            statement(
                "CodeDoesNot",
                effect="Deny",
                actions=actions,
                resources=["*"],
                conditions={"ArnEquals": {"lambda:SourceFunctionArn": function_arn}},
            ),
        ]

    def _function(
        self,
        role: aws.iam.Role,
        group: aws.cloudwatch.LogGroup,
        network: Network,
        permissions: list[pulumi.Resource],
    ) -> aws.lambda_.Function:
        """Function that stores a fresh random value in a secret; it reaches nothing but the VPC endpoints."""
        n = self.named("lambda", "rotation")
        # No concurrency is reserved for it: that fails in an account whose quota is still at its first value, and
        # only Secrets Manager can call it, one step at a time.
        return aws.lambda_.Function(
            n.logical,
            name=n.physical,
            description="Stores a fresh random value in a secret",
            role=role.arn,
            runtime=RUNTIME,
            architectures=ARCHITECTURES,
            handler=HANDLER,
            code=code("rotate_secret"),
            timeout=TIMEOUT_SECONDS,
            memory_size=MEMORY_MIB,
            environment=aws.lambda_.FunctionEnvironmentArgs(variables={"SECRET_LENGTH": str(self._spec.length)}),
            kms_key_arn=self._key.arn,
            vpc_config=aws.lambda_.FunctionVpcConfigArgs(
                subnet_ids=list(network.app_subnet_ids), security_group_ids=[network.security_groups.rotation]
            ),
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(
                log_format="JSON", log_group=group.name, application_log_level="INFO", system_log_level="INFO"
            ),
            tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode="Active"),
            tags=self.tags(n),
            # Lambda makes the network interfaces with the role's permissions.
            opts=self.child(depends_on=permissions),
        )

    def _permission(self, function: aws.lambda_.Function) -> aws.lambda_.Permission:
        """Only Secrets Manager may call the rotation function, and only for secrets of this account."""
        return aws.lambda_.Permission(
            self.named("lambda", "rotation-permission").logical,
            action="lambda:InvokeFunction",
            function=function.name,
            principal="secretsmanager.amazonaws.com",
            source_account=self.context.account_id,
            opts=self.child(),
        )

    def _rotation(
        self, purpose: str, secret_arn: pulumi.Output[str], function: aws.lambda_.Function, needs: list[pulumi.Resource]
    ) -> aws.secretsmanager.SecretRotation:
        """Rotation at once, which gives the secret its first value, and then on schedule (PCI DSS v4.0.1, 8.6.3)."""
        return aws.secretsmanager.SecretRotation(
            self.named("secret", f"{purpose}-rotation").logical,
            secret_id=secret_arn,
            rotation_lambda_arn=function.arn,
            rotate_immediately=True,
            rotation_rules=aws.secretsmanager.SecretRotationRotationRulesArgs(
                automatically_after_days=self._spec.rotation_days
            ),
            opts=self.child(depends_on=needs),
        )
