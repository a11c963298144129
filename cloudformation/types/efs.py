"""Amazon Elastic File System."""

from .model import Drop, Folded, GetAtt, Ref, ResourceType, To

TYPES = (
    ResourceType(
        "aws:efs/fileSystem:FileSystem",
        "AWS::EFS::FileSystem",
        properties={
            "creationToken": Drop("CloudFormation makes its own token against creating twice"),
            "protection": To("FileSystemProtection"),
        },
        attributes={"id": Ref(), "arn": GetAtt("Arn")},
        stateful=True,
        short=("efs",),
    ),
    ResourceType(
        "aws:efs/mountTarget:MountTarget", "AWS::EFS::MountTarget", attributes={"id": Ref()}, short=("mount",)
    ),
    ResourceType(
        "aws:efs/accessPoint:AccessPoint",
        "AWS::EFS::AccessPoint",
        properties={
            "rootDirectory.creationInfo.ownerGid": To("OwnerGid"),
            "rootDirectory.creationInfo.ownerUid": To("OwnerUid"),
        },
        attributes={"id": Ref(), "arn": GetAtt("Arn")},
    ),
    Folded(
        "aws:efs/fileSystemPolicy:FileSystemPolicy",
        parent="fileSystemId",
        into="aws:efs/fileSystem:FileSystem",
        properties={"policy": To("FileSystemPolicy")},
        reason="a file system holds its own policy",
    ),
    Folded(
        "aws:efs/backupPolicy:BackupPolicy",
        parent="fileSystemId",
        into="aws:efs/fileSystem:FileSystem",
        reason="a file system holds its own backup policy",
    ),
)
