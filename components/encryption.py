"""Encryption keys: one customer-managed key per data domain, so that access to one domain gives nothing of another.

Who may do what with a key is in :mod:`components.key_policies`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.key_policies import (
    DATA,
    LOGS,
    SECRETS,
    STREAMS,
    Domain,
    alarm_publishers,
    common_statements,
    fargate_storage,
    log_writers,
    shell_sessions,
)
from components.layer import Context, Layer, document

# PCI DSS v4.0.1, 3.7.4: keys change at the end of their cryptoperiod, here a year.
ROTATION_PERIOD_DAYS = 365
# The longest that KMS offers (7 to 30): time to notice and cancel a deletion that nobody meant.
DELETION_WINDOW_DAYS = 30


@dataclass(frozen=True)
class Key:
    """One customer-managed key, as the layers use it."""

    id: pulumi.Output[str]
    arn: pulumi.Output[str]
    alias_name: pulumi.Output[str]


class Encryption(Layer):
    """Customer-managed keys, one per data domain, rotated every year."""

    def __init__(self, context: Context, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(context, opts)
        self.data = self._key(DATA, fargate_storage(context))
        self.streams = self._key(STREAMS)
        self.secrets = self._key(SECRETS)
        self.logs = self._key(LOGS, [*log_writers(context), *alarm_publishers(context), shell_sessions(context)])
        self.register_outputs(
            {f"{name}KeyArn": getattr(self, name).arn for name in ("data", "streams", "secrets", "logs")}
        )

    def _key(self, domain: Domain, extra: list[dict[str, Any]] | None = None) -> Key:
        """Key of one data domain; administration, use and lending are separate statements of its policy."""
        name = self.named("kms", domain.name)
        key = aws.kms.Key(
            name.logical,
            description=domain.description,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            enable_key_rotation=True,
            rotation_period_in_days=ROTATION_PERIOD_DAYS,
            multi_region=False,
            policy=document(*common_statements(self.context, domain), *(extra or [])),
            tags=self.tags(name, domain.scope),
            opts=self.child(),
        )
        alias = aws.kms.Alias(
            f"{name.logical}-alias",
            name=f"alias/{name.physical}",
            target_key_id=key.key_id,
            opts=self.child(),
        )
        return Key(id=key.key_id, arn=key.arn, alias_name=alias.name)
