"""``deploy`` and ``destroy`` as a user meets them: the real AWS CLI, against the emulator.

Where a test speaks of an account, the account is an emulated one, too: the client is only told another endpoint.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudformation import emulator
from cloudformation.aws_cli import reason
from cloudformation.console import Console, aligned
from cloudformation.deploy import deploy
from cloudformation.destroy import destroy
from cloudformation.errors import CloudFormationError
from cloudformation.parameter_file import read_parameters
from cloudformation.target import AWS, SECONDS_BETWEEN_LOOKS, DeployError, Target
from tests.deployment.support import client, parameters, run, write

LOG = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Fn::Sub": "log-${Suffix}"}}}
TEMPLATE: dict[str, Any] = {
    "Parameters": {"Suffix": {"Type": "String", "AllowedPattern": "[a-z]+"}},
    "Resources": {"Log": LOG},
    "Outputs": {"LogName": {"Value": {"Ref": "Log"}}, "Arn": {"Value": {"Fn::GetAtt": ["Log", "Arn"]}}},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project's folder with a running emulator, which another stack keeps from being stopped."""
    directory = tmp_path_factory.mktemp("project")
    state = emulator.start(directory / emulator.DIRECTORY)
    anchor = {"Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}
    client(state).create_stack(StackName="anchor", TemplateBody=json.dumps(anchor))
    yield directory
    emulator.stop(directory / emulator.DIRECTORY)


@pytest.fixture
def account(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials and an endpoint in the environment, as for an account."""
    state = emulator.running(project / emulator.DIRECTORY)
    assert state
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in emulator.environment(state.endpoint).items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)


def with_resource(**resources: Any) -> dict[str, Any]:
    """The template with more resources."""
    return {**TEMPLATE, "Resources": {**TEMPLATE["Resources"], **resources}}


def test_life_of_an_emulator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It comes with the first deployment and goes with the last stack, unless something is left in it.

    The template is larger than a request may be: in the emulator that needs nothing of the user.
    """
    monkeypatch.chdir(tmp_path)
    template = str(write(tmp_path, "t.json", {**TEMPLATE, "Metadata": {"Padding": "x" * 60_000}}))
    command = ["deploy", "--stack", "life", "--template", template]
    command += ["--parameters", str(parameters(tmp_path, Suffix="one"))]
    assert run("emulator", "status") == 1
    assert run(*command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "    LogName  log-one" in lines
    assert "    Arn      arn:aws:logs:eu-west-1:123456789012:log-group:log-one:*" in lines
    assert run("emulator", "status") == 0
    assert "log in .emulator/emulator.log" in capsys.readouterr().out

    assert run(*command) == 0
    assert "No changes to deploy" in capsys.readouterr().out

    state = emulator.running()
    assert state
    kept = {"Log": {**LOG, "DeletionPolicy": "Retain", "Properties": {"LogGroupName": "log-kept"}}}
    client(state).create_stack(StackName="keeps", TemplateBody=json.dumps({"Resources": kept}))
    assert run("destroy", "--stack", "life") == 0
    assert "The emulator goes on, for the stacks keeps." in capsys.readouterr().out
    with pytest.raises(DeployError, match="1 resources are left"):
        run("destroy", "--stack", "keeps")
    assert "left: AWS::Logs::LogGroup log-kept" in capsys.readouterr().out
    assert emulator.running() == state

    client(state, "logs").delete_log_group(logGroupName="log-kept")
    assert run("destroy", "--stack", "keeps") == 0
    assert "There is no stack keeps." in capsys.readouterr().out
    assert emulator.running() is None
    assert run("destroy", "--stack", "life") == 0
    assert "nothing to take down" in capsys.readouterr().out


def test_nothing_that_holds_data_goes_without_leave(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What would be replaced or removed is listed before anything happens, by the template and by its parameters.

    Only ALLOW_REPLACEMENT=1 lets it happen; the change set that was refused does not stay.
    """
    target = Target("reviewed", directory=project)
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "kept"}}
    deploy(write(project, "t.json", with_resource(Queue=queue)), target, parameters=parameters(project, Suffix="three"))
    assert "Add                  Queue       AWS::SQS::Queue" in capsys.readouterr().out
    without, other = write(project, "without.json", TEMPLATE), parameters(project, Suffix="four")
    with pytest.raises(
        DeployError, match=r"2 resources that hold data .*`make deploy STACK=reviewed ALLOW_REPLACEMENT=1`"
    ):
        deploy(without, target, parameters=other)
    printed = capsys.readouterr().out
    assert "Modify  replaced     Log         AWS::Logs::LogGroup  LogGroupName (Suffix)" in printed
    assert "Queue (AWS::SQS::Queue) would be removed, and what it holds is lost." in printed
    assert "Log (AWS::Logs::LogGroup) would be replaced, and what it holds is lost. LogGroupName (Suffix)" in printed
    state = emulator.running(project / emulator.DIRECTORY)
    assert state
    assert len(client(state).list_change_sets(StackName="reviewed")["Summaries"]) == 1
    assert client(state).describe_stacks(StackName="reviewed")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"

    deploy(without, target, parameters=other, allow_replacement=True)
    printed = capsys.readouterr().out
    assert "What holds data and would go, as ALLOW_REPLACEMENT allows" in printed
    assert "LogName  log-four" in printed


@pytest.mark.usefixtures("account")
def test_account_is_named_and_deletion_confirmed(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With TARGET=aws the account is shown first, and nothing is deleted before the stack's name is given once more."""
    monkeypatch.setitem(SECONDS_BETWEEN_LOOKS, AWS, 0.5)
    target = Target("paid", AWS, directory=project)
    kept = {**TEMPLATE, "Resources": {"Log": {**LOG, "DeletionPolicy": "Retain"}}}
    deploy(write(project, "t.json", kept), target, parameters=parameters(project, Suffix="eight"))
    assert "account 123456789012" in capsys.readouterr().out
    for confirm in ("", "other"):
        with pytest.raises(DeployError, match="`make destroy STACK=paid TARGET=aws CONFIRM=paid`"):
            destroy(target, confirm=confirm)
    destroy(target, confirm="paid")
    printed = capsys.readouterr().out
    assert "left: AWS::Logs::LogGroup log-eight (DELETE_SKIPPED)" in printed
    assert "1 of the stack is left" in printed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "There is no parameter file"),
        ("{", "is not JSON"),
        ("{}", "has another form"),
        ('[{"ParameterKey": "A"}]', "has another form"),
        ('[{"ParameterKey": "A", "ParameterValue": 3}]', "has another form"),
        (
            '[{"ParameterKey": "A", "ParameterValue": ""}, {"ParameterKey": "A", "ParameterValue": ""}]',
            "A more than once",
        ),
    ],
)
def test_bad_parameter_file_is_refused(tmp_path: Path, text: str | None, message: str) -> None:
    """The file is named, and its form shown."""
    file = tmp_path / "p.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(DeployError, match=message):
        read_parameters(file)


def test_missing_template_is_refused(tmp_path: Path) -> None:
    """The command that writes it is named, and no emulator is started."""
    with pytest.raises(DeployError, match="python -m cloudformation synth"):
        deploy(tmp_path / "none.yml", Target("s", directory=tmp_path))
    assert not (tmp_path / emulator.DIRECTORY).exists()


def test_wrong_command_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taking down a stack in an account needs its name once more; stopping an emulator needs none to be there."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CloudFormationError, match="CONFIRM=cli"):
        run("destroy", "--stack", "cli", "--target", "aws")
    assert run("emulator", "stop") == 0


def test_client_errors_are_cut_to_the_reason() -> None:
    """The client's preamble is left out; its code stays."""
    text = "\nAn error occurred (ValidationError) when calling the CreateChangeSet operation: Stack is odd\n"
    assert reason(text) == "ValidationError: Stack is odd"
    assert reason("Traceback\nUnable to locate credentials\n") == "Unable to locate credentials"
    assert reason("") == "the AWS CLI gave no reason"


def test_tables_are_aligned() -> None:
    """Columns stand under each other, and no line ends in blanks."""
    assert aligned([("A", "B"), ("long", "")]) == ["A     B", "long"]
    assert aligned([]) == []


def test_progress_is_seen_through_a_pipe() -> None:
    """Every line is written at once, not when the process ends."""
    program = "from cloudformation.console import Console; Console().step('now'); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "==> now\n"
        process.communicate("\n")


def test_elapsed_time_is_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds, and minutes once there are any."""
    times = iter([0.0, 59.0, 125.0])
    monkeypatch.setattr("cloudformation.console.time.monotonic", lambda: next(times))
    console = Console()
    assert [console.elapsed(), console.elapsed()] == ["59 s", "2 min 05 s"]
