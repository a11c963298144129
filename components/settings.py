"""The deploy-time settings, each declared once: Pulumi config key and CloudFormation parameter alike.

A component gets plain values. While the compiler records the program each is a token instead, so a value may be used
whole or inside a longer string, but not calculated with; what the program must decide on belongs in a spec.
"""

from __future__ import annotations

from dataclasses import dataclass

from cloudformation.errors import SettingError
from cloudformation.program import Settings, setting
from cloudformation.tokens import Token
from components.naming import MAX_SUFFIX_LENGTH, SUFFIX_PATTERN

REGION = "eu-west-1"

NAMING = "Naming"
NETWORK = "Network"
AUDIT = "Audit and alarms"
DATA = "Database and cache"
PROCESSING = "Processing"
API = "API"

# CloudWatch Logs accepts only certain numbers of days; these are the ones from 400 up (PCI DSS v4.0.1, 10.5.1 asks for
# twelve months, of which three at once).
LOG_RETENTION_DAYS = (400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)

# Node families on which ElastiCache keeps writes in its multi-zone log, as the default engine does (Amazon ElastiCache
# user guide, "Durability", "Limitations"), in the sizes that they come in.
CACHE_NODE_PATTERN = r"cache\.([rm][678]g|c[78]gn)\.(large|xlarge|[248]xlarge|1[26]xlarge)"

DOMAIN_PATTERN = r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
CERTIFICATE_PATTERN = r"arn:aws:acm:eu-west-1:\d{12}:certificate/[0-9a-f-]{36}"
# A tag other than `latest`, or a digest: what runs must be what was released.
IMAGE_PATTERN = r"[a-z0-9][\w./:-]*?(:(?!latest$)[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})"
IMAGE_ALLOWED = "an image with a tag other than latest, or with a digest (name:1.4.2, name@sha256:...)"


# What is the least of something, and what the most.
BOUNDS = (
    ("database_min_capacity", "database_max_capacity"),
    ("api_min_tasks", "api_max_tasks"),
    ("stage_min_tasks", "stage_max_tasks"),
)


@dataclass(frozen=True)
class TapSettings(Settings):
    """Everything that an operator may choose when deploying.

    Raises:
        SettingError: on construction, if a value is not allowed, or a minimum is above its maximum. CloudFormation
            cannot compare numbers, neither in ``Rules`` nor in ``Conditions``: there, a minimum above its maximum is
            refused only by the service that gets both.
    """

    environment_suffix: str = setting(
        "Ends every name, so that several environments fit into one account.",
        group=NAMING,
        pattern=SUFFIX_PATTERN,
        min_length=1,
        max_length=MAX_SUFFIX_LENGTH,
        allowed=f"1 to {MAX_SUFFIX_LENGTH} lower-case letters, digits and single hyphens between them",
    )
    vpc_cidr: str = setting(
        "Private address range of the VPC; nine subnets of 1,024 addresses each are cut from it.",
        group=NETWORK,
        default="10.0.0.0/16",
        pattern=r"(10\.\d{1,3}|172\.(1[6-9]|2\d|3[01])|192\.168)\.\d{1,3}\.\d{1,3}/(16|17|18)",
        allowed="a private IPv4 range (RFC 1918) of size /16, /17 or /18, such as 10.0.0.0/16",
    )
    log_retention_days: int = setting(
        "Days that log groups keep their events.", group=AUDIT, default=400, allowed_values=LOG_RETENTION_DAYS
    )
    audit_retention_days: int = setting(
        "Days that the audit and access-log buckets keep their objects.",
        group=AUDIT,
        default=400,
        min_value=400,
        max_value=3653,
    )
    alarm_email: str | None = setting(
        "Address that alarms are sent to; leave empty for none.",
        group=AUDIT,
        pattern=r"[^@\s]+@[^@\s]+\.[^@\s]+",
        allowed="an e-mail address",
    )
    database_min_capacity: int = setting(
        "Aurora capacity units that each instance keeps at least (1 unit is about 2 GiB of memory).",
        group=DATA,
        default=2,
        min_value=1,
        max_value=256,
    )
    database_max_capacity: int = setting(
        "Aurora capacity units that each instance grows to at most.", group=DATA, default=32, min_value=2, max_value=256
    )
    cache_node_type: str = setting(
        "ElastiCache node type.",
        group=DATA,
        default="cache.r7g.large",
        pattern=CACHE_NODE_PATTERN,
        allowed=(
            "a node type that can keep every write (families r6g, r7g, r8g, m6g, m7g, m8g, c7gn and c8gn), such as "
            "cache.r7g.large"
        ),
    )
    cache_shards: int = setting(
        "Shards of the cache; each has a primary and two replicas.", group=DATA, default=2, min_value=1, max_value=20
    )
    certificate_arn: str = setting(
        "ACM certificate; it must cover ServiceHostName, and ApiDomain where that is given.",
        group=PROCESSING,
        pattern=CERTIFICATE_PATTERN,
        allowed="the ARN of an ACM certificate in eu-west-1",
    )
    service_host_name: str = setting(
        "Host name on the load balancer's certificate; API Gateway checks it when it connects.",
        group=PROCESSING,
        pattern=DOMAIN_PATTERN,
        max_length=253,
        allowed="a host name in lower case, such as api.internal.example.com",
    )
    api_image: str = setting(
        "Container image of the API service.", group=PROCESSING, pattern=IMAGE_PATTERN, allowed=IMAGE_ALLOWED
    )
    consumer_image: str = setting(
        "Container image of the stage consumers; the stage's name is in its environment.",
        group=PROCESSING,
        pattern=IMAGE_PATTERN,
        allowed=IMAGE_ALLOWED,
    )
    api_min_tasks: int = setting(
        "API tasks that always run, spread over the zones.", group=PROCESSING, default=3, min_value=3, max_value=300
    )
    api_max_tasks: int = setting(
        "API tasks at the highest load.", group=PROCESSING, default=30, min_value=3, max_value=300
    )
    api_requests_per_task: int = setting(
        "Requests a minute and task that scaling aims at.",
        group=PROCESSING,
        default=6000,
        min_value=60,
        max_value=600000,
    )
    stage_min_tasks: int = setting(
        "Tasks of each stage that always run.", group=PROCESSING, default=3, min_value=3, max_value=100
    )
    stage_max_tasks: int = setting(
        "Tasks of each stage at the highest load.", group=PROCESSING, default=30, min_value=3, max_value=100
    )
    stage_records_per_task: int = setting(
        "Incoming records a minute and task that scaling of a stage aims at.",
        group=PROCESSING,
        default=12000,
        min_value=60,
        max_value=600000,
    )
    api_rate_limit: int = setting(
        "Requests a second that the API accepts from all clients.",
        group=API,
        default=1000,
        min_value=1,
        max_value=10000,
    )
    api_burst_limit: int = setting(
        "Requests that the API accepts at one moment.", group=API, default=2000, min_value=1, max_value=5000
    )
    api_daily_quota: int = setting(
        "Requests a day that one client of the standard usage plan may send.",
        group=API,
        default=10000000,
        min_value=1,
        max_value=1000000000,
    )
    waf_rate_limit: int = setting(
        "Requests in five minutes from one address before the firewall blocks it.",
        group=API,
        default=10000,
        min_value=100,
        max_value=2000000,
    )
    api_domain: str | None = setting(
        "Custom domain name of the API, covered by the certificate; leave empty to use the execute-api address.",
        group=API,
        pattern=DOMAIN_PATTERN,
        max_length=253,
        allowed="a host name in lower case, such as api.example.com",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        objections = []
        for least, most in BOUNDS:
            low, high = getattr(self, least), getattr(self, most)
            # While the compiler records, neither is a number yet.
            if isinstance(low, int) and isinstance(high, int) and low > high:
                objections.append(
                    f"{_key(least)} is {low} and above {_key(most)}, which is {high}. Lower the one or raise the "
                    f"other, with `pulumi config set {_key(least)} VALUE` or `pulumi config set {_key(most)} VALUE`."
                )
        if objections:
            raise SettingError("\n".join(objections))


def _key(field: str) -> str:
    """The config key of a field: ``apiMinTasks`` for ``api_min_tasks``."""
    first, *others = field.split("_")
    return first + "".join(word.capitalize() for word in others)


def check_region(region: str) -> str:
    """The Region, when it is ours.

    While the compiler records, the Region is not known; the template's rule checks it then.

    Raises:
        SettingError: the stack is about to be deployed to another Region.
    """
    if not isinstance(region, Token) and region != REGION:
        raise SettingError(
            f"aws:region: {region!r} is not allowed; needed: {REGION}, for which limits, prefix lists and certificates "
            f"are chosen. Set it with `pulumi config set aws:region {REGION}`, or deploy with "
            f"`aws cloudformation deploy --region {REGION}`."
        )
    return region
