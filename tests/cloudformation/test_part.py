"""One part of a text that only the deployment knows: plain Python under Pulumi, ``Fn::Split`` in a template."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pulumi
import pytest

from cloudformation.errors import SettingError
from cloudformation.program import part
from cloudformation.synth import synthesize

ARN = "arn:aws:rds:eu-west-1:123456789012:db-proxy:prx-0123"
PROGRAM = """\
import pulumi
import pulumi_aws as aws
from cloudformation.program import export, part

topic = aws.sns.Topic("topic-alarms", name="alarms")
export("account", part(topic.arn, ":", 4), "Account of the topic")
export("owner", pulumi.Output.concat("account ", part(topic.arn, ":", 4), "!"), "The same in a text")
"""


def test_a_plain_text_is_cut_at_once() -> None:
    """Parts count from 0, and what stands between two separators may be empty."""
    assert part(ARN, ":", 6) == "prx-0123"
    assert part("a::b", ":", 1) == ""


def test_an_output_is_cut_when_its_value_is_known() -> None:
    """Under the engine an output gives an output."""

    async def known() -> str | None:
        return await part(pulumi.Output.from_input(ARN), ":", 6).future()

    assert asyncio.run(known()) == "prx-0123"


def test_a_part_that_is_not_there_is_refused() -> None:
    """The message says the text, how many parts it has, and which was wanted."""
    with pytest.raises(SettingError, match="'a:b' has 2 parts between ':', but part 3 is needed"):
        part("a:b", ":", 2)


def test_in_a_template_cloudformation_cuts_it(tmp_path: Path) -> None:
    """The recorded value is a function that CloudFormation evaluates, alone or inside a longer text."""
    (tmp_path / "Pulumi.yaml").write_text("name: cut\nruntime: python\n", encoding="utf-8")
    (tmp_path / "__main__.py").write_text(PROGRAM, encoding="utf-8")

    text = synthesize(tmp_path).text

    assert "Value: !Select [4, !Split [':', !Ref TopicAlarms]]" in text
    assert "- account ${Part1}!\n" in text
    assert "- Part1: !Select [4, !Split [':', !Ref TopicAlarms]]" in text
