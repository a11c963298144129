"""Names: ``{resource-type}-{purpose}-{suffix}``, each within the AWS limit of its resource type."""

from __future__ import annotations

from dataclasses import dataclass

# Longest name that AWS accepts, per resource-type prefix of ours. Sources: the service's API reference for the
# create call's name parameter (Elastic Load Balancing 32, ElastiCache 40 for replication groups and users,
# RDS 63, S3 63, IAM roles 64, Lambda 64, SQS 80, ...).
NAME_LIMITS = {
    "alb": 32,
    "tg": 32,
    "cache": 40,
    "cache-user": 40,
    "user-group": 40,
    "aurora": 63,
    "proxy": 60,
    "s3": 63,
    "role": 64,
    "lambda": 64,
    "policy": 128,
}
# What has no tighter limit above: the shortest of the others we name (SQS queues, 80).
DEFAULT_NAME_LIMIT = 80

# Room kept for the purpose in the tightest names (load balancers and target groups), as in ``tg-api-green-…``.
TIGHTEST_PURPOSE_LENGTH = 12

MAX_SUFFIX_LENGTH = min(
    limit - len(resource_type) - len("--") - TIGHTEST_PURPOSE_LENGTH for resource_type, limit in NAME_LIMITS.items()
)
# Lower case, because S3 is; no leading, trailing or double hyphen, because RDS refuses them.
SUFFIX_PATTERN = r"[a-z0-9]+(-[a-z0-9]+)*"


@dataclass(frozen=True)
class Name:
    """One resource's names."""

    logical: str
    """Pulumi's name, and the source of the template's logical id: ``alb-api``."""
    physical: str
    """The name in AWS: ``alb-api-dev``."""


def name(resource_type: str, purpose: str, suffix: str, *, variable_length: int = 0) -> Name:
    """Build the names of one resource.

    ``variable_length`` is the longest text that deploy-time values inside ``purpose`` can grow to beyond what is
    counted (an account id, say, is 12 characters).

    Raises:
        ValueError: the name would exceed the AWS limit with the longest suffix allowed.
    """
    logical = f"{resource_type}-{purpose}"
    limit = NAME_LIMITS.get(resource_type, DEFAULT_NAME_LIMIT)
    longest = len(logical) + variable_length + len("-") + MAX_SUFFIX_LENGTH
    if longest > limit:
        raise ValueError(
            f"{logical}-{{suffix}} can be {longest} characters long with a suffix of {MAX_SUFFIX_LENGTH}, but AWS "
            f"allows {limit} for {resource_type!r}. Shorten the purpose {purpose!r} by {longest - limit}."
        )
    return Name(logical=logical, physical=f"{logical}-{suffix}")
