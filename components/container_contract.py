"""What a container image can rely on, and what it has to do: the constants behind docs/container-contract.md."""

from __future__ import annotations

from dataclasses import dataclass

from components.secrets import API_CLIENT

PORT = 8443
"""The API container listens here with TLS."""
HEALTH_PATH = "/v1/health"
API_PATHS = "/v1/*"
USER = "10001:10001"
"""User and group of every container process: not root, not in the image's hands, and the owner of the shared files."""
SHARED_PATH = "/mnt/shared"
SCRATCH_PATH = "/tmp"
"""The only local path that can be written; a volume of the task, gone with it."""
HEALTH_COMMAND = "/usr/local/bin/healthcheck"
"""Executable in the consumer image; exit status 0 means that the task processes records."""

API_STOP_SECONDS = 30
STAGE_STOP_SECONDS = 120
"""The most that Fargate waits between SIGTERM and SIGKILL: time to hand leases over."""
START_SECONDS = 60
"""Time in which a container has to be ready after it was started."""


@dataclass(frozen=True)
class Variable:
    """One environment variable that a container gets."""

    name: str
    meaning: str
    api: bool
    """The API container gets it."""
    stage: bool
    """Stage consumers get it."""
    secret: str = ""
    """Of the stages, only those get it that are given this secret."""

    @property
    def row(self) -> str:
        """Its line in the table of the contract page."""
        stage = "some" if self.stage and self.secret else _mark(self.stage)
        return f"| `{self.name}` | {_mark(self.api)} | {stage} | {self.meaning} |"


def _mark(value: bool) -> str:
    return "yes" if value else "no"


def secret_variable(purpose: str) -> str:
    """The variable that holds a secret: ``API_CLIENT_SECRET`` for ``api-client``. With ``_ARN``, where to read it."""
    return purpose.upper().replace("-", "_") + "_SECRET"


ENVIRONMENT = (
    Variable("SERVICE", "Name of the service: `api`, or `stage-` and the stage's name.", api=True, stage=True),
    Variable("REGION", "AWS Region.", api=True, stage=True),
    Variable("LISTEN_PORT", "Port to listen on with TLS.", api=True, stage=False),
    Variable("HEALTH_PATH", "Path of the health check.", api=True, stage=False),
    Variable("STOP_SECONDS", "Seconds between SIGTERM and SIGKILL.", api=True, stage=True),
    Variable("STAGE", "Name of the stage.", api=False, stage=True),
    Variable(
        "APPLICATION",
        "Name of the consumer application; also the CloudWatch namespace of its metrics.",
        api=False,
        stage=True,
    ),
    Variable("INPUT_STREAM", "Stream to read.", api=False, stage=True),
    Variable(
        "OUTPUT_STREAM",
        "Stream to write: the first stage's for the API, the next stage's for a stage. The last stage has none.",
        api=True,
        stage=True,
    ),
    Variable("DEAD_LETTER_QUEUE_URL", "Queue for records that cannot be processed.", api=False, stage=True),
    Variable("LEASE_TABLE", "DynamoDB table of the leases.", api=False, stage=True),
    Variable("COORDINATOR_TABLE", "DynamoDB table of the coordinator's state.", api=False, stage=True),
    Variable("WORKER_TABLE", "DynamoDB table of the workers' metrics.", api=False, stage=True),
    Variable("LEASE_SECONDS", "Seconds after which a lease that was not renewed may be taken.", api=False, stage=True),
    Variable("DATABASE_HOST", "Host name of the database proxy.", api=True, stage=True),
    Variable(
        "DATABASE_READER_HOST",
        "Host name of the proxy for reads that may be a moment old.",
        api=True,
        stage=False,
    ),
    Variable("DATABASE_PORT", "Port of the database proxy.", api=True, stage=True),
    Variable("DATABASE_NAME", "Name of the database.", api=True, stage=True),
    Variable("DATABASE_USER", "Database user to connect as, with an IAM token as password.", api=True, stage=True),
    Variable("CACHE_HOST", "Configuration endpoint of the cache.", api=True, stage=True),
    Variable("CACHE_PORT", "Port of the cache.", api=True, stage=True),
    Variable("CACHE_NAME", "Name of the cache, for which IAM tokens are signed.", api=True, stage=True),
    Variable("CACHE_USER", "Cache user to connect as, with an IAM token as password.", api=True, stage=True),
    Variable("CACHE_KEY_PREFIX", "What every cache key has to start with.", api=True, stage=True),
    Variable("SHARED_PATH", "Directory that all containers share.", api=True, stage=True),
    Variable(
        "API_CLIENT_SECRET_ARN",
        "Secret to read again after a rotation. For stages that call card networks.",
        api=False,
        stage=True,
        secret=API_CLIENT,
    ),
    Variable("SESSION_SIGNING_SECRET_ARN", "Secret to read again after a rotation.", api=True, stage=False),
)
SECRETS = (
    Variable(
        "API_CLIENT_SECRET",
        "Credential for the card networks when the task started. For stages that call them.",
        api=False,
        stage=True,
        secret=API_CLIENT,
    ),
    Variable("SESSION_SIGNING_SECRET", "Value of the signing secret when the task started.", api=True, stage=False),
)
