"""From a folder to a file: within CloudFormation's limits, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudformation import synth
from cloudformation.errors import CloudFormationError, CompileError
from cloudformation.synth import synthesize, write_file


def _program(folder: Path, code: str) -> Path:
    (folder / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    (folder / "__main__.py").write_text(f"import pulumi\nimport pulumi_aws as aws\n{code}\n")
    return folder


def test_a_folder_becomes_a_template(tmp_path: Path) -> None:
    """With the program's own positions and names."""
    result = synthesize(_program(tmp_path, "aws.s3.Bucket('logs', bucket=pulumi.Config().require('name'))"))
    assert "  LogsBucket:\n    Type: AWS::S3::Bucket\n" in result.text
    assert str(result.compilation.template.resources[0].position) == "__main__.py:3"


def test_the_same_program_gives_the_same_bytes(tmp_path: Path) -> None:
    """Also the second time in one process."""
    folder = _program(tmp_path, "for name in ('a', 'b'): aws.s3.Bucket(name, tags={'x': pulumi.get_stack()})")
    assert synthesize(folder).text == synthesize(folder).text


@pytest.mark.parametrize(
    ("code", "limit", "words"),
    [
        (
            "for i in range(3): aws.s3.Bucket(f'b-{i}')",
            ("MAX_RESOURCES", 2),
            "has 3 resources; CloudFormation allows 2",
        ),
        ("[pulumi.Config().require(k) for k in 'abc']; aws.s3.Bucket('x')", ("MAX_PARAMETERS", 2), "has 3 parameters"),
        ("aws.s3.Bucket('a'); [pulumi.export(k, 1) for k in 'abc']", ("MAX_OUTPUTS", 2), "has 3 outputs"),
        ("aws.s3.Bucket('a')", ("MAX_BYTES", 100), "bytes; CloudFormation allows 100"),
        ("pulumi.export('a', 1)", ("MAX_OUTPUTS", 2), "makes no resources"),
    ],
)
def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, limit: tuple[str, int], words: str) -> None:
    """What CloudFormation would refuse is refused here."""
    monkeypatch.setattr(synth, *limit)
    with pytest.raises(CompileError, match=words):
        synthesize(_program(tmp_path, code))


def test_several_problems_are_told_at_once(tmp_path: Path) -> None:
    """Each with its line."""
    code = (
        "aws.s3.Bucket('a', bucket=aws.get_caller_identity().arn)\naws.sns.Topic('t', name=aws.get_region().endpoint)"
    )
    with pytest.raises(CompileError) as caught:
        synthesize(_program(tmp_path, code))
    assert [line.partition(" ")[0] for line in str(caught.value).splitlines()] == ["__main__.py:3:", "__main__.py:4:"]


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there stays there, and nothing is left beside it."""
    file = tmp_path / "template.yml"
    write_file(file, "old\n")
    assert file.stat().st_mode & 0o777 == 0o644

    def broken(_self: Path, _target: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(OSError, match="disk full"):
        write_file(file, "new\n")
    assert file.read_text() == "old\n"
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_without_a_program_is_refused(tmp_path: Path) -> None:
    """Before anything else."""
    with pytest.raises(CloudFormationError, match=r"has no Pulumi\.yaml"):
        synthesize(tmp_path)
