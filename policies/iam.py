"""Identities: who may do what, judged on parsed policies (PCI DSS 7.2, 7.3, 8.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .checks import at_most
from .documents import Document, Statement, parse, parse_map, read
from .model import Check, Context, Parameter, Resource, Rule, Severity
from .resource_types import (
    IAM_ACCESS_KEY,
    IAM_GROUP_POLICY,
    IAM_POLICY,
    IAM_POLICY_ATTACHMENT,
    IAM_ROLE,
    IAM_ROLE_POLICY,
    IAM_ROLE_POLICY_ATTACHMENT,
    IAM_USER,
    IAM_USER_LOGIN,
    IAM_USER_POLICY,
    IAM_USER_POLICY_ATTACHMENT,
    guide,
    hub,
)

IDENTITY_POLICIES = (IAM_POLICY, IAM_ROLE_POLICY, IAM_GROUP_POLICY, IAM_USER_POLICY, IAM_ROLE)
# Actions for which AWS accepts no resource but "*" (Service Authorization Reference, read in autumn 2026), and those
# of which the first part is enough to know it.
ONLY_ANY_RESOURCE = frozenset(
    action.lower()
    for action in (
        "cloudwatch:PutMetricData",
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:UnassignPrivateIpAddresses",
        "ecr:GetAuthorizationToken",
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
        "kms:CreateKey",
        "kms:ListAliases",
        "secretsmanager:GetRandomPassword",
        "secretsmanager:ListSecrets",
        "sts:GetCallerIdentity",
        "tag:GetResources",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    )
)
ONLY_ANY_RESOURCE_PREFIXES = ("ec2:describe", "elasticloadbalancing:describe", "ssmmessages:")
# Whoever may do one of these can hide what was done, or lose the data that it protects.
TAMPERING = (
    "cloudtrail:DeleteTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
    "cloudwatch:DeleteAlarms",
    "cloudwatch:DisableAlarmActions",
    "config:StopConfigurationRecorder",
    "ec2:DeleteFlowLogs",
    "guardduty:DeleteDetector",
    "kms:DisableKey",
    "kms:ScheduleKeyDeletion",
    "logs:DeleteDataProtectionPolicy",
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "logs:PutRetentionPolicy",
    "logs:Unmask",
    "s3:DeleteBucket",
    "s3:PutBucketPolicy",
    "s3:PutLifecycleConfiguration",
    "wafv2:DeleteLoggingConfiguration",
)
# Ways from a small right to all rights.
ESCALATION = (
    "iam:AttachRolePolicy",
    "iam:CreateAccessKey",
    "iam:CreatePolicyVersion",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
)
# AWS's own policies that are made for one service each.
SERVICE_ROLE = re.compile(r".*:aws:policy/(service-role|aws-service-role)/.+")
# Services whose calls name the account that they act for, so that a trust policy can ask for it. The confused-deputy
# pages of each service say which keys they send; these send none when they assume a role.
NAMELESS = ("apigateway", "cloudtrail", "ecs")


def _identity_documents(resource: Resource) -> Iterator[Document]:
    if resource.type != IAM_ROLE:
        yield read(resource, "policy")
        return
    for item in resource.items("inlinePolicies"):
        policy = item.get("policy")
        yield parse(str(policy)) if isinstance(policy, str) else parse_map(policy)


def allowing(resource: Resource) -> Iterator[Statement]:
    for document in _identity_documents(resource):
        yield from document.allowing


def _no_full_rights(resource: Resource, _: Context) -> Iterator[str]:
    for statement in allowing(resource):
        if any(re.fullmatch(r"\*+(:\*+)?", action) for action in statement.actions) or statement.not_actions:
            yield f"{statement.title} allows all actions" + (" but some" if statement.not_actions else "")


def _no_whole_services(resource: Resource, _: Context) -> Iterator[str]:
    for statement in allowing(resource):
        for action in statement.actions:
            if re.fullmatch(r"[^*:]+:\*+", action):
                yield f"{statement.title} allows {action}"


def _exact_actions(resource: Resource, _: Context) -> Iterator[str]:
    for statement in allowing(resource):
        for action in statement.actions:
            service, _separator, name = action.partition(":")
            pattern = "*" in name and name.strip("*") != ""
            if pattern or "?" in name or "*" in service.strip("*"):
                yield f"{statement.title} allows {action}, a pattern of actions"


def _exact_resources(resource: Resource, _: Context) -> Iterator[str]:
    for statement in allowing(resource):
        if not statement.any_resource and not any(_any_of_service(name) for name in statement.resources):
            continue
        for action in statement.actions:
            name = action.lower()
            if name not in ONLY_ANY_RESOURCE and not name.startswith(ONLY_ANY_RESOURCE_PREFIXES):
                yield f"{statement.title} allows {action} on all resources"
                break


def _any_of_service(arn: str) -> bool:
    """``arn:aws:s3:::*``, ``arn:aws:kms:*:*:key/*`` and the like: nothing but a kind is named, in any account."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        return False
    name = re.sub(r"^[\w-]+[/:]", "", parts[5])
    return not parts[5].strip("*") or (not name.strip("*") and parts[4] in ("*", ""))


def _metrics_scoped(resource: Resource, _: Context) -> Iterator[str]:
    for statement in allowing(resource):
        if statement.covers("cloudwatch:PutMetricData") and not statement.condition("cloudwatch:namespace"):
            yield f"{statement.title} allows metrics in any namespace, those of alarms included"


def _keys_scoped(resource: Resource, _: Context) -> Iterator[str]:
    for statement in allowing(resource):
        for action in ("kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:CreateGrant"):
            if not statement.covers(action):
                continue
            patterns = [name for name in statement.resources if name.endswith(("key/*", "alias/*"))]
            if statement.any_resource or patterns:
                yield f"{statement.title} allows {action} on all keys"
            elif not any(
                condition.key == "kms:viaservice" or condition.key.startswith("kms:encryptioncontext:")
                for condition in statement.conditions
            ):
                yield f"{statement.title} allows {action} outside of any service (kms:ViaService)"
            break


def _pass_role(resource: Resource, _: Context) -> Iterator[str]:
    for statement in allowing(resource):
        if not statement.covers("iam:PassRole"):
            continue
        if statement.any_resource or any(name.endswith("role/*") for name in statement.resources):
            yield f"{statement.title} allows iam:PassRole for all roles"
        if not statement.condition("iam:PassedToService"):
            yield f"{statement.title} allows iam:PassRole to any service"


def _no_tampering(resource: Resource, _: Context) -> Iterator[str]:
    for statement in allowing(resource):
        for action in (*TAMPERING, *ESCALATION):
            if statement.covers(action):
                yield f"{statement.title} allows {action}"
                break


def _trust_named(role: Resource, _: Context) -> Iterator[str]:
    document = read(role, "assumeRolePolicy")
    if not any(document.allowing):
        yield "assumeRolePolicy trusts nobody"
    for statement in document.allowing:
        if statement.anyone:
            yield f"{statement.title} trusts everybody"
        for name in statement.accounts:
            if name.endswith(":root") and not statement.tied and not statement.condition("aws:MultiFactorAuthPresent"):
                yield f"{statement.title} trusts a whole account"
        if len(statement.services) > 1:
            yield f"{statement.title} trusts several services"
        if statement.broad_actions:
            yield f"{statement.title} allows {', '.join(statement.broad_actions)}"


def _trust_tied(role: Resource, _: Context) -> Iterator[str]:
    for statement in read(role, "assumeRolePolicy").allowing:
        for service in statement.services:
            nameless = service.partition(".")[0] in NAMELESS
            if not (nameless or statement.tied or _tied_where_told(statement)):
                yield f"{statement.title} lets {service} assume it on behalf of any account"


def _tied_where_told(statement: Statement) -> bool:
    """Bound to an account whenever the service says for whom it acts (``IfExists``)."""
    return any(
        condition.key in ("aws:sourceaccount", "aws:sourcearn") and condition.operator.startswith(("string", "arn"))
        for condition in statement.conditions
    )


def _people_use_mfa(role: Resource, _: Context) -> Iterator[str]:
    for statement in read(role, "assumeRolePolicy").allowing:
        for name in statement.accounts:
            person = ":user/" in name or name.endswith(":root") or name.isdigit()
            if person and "true" not in statement.condition("aws:MultiFactorAuthPresent"):
                yield f"{statement.title} lets people in without a second factor"


def _managed_policies(resource: Resource, _: Context) -> Iterator[str]:
    names = resource.items("managedPolicyArns") if resource.type == IAM_ROLE else [resource.text("policyArn")]
    for name in map(str, names):
        if ":aws:policy/" in name and not SERVICE_ROLE.fullmatch(name):
            yield f"has AWS's policy {name.rpartition('/')[2]}, which is wider than one service needs"


def _nobody(what: str) -> Check:
    def check(_resource: Resource, _context: Context) -> Iterator[str]:
        yield what

    return check


RULES = (
    Rule(
        "iam-no-full-rights",
        "No policy allows all actions.",
        Severity.CRITICAL,
        "Name the actions.",
        types=IDENTITY_POLICIES,
        check=_no_full_rights,
        requirements=("7.2.1", "7.2.2", "7.3.1"),
        controls=(146,),
        url=hub("iam", 1),
    ),
    Rule(
        "iam-no-whole-services",
        "No policy allows all actions of a service.",
        Severity.HIGH,
        "Name the actions.",
        types=IDENTITY_POLICIES,
        check=_no_whole_services,
        requirements=("7.2.2", "7.2.5"),
        controls=(147,),
        url=hub("iam", 21),
    ),
    Rule(
        "iam-exact-actions",
        "Policies name actions, not patterns of actions.",
        Severity.MEDIUM,
        "Write the actions out.",
        types=IDENTITY_POLICIES,
        check=_exact_actions,
        requirements=("7.2.2", "7.2.5"),
        controls=(147,),
        url=guide("IAM/latest/UserGuide/best-practices.html"),
    ),
    Rule(
        "iam-exact-resources",
        "Policies name resources wherever AWS can tell them apart.",
        Severity.HIGH,
        "Name the resources.",
        types=IDENTITY_POLICIES,
        check=_exact_resources,
        requirements=("7.2.2", "7.2.5"),
        controls=(148,),
        url=guide("IAM/latest/UserGuide/best-practices.html"),
    ),
    Rule(
        "iam-metrics-scoped",
        "Workloads publish metrics in their own namespace only.",
        Severity.LOW,
        "Add the condition StringEquals cloudwatch:namespace.",
        types=IDENTITY_POLICIES,
        check=_metrics_scoped,
        requirements=("7.2.5", "10.3.2"),
        controls=(148,),
        url=guide("AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html"),
    ),
    Rule(
        "iam-keys-scoped",
        "Policies allow the use of named keys through named services.",
        Severity.HIGH,
        "Name the key's ARN and add the condition StringEquals kms:ViaService.",
        types=IDENTITY_POLICIES,
        check=_keys_scoped,
        requirements=("3.6.1", "7.2.1", "7.2.2"),
        controls=(51,),
        url=hub("kms", 1),
    ),
    Rule(
        "iam-pass-role-scoped",
        "Roles are handed on to named services only.",
        Severity.HIGH,
        "Name the role and add the condition StringEquals iam:PassedToService.",
        types=IDENTITY_POLICIES,
        check=_pass_role,
        requirements=("7.2.2",),
        controls=(149,),
        url=guide("IAM/latest/UserGuide/id_roles_use_passrole.html"),
    ),
    Rule(
        "iam-no-tampering",
        "No workload can erase records, weaken controls or raise its own rights.",
        Severity.CRITICAL,
        "Remove the action.",
        types=IDENTITY_POLICIES,
        check=_no_tampering,
        requirements=("10.3.2", "10.7.2", "7.2.2"),
        controls=(133, 136),
        url=guide("IAM/latest/UserGuide/best-practices.html"),
    ),
    Rule(
        "iam-no-policies-on-users",
        "Nobody has a policy of one's own.",
        Severity.MEDIUM,
        "Attach the policy to a role.",
        types=(IAM_USER_POLICY, IAM_USER_POLICY_ATTACHMENT),
        check=_nobody("gives a user a policy"),
        requirements=("7.2.1", "7.2.2", "8.2.1"),
        controls=(150,),
        url=hub("iam", 2),
    ),
    Rule(
        "iam-no-users",
        "The stack makes no users, passwords or access keys.",
        Severity.HIGH,
        "Use a role, or the account's single sign-on.",
        types=(IAM_USER, IAM_ACCESS_KEY, IAM_USER_LOGIN),
        check=_nobody("makes a standing identity"),
        requirements=("8.2.1", "8.2.2", "8.4.2"),
        controls=(151,),
        url=hub("iam", 3),
    ),
    Rule(
        "role-trust-named",
        "Roles trust one named principal.",
        Severity.CRITICAL,
        "Name the service or the role; make one role per service.",
        types=(IAM_ROLE,),
        check=_trust_named,
        requirements=("7.2.5", "8.2.2"),
        controls=(152,),
        url=guide("IAM/latest/UserGuide/id_roles_create_for-service.html"),
    ),
    Rule(
        "role-trust-tied",
        "Services assume roles for this account only.",
        Severity.MEDIUM,
        "Add a condition on aws:SourceAccount or aws:SourceArn.",
        types=(IAM_ROLE,),
        check=_trust_tied,
        requirements=("7.2.5", "8.2.2"),
        controls=(152,),
        url=guide("IAM/latest/UserGuide/confused-deputy.html"),
    ),
    Rule(
        "role-people-use-mfa",
        "People assume roles with a second factor only.",
        Severity.HIGH,
        "Add the condition Bool aws:MultiFactorAuthPresent true.",
        types=(IAM_ROLE,),
        check=_people_use_mfa,
        requirements=("8.4.2", "8.4.3"),
        controls=(154,),
        url=guide("IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html"),
    ),
    Rule(
        "role-session-bounded",
        "Sessions of roles end within the hour.",
        Severity.LOW,
        "Lower maxSessionDuration.",
        types=(IAM_ROLE,),
        check=at_most("maxSessionDuration", "mostSeconds", default=3600),
        requirements=("8.2.8",),
        controls=(154,),
        url=guide("IAM/latest/UserGuide/id_roles_update-role-settings.html"),
        parameters=(Parameter("mostSeconds", "Seconds of a session at most", 3600, minimum=900, maximum=43200),),
    ),
    Rule(
        "iam-no-broad-aws-policies",
        "No role has one of AWS's broad policies.",
        Severity.HIGH,
        "Write a policy with the actions that are needed.",
        types=(IAM_ROLE, IAM_ROLE_POLICY_ATTACHMENT, IAM_POLICY_ATTACHMENT),
        check=_managed_policies,
        requirements=("7.2.2",),
        controls=(153,),
        url=guide("IAM/latest/UserGuide/access_policies_managed-vs-inline.html"),
    ),
)
