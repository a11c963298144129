"""How the real command line's events become results. Whether it is installed does not matter here."""

from __future__ import annotations

from pulumi import automation

from .command_line import Report
from .results import PolicyError, ProgramError, ResourceError, Result

URN = "urn:pulumi:dev::p::aws:sqs/queue:Queue::q"


def test_steps_are_read_from_the_event_log() -> None:
    """A step has the inputs and changes of the event before it, and the outputs of the event after it."""
    state = {"type": "aws:sqs/queue:Queue", "urn": URN, "custom": True, "parent": "urn:p", "provider": "pr"}
    before = {**state, "id": "", "inputs": {"delaySeconds": 5.0, "__defaults": []}, "outputs": {}}
    metadata = {"op": "update", "urn": URN, "type": state["type"], "provider": "pr", "new": before, "old": before}
    after = {**metadata, "new": {**before, "id": "q-1", "outputs": {"url": "https://q"}}}
    report = Report()
    report.take(_event(resourcePreEvent={"metadata": {**metadata, "diffs": ["delaySeconds"]}, "planning": False}))
    report.take(_event(resOutputsEvent={"metadata": after, "planning": False}))
    [step] = report.steps
    assert (step.op, step.name, step.id, step.changed) == ("update", "q", "q-1", ("delaySeconds",))
    assert (step.inputs, step.outputs) == ({"delaySeconds": 5}, {"url": "https://q"})


def test_failures_are_told_apart() -> None:
    """A mandatory violation, a program's traceback and a refused resource become errors of their own kinds."""
    said = {"color": "never", "severity": "error"}
    policy = {"policyName": "x", "policyPackName": "y", "enforcementLevel": "mandatory", "message": "no", "color": ""}
    for event, kind in (
        ({"policyEvent": {**policy, "policyPackVersion": "1", "policyPackVersionTag": "1"}}, PolicyError),
        ({"diagnosticEvent": {**said, "message": "Traceback (most recent call last): ..."}}, ProgramError),
        ({"diagnosticEvent": {**said, "message": "creating q: it exists"}}, ResourceError),
    ):
        report = Report()
        report.take(_event(**event))
        assert type(report.error(Exception("exit status 255"), Result("up"))) is kind


def _event(**event: object) -> automation.EngineEvent:
    return automation.EngineEvent.from_json({"sequence": 1, "timestamp": 1, **event})
