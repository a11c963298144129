"""The entrance: run a Pulumi program's operations without the Pulumi command line.

    with Engine(Path("."), config={"environmentSuffix": "dev"}, policy_packs=[Path("policies")]) as engine:
        plan = engine.preview()
        first = engine.up()
        assert not engine.up().changes
        engine.destroy()

Each operation returns a :class:`results.Result` or raises a :class:`results.EngineError` that carries one.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from . import values
from .analyzer_client import AnalyzerClient, Pack
from .deployment import Deployment, Stack
from .double.home import Cloud, Fault, Home
from .monitor import serving
from .packs import pack_client, pack_process, stack_environment
from .processes import LAUNCHER, Child, Deadline
from .project import Project, read_project
from .provider_client import DOUBLES, PACKAGE_ROOT, Providers
from .results import (
    EngineError,
    Operation,
    OperationTimeoutError,
    PolicyError,
    ProgramError,
    ResourceError,
    Result,
)
from .state import Resource, StateFile

RUNNER = Path(__file__).with_name("runner.py")
# How long a program may take to notice that the deployment has failed.
GRACE = 5.0


class Engine:
    """A stack of one program, with its state and the provider double's cloud. A context manager.

    ``config`` and ``program`` may be assigned between operations, to deploy a change.
    """

    def __init__(
        self,
        program: Path,
        *,
        config: Mapping[str, object] | None = None,
        secrets: Collection[str] = (),
        stack: str = "dev",
        project: str | None = None,
        organization: str = "organization",
        policy_packs: Sequence[Path | Pack] = (),
        home: Path | None = None,
        environment: Mapping[str, str] | None = None,
        timeout: float = 120.0,
        call_timeout: float = 30.0,
    ) -> None:
        """
        Args:
            program: a project folder with ``__main__.py`` (whose ``Pulumi.yaml`` and ``Pulumi.STACK.yaml`` are read)
                or one Python file.
            config: by key; without a prefix the project's own.
            secrets: keys of ``config`` whose values are secret.
            project: the project's name, if not that of ``Pulumi.yaml`` or of the file.
            policy_packs: folders with a ``PulumiPolicy.yaml``. They run in this interpreter's environment.
            home: a folder for state and cloud that outlives this object; without it a temporary one.
            environment: variables for the program.
            timeout: seconds for one operation.
            call_timeout: seconds for one call to the provider double or a policy pack.
        """
        self.program = program
        self.config: dict[str, object] = dict(config or {})
        self._secrets = frozenset(secrets)
        self._stack_name = stack
        self._project_name = project
        self._organization = organization
        self._packs = [item if isinstance(item, Pack) else Pack(item) for item in policy_packs]
        self._environment = {"PULUMI_ERROR_OUTPUT_STRING": "1", **(environment or {})}
        self._timeout = timeout
        self._call_timeout = call_timeout
        self._resources = ExitStack()
        self._home_given = home
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        home = self._home_given or Path(self._resources.enter_context(tempfile.TemporaryDirectory()))
        home.mkdir(parents=True, exist_ok=True)
        self.home = home.resolve()
        self._double = Home(self.home)
        self._providers = Providers(self._spawn_provider, self._call_timeout, PACKAGE_ROOT)
        self._resources.callback(self._providers.close)
        self._providers.warm_up(next(iter(DOUBLES)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for child in self._children:
            child.stop()
        self._resources.close()

    # Operations.

    def preview(self) -> Result:
        """What :meth:`up` would do. Changes nothing.

        Raises:
            ProgramError: the program failed.
            ResourceError: inputs are refused; the message names all of them.
            PolicyError: mandatory policies are violated; the result lists all violations.
        """
        return self._run("preview")

    def up(self) -> Result:
        """Bring the stack to what the program says.

        Raises:
            ProgramError, ResourceError, PolicyError: as for :meth:`preview`, but at the first failure. What was done
                until then is in the state, and the next run goes on from there.
        """
        return self._run("up")

    def destroy(self) -> Result:
        """Delete everything in the state, dependents first. The program is not run."""
        started = time.monotonic()
        with self._state_file().locked():
            state = self._state_file()
            state.compact()
            deployment = Deployment(self._stack(), state, self._providers, directory=self.home)
            deployment.destroy()
        result = _result("destroy", deployment, started)
        _raise_problems(deployment.problems, result)
        return result

    def inject(self, *faults: Fault) -> None:
        """Let the provider double fail at given resources, once each."""
        self._double.inject(faults)

    # What is there.

    @property
    def state(self) -> tuple[Resource, ...]:
        """The resources in the state, with values as on the wire."""
        return self._state_file().resources

    @property
    def cloud(self) -> Cloud:
        """What the provider double was asked to create, and what of that is alive."""
        return self._double.cloud()

    @property
    def children(self) -> tuple[int, ...]:
        """Process ids of every child started so far."""
        return tuple(child.pid for child in self._children)

    # How.

    def _state_file(self) -> StateFile:
        return StateFile(self.home / "state.jsonl")

    def _project(self) -> Project:
        return read_project(self.program, self._stack_name, self._project_name, self.config)

    def _stack(self) -> Stack:
        project = self._project()
        keys = frozenset(key if ":" in key else f"{project.name}:{key}" for key in self._secrets)
        return Stack(project.name, self._stack_name, self._organization, project.config, keys)

    def _run(self, operation: Operation) -> Result:
        started = time.monotonic()
        with self._state_file().locked(), ExitStack() as resources:
            state = self._state_file()
            state.compact()
            stack, preview = self._stack(), operation == "preview"
            packs: list[AnalyzerClient] = []
            deployment = Deployment(
                stack, state, self._providers, packs, directory=self._project().directory, preview=preview
            )
            address = resources.enter_context(serving(deployment, stack, preview=preview))
            # The packs load while the program does; its first registration waits for them.
            with deployment.held():
                program = self._spawn_program(stack, address, preview=preview)
                resources.callback(program.stop)
                starting = [(pack, self._spawn_pack(pack, stack, preview=preview)) for pack in self._packs]
                for _, child in starting:
                    resources.callback(child.stop)
                for pack, child in starting:
                    packs.append(pack_client(pack, child, stack, preview=preview, timeout=self._call_timeout))
            failure = self._await(program, deployment, operation)
            if failure is None and not deployment.problems:
                deployment.finish()
            result = _result(operation, deployment, started)
            ended = _program_error(failure, program, result) if failure is not None else None
            _raise_problems([*deployment.problems, *([ended] if ended else [])], result)
            mandatory = [str(item) for item in result.violations if item.level == "mandatory"]
            if mandatory:
                raise PolicyError("\n".join(mandatory), result)
            return result

    def _await(self, program: Child, deployment: Deployment, operation: Operation) -> int | None:
        """Wait for the program's end; its exit code if it failed on its own account."""
        deadline = Deadline(self._timeout)
        code = None
        while code is None and deadline.left and not deployment.stopped:
            code = program.wait(min(0.05, deadline.left))
        if code is None and deployment.stopped:
            code = program.wait(GRACE)
        if code is None and not deployment.stopped:
            deployment.stop()
            program.stop()
            raise OperationTimeoutError(
                f"the program did not end within {deadline.seconds:g} s.{program.last_words()}",
                _result(operation, deployment, time.monotonic() - deadline.seconds),
            )
        return code if code and not deployment.stopped else None

    def _spawn(self, child: Child) -> Child:
        self._children.append(child)
        return child

    def _spawn_provider(self, package: str) -> Child:
        title = f"the provider double for {package}"
        return self._spawn(
            Child(title, ["module", DOUBLES[package]], directory=PACKAGE_ROOT, environment=self._double.environment)
        )

    def _spawn_pack(self, pack: Pack, stack: Stack, *, preview: bool) -> Child:
        path = pack.path.resolve()
        if not (path / "PulumiPolicy.yaml").is_file():
            raise PolicyError(f"{path} is no policy pack: it has no PulumiPolicy.yaml.")
        return self._spawn(pack_process(path, stack, preview=preview))

    def _spawn_program(self, stack: Stack, address: str, *, preview: bool) -> Child:
        project = self._project()
        environment = {
            **stack_environment(stack, preview=preview),
            "PULUMI_ROOT_DIRECTORY": str(project.directory),
            **self._environment,
        }
        target = ["path", str(RUNNER), str(project.program), address, address]
        return self._spawn(Child("the program", target, directory=project.directory, environment=environment))


def _result(operation: Operation, deployment: Deployment, started: float) -> Result:
    return Result(
        operation=operation,
        steps=tuple(deployment.steps),
        diagnostics=tuple(deployment.diagnostics),
        violations=tuple(deployment.violations),
        outputs=values.plain(deployment.outputs),
        secret_outputs=frozenset(name for name, item in deployment.outputs.items() if values.has_secret(item)),
        seconds=time.monotonic() - started,
        policy_seconds=deployment.policy_seconds,
    )


def _raise_problems(problems: Sequence[EngineError], result: Result) -> None:
    """Raise one error for all: the first one's kind (its own self if it is alone), every message once."""
    if not problems:
        return
    messages = list(dict.fromkeys(map(str, problems)))
    if len(messages) == 1 and isinstance(problems[0], ProgramError):
        raise problems[0]
    kinds = (PolicyError, ResourceError, ProgramError)
    kind = next((kind for kind in kinds if isinstance(problems[0], kind)), ResourceError)
    raise kind("\n".join(messages), result)


def _program_error(code: int, program: Child, result: Result) -> ProgramError:
    logged = [item.message for item in result.diagnostics if item.severity == "error"]
    text = logged[-1] if logged else "\n".join(program.errors)
    if not text:
        return ProgramError(f"the program ended with exit code {code} and without a message", result)
    return ProgramError(_message_of(text), result, text)


def _message_of(traceback: str) -> str:
    """The exception's own text, and the line of the program that it came from."""
    _, *frames = re.split(r'^  File "(.+)", line (\d+), in .*\n', traceback, flags=re.MULTILINE)
    if not frames:
        return traceback.strip()
    lines = frames[-1].splitlines()
    while lines and lines[0].startswith("    "):
        lines.pop(0)
    places = [f"{file}:{line}" for file, line in zip(frames[::3], frames[1::3], strict=True)]
    foreign = ("site-packages", "<frozen", str(RUNNER), str(LAUNCHER))
    own = [place for place in places if not any(part in place for part in foreign)]
    where = f" ({own[-1]})" if own else ""
    return "\n".join(lines).strip() + where
