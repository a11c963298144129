"""The shape of the database: versions, names, retention, and what is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass

from components.availability import within

ENGINE = "aurora-postgresql"
SERVERLESS = "db.serverless"

COMMON_ADMINISTRATORS = ("admin", "administrator", "awsuser", "dbadmin", "postgres", "rdsadmin", "root")
MONITORING_INTERVALS = (1, 5, 10, 15, 30, 60)
INSIGHTS_RETENTION_DAYS = (7, *range(31, 714, 31), 731)
IDENTIFIER = r"[a-z][a-z0-9_]{0,15}"
"""Of PostgreSQL and RDS both; 16 is the shortest limit, that of a master user's name."""


@dataclass(frozen=True)
class DatabaseSpec:
    """The shape of the database.

    Raises:
        ValueError: a value is not allowed.
    """

    engine_version: str = "17.9"
    """Major and minor. AWS installs newer minor versions by itself (PCI DSS v4.0.1, 6.3.3); follow it here."""
    instance_class: str = SERVERLESS
    database_name: str = "tap"
    master_username: str = "tapadmin"
    """Not one that attackers try first (2.2.2)."""
    user_prefix: str = "tap_"
    """Database users of the services start with it; the proxy signs in as no other."""
    backup_retention_days: int = 35
    monitoring_interval: int = 15
    """Seconds. Two samples fall into the 30 seconds of a failover, for a third of what samples every 5 s cost."""
    insights_retention_days: int = 7
    """The shortest: Performance Insights keeps statements, and statements are kept no longer than needed (3.2.1)."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\d+\.\d+", self.engine_version):
            raise ValueError(f"database: engine version {self.engine_version!r} is not of the form 17.9.")
        for what, name in (("database_name", self.database_name), ("master_username", self.master_username)):
            if not re.fullmatch(IDENTIFIER, name):
                raise ValueError(f"database: {what} {name!r} does not match {IDENTIFIER}.")
        if not re.fullmatch(r"[a-z][a-z0-9_]*_", self.user_prefix):
            raise ValueError(f"database: user_prefix {self.user_prefix!r} has to be lower case and end in '_'.")
        if self.master_username in COMMON_ADMINISTRATORS:
            raise ValueError(
                f"database: master_username {self.master_username!r} is a common administrator's name; "
                f"choose none of {', '.join(COMMON_ADMINISTRATORS)}."
            )
        if self.master_username.startswith(self.user_prefix):
            raise ValueError(
                f"database: master_username {self.master_username!r} starts with the services' user_prefix "
                f"{self.user_prefix!r}, so services could sign in as administrator; change one of them."
            )
        within("database, backup_retention_days", self.backup_retention_days, 7, 35, "days")
        _one_of("monitoring_interval", self.monitoring_interval, MONITORING_INTERVALS, "seconds")
        _one_of("insights_retention_days", self.insights_retention_days, INSIGHTS_RETENTION_DAYS, "days")

    @property
    def family(self) -> str:
        """Parameter group family: ``aurora-postgresql17``."""
        return f"{ENGINE}{self.engine_version.partition('.')[0]}"

    @property
    def cache_management(self) -> bool:
        """Whether a reader can keep the writer's cache warm; Serverless v2 instances cannot."""
        return self.instance_class != SERVERLESS

    def service_user(self, service: str) -> str:
        """The database user of one service: ``tap_stage_ingest`` for ``stage-ingest``. Migrations create it.

        Raises:
            ValueError: the service's name gives no user that the proxy signs in as.
        """
        return self.check_user(self.user_prefix + service.replace("-", "_"))

    def check_user(self, user: str) -> str:
        """Return ``user`` if the proxy may sign in as it.

        Raises:
            ValueError: it is not named like a service's user.
        """
        if not re.fullmatch(rf"{self.user_prefix}[a-z0-9_]+", user):
            raise ValueError(
                f"database user {user!r}: a service's user is {self.user_prefix!r} followed by lower-case letters, "
                "digits and underscores; the proxy signs in as no other."
            )
        return user


def _one_of(what: str, value: int, allowed: tuple[int, ...], unit: str) -> None:
    if value not in allowed:
        raise ValueError(f"database: {what} {value} is not one of {', '.join(map(str, allowed))} {unit}.")
