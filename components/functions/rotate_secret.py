"""Gives a secret a fresh random value, in the four steps that AWS Secrets Manager calls one by one.

Nothing outside Secrets Manager holds these values: services read them when they need them, the value before the
current one under the label AWSPREVIOUS. So the first rotation also fills a secret that was made without a value.
"""

import logging
import os
from typing import Any

import boto3

CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"

log = logging.getLogger()
log.setLevel(logging.INFO)


def handler(event: dict[str, str], _context: object) -> None:
    """Do one step of a rotation; a step may be called again for the same version without harm.

    ``event`` holds Step, SecretId (an ARN) and ClientRequestToken (the id of the new version). After any exception
    Secrets Manager tries the rotation again.
    """
    step, secret, version = event["Step"], event["SecretId"], event["ClientRequestToken"]
    if step not in STEPS:
        raise ValueError(f"{step!r} is no step of a rotation; expected one of {', '.join(STEPS)}")
    client = boto3.client("secretsmanager")
    stages = _stages(client, secret).get(version)
    if stages is None:
        raise ValueError(f"version {version} does not belong to a rotation of {secret}")
    outcome = "done"
    if CURRENT in stages:
        # Done before; or the secret's first version, which becomes current as soon as it is stored.
        outcome = "not needed, the version is current"
    elif PENDING in stages:
        STEPS[step](client, secret, version)
    else:
        raise ValueError(f"version {version} of {secret} is not labelled {PENDING}")
    log.info("rotation step %s", outcome, extra={"step": step, "secret": secret, "version": version})


def _create(client: Any, secret: str, version: str) -> None:
    if _value(client, secret, version) is None:
        random = client.get_random_password(PasswordLength=_length(), ExcludePunctuation=True)
        client.put_secret_value(
            SecretId=secret,
            ClientRequestToken=version,
            SecretString=random["RandomPassword"],
            VersionStages=[PENDING],
        )


def _set(_client: Any, _secret: str, _version: str) -> None:
    """Do nothing: no other service has to be told the new value."""


def _test(client: Any, secret: str, version: str) -> None:
    value = _value(client, secret, version)
    if value is None or len(value) < _length():
        raise ValueError(f"version {version} of {secret} has no value of {_length()} characters")


def _finish(client: Any, secret: str, version: str) -> None:
    move = {"SecretId": secret, "VersionStage": CURRENT, "MoveToVersionId": version}
    for other, stages in _stages(client, secret).items():
        if CURRENT in stages:
            move["RemoveFromVersionId"] = other
    client.update_secret_version_stage(**move)


def _stages(client: Any, secret: str) -> dict[str, list[str]]:
    described: dict[str, Any] = client.describe_secret(SecretId=secret)
    if not described.get("RotationEnabled"):
        raise ValueError(f"rotation of {secret} is not switched on")
    return described.get("VersionIdsToStages", {})  # type: ignore[no-any-return]


def _value(client: Any, secret: str, version: str) -> str | None:
    try:
        found = client.get_secret_value(SecretId=secret, VersionId=version, VersionStage=PENDING)
    except client.exceptions.ResourceNotFoundException:
        return None
    return str(found["SecretString"])


def _length() -> int:
    return int(os.environ["SECRET_LENGTH"])


STEPS = {"createSecret": _create, "setSecret": _set, "testSecret": _test, "finishSecret": _finish}
