"""What exists in the emulated account: asked of the back ends themselves, not of the stacks."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from moto.core.base_backend import BackendDict
from moto.core.common_models import BaseModel

from .account import ACCOUNT_ID, PARTITION, REGION
from .generic import GenericHandler

# Traces of what was deleted, which AWS keeps for a while as well: they cost nothing and hinder nothing.
GONE = {
    ("kms", "PendingDeletion"),
    ("ec2", "deleted"),
    ("ecs", "INACTIVE"),
    ("secretsmanager", "deleted"),
}
STATUS_ATTRIBUTES = ("key_state", "state", "status")
NAME_ATTRIBUTES = ("physical_resource_id", "arn", "name", "id")


def existing(*generic: GenericHandler) -> Iterator[tuple[str, str]]:
    """Every resource of the account, as (type, name): the generic ones, and those in moto's back ends."""
    for record in itertools.chain(*generic):
        yield record.type_name, record.physical_id
    for backends in list(BackendDict._instances):  # type: ignore[misc]
        for account, region, backend in list(backends.iter_backends()):
            # moto makes back ends of another Region for itself, to look up their URLs.
            if account == ACCOUNT_ID and region in {REGION, PARTITION} and backends.service_name != "cloudformation":
                for model in _models(vars(backend).values()):
                    if not _gone(backends.service_name, model):
                        yield _label(backends.service_name, model)


def _models(values: Iterable[Any]) -> Iterator[BaseModel]:
    """The model objects in a back end's attributes, which hold them in dicts and lists."""
    for value in list(values):
        if isinstance(value, BaseModel):
            yield value
        elif isinstance(value, dict):
            yield from _models(value.values())
        elif isinstance(value, (list, set, tuple)):
            yield from _models(value)


def _gone(service: str, model: BaseModel) -> bool:
    return any((service, getattr(model, name, None)) in GONE for name in STATUS_ATTRIBUTES)


def _label(service: str, model: BaseModel) -> tuple[str, str]:
    kind = getattr(type(model), "cloudformation_type", None)
    type_name = kind() if kind else ""
    if not type_name.startswith("AWS::") or type_name == "AWS::SERVICE::RESOURCE":
        type_name = f"{service} {type(model).__name__}"
    for name in NAME_ATTRIBUTES:
        value = getattr(model, name, None)
        if isinstance(value, str) and value:
            return type_name, value
    return type_name, hex(id(model))
