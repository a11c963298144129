"""The rotation function, against moto's Secrets Manager.

moto calls rotation functions only with Docker, so each test calls the steps as Secrets Manager does.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.secretsmanager.models import secretsmanager_backends

from components.functions import rotate_secret

REGION = "eu-west-1"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
FIRST = "11111111-1111-4111-8111-111111111111"
SECOND = "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A Secrets Manager client; moto answers it."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("SECRET_LENGTH", "64")
    with mock_aws():
        yield boto3.client("secretsmanager")


@pytest.fixture
def secret(client: Any) -> str:
    """ARN of a secret that has no value and is to be rotated, as the stack makes it."""
    arn = str(client.create_secret(Name="secret-api-client-test")["ARN"])
    client.rotate_secret(SecretId=arn, RotationRules={"AutomaticallyAfterDays": 30})
    return arn


def begin(secret: str, version: str) -> None:
    """Bring the secret into the state in which Secrets Manager calls the function.

    RotateSecret labels the new version AWSPENDING before it has a value. moto does so only for a secret that has one.
    """
    stored = secretsmanager_backends[DEFAULT_ACCOUNT_ID][REGION].secrets[secret]
    stored.versions[version] = {"version_id": version, "version_stages": ["AWSPENDING"], "createdate": 0}


def call(step: str, secret: str, version: str) -> None:
    """Call one step, and label a secret's first version AWSCURRENT as soon as it is stored: PutSecretValue does so."""
    rotate_secret.handler({"Step": step, "SecretId": secret, "ClientRequestToken": version}, None)
    versions = secretsmanager_backends[DEFAULT_ACCOUNT_ID][REGION].secrets[secret].versions
    if len(versions) == 1 and "AWSCURRENT" not in versions[version]["version_stages"]:
        versions[version]["version_stages"].append("AWSCURRENT")


def rotate(secret: str, version: str) -> None:
    begin(secret, version)
    for step in STEPS:
        call(step, secret, version)


def value(client: Any, secret: str, stage: str = "AWSCURRENT") -> str:
    return str(client.get_secret_value(SecretId=secret, VersionStage=stage)["SecretString"])


def stages(client: Any, secret: str) -> dict[str, list[str]]:
    return dict(client.describe_secret(SecretId=secret)["VersionIdsToStages"])


def test_first_rotation_fills_an_empty_secret(client: Any, secret: str) -> None:
    """A secret without any version gets a random value, which is then the current one."""
    rotate(secret, FIRST)

    assert len(value(client, secret)) == 64
    assert value(client, secret).isalnum()
    assert "AWSCURRENT" in stages(client, secret)[FIRST]


def test_later_rotation_replaces_the_value_and_keeps_the_one_before(client: Any, secret: str) -> None:
    """After another rotation the value is a new one, and the old one is still there as AWSPREVIOUS."""
    rotate(secret, FIRST)
    first = value(client, secret)

    rotate(secret, SECOND)

    assert value(client, secret) != first
    assert value(client, secret, "AWSPREVIOUS") == first
    assert "AWSCURRENT" not in stages(client, secret)[FIRST]


def test_value_stays_the_same_when_a_step_is_called_again(client: Any, secret: str) -> None:
    """Secrets Manager may call a step twice; a second createSecret does not make a second value."""
    rotate(secret, FIRST)
    begin(secret, SECOND)
    call("createSecret", secret, SECOND)
    pending = value(client, secret, "AWSPENDING")

    call("createSecret", secret, SECOND)
    for step in STEPS[1:]:
        call(step, secret, SECOND)
        call(step, secret, SECOND)

    assert value(client, secret) == pending


def test_version_that_is_current_already_is_left_alone(client: Any, secret: str) -> None:
    """Steps for a version that is current, as a secret's first version is once it is stored, do nothing."""
    client.put_secret_value(SecretId=secret, ClientRequestToken=FIRST, SecretString="stored")

    for step in STEPS:
        call(step, secret, FIRST)

    assert value(client, secret) == "stored"


def test_finish_does_not_need_a_current_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """With no version current, finishSecret takes the label from none; botocore's stub checks the request."""
    client = boto3.client("secretsmanager", region_name=REGION, aws_access_key_id="id", aws_secret_access_key="key")
    described = {"RotationEnabled": True, "VersionIdsToStages": {FIRST: ["AWSPENDING"]}}
    move = {"SecretId": "secret", "VersionStage": "AWSCURRENT", "MoveToVersionId": FIRST}
    with Stubber(client) as stub:
        stub.add_response("describe_secret", described, {"SecretId": "secret"})
        stub.add_response("describe_secret", described, {"SecretId": "secret"})
        stub.add_response("update_secret_version_stage", {}, move)
        monkeypatch.setattr(boto3, "client", lambda _service: client)

        rotate_secret.handler({"Step": "finishSecret", "SecretId": "secret", "ClientRequestToken": FIRST}, None)

        stub.assert_no_pending_responses()


def test_a_version_without_value_does_not_become_current(client: Any, secret: str) -> None:
    """testSecret refuses a version that createSecret has not filled, so the value in use stays."""
    rotate(secret, FIRST)
    begin(secret, SECOND)

    with pytest.raises(ValueError, match=f"version {SECOND} of .* has no value of 64 characters"):
        call("testSecret", secret, SECOND)

    assert "AWSCURRENT" in stages(client, secret)[FIRST]


def test_a_short_value_is_refused(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """testSecret refuses a value shorter than the length that is asked for."""
    rotate(secret, FIRST)
    begin(secret, SECOND)
    call("createSecret", secret, SECOND)
    monkeypatch.setenv("SECRET_LENGTH", "65")

    with pytest.raises(ValueError, match="has no value of 65 characters"):
        call("testSecret", secret, SECOND)


def test_unknown_step_is_refused(secret: str) -> None:
    """A step that is none of the four is an error that names it and the four."""
    begin(secret, FIRST)

    with pytest.raises(ValueError, match="'dropSecret' is no step of a rotation; expected one of createSecret, "):
        call("dropSecret", secret, FIRST)


def test_foreign_version_is_refused(secret: str) -> None:
    """A version that Secrets Manager did not announce is an error, and nothing is stored."""
    begin(secret, FIRST)

    with pytest.raises(ValueError, match=f"version {SECOND} does not belong to a rotation"):
        call("createSecret", secret, SECOND)


def test_version_that_is_not_pending_is_refused(secret: str) -> None:
    """An old version cannot be rotated in again."""
    rotate(secret, FIRST)
    rotate(secret, SECOND)

    with pytest.raises(ValueError, match=f"version {FIRST} of .* is not labelled AWSPENDING"):
        call("finishSecret", secret, FIRST)


def test_secret_without_rotation_is_refused(client: Any) -> None:
    """Calls for a secret that has no rotation are refused."""
    secret = client.create_secret(Name="secret-other-test")["ARN"]

    with pytest.raises(ValueError, match="is not switched on"):
        call("createSecret", secret, FIRST)


def test_no_value_reaches_the_log(client: Any, secret: str, caplog: pytest.LogCaptureFixture) -> None:
    """Each step is logged with its names and without any value, whatever level is on."""
    caplog.set_level(logging.INFO)

    rotate(secret, FIRST)

    reports = [record for record in caplog.records if record.getMessage().startswith("rotation step")]
    assert [vars(record)["step"] for record in reports] == list(STEPS)
    secret_value = value(client, secret)
    assert not [record for record in caplog.records if secret_value in str(vars(record))]
