"""Controls that a rule over this stack's resources cannot judge, and where each is handled instead."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    ACCOUNT = "belongs to the account, not to a stack"
    RUNNING = "shows at run time only"
    APPLICATION = "is the application's"
    ELSEWHERE = "is made outside of this stack"
    DECIDED = "decided otherwise"
    UNUSED = "the platform has no such resource"


@dataclass(frozen=True)
class Absence:
    """A control without a rule."""

    control: int
    requirements: tuple[str, ...]
    reason: Reason
    instead: str
    """Where it is handled, or what speaks against it."""


ABSENCES = (
    Absence(
        17,
        ("1.4.1", "1.4.4"),
        Reason.ACCOUNT,
        "VPC Block Public Access is one switch for all VPCs of a Region; the landing zone sets it. Here "
        "routes and security groups are judged.",
    ),
    Absence(
        25,
        ("2.2.6",),
        Reason.DECIDED,
        "Everything has to be destroyable (no-deletion-protection). Who may delete is ruled by IAM, and "
        "deletions are recorded in the trail.",
    ),
    Absence(
        55,
        ("8.2.6", "7.2.4"),
        Reason.RUNNING,
        "Secrets Manager reports when a secret was last read; review it every three months.",
    ),
    Absence(
        59,
        ("3.5.1.1", "3.5.1.2"),
        Reason.APPLICATION,
        "The API takes tokens, never card numbers; its request schema refuses them (api-models-closed). Keys "
        "for field encryption have the task roles.",
    ),
    Absence(
        71,
        ("2.2.6",),
        Reason.DECIDED,
        "Everything has to be destroyable; point-in-time recovery covers 35 days while the cluster exists "
        "(database-backups-kept).",
    ),
    Absence(
        72,
        ("2.2.6",),
        Reason.DECIDED,
        "Another port hides nothing from whoever is let in; security groups let in the proxy alone.",
    ),
    Absence(
        74,
        ("3.5.1", "10.3.2"),
        Reason.RUNNING,
        "Snapshots take over the encryption of their cluster (database-encrypted); AWS Config watches whether"
        " one is shared.",
    ),
    Absence(
        108,
        ("6.3.1", "6.2.3", "11.3.1"),
        Reason.ELSEWHERE,
        "Images come by setting from a registry that the delivery pipeline owns; Inspector scans there.",
    ),
    Absence(
        110,
        ("3.6.1.2", "10.5.1", "7.2.1"),
        Reason.ELSEWHERE,
        "The registry belongs to the delivery pipeline.",
    ),
    Absence(
        116,
        ("10.5.1", "10.3.4"),
        Reason.DECIDED,
        "A locked bucket cannot be destroyed. Versions are kept (bucket-versioned), changes are provable "
        "(trail-validated) and alarmed, and no workload may delete.",
    ),
    Absence(
        122,
        ("10.3.3",),
        Reason.ELSEWHERE,
        "A copy in another account needs that account; the organisation's log archive subscribes to the trail.",
    ),
    Absence(
        123,
        ("11.5.2", "10.3.2"),
        Reason.DECIDED,
        "Reading and writing of audit objects is recorded as data events (trail-object-events); MFA delete "
        "needs the root user.",
    ),
    Absence(
        137,
        ("11.5.1",),
        Reason.ACCOUNT,
        "One detector per account and Region, switched on by the landing zone; whether it is switched off is "
        "noticed here (control-failures-noticed).",
    ),
    Absence(
        138,
        ("11.5.2", "10.2.1"),
        Reason.ACCOUNT,
        "One recorder per account and Region, by the landing zone; stopping it is noticed here.",
    ),
    Absence(
        139,
        ("10.4.1", "11.3.1"),
        Reason.ACCOUNT,
        "Switched on by the landing zone, with the PCI DSS v4.0.1 standard.",
    ),
    Absence(
        140,
        ("11.3.1", "6.3.1"),
        Reason.ACCOUNT,
        "Switched on by the landing zone for container images and functions.",
    ),
    Absence(
        141,
        ("3.2.1",),
        Reason.ACCOUNT,
        "Switched on by the landing zone; no bucket of this stack is meant to hold card data.",
    ),
    Absence(
        142,
        ("10.4.2",),
        Reason.ACCOUNT,
        "Resolver query logs are set once for the VPCs of an account; the platform has no DNS zone.",
    ),
    Absence(
        143,
        ("10.3.1",),
        Reason.UNUSED,
        "Events use the account's default bus.",
    ),
    Absence(
        145,
        ("3.5.1", "10.3.3"),
        Reason.ACCOUNT,
        "EFS backups go to the account's default vault, which the landing zone encrypts and locks.",
    ),
    Absence(
        155,
        ("8.3.6", "8.3.7", "8.3.9", "8.6.3"),
        Reason.ACCOUNT,
        "There are no users here (iam-no-users); people sign in by single sign-on, which holds the password policy.",
    ),
    Absence(
        156,
        ("12.10.3",),
        Reason.ACCOUNT,
        "The incident role is the organisation's.",
    ),
    Absence(
        160,
        ("10.5.1", "2.2.6"),
        Reason.DECIDED,
        "Everything has to be destroyable (nothing-retained). A production stack is guarded by "
        "CloudFormation's termination protection, which is set on the stack.",
    ),
)
