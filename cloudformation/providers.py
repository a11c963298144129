"""AWS providers: a template is deployed into one Region and account, by whoever deploys it.

An explicit provider may stand for that Region; its default tags become tags of the resources that use it, as the
provider itself would have it. The same goes for the default provider's settings in ``Pulumi.yaml``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .errors import Problem
from .graph import Concat, Literal, MapValue, Pseudo, Resource, Secret, Value, parse_json

AWS = "pulumi:providers:aws"
REGION = "region"
DEFAULT_TAGS = "defaultTags"
# How the provider talks to AWS: nothing that a resource has.
PROVIDER_ONLY = frozenset(
    "customCaBundle ec2MetadataServiceEndpoint ec2MetadataServiceEndpointMode httpProxy httpsProxy insecure maxRetries "
    "noProxy retryMode s3UsePathStyle s3UsEast1RegionalEndpoint skipCredentialsValidation skipMetadataApiCheck "
    "skipRegionValidation skipRequestingAccountId stsRegion tokenBucketRateLimiterCapacity useDualstackEndpoint "
    "useFipsEndpoint userAgents version".split()
)


@dataclass(frozen=True)
class Provider:
    """One provider: its settings, and where the program makes it."""

    title: str
    settings: Mapping[str, Value]
    resource: Resource | None = None

    def problems(self, region: str) -> list[Problem]:
        """Whatever of its settings a template cannot have."""
        return [
            Problem(self.title, name, *objection, self.resource.position if self.resource else None)
            for name, value in self.settings.items()
            if (objection := _objection(name, _plain(value), region))
        ]

    @property
    def default_tags(self) -> Mapping[str, Value]:
        """Tags of every resource that the provider makes."""
        given = _plain(self.settings.get(DEFAULT_TAGS, Literal(None)))
        tags = given.items.get("tags") if isinstance(given, MapValue) else None
        return tags.items if isinstance(tags, MapValue) else {}


def _objection(name: str, value: Value, region: str) -> tuple[str, str] | None:
    if name in PROVIDER_ONLY or value == Literal(None):
        return None
    if name == REGION:
        return None if same_region(value, region) else another_region(value, region)
    if name == DEFAULT_TAGS and isinstance(value, MapValue) and set(value.items) <= {"tags"}:
        return None
    return (
        "cannot be compiled: a template is deployed with the credentials, and into the account, of whoever deploys it.",
        "Leave it out, or make a program of its own of what belongs elsewhere.",
    )


def same_region(value: Value, region: str) -> bool:
    """Whether ``value`` names the Region that the template is for."""
    return value in (Literal(region), Pseudo("AWS::Region"))


def another_region(value: Value, region: str) -> tuple[str, str]:
    """What to say of a Region that the template is not for."""
    named = repr(value.value) if isinstance(value, Literal) else "one that only the deployment knows"
    return (
        f"is {named}, but the template is for {region}, and a stack belongs to one Region.",
        "Make a program of its own of what belongs into another Region (aws:region in its Pulumi.yaml).",
    )


def _plain(value: Value) -> Value:
    """A setting as a value: Pulumi sends everything but text to a provider as JSON."""
    if isinstance(value, Secret):
        return _plain(value.value)
    if isinstance(value, Concat) or (isinstance(value, Literal) and str(value.value).startswith("{")):
        try:
            return parse_json(value)
        except ValueError:
            return value
    return value


def with_default_tags(resource: Resource, provider: Provider) -> Resource | Problem:
    """The resource with its provider's default tags; its own win."""
    if not provider.default_tags:
        return resource
    own = resource.inputs.get("tags", MapValue({}))
    if not isinstance(own, MapValue):
        message = f"gets default tags from {provider.title}, but its own are known only when the stack is deployed."
        return Problem(resource.title, "tags", message, "Write the tags' names out.", resource.position)
    tags = MapValue({**provider.default_tags, **own.items})
    return dataclasses.replace(resource, inputs={**resource.inputs, "tags": tags})


def apply(
    resources: Mapping[str, Resource],
    provider_of: Callable[[Resource], Provider],
    is_taggable: Callable[[Resource], bool],
) -> tuple[dict[str, Resource], list[Problem]]:
    """Every resource as its provider would make it."""
    made: dict[str, Resource] = {}
    problems: list[Problem] = []
    for urn, resource in resources.items():
        result = with_default_tags(resource, provider_of(resource)) if is_taggable(resource) else resource
        if isinstance(result, Problem):
            problems.append(result)
        else:
            made[urn] = result
    return made, problems
