"""Keys, certificates, protocols and cipher suites (PCI DSS v4.0.1, 3.6.1.1, 3.7.4, 4.2.1.1, 12.3.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cloudformation.graph import Resource, leaves, references

from .platform import Platform, at, items, literal, names, shown, statements, words

KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
LISTENER = "aws:lb/listener:Listener"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"

NOT_STATED = "not stated in the template"
"""Said where the template does not say it; it may be AWS's default."""


@dataclass(frozen=True)
class Key:
    """One customer-managed KMS key."""

    urn: str
    name: str
    alias: str
    domain: str
    """What it protects, in the words of its description."""
    rotated: bool
    rotation_days: int | None
    deletion_window_days: int | None
    services: tuple[str, ...]
    """AWS services that the key policy lets use it: service principals, and services that callers come through."""
    encrypts: tuple[str, ...]
    """Resources whose data it encrypts."""
    granted_to: tuple[str, ...]
    """Role policies that allow its use."""


@dataclass(frozen=True)
class Certificate:
    """One certificate that the platform presents or trusts."""

    urn: str
    name: str
    kind: str
    identity: str
    """What names it: a parameter, an authority, or the resource itself."""
    used_by: tuple[str, ...]
    renewal: str


@dataclass(frozen=True)
class Protocol:
    """One place where traffic is encrypted, or required to be."""

    urn: str
    name: str
    where: str
    policy: str
    """Name of AWS's security policy (its cipher suites), or the setting that requires encryption."""
    minimum: str
    """Oldest protocol version accepted, or :data:`NOT_STATED`."""


def keys(platform: Platform) -> Iterator[Key]:
    """Every customer-managed key."""
    for key in platform.of(KEY):
        aliases = platform.users(key, ALIAS)
        period = literal(key, "rotationPeriodInDays")
        window = literal(key, "deletionWindowInDays")
        yield Key(
            urn=key.urn,
            name=key.name,
            alias=shown(at(aliases[0], "name")) if aliases else "",
            domain=shown(at(key, "description")),
            rotated=literal(key, "enableKeyRotation") is True,
            rotation_days=int(period) if isinstance(period, int | float) else None,
            deletion_window_days=int(window) if isinstance(window, int | float) else None,
            services=tuple(sorted({_service(principal) for principal in _key_services(key)})),
            encrypts=names(user for user in platform.users(key) if _encrypted_with(user, key)),
            granted_to=names(user for user in platform.users(key) if user.type == ROLE_POLICY),
        )


def _encrypted_with(user: Resource, key: Resource) -> bool:
    """Whether an input that takes a KMS key names this one."""
    return any(
        key.urn in references(value) and any("kms" in str(step).lower() for step in path)
        for name, given in user.inputs.items()
        if user.type not in (ALIAS, ROLE_POLICY)
        for path, value in leaves(given, (name,))
    )


def _service(principal: str) -> str:
    """``kinesis`` for ``kinesis.${AWS::Region}.amazonaws.com``."""
    return principal.removesuffix(".amazonaws.com").removesuffix(".${AWS::Region}")


def _key_services(key: Resource) -> Iterator[str]:
    for statement in statements(at(key, "policy")):
        if literal(statement, "Effect") != "Allow":
            continue
        yield from words(at(statement, "Principal.Service"))
        yield from words(at(statement, "Condition.StringEquals.kms:ViaService"))


def certificates(platform: Platform) -> Iterator[Certificate]:
    """Every certificate that the platform presents or trusts."""
    presented: dict[str, list[Resource]] = {}
    for resource, name in (
        *((item, "certificateArn") for item in platform.of(LISTENER)),
        *((item, "regionalCertificateArn") for item in platform.of("aws:apigateway/domainName:DomainName")),
    ):
        if at(resource, name) is not None:
            presented.setdefault(shown(at(resource, name)), []).append(resource)
    for identity, users in presented.items():
        yield Certificate(
            users[0].urn,
            users[0].name,
            "Server certificate in AWS Certificate Manager",
            identity,
            names(users),
            "by Certificate Manager when it issued it; an alarm watches its days to expiry"
            if _watched(platform, identity)
            else "by Certificate Manager when it issued it; no alarm watches its days to expiry",
        )
    authorities: dict[str, list[Resource]] = {}
    for instance in platform.of("aws:rds/clusterInstance:ClusterInstance"):
        authorities.setdefault(shown(at(instance, "caCertIdentifier")) or NOT_STATED, []).append(instance)
    for authority, instances in authorities.items():
        yield Certificate(
            instances[0].urn,
            instances[0].name,
            "Server certificates of the database instances",
            f"issued by {authority}",
            names(instances),
            "by Amazon RDS; clients must trust the authority",
        )
    for certificate in platform.of("aws:apigateway/clientCertificate:ClientCertificate"):
        yield Certificate(
            certificate.urn,
            certificate.name,
            "Client certificate of API Gateway towards the service",
            "made by API Gateway",
            names(platform.users(certificate, "aws:apigateway/stage:Stage")),
            "by replacing the resource",
        )


def _watched(platform: Platform, identity: str) -> bool:
    return any(
        "DaysToExpiry" in shown(at(alarm, "metricName")) and identity in shown(at(alarm, "dimensions"))
        for alarm in platform.of("aws:cloudwatch/metricAlarm:MetricAlarm")
    )


def minimum_version(policy: str) -> str:
    """The oldest protocol version in the name of one of AWS's security policies; :data:`NOT_STATED` if it names none.

    Elastic Load Balancing writes ``TLS13-1-2`` for 1.2 and 1.3, API Gateway ``TLS13_1_2`` or ``TLS_1_2``, PostgreSQL
    ``TLSv1.2``.
    """
    for pattern in (r"TLS13[-_]1[-_](\d)", r"TLS[-_]1[-_](\d)", r"TLSv1\.(\d)"):
        if found := re.search(pattern, policy):
            return f"TLS 1.{found[1]}"
    return "TLS 1.3" if re.search(r"TLS13[-_]1[-_]3|TLS13", policy) else NOT_STATED


def protocols(platform: Platform) -> Iterator[Protocol]:
    """Every place where traffic is encrypted, or should be."""
    for api in platform.of("aws:apigateway/restApi:RestApi", "aws:apigateway/domainName:DomainName"):
        policy = shown(at(api, "securityPolicy"))
        yield Protocol(api.urn, api.name, "API clients to API Gateway", policy or NOT_STATED, minimum_version(policy))
    for listener in platform.of(LISTENER):
        policy = shown(at(listener, "sslPolicy"))
        where = f"API Gateway to the load balancer, {literal(listener, 'protocol')} {shown(at(listener, 'port'))}"
        yield Protocol(listener.urn, listener.name, where, policy or NOT_STATED, minimum_version(policy))
    for group in platform.of(TARGET_GROUP):
        where = f"Load balancer to the tasks, {literal(group, 'protocol')} {shown(at(group, 'port'))}"
        yield Protocol(group.urn, group.name, where, "the load balancer's back-end policy", NOT_STATED)
    yield from _data_protocols(platform)
    yield from _document_protocols(platform)


def _data_protocols(platform: Platform) -> Iterator[Protocol]:
    for proxy in platform.of("aws:rds/proxy:Proxy"):
        required = literal(proxy, "requireTls") is True
        policy = "requireTls" if required else "TLS is not required"
        yield Protocol(proxy.urn, proxy.name, "Services to the database proxy", policy, NOT_STATED)
    for group in platform.of("aws:rds/clusterParameterGroup:ClusterParameterGroup"):
        given = {shown(at(item, "name")): shown(at(item, "value")) for item in items(group, "parameters")}
        version = given.get("ssl_min_protocol_version", "")
        policy = f"rds.force_ssl={given.get('rds.force_ssl', '0')}"
        yield Protocol(group.urn, group.name, "Clients to the database", policy, minimum_version(version))
    for cache in platform.of("aws:elasticache/replicationGroup:ReplicationGroup"):
        on = literal(cache, "transitEncryptionEnabled") is True
        policy = f"transitEncryptionMode {shown(at(cache, 'transitEncryptionMode'))}" if on else "none"
        yield Protocol(cache.urn, cache.name, "Services to the cache", policy, NOT_STATED)
    for task in platform.of("aws:ecs/taskDefinition:TaskDefinition"):
        for volume in items(task, "volumes"):
            encryption = literal(volume, "efsVolumeConfiguration.transitEncryption")
            if encryption is not None:
                policy = f"transitEncryption {encryption}"
                yield Protocol(task.urn, task.name, "Task to the file system", policy, NOT_STATED)


# Policies in which a statement may refuse calls that are not encrypted: type, and input that holds the policy.
_GUARDED = {
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:efs/fileSystemPolicy:FileSystemPolicy": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
}


def _document_protocols(platform: Platform) -> Iterator[Protocol]:
    for name, policy_input in _GUARDED.items():
        for resource in platform.of(name):
            denied = [item for item in statements(at(resource, policy_input)) if literal(item, "Effect") == "Deny"]
            plain = any(shown(at(item, "Condition.Bool.aws:SecureTransport")) == "false" for item in denied)
            versions = [shown(at(item, "Condition.NumericLessThan.s3:TlsVersion")) for item in denied]
            version = next((version for version in versions if version), "")
            yield Protocol(
                resource.urn,
                resource.name,
                f"Callers to {', '.join(_subjects(platform, resource)) or 'the resource'}",
                "refuses calls without TLS" if plain else "does not refuse calls without TLS",
                f"TLS {version}" if version else NOT_STATED,
            )


def _subjects(platform: Platform, policy: Resource) -> tuple[str, ...]:
    """What a policy is put on."""
    for name in ("bucket", "queueUrl", "arn", "fileSystemId", "secretArn"):
        subject = platform.target(at(policy, name))
        if subject is not None:
            return (subject.name,)
    return ()
