"""Storage: encryption, one way in, and who may come that way."""

from __future__ import annotations

from typing import Any

import pytest

from components.layer import Context
from components.storage import Storage, StorageSpec
from tests.components.conftest import Record
from tests.components.support import key, network, of_type, only, statements


def build(context: Context, **options: Any) -> Storage:
    return Storage(context, network=network(), data_key=key("data"), **options)


def test_files_are_encrypted_under_the_data_key(record: Record) -> None:
    """The file system is encrypted with our key."""
    file_system = only(record(build), "FileSystem").inputs

    assert file_system["encrypted"] is True
    assert file_system["kmsKeyId"] == "arn:kms:data"


def test_each_zone_has_a_mount_target_in_its_data_subnet(record: Record) -> None:
    """One mount target per data subnet, behind the storage security group."""
    targets = of_type(record(build), "MountTarget")

    assert [target.inputs["subnetId"] for target in targets] == ["data-a", "data-b", "data-c"]
    assert {tuple(target.inputs["securityGroups"]) for target in targets} == {("sg-storage",)}


def test_policy_lets_in_only_this_account_through_a_mount_target(record: Record) -> None:
    """The one Allow names this account, so nobody without an IAM identity comes in, and does not give root access."""
    found = statements(only(record(build), "FileSystemPolicy"))

    (allowed,) = [s for s in found.values() if s["Effect"] == "Allow"]
    assert allowed["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    assert "elasticfilesystem:ClientRootAccess" not in allowed["Action"]
    assert allowed["Condition"]["Bool"] == {"elasticfilesystem:AccessedViaMountTarget": "true"}


def test_policy_denies_plain_transport_and_root(record: Record) -> None:
    """Mounting without TLS, around the mount targets, or as root is denied to everybody."""
    found = statements(only(record(build), "FileSystemPolicy"))

    plain, around, root = found["DenyPlainTransport"], found["DenyOtherWays"], found["DenyRoot"]
    assert plain["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert around["Condition"] == {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "false"}}
    assert "Condition" not in root
    for denied in (plain, around, root):
        assert denied["Effect"] == "Deny"
        assert denied["Principal"] == {"AWS": "*"}
        assert "elasticfilesystem:ClientRootAccess" in denied["Action"]
    assert "elasticfilesystem:ClientMount" in plain["Action"]


def test_policy_does_not_name_its_file_system(record: Record) -> None:
    """In a template the policy is part of the file system, which cannot refer to itself."""
    assert all("Resource" not in s for s in statements(only(record(build), "FileSystemPolicy")).values())


def test_access_point_enforces_a_user_and_a_directory(record: Record) -> None:
    """Whoever a container runs as: on the file system it is the one user, in the one directory that this user owns."""
    point = only(record(build), "AccessPoint").inputs

    assert point["posixUser"]["uid"] != 0
    assert point["rootDirectory"]["path"] == "/tap"
    created = point["rootDirectory"]["creationInfo"]
    assert (created["ownerUid"], created["ownerGid"]) == (point["posixUser"]["uid"], point["posixUser"]["gid"])


def test_backups_are_on(record: Record) -> None:
    """AWS Backup keeps copies of the files."""
    assert only(record(build), "BackupPolicy").inputs["backupPolicy"] == {"status": "ENABLED"}


def test_mount_targets_are_offered_to_those_who_wait(record: Record) -> None:
    """A task that mounts the file system can depend on the mount target of each zone."""
    counts: list[int] = []

    record(lambda context: counts.append(len(build(context).mount_targets)))

    assert counts == [3]


@pytest.mark.parametrize(("days", "rule"), [(1, "AFTER_1_DAY"), (30, "AFTER_30_DAYS")])
def test_infrequent_access_is_said_in_the_words_of_efs(days: int, rule: str) -> None:
    """EFS names the rule by its days, in the singular for one."""
    assert StorageSpec(infrequent_access_days=days).infrequent_access_rule == rule


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"user_id": 0}, "user_id: 0 is not allowed"),
        ({"group_id": 0}, "group_id: 0 is not allowed"),
        ({"path": "/"}, "path '/' is not one to four directories"),
        ({"path": "/a/b/c/d/e"}, "path '/a/b/c/d/e' is not one to four directories"),
        ({"permissions": "750"}, "permissions '750' are not of the form"),
        ({"permissions": "0755"}, "permissions '0755' give rights to users other than 10001:10001"),
        ({"infrequent_access_days": 8}, "infrequent_access_days 8 is not one of 1, 7, 14"),
    ],
)
def test_contradictory_spec_is_refused(values: dict[str, Any], message: str) -> None:
    """Root, the whole file system, or rights for everybody are refused, naming the value."""
    with pytest.raises(ValueError, match=message):
        StorageSpec(**values)
