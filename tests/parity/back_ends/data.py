"""Keys, and what holds data under them."""

from __future__ import annotations

import re
from typing import Any

from . import Account, Check, Facts, Program, document, tag_map


def _keys_asked(program: Program) -> Facts:
    return {
        item["tags"]["Name"]: (item["enableKeyRotation"], item["description"], document(item["policy"]), item["tags"])
        for item in program.of("kms/key:Key")
    }


def _keys_found(account: Account) -> Facts:
    found = {}
    for key in account.raw("kms", "list_keys")["Keys"]:
        identity = {"KeyId": key["KeyId"]}
        metadata = account.raw("kms", "describe_key", **identity)["KeyMetadata"]
        if metadata["KeyManager"] != "CUSTOMER":
            continue
        tags = tag_map(account.raw("kms", "list_resource_tags", **identity)["Tags"])
        found[tags["Name"]] = (
            account.raw("kms", "get_key_rotation_status", **identity)["KeyRotationEnabled"],
            metadata["Description"],
            document(account.ask("kms", "get_key_policy", PolicyName="default", **identity)["Policy"]),
            tags,
        )
    return found


def _aliases_asked(program: Program) -> Facts:
    return {item["name"]: item["targetKeyId"] for item in program.of("kms/alias:Alias")}


def _aliases_found(account: Account) -> Facts:
    aliases = account.ask("kms", "list_aliases")["Aliases"]
    return {item["AliasName"]: item["TargetKeyId"] for item in aliases if "/aws/" not in item["AliasName"]}


def _streams_asked(program: Program) -> Facts:
    return {
        item["name"]: (
            item["retentionPeriod"],
            item["streamModeDetails"]["streamMode"],
            item["encryptionType"],
            item["kmsKeyId"],
            item["tags"],
        )
        for item in program.of("kinesis/stream:Stream")
    }


def _streams_found(account: Account) -> Facts:
    found = {}
    for name in account.raw("kinesis", "list_streams")["StreamNames"]:
        stream = account.ask("kinesis", "describe_stream_summary", StreamName=name)["StreamDescriptionSummary"]
        found[name] = (
            stream["RetentionPeriodHours"],
            stream["StreamModeDetails"]["StreamMode"],
            stream["EncryptionType"],
            stream["KeyId"],
            tag_map(account.raw("kinesis", "list_tags_for_stream", StreamName=name)["Tags"]),
        )
    return found


def _queues_asked(program: Program) -> Facts:
    policies = {item["queueUrl"]: document(item["policy"]) for item in program.of("sqs/queuePolicy:QueuePolicy")}
    return {
        item["name"]: (
            item["kmsMasterKeyId"],
            item["kmsDataKeyReusePeriodSeconds"],
            item["messageRetentionSeconds"],
            item["receiveWaitTimeSeconds"],
            item["visibilityTimeoutSeconds"],
            item["maxMessageSize"],
            policies[program.id_of("sqs/queue:Queue", "name", item["name"])],
            item["tags"],
        )
        for item in program.of("sqs/queue:Queue")
    }


def _queues_found(account: Account) -> Facts:
    found = {}
    for url in account.raw("sqs", "list_queues")["QueueUrls"]:
        attributes = account.ask("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=["All"])["Attributes"]
        numbers = (
            "KmsDataKeyReusePeriodSeconds",
            "MessageRetentionPeriod",
            "ReceiveMessageWaitTimeSeconds",
            "VisibilityTimeout",
            "MaximumMessageSize",
        )
        found[url.rpartition("/")[2]] = (
            attributes["KmsMasterKeyId"],
            *(int(attributes[name]) for name in numbers),
            document(attributes["Policy"]),
            account.raw("sqs", "list_queue_tags", QueueUrl=url)["Tags"],
        )
    return found


def _topics_asked(program: Program) -> Facts:
    policies = {item["arn"]: document(item["policy"]) for item in program.of("sns/topicPolicy:TopicPolicy")}
    subscriptions = [
        (item["topic"], item["protocol"], item["endpoint"])
        for item in program.of("sns/topicSubscription:TopicSubscription")
    ]
    return {
        arn: (
            item["kmsMasterKeyId"],
            policies[arn],
            [other[1:] for other in subscriptions if other[0] == arn],
            item["tags"],
        )
        for item in program.of("sns/topic:Topic")
        for arn in [program.id_of("sns/topic:Topic", "name", item["name"])]
    }


def _topics_found(account: Account) -> Facts:
    found = {}
    for topic in account.raw("sns", "list_topics")["Topics"]:
        arn = topic["TopicArn"]
        attributes = account.ask("sns", "get_topic_attributes", TopicArn=arn)["Attributes"]
        subscriptions = account.raw("sns", "list_subscriptions_by_topic", TopicArn=arn)["Subscriptions"]
        found[arn] = (
            attributes["KmsMasterKeyId"],
            document(attributes["Policy"]),
            [(item["Protocol"], item["Endpoint"]) for item in subscriptions],
            tag_map(account.raw("sns", "list_tags_for_resource", ResourceArn=arn)["Tags"]),
        )
    return found


def _tables_asked(program: Program) -> Facts:
    return {
        item["name"]: (
            item["billingMode"],
            item["hashKey"],
            sorted((attribute["name"], attribute["type"]) for attribute in item["attributes"]),
            sorted(index["name"] for index in item.get("globalSecondaryIndexes", [])),
            item["pointInTimeRecovery"]["enabled"],
            item["serverSideEncryption"]["kmsKeyArn"],
            item["deletionProtectionEnabled"],
            item["tags"],
        )
        for item in program.of("dynamodb/table:Table")
    }


def _tables_found(account: Account) -> Facts:
    found = {}
    for name in account.raw("dynamodb", "list_tables")["TableNames"]:
        table = account.ask("dynamodb", "describe_table", TableName=name)["Table"]
        backups = account.raw("dynamodb", "describe_continuous_backups", TableName=name)
        recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        found[name] = (
            table["BillingModeSummary"]["BillingMode"],
            next(key["AttributeName"] for key in table["KeySchema"] if key["KeyType"] == "HASH"),
            sorted((item["AttributeName"], item["AttributeType"]) for item in table["AttributeDefinitions"]),
            sorted(index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])),
            recovery["PointInTimeRecoveryStatus"] == "ENABLED",
            table["SSEDescription"]["KMSMasterKeyArn"],
            table["DeletionProtectionEnabled"],
            tag_map(account.raw("dynamodb", "list_tags_of_resource", ResourceArn=table["TableArn"])["Tags"]),
        )
    return found


def _files_asked(program: Program) -> Facts:
    (system,) = program.of("efs/fileSystem:FileSystem")
    (point,) = program.of("efs/accessPoint:AccessPoint")
    (policy,) = program.of("efs/fileSystemPolicy:FileSystemPolicy")
    (backups,) = program.of("efs/backupPolicy:BackupPolicy")
    targets = program.of("efs/mountTarget:MountTarget")
    return {
        "file system": (system["encrypted"], system["kmsKeyId"], system["performanceMode"], system["throughputMode"]),
        "policy": document(policy["policy"]),
        "backups": backups["backupPolicy"]["status"],
        "access point": (
            point["posixUser"]["uid"],
            point["posixUser"]["gid"],
            point["rootDirectory"]["path"],
            point["rootDirectory"]["creationInfo"]["permissions"],
        ),
        "mount targets": sorted((item["subnetId"], item["securityGroups"]) for item in targets),
    }


def _files_found(account: Account) -> Facts:
    (raw,) = account.raw("efs", "describe_file_systems")["FileSystems"]
    identity = {"FileSystemId": raw["FileSystemId"]}
    (system,) = account.ask("efs", "describe_file_systems")["FileSystems"]
    (point,) = account.ask("efs", "describe_access_points")["AccessPoints"]
    targets = account.raw("efs", "describe_mount_targets", **identity)["MountTargets"]
    return {
        "file system": (system["Encrypted"], system["KmsKeyId"], system["PerformanceMode"], system["ThroughputMode"]),
        "policy": document(account.ask("efs", "describe_file_system_policy", **identity)["Policy"]),
        "backups": account.raw("efs", "describe_backup_policy", **identity)["BackupPolicy"]["Status"],
        "access point": (
            point["PosixUser"]["Uid"],
            point["PosixUser"]["Gid"],
            point["RootDirectory"]["Path"],
            point["RootDirectory"]["CreationInfo"]["Permissions"],
        ),
        "mount targets": sorted(
            (
                account.rewrite(item["SubnetId"]),
                account.ask("efs", "describe_mount_target_security_groups", MountTargetId=item["MountTargetId"])[
                    "SecurityGroups"
                ],
            )
            for item in targets
        ),
    }


def _secrets_asked(program: Program) -> Facts:
    return {
        item["name"]: (item["kmsKeyId"], item["description"], item["tags"])
        for item in program.of("secretsmanager/secret:Secret")
    }


def _secrets_found(account: Account) -> Facts:
    secrets = account.ask("secretsmanager", "list_secrets")["SecretList"]
    return {item["Name"]: (item["KmsKeyId"], item["Description"], tag_map(item["Tags"])) for item in secrets}


def _buckets_asked(program: Program) -> Facts:
    def part(kind: str) -> dict[str, Any]:
        return {item["bucket"]: item for item in program.of(f"s3/{kind[0].lower()}{kind[1:]}:{kind}")}

    versioning, public = part("BucketVersioning"), part("BucketPublicAccessBlock")
    encryption, lifecycle = part("BucketServerSideEncryptionConfiguration"), part("BucketLifecycleConfiguration")
    ownership, logging, policy = part("BucketOwnershipControls"), part("BucketLogging"), part("BucketPolicy")
    found = {}
    for item in program.of("s3/bucket:Bucket"):
        name = item["bucket"]
        default = encryption[name]["rules"][0]["applyServerSideEncryptionByDefault"]
        block = public[name]
        rules = {rule["id"]: rule for rule in lifecycle[name]["rules"]}
        found[name] = {
            "versioning": versioning[name]["versioningConfiguration"]["status"],
            "encryption": (default["sseAlgorithm"], default.get("kmsMasterKeyId")),
            "public": (
                block["blockPublicAcls"],
                block["blockPublicPolicy"],
                block["ignorePublicAcls"],
                block["restrictPublicBuckets"],
            ),
            "ownership": ownership[name]["rule"]["objectOwnership"],
            "days": {key: rule.get("expiration", {}).get("days") for key, rule in rules.items()},
            "logging": (logging[name]["targetBucket"], logging[name]["targetPrefix"]) if name in logging else None,
            "policy": document(policy[name]["policy"]),
            "tags": item["tags"],
        }
    return found


def _buckets_found(account: Account) -> Facts:
    found = {}
    for bucket in account.raw("s3", "list_buckets")["Buckets"]:
        name = bucket["Name"]
        if name.startswith("emulator-"):
            continue

        def ask(operation: str, bucket: str = name) -> Any:
            return account.ask("s3", operation, Bucket=bucket)

        rule = ask("get_bucket_encryption")["ServerSideEncryptionConfiguration"]["Rules"][0]
        default = rule["ApplyServerSideEncryptionByDefault"]
        block = ask("get_public_access_block")["PublicAccessBlockConfiguration"]
        logging = ask("get_bucket_logging").get("LoggingEnabled")
        rules = ask("get_bucket_lifecycle_configuration")["Rules"]
        found[name] = {
            "versioning": ask("get_bucket_versioning")["Status"],
            "encryption": (default["SSEAlgorithm"], default.get("KMSMasterKeyID")),
            "public": (
                block["BlockPublicAcls"],
                block["BlockPublicPolicy"],
                block["IgnorePublicAcls"],
                block["RestrictPublicBuckets"],
            ),
            "ownership": ask("get_bucket_ownership_controls")["OwnershipControls"]["Rules"][0]["ObjectOwnership"],
            "days": {item["ID"]: item.get("Expiration", {}).get("Days") for item in rules},
            "logging": (logging["TargetBucket"], logging["TargetPrefix"]) if logging else None,
            "policy": document(ask("get_bucket_policy")["Policy"]),
            "tags": tag_map(ask("get_bucket_tagging")["TagSet"]),
        }
    return found


def _log_groups_asked(program: Program) -> Facts:
    return {
        item["name"]: (item["retentionInDays"], item["kmsKeyId"]) for item in program.of("cloudwatch/logGroup:LogGroup")
    }


def _log_groups_found(account: Account) -> Facts:
    return {
        item["logGroupName"]: (item["retentionInDays"], item["kmsKeyId"])
        for item in account.ask("logs", "describe_log_groups")["logGroups"]
        # Those of the custom resources' functions, which only a template needs.
        if not re.search("/lambda-(empty-buckets|close-default-groups)-", item["logGroupName"])
    }


def _metric_filters_asked(program: Program) -> Facts:
    return {
        item["name"]: (
            item["logGroupName"],
            item["pattern"],
            item["metricTransformation"]["name"],
            item["metricTransformation"]["namespace"],
            item["metricTransformation"]["value"],
        )
        for item in program.of("cloudwatch/logMetricFilter:LogMetricFilter")
    }


def _metric_filters_found(account: Account) -> Facts:
    return {
        item["filterName"]: (
            item["logGroupName"],
            item["filterPattern"],
            item["metricTransformations"][0]["metricName"],
            item["metricTransformations"][0]["metricNamespace"],
            item["metricTransformations"][0]["metricValue"],
        )
        for item in account.ask("logs", "describe_metric_filters")["metricFilters"]
    }


CHECKS = (
    Check("keys", "kms", _keys_asked, _keys_found),
    Check("key aliases", "kms", _aliases_asked, _aliases_found),
    Check("streams", "kinesis", _streams_asked, _streams_found),
    Check("queues", "sqs", _queues_asked, _queues_found),
    Check("topics", "sns", _topics_asked, _topics_found),
    Check("tables", "dynamodb", _tables_asked, _tables_found),
    Check("shared files", "efs", _files_asked, _files_found),
    Check("secrets", "secretsmanager", _secrets_asked, _secrets_found),
    Check("buckets", "s3", _buckets_asked, _buckets_found),
    Check("log groups", "logs", _log_groups_asked, _log_groups_found),
    Check("metric filters", "logs", _metric_filters_asked, _metric_filters_found),
)
