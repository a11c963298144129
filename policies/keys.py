"""Encryption keys: rotation, policies, one key per kind of data (PCI DSS 3.5 to 3.7)."""

from __future__ import annotations

from collections.abc import Iterator

from .checks import at_least, both, present, true
from .documents import Document, Statement, read
from .model import CannotKnow, Context, Parameter, Resource, Rule, Severity, Stack
from .resource_types import (
    BUCKET_ENCRYPTION,
    CACHE,
    DB_CLUSTER,
    DB_INSTANCE,
    ECS_CLUSTER,
    FILE_SYSTEM,
    FUNCTION,
    KEY,
    KEY_ALIAS,
    KEY_POLICY,
    LOG_GROUP,
    QUEUE,
    SECRET,
    STREAM,
    TABLE,
    TOPIC,
    TRAIL,
    guide,
    hub,
)

CARDHOLDER, FLOWING, CREDENTIALS, RECORDS = "stored card data", "card data in flight", "credentials", "logs"
# Every input that names a key, and the kind of data that the key protects there.
KEY_INPUTS: tuple[tuple[str, str, str], ...] = (
    (DB_CLUSTER, "kmsKeyId", CARDHOLDER),
    (DB_CLUSTER, "performanceInsightsKmsKeyId", CARDHOLDER),
    (DB_CLUSTER, "masterUserSecretKmsKeyId", CREDENTIALS),
    (DB_INSTANCE, "performanceInsightsKmsKeyId", CARDHOLDER),
    (CACHE, "kmsKeyId", CARDHOLDER),
    (FILE_SYSTEM, "kmsKeyId", CARDHOLDER),
    (ECS_CLUSTER, "configuration.managedStorageConfiguration.fargateEphemeralStorageKmsKeyId", CARDHOLDER),
    (ECS_CLUSTER, "configuration.executeCommandConfiguration.kmsKeyId", RECORDS),
    (STREAM, "kmsKeyId", FLOWING),
    (QUEUE, "kmsMasterKeyId", FLOWING),
    (TABLE, "serverSideEncryption.kmsKeyArn", FLOWING),
    (SECRET, "kmsKeyId", CREDENTIALS),
    (FUNCTION, "kmsKeyArn", CREDENTIALS),
    (LOG_GROUP, "kmsKeyId", RECORDS),
    (TRAIL, "kmsKeyId", RECORDS),
    (TOPIC, "kmsMasterKeyId", RECORDS),
    *((type_, "rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId", RECORDS) for type_ in BUCKET_ENCRYPTION),
)
HOLDERS = tuple(dict.fromkeys(type_ for type_, _, _ in KEY_INPUTS))
USE = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo")
ADMINISTRATION = ("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:DisableKeyRotation")


def key_of(stack: Stack, resource: Resource, path: str) -> list[Resource]:
    """The stack's keys that an input names, directly or by an alias.

    Raises:
        CannotKnow: the engine knows only that the input as a whole was computed from several keys.
    """
    found = stack.linked(resource, path, KEY, KEY_ALIAS)
    keys = [key for item in found for key in ([item] if item.type == KEY else stack.linked(item, "targetKeyId", KEY))]
    unique = list(dict.fromkeys(keys))
    if len(unique) > 1:
        raise CannotKnow(f"which of {len(unique)} keys {path} is")
    return unique


def _symmetric(key: Resource) -> bool:
    return (
        key.text("keyUsage", "ENCRYPT_DECRYPT") == "ENCRYPT_DECRYPT"
        and key.text("customerMasterKeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT"
    )


def _rotated(key: Resource, context: Context) -> Iterator[str]:
    if not _symmetric(key):
        return  # AWS rotates symmetric encryption keys only
    if not key.flag("enableKeyRotation"):
        yield "enableKeyRotation is not true"
    period = key.bounds("rotationPeriodInDays")
    if period is not None and period[1] > context.limit("longestPeriod"):
        yield f"rotationPeriodInDays is {period[1]:g}, above {context.limit('longestPeriod'):g}"


def _document(key: Resource) -> Document:
    document = read(key, "policy")
    if not document.statements:
        return Document(())
    return document


def _not_public(key: Resource, _: Context) -> Iterator[str]:
    for statement in _document(key).allowing:
        if statement.anyone and not statement.tied:
            yield f"{statement.title} allows everybody"


def _administration_apart(key: Resource, _: Context) -> Iterator[str]:
    for statement in _document(key).allowing:
        if statement.broad_actions:
            yield f"{statement.title} allows {', '.join(statement.broad_actions)}"
            continue
        administers = any(statement.covers(action) for action in ADMINISTRATION)
        uses = [action for action in USE if statement.covers(action)]
        if administers and uses:
            yield f"{statement.title} allows administration and use ({uses[0]})"


def _via_service(key: Resource, _: Context) -> Iterator[str]:
    """What the account may use the key for is bound to services, or to what is encrypted."""
    for statement in _document(key).allowing:
        uses = [action for action in USE if statement.covers(action)]
        if not uses or not _whole_account(statement):
            continue
        bound = [
            condition
            for condition in statement.conditions
            if condition.key == "kms:viaservice" or condition.key.startswith("kms:encryptioncontext:")
        ]
        if not bound:
            yield f"{statement.title} lets the whole account use the key outside of any service"
        elif any(not value.strip("*") for condition in bound for value in condition.values):
            yield f"{statement.title} lets the key be used through every service"


def _whole_account(statement: Statement) -> bool:
    return any(name.endswith(":root") or name.isdigit() for name in statement.accounts) or statement.anyone


def _grants_limited(key: Resource, _: Context) -> Iterator[str]:
    for statement in _document(key).allowing:
        if not statement.covers("kms:CreateGrant"):
            continue
        if "true" not in statement.condition("kms:GrantIsForAWSResource", "Bool") and not statement.services:
            yield f"{statement.title} allows kms:CreateGrant to others than AWS services"
    if key.given("policy") and not any(_refuses_grants(statement) for statement in _document(key).denying):
        yield "grants to others than AWS services are not denied"


def _refuses_grants(statement: Statement) -> bool:
    keys = {condition.key for condition in statement.conditions}
    return (
        statement.anyone
        and statement.covers("kms:CreateGrant")
        and "kms:grantisforawsresource" in keys
        and keys <= {"kms:grantisforawsresource", "aws:principalisawsservice"}
        and all(condition.values == ("false",) for condition in statement.conditions)
    )


def _services_tied(key: Resource, _: Context) -> Iterator[str]:
    for statement in _document(key).allowing:
        if not statement.services:
            continue
        bound = statement.tied or any(
            condition.key.startswith("kms:encryptioncontext:") and not condition.if_exists and all(condition.values)
            for condition in statement.conditions
        )
        if not bound:
            yield f"{statement.title} allows {statement.services[0]} on behalf of any account"


def _one_kind_of_data(key: Resource, context: Context) -> Iterator[str]:
    kinds: dict[str, str] = {}
    for holder in context.stack.users(key, *HOLDERS):
        for type_, path, kind in KEY_INPUTS:
            if type_ == holder.type and holder.given(path) and key in key_of(context.stack, holder, path):
                kinds.setdefault(kind, holder.name)
    if len(kinds) > 1:
        yield "protects " + " and ".join(f"{kind} ({name})" for kind, name in sorted(kinds.items()))


def _from_this_stack(holder: Resource, context: Context) -> Iterator[str]:
    for type_, path, _ in KEY_INPUTS:
        if type_ != holder.type or not holder.given(path):
            continue
        if not key_of(context.stack, holder, path):
            yield f"{path} is no key of this stack"


def _has_alias(key: Resource, context: Context) -> Iterator[str]:
    if not context.stack.users(key, KEY_ALIAS, through=("targetKeyId",)):
        yield "has no alias, so an inventory of keys cannot say what it is for"


RULES = (
    Rule(
        "key-rotation",
        "Keys rotate by themselves, at least once a year.",
        Severity.HIGH,
        "Set enableKeyRotation to true and rotationPeriodInDays to 365 or less.",
        types=(KEY,),
        check=_rotated,
        requirements=("3.7.4",),
        controls=(44,),
        url=hub("kms", 4),
        parameters=(Parameter("longestPeriod", "Days between two rotations at most", 365, minimum=90, maximum=2560),),
    ),
    Rule(
        "key-deletion-window",
        "A key that is deleted can be kept for 30 days.",
        Severity.HIGH,
        "Set deletionWindowInDays to 30.",
        types=(KEY,),
        check=at_least("deletionWindowInDays", "shortestWindow", default=30),
        requirements=("3.7.5", "3.6.1", "3.7.1"),
        controls=(45,),
        url=hub("kms", 3),
        parameters=(Parameter("shortestWindow", "Days until deletion at least", 30, minimum=7, maximum=30),),
    ),
    Rule(
        "key-enabled",
        "Keys are enabled, and stay in one Region.",
        Severity.MEDIUM,
        "Set isEnabled to true and multiRegion to false.",
        types=(KEY,),
        check=both(
            true("isEnabled", default=True),
            lambda key, _: iter(("multiRegion is true",) if key.flag("multiRegion") else ()),
        ),
        requirements=("3.6.1.3", "3.7.1"),
        controls=(45, 50),
        url=guide("kms/latest/developerguide/enabling-keys.html"),
    ),
    Rule(
        "key-has-policy",
        "Keys have a policy of their own instead of KMS's, which leaves everything to IAM.",
        Severity.HIGH,
        "Set policy.",
        types=(KEY,),
        check=lambda key, context: (
            iter(()) if context.stack.users(key, KEY_POLICY, through=("keyId",)) else present("policy")(key, context)
        ),
        relational=True,
        requirements=("3.6.1.3", "7.2.2"),
        controls=(46, 47),
        url=guide("kms/latest/developerguide/key-policy-default.html"),
    ),
    Rule(
        "key-policy-lockout-check",
        "KMS refuses key policies that would lock out the account.",
        Severity.MEDIUM,
        "Remove bypassPolicyLockoutSafetyCheck.",
        types=(KEY,),
        check=lambda key, _: iter(("the check is bypassed",) if key.flag("bypassPolicyLockoutSafetyCheck") else ()),
        requirements=("3.7.1",),
        controls=(46,),
        url=guide("kms/latest/APIReference/API_PutKeyPolicy.html"),
    ),
    Rule(
        "key-policy-not-public",
        "Key policies allow nobody from outside the account.",
        Severity.CRITICAL,
        "Name principals, or add a condition on kms:CallerAccount.",
        types=(KEY, KEY_POLICY),
        check=_not_public,
        requirements=("3.6.1.3", "7.2.2"),
        controls=(46,),
        url=hub("kms", 5),
    ),
    Rule(
        "key-policy-duties-apart",
        "Who administers a key cannot use it, and nobody has kms:*.",
        Severity.HIGH,
        "Split the statement, and bind use to a service by kms:ViaService.",
        types=(KEY, KEY_POLICY),
        check=_administration_apart,
        requirements=("3.6.1.3", "3.6.1.4", "7.2.2"),
        controls=(47,),
        url=guide("kms/latest/developerguide/key-policy-default.html"),
    ),
    Rule(
        "key-policy-through-services",
        "The account uses keys through the services that they are made for.",
        Severity.HIGH,
        "Add StringEquals kms:ViaService with the services' names.",
        types=(KEY, KEY_POLICY),
        check=_via_service,
        requirements=("3.6.1.3", "7.2.5"),
        controls=(47, 49),
        url=guide("kms/latest/developerguide/conditions-kms.html"),
    ),
    Rule(
        "key-grants-for-services-only",
        "Grants on keys go to AWS services only.",
        Severity.HIGH,
        "Allow kms:CreateGrant with Bool kms:GrantIsForAWSResource true, and deny it with false.",
        types=(KEY, KEY_POLICY),
        check=_grants_limited,
        requirements=("3.6.1.3", "3.7.2"),
        controls=(48,),
        url=guide("kms/latest/developerguide/grants.html"),
    ),
    Rule(
        "key-policy-services-tied",
        "AWS services use keys for this account only.",
        Severity.HIGH,
        "Add a condition on aws:SourceArn, aws:SourceAccount or the encryption context.",
        types=(KEY, KEY_POLICY),
        check=_services_tied,
        requirements=("7.2.5", "3.6.1.3"),
        controls=(49,),
        url=guide("IAM/latest/UserGuide/confused-deputy.html"),
    ),
    Rule(
        "key-one-kind-of-data",
        "Each key protects one kind of data.",
        Severity.HIGH,
        "Use the key that is made for that kind of data.",
        types=(KEY,),
        check=_one_kind_of_data,
        relational=True,
        requirements=("3.6.1.1", "3.6.1.2", "3.6.1.4"),
        controls=(50,),
        url=guide("kms/latest/developerguide/create-keys.html"),
    ),
    Rule(
        "key-from-this-stack",
        "Data is encrypted under keys of this stack.",
        Severity.HIGH,
        "Name one of the stack's keys.",
        types=HOLDERS,
        check=_from_this_stack,
        relational=True,
        requirements=("3.6.1.2", "3.7.1"),
        controls=(50,),
        url=guide("kms/latest/developerguide/concepts.html"),
    ),
    Rule(
        "key-has-alias",
        "Keys have an alias that says what they are for.",
        Severity.LOW,
        "Add a kms.Alias.",
        types=(KEY,),
        check=_has_alias,
        relational=True,
        requirements=("12.3.3", "3.6.1.1"),
        controls=(50,),
        url=guide("kms/latest/developerguide/kms-alias.html"),
    ),
)
