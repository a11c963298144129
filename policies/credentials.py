"""Secrets: under a key of one's own, rotated, never in clear (PCI DSS 8.3 and 8.6)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .checks import at_most, customer_key, true
from .documents import read
from .model import CannotKnow, Context, Parameter, Resource, Rule, Severity, Text, Unknown
from .resource_types import (
    CACHE,
    CACHE_USER,
    DB_CLUSTER,
    DB_STANDALONE,
    FUNCTION,
    FUNCTION_PERMISSION,
    SECRET,
    SECRET_POLICY,
    SECRET_ROTATION,
    SECRET_VERSION,
    guide,
    hub,
)

PASSWORD_INPUTS = {
    DB_CLUSTER: ("masterPassword", "masterPasswordWo"),
    DB_STANDALONE: ("password", "passwordWo"),
    CACHE: ("authToken", "authTokenWo"),
    CACHE_USER: ("passwords", "authenticationMode.passwords"),
    SECRET_VERSION: ("secretString", "secretBinary", "secretStringWo"),
}
# Names of environment variables whose values are secrets; an ARN or a name of a secret is none.
SECRET_NAME = re.compile(r"(PASS(WORD|WD|PHRASE)?|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY(_ID)?|CREDENTIALS?)$")
AWS_KEY = re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b")
SECRET_VALUE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(AKIA|ASIA)[0-9A-Z]{16}\b|://[^/\s:@]+:[^/\s:@]+@")


def holds_secret(name: str, value: object) -> bool:
    """Whether an environment variable looks like a secret in clear."""
    text = str(value)
    if SECRET_VALUE.search(text):
        return True
    return bool(SECRET_NAME.search(name.upper())) and bool(text) and not text.startswith(("arn:", "${"))


def _rotated(secret: Resource, context: Context) -> Iterator[str]:
    rotations = context.stack.users(secret, SECRET_ROTATION, through=("secretId",))
    if not any(rotation.flag("rotationEnabled", True) for rotation in rotations):
        yield "does not rotate"


def _rotation_period(rotation: Resource, context: Context) -> Iterator[str]:
    schedule = rotation.text("rotationRules.scheduleExpression")
    if not schedule:
        yield from at_most("rotationRules.automaticallyAfterDays", "longestPeriod")(rotation, context)
        return
    found = re.fullmatch(r"rate\((\d+) (day|hour)s?\)", schedule)
    if found is None:
        raise CannotKnow("how often rotationRules.scheduleExpression comes round")
    days = int(found[1]) / (1 if found[2] == "day" else 24)
    if days > context.limit("longestPeriod"):
        yield f"rotates every {days:g} days, above {context.limit('longestPeriod'):g}"


def _rotation_can_run(rotation: Resource, context: Context) -> Iterator[str]:
    functions = context.stack.linked(rotation, "rotationLambdaArn", FUNCTION)
    if not rotation.given("rotationLambdaArn"):
        yield "rotationLambdaArn is not given"
    for function in functions:
        permissions = context.stack.users(function, FUNCTION_PERMISSION, through=("function",))
        if not any(item.text("principal").startswith("secretsmanager.") for item in permissions):
            yield f"Secrets Manager may not call {function.name}"


def _has_policy(secret: Resource, context: Context) -> Iterator[str]:
    if not context.stack.users(secret, SECRET_POLICY, through=("secretArn",)) and not secret.given("policy"):
        yield "has no resource policy"


def _policy_closed(policy: Resource, _: Context) -> Iterator[str]:
    document = read(policy, "policy")
    for statement in document.allowing:
        if statement.anyone and not statement.tied:
            yield f"{statement.title} allows everybody"
    if not document.refuses_plain_transport("secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"):
        yield "requests without TLS are not denied"


def _own_account_only(policy: Resource, _: Context) -> Iterator[str]:
    allowed = {"aws:principalaccount", "aws:principalisawsservice"}
    for statement in read(policy, "policy").denying:
        keys = {condition.key for condition in statement.conditions}
        if (
            statement.anyone
            and statement.covers("secretsmanager:GetSecretValue")
            and statement.condition("aws:PrincipalAccount", "StringNotEquals")
            and keys <= allowed
        ):
            return
    yield "principals of other accounts are not denied"


def _no_plain_password(resource: Resource, _: Context) -> Iterator[str]:
    for path in PASSWORD_INPUTS[resource.type]:
        value = resource.get(path)
        if resource.given(path) and not isinstance(value, Unknown | Text):
            yield f"{path} is given in the program"


def _no_plain_environment(function: Resource, _: Context) -> Iterator[str]:
    variables = function.known("environment.variables") or {}
    for name, value in sorted(variables.items()):
        if holds_secret(name, value):
            yield f"environment variable {name} holds a secret in clear"


RULES = (
    Rule(
        "secret-customer-key",
        "Secrets are encrypted under a customer-managed key.",
        Severity.HIGH,
        "Set kmsKeyId to the key for credentials.",
        types=(SECRET,),
        check=customer_key("kmsKeyId"),
        requirements=("8.3.2", "3.5.1", "3.6.1.2"),
        controls=(52,),
        url=guide("secretsmanager/latest/userguide/security-encryption.html"),
    ),
    Rule(
        "secret-rotates",
        "Secrets rotate by themselves.",
        Severity.HIGH,
        "Add a SecretRotation.",
        types=(SECRET,),
        check=_rotated,
        relational=True,
        requirements=("8.6.3", "8.3.9", "3.7.4"),
        controls=(53,),
        url=hub("secretsmanager", 1),
    ),
    Rule(
        "secret-rotation-period",
        "Secrets rotate every 90 days or more often.",
        Severity.MEDIUM,
        "Lower rotationRules.automaticallyAfterDays.",
        types=(SECRET_ROTATION,),
        check=_rotation_period,
        requirements=("8.6.3", "8.3.9"),
        controls=(54,),
        url=hub("secretsmanager", 4),
        parameters=(Parameter("longestPeriod", "Days between two rotations at most", 90, minimum=1, maximum=365),),
    ),
    Rule(
        "secret-rotated-at-once",
        "A secret gets its first value from the rotation, not from a person.",
        Severity.LOW,
        "Leave rotateImmediately at true.",
        types=(SECRET_ROTATION,),
        check=true("rotateImmediately", default=True),
        requirements=("8.6.2", "8.6.3"),
        controls=(53,),
        url=hub("secretsmanager", 2),
    ),
    Rule(
        "secret-has-policy",
        "Every secret has a resource policy.",
        Severity.MEDIUM,
        "Add a SecretPolicy.",
        types=(SECRET,),
        check=_has_policy,
        relational=True,
        requirements=("7.3.1", "8.6.2"),
        controls=(56,),
        url=guide("secretsmanager/latest/userguide/auth-and-access_resource-policies.html"),
    ),
    Rule(
        "secret-policy-blocks-public",
        "AWS refuses secret policies that open a secret to everybody.",
        Severity.HIGH,
        "Set blockPublicPolicy to true.",
        types=(SECRET_POLICY,),
        check=true("blockPublicPolicy"),
        requirements=("7.3.1", "8.6.2"),
        controls=(56,),
        url=guide("secretsmanager/latest/userguide/auth-and-access_resource-policies.html"),
    ),
    Rule(
        "secret-policy-closed",
        "Secret policies allow nobody wholesale, and refuse requests without TLS.",
        Severity.HIGH,
        "Name principals; deny secretsmanager:* when aws:SecureTransport is false.",
        types=(SECRET_POLICY,),
        check=_policy_closed,
        requirements=("7.3.1", "8.6.2", "4.2.1"),
        controls=(56,),
        url=guide("secretsmanager/latest/userguide/auth-and-access_resource-policies.html"),
    ),
    Rule(
        "secret-own-account-only",
        "Secrets refuse principals of other accounts.",
        Severity.MEDIUM,
        "Deny secretsmanager:* to everybody whose aws:PrincipalAccount is another.",
        types=(SECRET_POLICY,),
        check=_own_account_only,
        requirements=("7.3.1",),
        controls=(56,),
        url=guide("secretsmanager/latest/userguide/auth-and-access_resource-policies.html"),
    ),
    Rule(
        "secret-rotation-can-run",
        "Rotations have a function that Secrets Manager may call.",
        Severity.MEDIUM,
        "Set rotationLambdaArn, and add a Permission for secretsmanager.amazonaws.com.",
        types=(SECRET_ROTATION,),
        check=_rotation_can_run,
        relational=True,
        requirements=("8.6.3", "8.3.9"),
        controls=(53,),
        url=hub("secretsmanager", 2),
    ),
    Rule(
        "no-password-in-program",
        "No password stands in the program, the state or the template.",
        Severity.CRITICAL,
        "Let RDS, IAM or the rotation make the credential.",
        types=tuple(PASSWORD_INPUTS),
        check=_no_plain_password,
        requirements=("8.6.2", "8.3.2"),
        controls=(57, 66),
        url=guide("AmazonRDS/latest/UserGuide/rds-secrets-manager.html"),
    ),
    Rule(
        "function-no-plain-secrets",
        "Environment variables of functions hold no secrets.",
        Severity.HIGH,
        "Store it in Secrets Manager and pass its ARN.",
        types=(FUNCTION,),
        check=_no_plain_environment,
        requirements=("8.6.2", "8.3.2"),
        controls=(57, 157),
        url=hub("ecs", 8),
    ),
)
