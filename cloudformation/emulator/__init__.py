"""A local stand-in for CloudFormation and the services behind it, for the real AWS CLI to deploy to.

Stacks are ours: parameters, rules, conditions, intrinsic functions, order, roll-back and replacement follow
CloudFormation, and every property is checked against AWS's own resource schemas. Behind a resource stands moto's back
end of the service, reached through its public API, or (:mod:`.generic`) a record that answers by its schema alone.

``CREATE_COMPLETE`` here is no proof that AWS would accept a value: a limit that no schema tells is not known here.
"""

from __future__ import annotations

from .account import ACCOUNT_ID, CERTIFICATE_ARN, REGION, TEMPLATE_BUCKET
from .control import (
    DIRECTORY,
    IDLE_SECONDS,
    EmulatorError,
    emulator,
    environment,
    leftovers,
    running,
    stack_resources,
    start,
    stop,
)
from .state import State

__all__ = [
    "ACCOUNT_ID",
    "CERTIFICATE_ARN",
    "DIRECTORY",
    "IDLE_SECONDS",
    "REGION",
    "TEMPLATE_BUCKET",
    "EmulatorError",
    "State",
    "emulator",
    "environment",
    "leftovers",
    "running",
    "stack_resources",
    "start",
    "stop",
]
