"""All supported types, gathered from the service modules."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping

from ..graph import Path
from .model import Expanded, Folded, ResourceType, TypeEntry, parse_path

# Modules of this package. The order means nothing.
SERVICES = (
    "apigateway",
    "apigatewayv2",
    "appautoscaling",
    "cloudtrail",
    "cloudwatch",
    "custom",
    "dynamodb",
    "ec2",
    "ecs",
    "efs",
    "elasticache",
    "iam",
    "kinesis",
    "kms",
    "lambda_",
    "lb",
    "rds",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "wafv2",
)


@functools.cache
def types() -> Mapping[str, TypeEntry]:
    """Every type with a place in the template, by Pulumi token."""
    return {entry.pulumi: entry for service in SERVICES for entry in _module(service).TYPES}


@functools.cache
def expansions() -> Mapping[str, Expanded]:
    """Every type that becomes several resources, by Pulumi token."""
    return {entry.pulumi: entry for service in SERVICES for entry in getattr(_module(service), "EXPANSIONS", ())}


def _module(service: str):  # type: ignore[no-untyped-def]
    return importlib.import_module(f".{service}", __package__)


@functools.cache
def attribute_paths(pulumi_type: str) -> tuple[Path, ...]:
    """The outputs of a type that a template can refer to."""
    entry = types().get(pulumi_type)
    return tuple(map(parse_path, entry.attributes)) if isinstance(entry, ResourceType | Folded) else ()
