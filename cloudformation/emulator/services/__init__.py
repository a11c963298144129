"""The resource types that moto's real back ends stand behind. Every other type is generic."""

from __future__ import annotations

from collections.abc import Mapping

from ..api import ApiType
from . import compute, data, ec2, logs, messaging, s3, security

TYPES: Mapping[str, ApiType] = (
    ec2.TYPES | security.TYPES | logs.TYPES | s3.TYPES | messaging.TYPES | data.TYPES | compute.TYPES
)
