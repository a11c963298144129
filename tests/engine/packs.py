"""A policy pack's process, started and told about the stack as the engine does it."""

from __future__ import annotations

import json
from pathlib import Path

from .analyzer_client import AnalyzerClient, Pack
from .deployment import Stack
from .processes import Child


def pack_process(path: Path, stack: Stack, *, preview: bool) -> Child:
    """Start the pack in a folder."""
    # The engine's address is part of the command, but the pack does not call the engine.
    target = ["module", "pulumi.policy", "127.0.0.1:1", str(path)]
    environment = stack_environment(stack, preview=preview)
    return Child(f"the policy pack in {path}", target, directory=path, environment=environment)


def pack_client(pack: Pack, child: Child, stack: Stack, *, preview: bool, timeout: float) -> AnalyzerClient:
    """Configure a pack that was started.

    Raises:
        PolicyError: the pack does not start, or its configuration is not acceptable.
    """
    told = {
        "stack": stack.name,
        "project": stack.project,
        "organization": stack.organization,
        "dry_run": preview,
        "config": dict(stack.config),
        "config_secret_keys": sorted(stack.secret_keys),
    }
    return AnalyzerClient(pack, child, timeout, told)


def stack_environment(stack: Stack, *, preview: bool) -> dict[str, str]:
    """What the engine's children learn of the stack from their environment."""
    return {
        "PULUMI_PROJECT": stack.project,
        "PULUMI_STACK": stack.name,
        "PULUMI_ORGANIZATION": stack.organization,
        "PULUMI_DRY_RUN": "true" if preview else "false",
        "PULUMI_CONFIG": json.dumps(dict(stack.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(sorted(stack.secret_keys)),
    }
