"""Storage: files that the services share, encrypted, with a mount target in each zone."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.availability import within
from components.encryption import Key
from components.layer import Context, Layer, Scope, document, statement
from components.network import Network

ROOT_PATH = r"(/[a-z0-9][a-z0-9._-]*){1,4}"
"""EFS takes one to four directories."""
PERMISSIONS = r"0[0-7]{3}"
INFREQUENT_ACCESS_DAYS = (1, 7, 14, 30, 60, 90, 180, 270, 365)
CLIENT_ACTIONS = [
    "elasticfilesystem:ClientMount",
    "elasticfilesystem:ClientRootAccess",
    "elasticfilesystem:ClientWrite",
]


@dataclass(frozen=True)
class StorageSpec:
    """Who the services are on the file system, and what they see of it.

    Raises:
        ValueError: a value is not allowed.
    """

    user_id: int = 10001
    group_id: int = 10001
    path: str = "/tap"
    permissions: str = "0750"
    infrequent_access_days: int = 30
    """Files that nobody read for so long move to cheaper storage, and back when they are read."""

    def __post_init__(self) -> None:
        for what, number in (("user_id", self.user_id), ("group_id", self.group_id)):
            within(f"storage, {what}", number, 1, 4_294_967_295, "(0 is root)")
        if not re.fullmatch(ROOT_PATH, self.path):
            raise ValueError(f"storage: path {self.path!r} is not one to four directories below '/', as in '/tap'.")
        if not re.fullmatch(PERMISSIONS, self.permissions):
            raise ValueError(f"storage: permissions {self.permissions!r} are not of the form '0750'.")
        if self.permissions[-1] != "0":
            raise ValueError(
                f"storage: permissions {self.permissions!r} give rights to users other than {self.user_id}:"
                f"{self.group_id}; end them in 0."
            )
        if self.infrequent_access_days not in INFREQUENT_ACCESS_DAYS:
            allowed = ", ".join(map(str, INFREQUENT_ACCESS_DAYS))
            raise ValueError(
                f"storage: infrequent_access_days {self.infrequent_access_days} is not one of {allowed} days."
            )

    @property
    def infrequent_access_rule(self) -> str:
        """In the words of EFS: ``AFTER_30_DAYS``."""
        days = self.infrequent_access_days
        return f"AFTER_{days}_DAY" if days == 1 else f"AFTER_{days}_DAYS"


class Storage(Layer):
    """File system, its policy, mount targets and the access point of the services."""

    file_system_id: pulumi.Output[str]
    file_system_arn: pulumi.Output[str]
    access_point_id: pulumi.Output[str]
    access_point_arn: pulumi.Output[str]
    mount_targets: tuple[aws.efs.MountTarget, ...]
    """What a task that mounts the file system has to depend on, one per zone."""

    def __init__(
        self,
        context: Context,
        *,
        network: Network,
        data_key: Key,
        spec: StorageSpec | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(context, opts)
        self._spec = spec or StorageSpec()
        file_system = self._file_system(data_key)
        self._policy(file_system)
        self._backups(file_system)
        self.mount_targets = self._mount_targets(file_system, network)
        access_point = self._access_point(file_system)

        self.file_system_id = file_system.id
        self.file_system_arn = file_system.arn
        self.access_point_id = access_point.id
        self.access_point_arn = access_point.arn
        self.register_outputs(
            {
                "fileSystemId": self.file_system_id,
                "fileSystemArn": self.file_system_arn,
                "accessPointId": self.access_point_id,
                "accessPointArn": self.access_point_arn,
            }
        )

    def _file_system(self, data_key: Key) -> aws.efs.FileSystem:
        """File system under the data key; what a task has synced or closed, several zones hold."""
        n = self.named("efs", "shared")
        return aws.efs.FileSystem(
            n.logical,
            encrypted=True,
            kms_key_id=data_key.arn,
            performance_mode="generalPurpose",
            throughput_mode="elastic",
            lifecycle_policies=[
                aws.efs.FileSystemLifecyclePolicyArgs(transition_to_ia=self._spec.infrequent_access_rule),
                aws.efs.FileSystemLifecyclePolicyArgs(transition_to_primary_storage_class="AFTER_1_ACCESS"),
            ],
            tags=self.tags(n, Scope.CARDHOLDER_DATA),
            opts=self.child(),
        )

    def _policy(self, file_system: aws.efs.FileSystem) -> None:
        """Only with TLS, only through a mount target, only with an IAM identity of this account, never as root.

        The mere existence of a policy ends anonymous access: it replaces the default one, which lets everybody in.
        Without "Resource" each statement means this file system.
        """
        aws.efs.FileSystemPolicy(
            self.named("efs", "shared-policy").logical,
            file_system_id=file_system.id,
            policy=document(
                statement(
                    "AllowOwnAccount",
                    principal={"AWS": self.context.account_root()},
                    actions=["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
                    conditions={"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}},
                ),
                statement(
                    "DenyPlainTransport",
                    effect="Deny",
                    principal={"AWS": "*"},
                    actions=CLIENT_ACTIONS,
                    conditions={"Bool": {"aws:SecureTransport": "false"}},
                ),
                statement(
                    "DenyOtherWays",
                    effect="Deny",
                    principal={"AWS": "*"},
                    actions=CLIENT_ACTIONS,
                    conditions={"Bool": {"elasticfilesystem:AccessedViaMountTarget": "false"}},
                ),
                statement(
                    "DenyRoot",
                    effect="Deny",
                    principal={"AWS": "*"},
                    actions=["elasticfilesystem:ClientRootAccess"],
                ),
            ),
            opts=self.child(),
        )

    def _backups(self, file_system: aws.efs.FileSystem) -> None:
        """Daily backups by AWS Backup (PCI DSS v4.0.1, 10.3.3).

        AWS Backup keeps each for 35 days, also after the file system is deleted.
        """
        aws.efs.BackupPolicy(
            self.named("efs", "shared-backups").logical,
            file_system_id=file_system.id,
            backup_policy=aws.efs.BackupPolicyBackupPolicyArgs(status="ENABLED"),
            opts=self.child(),
        )

    def _mount_targets(self, file_system: aws.efs.FileSystem, network: Network) -> tuple[aws.efs.MountTarget, ...]:
        """A mount target in the data subnet of each zone, so that no task depends on another zone."""
        return tuple(
            aws.efs.MountTarget(
                self.named("mount", f"shared-{number}").logical,
                file_system_id=file_system.id,
                subnet_id=subnet_id,
                security_groups=[network.security_groups.storage],
                opts=self.child(),
            )
            for number, subnet_id in enumerate(network.data_subnet_ids, start=1)
        )

    def _access_point(self, file_system: aws.efs.FileSystem) -> aws.efs.AccessPoint:
        """The services' way in: one directory, as one user who is not root, whoever the container runs as."""
        n = self.named("access-point", "shared")
        return aws.efs.AccessPoint(
            n.logical,
            file_system_id=file_system.id,
            posix_user=aws.efs.AccessPointPosixUserArgs(uid=self._spec.user_id, gid=self._spec.group_id),
            root_directory=aws.efs.AccessPointRootDirectoryArgs(
                path=self._spec.path,
                creation_info=aws.efs.AccessPointRootDirectoryCreationInfoArgs(
                    owner_uid=self._spec.user_id,
                    owner_gid=self._spec.group_id,
                    permissions=self._spec.permissions,
                ),
            ),
            tags=self.tags(n, Scope.CARDHOLDER_DATA),
            opts=self.child(),
        )
