"""What goes wrong with a deployment: each ends in words that help and in a state that is known, and the next run works.

Each test has a row in the table of ``docs/reliability.md``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudformation import emulator
from cloudformation.deploy import deploy
from cloudformation.destroy import destroy
from cloudformation.target import AWS, SECONDS_BETWEEN_LOOKS, DeployError, Target

from .support import Line, client, create, parameters, status, update, write

TOPIC = {"Type": "AWS::SNS::Topic"}
SMALL: dict[str, Any] = {"Resources": {"Topic0": TOPIC}}
LARGER: dict[str, Any] = {"Resources": {f"Topic{number}": TOPIC for number in range(5)}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project's folder; its emulator is stopped in the end."""
    folder = tmp_path_factory.mktemp("project")
    yield folder
    emulator.stop(folder / emulator.DIRECTORY)


@pytest.fixture
def project(folder: Path) -> Path:
    """The folder with a running emulator, which another stack keeps from being stopped."""
    state = emulator.start(folder / emulator.DIRECTORY)
    if not status(state, "anchor"):
        create(state, "anchor", {"Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}})
    return folder


@pytest.fixture(scope="module")
def slow_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """As above, for a slow emulator."""
    folder = tmp_path_factory.mktemp("slow")
    yield folder
    emulator.stop(folder / emulator.DIRECTORY)


@pytest.fixture
def slow(slow_folder: Path) -> Path:
    """The folder with an emulator that needs a second for each resource, as real services do."""
    emulator.start(slow_folder / emulator.DIRECTORY, seconds_per_resource=1)
    return slow_folder


def running(folder: Path) -> emulator.State:
    """The emulator of a folder."""
    state = emulator.running(folder / emulator.DIRECTORY)
    assert state
    return state


def wait_for(state: emulator.State, stack: str, *wanted: str) -> None:
    """Wait until a stack is in one of these states."""
    deadline = time.monotonic() + 60
    while status(state, stack) not in wanted:
        assert time.monotonic() < deadline, f"{stack} is in {status(state, stack)}"
        time.sleep(0.05)


def test_interrupted_by_the_user(slow: Path) -> None:
    """Ctrl-C ends the command, not what CloudFormation has begun; a next run waits its turn, and then succeeds."""
    state, target = running(slow), Target("interrupted", directory=slow)
    template = write(slow, "t.json", LARGER)
    program = (
        "import signal\n"
        "from pathlib import Path\n"
        "from cloudformation.deploy import deploy\n"
        "from cloudformation.target import Target\n"
        # Whoever runs the tests in the background may have it ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"deploy(Path({str(template)!r}), Target('interrupted', directory=Path({str(slow)!r})))\n"
    )
    command = subprocess.Popen(
        [sys.executable, "-c", program], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    wait_for(state, "interrupted", "CREATE_IN_PROGRESS")
    command.send_signal(signal.SIGINT)
    _, errors = command.communicate(timeout=20)
    assert "DeployError: Interrupted. What CloudFormation has begun, it goes on with" in errors
    assert status(state, "interrupted") == "CREATE_IN_PROGRESS"
    with pytest.raises(DeployError, match=r"another operation is running\. Wait for it to end"):
        deploy(template, target)
    wait_for(state, "interrupted", "CREATE_COMPLETE")
    deploy(template, target)


def test_emulator_killed_and_restarted_during_an_update(slow: Path) -> None:
    """The emulator keeps everything in memory: the error says that it is gone, and the next run starts afresh."""
    target = Target("killed", directory=slow)
    state, template = running(slow), write(slow, "larger.json", LARGER)
    create(state, "killed", SMALL)

    def kill() -> None:
        wait_for(state, "killed", "UPDATE_IN_PROGRESS")
        os.kill(state.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(DeployError, match=r"The emulator is gone.* Run `make deploy STACK=killed` to start again"):
        deploy(template, target)
    killer.join()
    deploy(template, target)
    assert status(running(slow), "killed") == "CREATE_COMPLETE"
    emulator.stop(slow / emulator.DIRECTORY)


def test_resource_that_cannot_be_created(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was made goes again, the reason is shown, and the stack can then be deleted only; so it can be done."""
    target, state = Target("broken", directory=project), running(project)
    broken = {"Type": "AWS::SNS::Topic", "DependsOn": "Topic0", "Properties": {"Colour": "red"}}
    template = write(project, "t.json", {"Resources": {"Topic0": TOPIC, "Broken": broken}})
    with pytest.raises(
        DeployError, match=r"is in ROLLBACK_COMPLETE\. .* `make destroy STACK=broken`, then deploy again"
    ):
        deploy(template, target)
    printed = capsys.readouterr().out
    assert "CREATE_FAILED  AWS::SNS::Topic  Broken" in printed
    assert "'Colour' was unexpected" in printed
    assert emulator.leftovers(state.endpoint) == left_by_others(state)
    with pytest.raises(DeployError, match=r"can only be deleted\. Run `make destroy STACK=broken`"):
        deploy(template, target)
    destroy(target)
    create(state, "broken", SMALL)


def left_by_others(state: emulator.State) -> list[str]:
    """What exists in the account because other stacks are there."""
    names = {item["StackName"] for item in client(state).describe_stacks()["Stacks"]}
    ids = {item["PhysicalResourceId"] for name in names for item in emulator.stack_resources(state.endpoint, name)}
    return [item for item in emulator.leftovers(state.endpoint) if item.partition(" ")[2] in ids]


def test_resource_that_cannot_be_updated(project: Path) -> None:
    """What was changed is changed back, what was added goes, and the next update succeeds."""
    target, state = Target("update", directory=project), running(project)
    log = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "log-update", "RetentionInDays": 400}}
    longer = {**log, "Properties": {**log["Properties"], "RetentionInDays": 545}}  # type: ignore[dict-item]
    broken = {"Type": "AWS::SNS::Topic", "DependsOn": "Log", "Properties": {"Colour": "red"}}
    create(state, "update", {"Resources": {"Log": log}})
    with pytest.raises(DeployError, match="The update failed, and the stack update is as it was before"):
        deploy(write(project, "t.json", {"Resources": {"Log": longer, "Broken": broken}}), target)
    assert retention(state) == 400
    update(state, "update", {"Resources": {"Log": longer}})
    assert retention(state) == 545


def retention(state: emulator.State) -> int:
    """Days that the log group of the test above keeps its events."""
    groups = client(state, "logs").describe_log_groups(logGroupNamePrefix="log-update")["logGroups"]
    return int(groups[0]["retentionInDays"])


# Refuses to go back to 1, and to be deleted, as long as there is a topic called "block".
GUARDED = """
import boto3, cfnresponse
def handler(event, context):
    topics = boto3.client("sns").list_topics()["Topics"]
    blocked = any(topic["TopicArn"].endswith(":block") for topic in topics)
    back = event["RequestType"] == "Update" and event["ResourceProperties"]["Number"] == "1"
    refused = blocked and (back or event["RequestType"] == "Delete")
    status = cfnresponse.FAILED if refused else cfnresponse.SUCCESS
    cfnresponse.send(event, context, status, {}, "guarded", reason="blocked")
"""


def guarded(number: int, **more: Any) -> dict[str, Any]:
    """A template whose custom resource can be kept from going back and from being deleted."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document}}
    function = {
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Timeout": 30,
        "Code": {"ZipFile": GUARDED},
    }
    thing = {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}, "Number": number}
    return {
        "Resources": {
            "Role": role,
            "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
            "Thing": {"Type": "Custom::Thing", "Properties": thing},
            **more,
        }
    }


@pytest.fixture
def block(project: Path) -> Iterator[Callable[[], None]]:
    """What holds the custom resource back; calling it lets go."""
    sns = client(running(project), "sns")
    arn = sns.create_topic(Name="block")["TopicArn"]

    def release() -> None:
        sns.delete_topic(TopicArn=arn)

    yield release
    release()


def test_update_that_cannot_be_undone(project: Path, block: Callable[[], None]) -> None:
    """A next run is refused with the command that goes on with the roll-back, and works once that has succeeded."""
    target, state = Target("stuck", directory=project), running(project)
    create(state, "stuck", guarded(1))
    broken = {"Type": "AWS::SNS::Topic", "DependsOn": "Thing", "Properties": {"Colour": "red"}}
    changed = write(project, "t.json", guarded(2, Broken=broken))
    with pytest.raises(
        DeployError, match=r"The stack stuck is in UPDATE_ROLLBACK_FAILED\. Put right what is named above"
    ):
        deploy(changed, target, allow_replacement=True)
    mended = write(project, "mended.json", guarded(3))
    with pytest.raises(DeployError, match="`aws cloudformation continue-update-rollback --stack-name stuck`"):
        deploy(mended, target, allow_replacement=True)
    with pytest.raises(client(state).exceptions.ClientError, match="other"):
        client(state).continue_update_rollback(StackName="other")
    client(state).continue_update_rollback(StackName="stuck")
    assert status(state, "stuck") == "UPDATE_ROLLBACK_FAILED"
    block()
    client(state).continue_update_rollback(StackName="stuck")
    assert status(state, "stuck") == "UPDATE_ROLLBACK_COMPLETE"
    update(state, "stuck", guarded(3))


def test_resource_that_cannot_be_deleted(project: Path, block: Callable[[], None]) -> None:
    """The resource and its reason are named, a deployment is refused meanwhile, and the next deletion succeeds."""
    target, state = Target("stays", directory=project), running(project)
    template = write(project, "t.json", guarded(1))
    create(state, "stays", guarded(1))
    with pytest.raises(DeployError, match=r"could not be deleted completely\. Put right what is named above"):
        destroy(target)
    assert status(state, "stays") == "DELETE_FAILED"
    with pytest.raises(DeployError, match=r"its deletion failed half-way\. Run `make destroy STACK=stays`"):
        deploy(template, target)
    block()
    destroy(target)
    assert status(state, "stays") == ""


def test_template_or_parameters_that_are_refused(project: Path) -> None:
    """A circle, a value that is not allowed, one that is missing: one line each, before anything is made."""
    target, state = Target("refused", directory=project), running(project)
    one = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Two"}}}
    two = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::GetAtt": ["One", "TopicName"]}}}
    circle = write(project, "circle.json", {"Resources": {"One": one, "Two": two}})
    with pytest.raises(DeployError, match=r"Circular dependency between resources: \[One, Two\]\. Nothing was changed"):
        deploy(circle, target)
    suffix = {"Suffix": {"Type": "String", "AllowedPattern": "[a-z]+"}}
    template = write(project, "t.json", {"Parameters": suffix, **SMALL})
    for values, message in (({"Suffix": "A"}, "must match pattern"), ({}, r"\[Suffix\] must have values")):
        with pytest.raises(
            DeployError, match=rf"refused: .*{message}.* Nothing was changed\. Put .*parameters\.json right"
        ):
            deploy(template, target, parameters=parameters(project, **values))
    assert status(state, "refused") == ""
    deploy(template, target, parameters=parameters(project, Suffix="a"))
    assert status(state, "refused") == "CREATE_COMPLETE"


def use_account(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    """Let the environment be that of somebody who has an account, or has none."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    for name, value in (nowhere | {"AWS_EC2_METADATA_DISABLED": "true"} | variables).items():
        monkeypatch.setenv(name, value)


def use_emulated_account(monkeypatch: pytest.MonkeyPatch, state: emulator.State) -> None:
    """Let the account be an emulated one."""
    given = emulator.environment(state.endpoint)
    use_account(monkeypatch, **{name: value for name, value in given.items() if name.startswith("AWS_")})
    monkeypatch.setitem(SECONDS_BETWEEN_LOOKS, AWS, 1.0)


def test_account_that_is_not_ready(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials missing, another Region, no bucket for a large template: each is told before anything happens.

    Done as the messages say, the deployment succeeds.
    """
    target = Target("account", AWS, directory=project)
    template = write(project, "t.json", {**SMALL, "Metadata": {"Padding": "x" * 60_000}})
    use_account(monkeypatch, AWS_REGION="us-east-1")
    commands = r"`aws s3 mb s3://NAME --region eu-west-1`, then run `make deploy STACK=account TARGET=aws BUCKET=NAME`"
    with pytest.raises(DeployError, match=commands):
        deploy(template, target)
    with pytest.raises(DeployError, match=r"AWS_REGION is us-east-1, .* Set AWS_REGION=eu-west-1"):
        deploy(template, target, bucket=emulator.TEMPLATE_BUCKET)
    monkeypatch.delenv("AWS_REGION")
    with pytest.raises(DeployError, match=r"credentials for AWS are missing or refused .* leave TARGET out"):
        deploy(template, target, bucket=emulator.TEMPLATE_BUCKET)
    use_emulated_account(monkeypatch, running(project))
    deploy(template, target, bucket=emulator.TEMPLATE_BUCKET)
    assert status(running(project), "account") == "CREATE_COMPLETE"


def test_emulators_certificate_in_an_account(project: Path) -> None:
    """Parameters that fit the emulator only are refused before the account is asked for anything."""
    values = parameters(project, CertificateArn=emulator.CERTIFICATE_ARN)
    with pytest.raises(DeployError, match=r"emulator's certificate as CertificateArn\. Give one of your account"):
        deploy(write(project, "t.json", SMALL), Target("s", AWS, directory=project), parameters=values)


def test_connection_lost_while_an_account_works(slow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress can no longer be followed: CloudFormation goes on, which is said, and the next run succeeds."""
    state, target = running(slow), Target("lost", AWS, directory=slow)
    use_emulated_account(monkeypatch, state)
    line = Line(state)
    monkeypatch.setenv("AWS_ENDPOINT_URL", line.endpoint)
    template = write(slow, "t.json", LARGER)

    def cut() -> None:
        wait_for(state, "lost", "CREATE_IN_PROGRESS")
        line.cut()

    cutter = threading.Thread(target=cut)
    cutter.start()
    with pytest.raises(DeployError, match=r"does not answer any more .* no longer in progress, run the command again"):
        deploy(template, target)
    cutter.join()
    wait_for(state, "lost", "CREATE_COMPLETE")
    monkeypatch.setenv("AWS_ENDPOINT_URL", state.endpoint)
    deploy(template, target)
