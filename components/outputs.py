"""What the stack tells the outside: whatever a client or an operator has to know, each with a line about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components.secrets import API_CLIENT, SESSION_SIGNING

if TYPE_CHECKING:
    from components.api import Api
    from components.tap_stack import TapStack


@dataclass(frozen=True)
class Output:
    """One output of the stack."""

    value: pulumi.Input[object]
    description: str


def outputs(stack: TapStack) -> dict[str, Output]:
    """All outputs by name. Lists are joined by commas, since an output of CloudFormation is one text."""
    network, database, cache, processing, api = stack.network, stack.database, stack.cache, stack.processing, stack.api
    return {
        # For clients.
        "apiUrl": Output(api.url, "Address of the API, with its version"),
        "apiId": Output(api.rest_api_id, "REST API"),
        "apiStageName": Output(api.stage_name, "Stage of the REST API"),
        "apiUsagePlanId": Output(api.usage_plan_id, "Usage plan that clients' API keys belong to"),
        "apiClientKeyId": Output(api.client_key_id, "API key of the standard client; its value is read with this id"),
        **_domain(api),
        # The network, for what is deployed beside the platform.
        "vpcId": Output(network.vpc_id, "VPC of the cardholder data environment"),
        "vpcCidr": Output(network.vpc_cidr, "Address range of the VPC"),
        "publicSubnetIds": Output(_joined(network.public_subnet_ids), "Subnets of the NAT gateways, one per zone"),
        "appSubnetIds": Output(_joined(network.app_subnet_ids), "Subnets of load balancer and tasks, one per zone"),
        "dataSubnetIds": Output(_joined(network.data_subnet_ids), "Subnets of the data stores, one per zone"),
        # Services.
        "clusterName": Output(processing.cluster_name, "Name of the services' ECS cluster"),
        "clusterArn": Output(processing.cluster_arn, "ARN of the services' ECS cluster"),
        "apiServiceName": Output(processing.api_service_name, "ECS service of the API"),
        "stageServiceNames": Output(
            _joined(service.service_name for service in processing.stage_services), "ECS services in stage order"
        ),
        "loadBalancerDnsName": Output(processing.load_balancer_dns_name, "Internal address of the API service"),
        "loadBalancerArn": Output(processing.load_balancer_arn, "Internal load balancer of the API service"),
        "webAclArn": Output(api.web_acl_arn, "Firewall in front of the API"),
        # The pipeline.
        **_stages(stack),
        # Data.
        "databaseClusterIdentifier": Output(database.cluster_identifier, "Name of the Aurora cluster"),
        "databaseClusterArn": Output(database.cluster_arn, "ARN of the Aurora cluster"),
        "databaseName": Output(database.database_name, "Database in the cluster"),
        "databaseProxyEndpoint": Output(database.proxy_endpoint, "Where services reach the writer"),
        "databaseProxyReaderEndpoint": Output(database.proxy_reader_endpoint, "Where services reach the readers"),
        "databaseWriterEndpoint": Output(database.writer_endpoint, "Writer itself; only the proxy may connect to it"),
        "databaseReaderEndpoint": Output(database.reader_endpoint, "Readers themselves; only the proxy may connect"),
        "cacheEndpoint": Output(cache.endpoint, "Configuration endpoint of the session cache"),
        "fileSystemId": Output(stack.storage.file_system_id, "File system that the tasks share"),
        "accessPointId": Output(stack.storage.access_point_id, "How tasks mount the file system"),
        # Secrets and keys.
        "databaseSecretArn": Output(database.master_secret_arn, "Secret of the database's administrator, kept by RDS"),
        "apiClientSecretArn": Output(stack.secrets.secrets[API_CLIENT].arn, "Credential for the card networks"),
        "sessionSigningSecretArn": Output(stack.secrets.secrets[SESSION_SIGNING].arn, "Key that signs sessions"),
        "dataKeyArn": Output(stack.encryption.data.arn, "KMS key of database, cache, files and task storage"),
        "streamsKeyArn": Output(stack.encryption.streams.arn, "KMS key of streams, queues and lease tables"),
        "secretsKeyArn": Output(stack.encryption.secrets.arn, "KMS key of secrets"),
        "logsKeyArn": Output(stack.encryption.logs.arn, "KMS key of logs, audit trail and alarms"),
        # Logs, audit and alarms.
        "trailArn": Output(stack.audit.trail_arn, "Audit trail"),
        "auditBucketName": Output(stack.audit.audit_bucket_name, "Bucket of the audit trail"),
        "accessLogBucketName": Output(stack.audit.access_log_bucket, "Bucket of load balancer and bucket access logs"),
        "trailLogGroupName": Output(stack.audit.trail_log_group_name, "Log group of the audit trail"),
        "flowLogGroupName": Output(network.flow_log_group_name, "Log group of the network's flow log"),
        "apiLogGroupName": Output(api.access_log_group_name, "Log group of requests to the API"),
        "apiExecutionLogGroupName": Output(api.execution_log_group_name, "Log group of what API Gateway did with them"),
        "firewallLogGroupName": Output(api.firewall_log_group_name, "Log group of requests that the firewall judged"),
        "serviceLogGroupNames": Output(_joined(processing.log_group_names), "Log groups of cluster and services"),
        "databaseLogGroupNames": Output(_joined(database.log_group_names), "Log groups of database and proxy"),
        "cacheLogGroupNames": Output(_joined(cache.log_group_names), "Log groups of the cache"),
        "rotationLogGroupName": Output(stack.secrets.log_group_name, "Log group of the function that rotates secrets"),
        "alarmTopicArn": Output(stack.audit.alarm_topic_arn, "Topic that every alarm goes to"),
        "dashboardUrl": Output(stack.monitoring.dashboard_url, "Dashboard along a transaction's way"),
    }


def _domain(api: Api) -> dict[str, Output]:
    """Nothing without a domain of one's own."""
    if api.domain_target is None:
        return {}
    return {"apiDomainTarget": Output(api.domain_target, "What the DNS record of the API's own domain points to")}


def _stages(stack: TapStack) -> dict[str, Output]:
    found = {}
    for stage in stack.streaming.stages:
        name, reads = stage.name, f"of the stream that stage {stage.name} reads"
        found[f"{name}StreamName"] = Output(stage.stream_name, f"Name {reads}")
        found[f"{name}StreamArn"] = Output(stage.stream_arn, f"ARN {reads}")
        found[f"{name}DeadLetterQueueUrl"] = Output(
            stage.dead_letter_queue_url, f"Queue of records that stage {name} could not process"
        )
    return found


def _joined(values: Iterable[pulumi.Input[str]]) -> pulumi.Output[str]:
    """One text of several, with commas between."""
    return pulumi.Output.all(*values).apply(",".join)
