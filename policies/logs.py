"""Log groups and the audit trail (PCI DSS 3.3.1, 10.2 to 10.5)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .checks import at_least, customer_key, true
from .documents import read
from .model import CannotKnow, Context, Parameter, Resource, Rule, Severity
from .resource_types import (
    API_STAGE,
    BUCKET,
    DB_CLUSTER,
    DB_PROXY,
    ECS_CLUSTER,
    FLOW_LOG,
    IAM_ROLE,
    LOG_DATA_PROTECTION,
    LOG_GROUP,
    LOG_RESOURCE_POLICY,
    TRAIL,
    guide,
    hub,
)
from .storage import receives_access_logs

CARD_DATA = ("CreditCardNumber", "CreditCardSecurityCode")


def _masked(group: Resource, context: Context) -> Iterator[str]:
    """Groups that workloads write to mask card data. What AWS itself writes about AWS holds none."""
    users = context.stack.users(group, TRAIL, FLOW_LOG)
    if users or _about_aws(group):
        return
    policies = context.stack.users(group, LOG_DATA_PROTECTION, through=("logGroupName",))
    if not policies:
        yield "has no LogDataProtectionPolicy, so card data that slips into it can be read"


def _about_aws(group: Resource) -> bool:
    """Container Insights writes metrics of hosts and tasks, and nothing that a workload says."""
    return "/containerinsights/" in group.text("name")


def _mask_complete(policy: Resource, _: Context) -> Iterator[str]:
    document = _json(policy, "policyDocument")
    masked: set[str] = set()
    for statement in document.get("Statement") or ():
        if "Deidentify" in (statement.get("Operation") or {}):
            masked.update(str(name).rpartition("/")[2] for name in statement.get("DataIdentifier") or ())
    for name in CARD_DATA:
        if name not in masked:
            yield f"{name} is not masked (Deidentify)"


def _json(resource: Resource, path: str) -> Mapping[str, Any]:
    value = resource.known(path)
    if isinstance(value, str):
        if not value.startswith("{"):
            raise CannotKnow(f"{path} is known only when the stack is deployed")
        value = json.loads(value)
    return value if isinstance(value, Mapping) else {}


def _standard_class(group: Resource, _: Context) -> Iterator[str]:
    if group.text("logGroupClass", "STANDARD") != "STANDARD":
        yield f"logGroupClass is {group.text('logGroupClass')}, which has no metric filters and no masking"


def _log_policy_closed(policy: Resource, _: Context) -> Iterator[str]:
    for statement in read(policy, "policyDocument").allowing:
        if statement.anyone and not statement.tied:
            yield f"{statement.title} allows everybody"
        if statement.services and not statement.tied:
            yield f"{statement.title} allows {statement.services[0]} on behalf of any account"
        if statement.broad_actions:
            yield f"{statement.title} allows {', '.join(statement.broad_actions)}"
        if statement.any_resource:
            yield f"{statement.title} allows to write to all log groups"


def _made_by_aws(resource: Resource, context: Context) -> Iterator[str]:
    """Groups that a service makes by itself, for ever and unencrypted, unless they are there before."""
    names = {group.get("name") for group in context.stack.of(LOG_GROUP) if isinstance(group.get("name"), str)}
    for name in _names_by_aws(resource):
        if name not in names:
            yield f"its log group {name} is none of this stack, so AWS makes it, without key and retention"


def _names_by_aws(resource: Resource) -> Iterator[str]:
    if resource.type == DB_CLUSTER:
        for export in resource.items("enabledCloudwatchLogsExports"):
            yield f"/aws/rds/cluster/{resource.text('clusterIdentifier')}/{export}"
    elif resource.type == DB_PROXY:
        yield f"/aws/rds/proxy/{resource.text('name')}"
    elif resource.type == ECS_CLUSTER:
        yield f"/aws/ecs/containerinsights/{resource.text('name')}/performance"
    elif resource.type == API_STAGE:
        yield f"API-Gateway-Execution-Logs_{resource.text('restApi')}/{resource.text('stageName')}"


def _own_bucket(trail: Resource, context: Context) -> Iterator[str]:
    for bucket in context.stack.linked(trail, "s3BucketName", BUCKET):
        if receives_access_logs(bucket, context):
            yield f"{bucket.name} receives access logs too, which have other writers and another key"


def _trail_exists(context: Context) -> Iterator[str]:
    if not context.stack.of(TRAIL):
        yield "no trail records what is done in the account"


def _records_everything(trail: Resource, _: Context) -> Iterator[str]:
    if not trail.flag("enableLogging", True):
        yield "enableLogging is not true"
    if not trail.flag("isMultiRegionTrail"):
        yield "isMultiRegionTrail is not true"
    if not trail.flag("includeGlobalServiceEvents", True):
        yield "includeGlobalServiceEvents is not true"


def _management_events(trail: Resource, _: Context) -> Iterator[str]:
    if trail.given("advancedEventSelectors"):
        whole = [s for s in _selectors(trail) if _fields(s) == {"eventCategory": ("Management",)}]
        if not whole:
            yield "advancedEventSelectors leave management events out, or a part of them"
        return
    for selector in trail.items("eventSelectors"):
        if selector.get("includeManagementEvents") is False or selector.get("readWriteType", "All") != "All":
            yield "eventSelectors leave management events out, or a part of them"
        if selector.get("excludeManagementEventSources"):
            yield "eventSelectors leave services out"


def _object_events(trail: Resource, context: Context) -> Iterator[str]:
    """Reading and writing of objects in the bucket that holds the trail is recorded as well."""
    buckets = context.stack.linked(trail, "s3BucketName", BUCKET)
    if not buckets:
        yield "s3BucketName is no bucket of this stack"
    selected = False
    for selector in _selectors(trail):
        fields = _fields(selector)
        whole = "readOnly" not in fields and fields.get("resources.ARN") != ()
        selected |= "AWS::S3::Object" in fields.get("resources.type", ()) and whole
    for selector in trail.items("eventSelectors"):
        types = [str(item.get("type")) for item in selector.get("dataResources") or ()]
        selected |= "AWS::S3::Object" in types and selector.get("readWriteType", "All") == "All"
    if not selected:
        yield "reading and writing of objects is not recorded (AWS::S3::Object)"
        return
    property_ = "advancedEventSelectors" if trail.given("advancedEventSelectors") else "eventSelectors"
    linked = context.stack.linked(trail, property_, BUCKET)
    for bucket in buckets:
        if linked and bucket not in linked:
            yield f"objects of {bucket.name} are left out"


def _selectors(trail: Resource) -> list[Mapping[str, Any]]:
    return list(trail.items("advancedEventSelectors"))


def _fields(selector: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    found = {}
    for field in selector.get("fieldSelectors") or ():
        values = [str(value) for test in ("equals", "startsWiths", "endsWiths") for value in field.get(test) or ()]
        found[str(field.get("field"))] = tuple(values)
    return found


def _to_logs(trail: Resource, context: Context) -> Iterator[str]:
    if not context.stack.linked(trail, "cloudWatchLogsGroupArn", LOG_GROUP):
        yield "cloudWatchLogsGroupArn is no log group of this stack"
    if not context.stack.linked(trail, "cloudWatchLogsRoleArn", IAM_ROLE):
        yield "cloudWatchLogsRoleArn is no role of this stack"


def _insights(trail: Resource, _: Context) -> Iterator[str]:
    kinds = {str(item.get("insightType")) for item in trail.items("insightSelectors")}
    for kind in ("ApiCallRateInsight", "ApiErrorRateInsight"):
        if kind not in kinds:
            yield f"insightSelectors lacks {kind}"


RULES = (
    Rule(
        "log-retention",
        "Log groups keep their events for a year or more.",
        Severity.MEDIUM,
        "Set retentionInDays to 365 or more.",
        types=(LOG_GROUP,),
        check=at_least("retentionInDays", "fewestDays"),
        requirements=("10.5.1",),
        controls=(130,),
        url=hub("cloudwatch", 16),
        parameters=(Parameter("fewestDays", "Days that events are kept at least", 365, minimum=1, maximum=3653),),
    ),
    Rule(
        "log-encrypted",
        "Log groups are encrypted under a customer-managed key.",
        Severity.MEDIUM,
        "Set kmsKeyId to the key for logs.",
        types=(LOG_GROUP,),
        check=customer_key("kmsKeyId"),
        requirements=("10.3.2", "3.5.1", "3.6.1"),
        controls=(131,),
        url=guide("AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"),
    ),
    Rule(
        "log-masks-card-data",
        "Log groups of workloads mask card data.",
        Severity.HIGH,
        "Add a LogDataProtectionPolicy for the group.",
        types=(LOG_GROUP,),
        check=_masked,
        relational=True,
        requirements=("3.3.1", "3.4.1", "3.5.1"),
        controls=(132,),
        url=guide("AmazonCloudWatch/latest/logs/mask-sensitive-log-data.html"),
    ),
    Rule(
        "log-mask-complete",
        "Masks cover card numbers and security codes.",
        Severity.HIGH,
        "Add CreditCardNumber and CreditCardSecurityCode to a Deidentify statement.",
        types=(LOG_DATA_PROTECTION,),
        check=_mask_complete,
        requirements=("3.3.1", "3.4.1", "3.5.1"),
        controls=(132,),
        url=guide("AmazonCloudWatch/latest/logs/protect-sensitive-log-data-types-financial.html"),
    ),
    Rule(
        "log-standard-class",
        "Log groups can be filtered and masked.",
        Severity.MEDIUM,
        "Leave logGroupClass at STANDARD.",
        types=(LOG_GROUP,),
        check=_standard_class,
        requirements=("10.4.1.1", "3.4.1"),
        controls=(130, 132),
        url=guide("AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html"),
    ),
    Rule(
        "log-policy-closed",
        "Services write logs for this account only.",
        Severity.HIGH,
        "Add aws:SourceAccount or aws:SourceArn.",
        types=(LOG_RESOURCE_POLICY,),
        check=_log_policy_closed,
        requirements=("10.3.1", "10.3.2", "7.2.5"),
        controls=(133,),
        url=guide("AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html"),
    ),
    Rule(
        "log-groups-of-services",
        "Log groups that AWS services would make by themselves are made by the stack.",
        Severity.MEDIUM,
        "Add a LogGroup with that name, a key and a retention.",
        types=(DB_CLUSTER, DB_PROXY, ECS_CLUSTER, API_STAGE),
        check=_made_by_aws,
        relational=True,
        requirements=("10.3.2", "10.5.1"),
        controls=(130, 131),
        url=guide("AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html"),
    ),
    Rule(
        "trail-bucket-apart",
        "The trail has a bucket of its own.",
        Severity.MEDIUM,
        "Set s3BucketName to a bucket that receives nothing else.",
        types=(TRAIL,),
        check=_own_bucket,
        relational=True,
        requirements=("10.3.1", "10.3.2"),
        controls=(114, 128),
        url=hub("cloudtrail", 6),
    ),
    Rule(
        "trail-exists",
        "A trail records what is done in the account.",
        Severity.HIGH,
        "Add a cloudtrail.Trail.",
        stack_check=_trail_exists,
        requirements=("10.2.1", "10.2.2"),
        controls=(124,),
        url=hub("cloudtrail", 1),
    ),
    Rule(
        "trail-records-everything",
        "Trails record all Regions and global services.",
        Severity.HIGH,
        "Set enableLogging, isMultiRegionTrail and includeGlobalServiceEvents to true.",
        types=(TRAIL,),
        check=_records_everything,
        requirements=("10.2.1", "10.2.2"),
        controls=(124,),
        url=hub("cloudtrail", 3),
    ),
    Rule(
        "trail-management-events",
        "Trails record all management events, reading and writing.",
        Severity.HIGH,
        "Add an advanced event selector with eventCategory Management and nothing else.",
        types=(TRAIL,),
        check=_management_events,
        requirements=("10.2.1", "10.2.1.2"),
        controls=(124,),
        url=hub("cloudtrail", 1),
    ),
    Rule(
        "trail-validated",
        "Changes of the trail's files can be proved.",
        Severity.HIGH,
        "Set enableLogFileValidation to true.",
        types=(TRAIL,),
        check=true("enableLogFileValidation"),
        requirements=("10.3.2", "10.3.4"),
        controls=(125,),
        url=hub("cloudtrail", 4),
    ),
    Rule(
        "trail-encrypted",
        "Trails are encrypted under a customer-managed key.",
        Severity.HIGH,
        "Set kmsKeyId to the key for logs.",
        types=(TRAIL,),
        check=customer_key("kmsKeyId"),
        requirements=("10.3.2", "3.5.1"),
        controls=(126,),
        url=hub("cloudtrail", 2),
    ),
    Rule(
        "trail-to-logs",
        "Trails go to a log group, where alarms watch them.",
        Severity.HIGH,
        "Set cloudWatchLogsGroupArn and cloudWatchLogsRoleArn.",
        types=(TRAIL,),
        check=_to_logs,
        relational=True,
        requirements=("10.4.1.1", "10.3.3"),
        controls=(127,),
        url=hub("cloudtrail", 5),
    ),
    Rule(
        "trail-object-events",
        "Trails record who reads and writes the trail itself.",
        Severity.MEDIUM,
        "Add a data event selector for AWS::S3::Object with the audit bucket, reading and writing.",
        types=(TRAIL,),
        check=_object_events,
        relational=True,
        requirements=("10.2.1.1", "10.2.1.3"),
        controls=(118,),
        url=hub("s3", 22),
    ),
    Rule(
        "trail-insights",
        "Unusual numbers of calls and errors are noticed.",
        Severity.LOW,
        "Add both types to insightSelectors.",
        types=(TRAIL,),
        check=_insights,
        requirements=("10.4.1.1",),
        controls=(129,),
        url=guide("awscloudtrail/latest/userguide/logging-insights-events-with-cloudtrail.html"),
    ),
)
