"""Outputs of the types that the SDK declares, made up from a seed, so that two runs agree."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from .. import values
from .identifiers import ACCOUNT, REGION, Identity
from .schema import Choice, ListOf, ResourceSchema, Scalar, Structure, Type, fields_of

ZONES = [f"{REGION}{letter}" for letter in "abc"]
PORTS = {"rds": 5432, "elasticache": 6379, "efs": 2049}
# How a text output is made up, by its name. The first pattern that matches counts.
TEXTS = (
    (r"(?i)(account|owner)(id)?$", ACCOUNT),
    (r"(?i)region$", REGION),
    (r"(?i)arn$", f"arn:aws:{{service}}:{REGION}:{ACCOUNT}:{{name}}/{{hash}}"),
    (r"(?i)ur[il]$", f"https://{{hash}}.{{service}}.{REGION}.amazonaws.com"),
    (r"(?i)(dns|dnsname|endpoint|address|domain|domainname|hostname)$", f"{{hash}}.{{service}}.{REGION}.amazonaws.com"),
    (r"(?i)zone(name)?$", ZONES[0]),
    (r"(?i)^ipv6.*cidr(block)?$", "2001:db8::/56"),
    (r"(?i)cidr(block)?$", "10.255.0.0/24"),
    (r"(?i)ip$", "192.0.2.1"),
    (r"(?i)(date|time|modified|till)$", "2025-01-01T00:00:00Z"),
    (r"", "{name}-{hash}"),
)
# Outputs that follow from the id or ARN, by type and name; as the provider's documentation has them.
OF_IDENTITY = {
    ("aws:kms/key:Key", "keyId"): "{id}",
    ("aws:ec2/eip:Eip", "allocationId"): "{id}",
    ("aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup", "name"): "default",
    ("aws:apigateway/restApi:RestApi", "executionArn"): f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{{id}}",
}
# Outputs that are there only if an input is true, with what they are made of.
SOMETIMES: dict[tuple[str, str], tuple[str, Any]] = {
    ("aws:rds/cluster:Cluster", "masterUserSecrets"): (
        "manageMasterUserPassword",
        [
            {
                "secretArn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!{{id}}-{{hash}}",
                "secretStatus": "active",
            }
        ],
    ),
}


def computed_names(schema: ResourceSchema, inputs: Mapping[str, Any]) -> list[str]:
    """The outputs that the provider computes: always there, and not given as inputs."""
    return [
        name
        for name, field in schema.outputs.items()
        if name not in inputs
        and (field.required or name in ("arn", "tagsAll") or _is_asked_for(schema.token, name, inputs))
    ]


def _is_asked_for(token: str, name: str, inputs: Mapping[str, Any]) -> bool:
    return (token, name) in SOMETIMES and inputs.get(SOMETIMES[token, name][0]) is True


def outputs_of(schema: ResourceSchema, inputs: Mapping[str, Any], identity: Identity) -> dict[str, Any]:
    """All outputs of a resource that exists: its inputs, and what the provider computes."""
    outputs = _echoed(schema, inputs)
    for name in computed_names(schema, outputs):
        outputs[name] = _computed(schema, name, identity, inputs)
    return outputs


def planned_outputs(schema: ResourceSchema, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs of a resource that is still to be created: what is computed is unknown."""
    outputs = _echoed(schema, inputs)
    tags = {"tagsAll": inputs.get("tags", {})} if "tagsAll" in schema.outputs else {}
    return outputs | dict.fromkeys(computed_names(schema, outputs), values.UNKNOWN) | tags


def _echoed(schema: ResourceSchema, inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _without_internals(item) for name, item in inputs.items() if name in schema.outputs}


def _without_internals(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_internals(item) for name, item in value.items() if not name.startswith("__")}
    return [_without_internals(item) for item in value] if isinstance(value, list) else value


def _computed(schema: ResourceSchema, name: str, identity: Identity, inputs: Mapping[str, Any]) -> Any:
    if name == "tagsAll":
        return inputs.get("tags", {})
    if name == "arn" and identity.arn:
        return identity.arn
    if (schema.token, name) in OF_IDENTITY:
        return OF_IDENTITY[schema.token, name].format(id=identity.id)
    if (schema.token, name) in SOMETIMES:
        return _filled(SOMETIMES[schema.token, name][1], id=identity.id, hash=identity.seed[:6])
    if name == "arnSuffix":
        # "app/NAME/HASH" of a load balancer, "targetgroup/NAME/HASH" of a target group: as CloudWatch wants them.
        return identity.arn.rpartition(":")[2].removeprefix("loadbalancer/")
    if name == "url":
        return identity.id
    if name == "revision":
        return int(identity.arn.rpartition(":")[2])
    if name in identity.names:
        return identity.names[name]
    service = schema.token.partition(":")[2].partition("/")[0]
    return _made_up(schema.outputs[name].type, name, service, identity.seed)


def _filled(value: Any, **words: str) -> Any:
    if isinstance(value, dict):
        return {name: _filled(item, **words) for name, item in value.items()}
    return [_filled(item, **words) for item in value] if isinstance(value, list) else value.format(**words)


def _made_up(kind: Type, name: str, service: str, seed: str) -> Any:
    digest = hashlib.sha256(f"{seed}\0{name}".encode()).hexdigest()
    match kind:
        case Scalar(python) if python is bool:
            return False
        case Scalar(python) if python in (int, float):
            return PORTS.get(service, 443) if name == "port" else int(digest[:3], 16)
        case Scalar():
            text = next(text for pattern, text in TEXTS if re.search(pattern, name))
            return text.format(name=name, service=service, hash=digest[:17])
        case Choice(options):
            return options[0]
        case ListOf(item) if re.search(r"(?i)zones$", name) and item == Scalar(str):
            return ZONES
        case ListOf(item):
            return [_made_up(item, name.removesuffix("s"), service, seed)]
        case Structure(python):
            return {
                part: _made_up(field.type, part, service, digest)
                for part, field in fields_of(python).items()
                if field.required
            }
        case _:
            return {}
