"""Parameters of the Aurora PostgreSQL cluster, as data: name, value, and why it is not left at its default.

Names: "Aurora PostgreSQL cluster-level parameters" in the Aurora user guide.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi_aws as aws


@dataclass(frozen=True)
class Parameter:
    """One engine parameter."""

    name: str
    value: str
    reason: str
    static: bool = False
    """Takes effect only when an instance restarts; AWS refuses to apply it at once."""


TRANSPORT = (
    Parameter("rds.force_ssl", "1", "refuses connections without TLS (PCI DSS v4.0.1, 4.2.1)"),
    Parameter("ssl_min_protocol_version", "TLSv1.2", "refuses TLS 1.0 and 1.1 (4.2.1)"),
    Parameter("rds.accepted_password_auth_method", "scram", "MD5 is no strong cryptography (8.3.2)"),
    Parameter("password_encryption", "scram-sha-256", "new passwords are stored as SCRAM verifiers (8.3.2)"),
)

AUDIT = (
    Parameter(
        "shared_preload_libraries", "pg_stat_statements,pgaudit", "loads the audit extension (10.2.1)", static=True
    ),
    Parameter("pgaudit.log", "ddl,role,write", "changes of schema, of rights and of data (10.2.1.2, 10.2.1.5)"),
    Parameter(
        "pgaudit.role",
        "rds_pgaudit",
        "what is granted to this role is audited: grant it SELECT on each table of cardholder data (10.2.1.1)",
    ),
    Parameter("log_connections", "1", "who came (10.2.1.1)"),
    Parameter("log_disconnections", "1", "who left, and after how long"),
)

# The log is read by people who may not see card numbers (3.3.1, 3.4.1). Statements are logged with their
# placeholders; the values stay out.
CONFIDENTIALITY = (
    Parameter("pgaudit.log_parameter", "0", "no values of placeholders in the audit log"),
    Parameter("log_parameter_max_length", "0", "no values of placeholders beside slow statements"),
    Parameter("log_parameter_max_length_on_error", "0", "no values of placeholders beside errors"),
    Parameter("log_error_verbosity", "terse", "the DETAIL of a violated constraint would quote the row's values"),
    Parameter(
        "log_statement",
        "none",
        "pgaudit logs the same statements and blanks passwords out; this one would print them",
    ),
)

AVAILABILITY = (
    Parameter("log_min_duration_statement", "1000", "ms; statements slower than that are worth a look"),
    Parameter("log_lock_waits", "1", "says who waited for whom"),
    Parameter("idle_in_transaction_session_timeout", "60000", "ms; a forgotten transaction holds locks, default a day"),
    # 10 + 3 * 5 = 25 s until a vanished client's session is gone, within the failover budget.
    Parameter("tcp_keepalives_idle", "10", "s without traffic until the server asks whether the client is there"),
    Parameter("tcp_keepalives_interval", "5", "s between two such questions"),
    Parameter("tcp_keepalives_count", "3", "unanswered questions until the session is ended"),
)

# The reader to be promoted keeps the writer's pages in memory. Serverless instances ignore it: Aurora user guide,
# "Requirements and limitations for Aurora Serverless v2". It works for exactly one tier-0 reader of the writer's class.
CACHE_MANAGEMENT = Parameter("apg_ccm_enabled", "1", "a promoted reader starts with a warm cache", static=True)


def cluster_parameters(*, cache_management: bool) -> list[aws.rds.ClusterParameterGroupParameterArgs]:
    """The parameters as inputs of a cluster parameter group."""
    parameters = [
        *TRANSPORT,
        *AUDIT,
        *CONFIDENTIALITY,
        *AVAILABILITY,
        *([CACHE_MANAGEMENT] if cache_management else []),
    ]
    return [
        aws.rds.ClusterParameterGroupParameterArgs(
            name=parameter.name,
            value=parameter.value,
            # CloudFormation decides this by itself, in the same way.
            apply_method="pending-reboot" if parameter.static else "immediate",
        )
        for parameter in parameters
    ]
