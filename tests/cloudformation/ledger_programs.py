"""A small program that goes every way that an input can go, and what the compiler makes of it."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from cloudformation.compiler import Compilation, compile_program
from cloudformation.observation import observe
from cloudformation.program import Settings, setting
from cloudformation.project import Project
from cloudformation.recorder import record_function

ROOT = Path(__file__).resolve().parents[2]
PROJECT = Project(ROOT, "small", "A small program", "eu-west-1", ROOT / "__main__.py")

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "rds.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@dataclass(frozen=True)
class Choices(Settings):
    """One setting that may be left empty."""

    owner: str | None = setting("Who is asked about the key.", group="Small")


def compiled(build: Callable[[], object]) -> Compilation:
    """What ``build`` registers, compiled."""
    return compile_program(observe(functools.partial(record_function, build, PROJECT)))


def every_way() -> None:
    """Renamed, folded, expanded, converted, read as JSON, chosen by a setting, left out, and made explicit."""
    settings = Choices.load()
    vpc = aws.ec2.Vpc("vpc-main", cidr_block="10.0.0.0/16", tags={"Name": "main", "Scope": "in"})
    aws.ec2.InternetGateway("igw-main", vpc_id=vpc.id)
    aws.ec2.SecurityGroup("sg-db", name="db", description="Database", vpc_id=vpc.id)
    key = aws.kms.Key("kms-data", description=f"Asked about: {settings.owner}" if settings.owner else "Nobody's")
    bucket = aws.s3.Bucket("s3-logs", bucket="logs", force_destroy=True)
    aws.s3.BucketVersioning("logs-versioning", bucket=bucket.id, versioning_configuration={"status": "Enabled"})
    role = aws.iam.Role("role-db", name="db", assume_role_policy=json.dumps(TRUST))
    aws.iam.RolePolicy(
        "policy-db",
        role=role.name,
        policy=pulumi.Output.json_dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": "s3:PutObject", "Resource": pulumi.Output.concat(bucket.arn, "/*")}
                ],
            }
        ),
    )
    aws.rds.ClusterParameterGroup(
        "pg-main",
        name="main",
        family="aurora-postgresql16",
        description="TLS only",
        parameters=[{"name": "rds.force_ssl", "value": "1", "apply_method": "pending-reboot"}],
        opts=pulumi.ResourceOptions(depends_on=[key]),
    )
    aws.lb.TargetGroup(
        "tg-api", name="api", port=443, protocol="HTTPS", vpc_id=vpc.id, deregistration_delay=5, slow_start=30
    )
