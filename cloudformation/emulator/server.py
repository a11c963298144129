"""The emulator's process: moto's server with our CloudFormation, on a free port of the loopback interface.

What is not emulated: any behaviour of services that are generic (see :mod:`.generic`), IAM's decisions, nested stacks,
stack sets, stack policies, drift, imports, macros, dynamic references (``{{resolve:...}}`` stays as it is), and the
tags that CloudFormation adds of its own.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from moto.acm.models import CertBundle, acm_backends
from moto.ec2.models import ec2_backends
from moto.events.models import events_backends
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from .account import ACCOUNT_ID, CERTIFICATE_ARN, PARTITION, REGION, TEMPLATE_BUCKET
from .api import ApiHandler, Services
from .control_plane import ControlPlane
from .custom import CustomHandler, Responses, runnable
from .engine import Engine
from .errors import ResourceError
from .generic import GenericHandler
from .inventory import existing
from .repairs import repair
from .resources import Handler, Record
from .schemas import is_custom
from .services import TYPES
from .stacks import Stack
from .state import HEALTH_PATH, LEFTOVERS_PATH, RESOURCES_PATH, RESPONSE_PATH, STOP_PATH, State, write_state
from .wire import serve

LOOPBACK = "127.0.0.1"
IDLE_CHECK_SECONDS = 1.0


@dataclass(frozen=True)
class Options:
    """How the process is started."""

    identity: str
    """Tells this emulator from another that got the same port or process id later."""
    state_file: Path
    log_file: str
    idle_seconds: float
    seconds_per_resource: float = 0.0
    with_parent: bool = False
    """Whether to end when standard input is closed, as it is when the parent dies."""


class Account:
    """What the process holds: the services, the stacks, and what stood in the account before them."""

    def __init__(self, endpoint: str, seconds_per_resource: float) -> None:
        self.services = Services(endpoint)
        self.generic = GenericHandler()
        self.responses = Responses()
        self._api = ApiHandler(self.services, TYPES)
        self._custom = CustomHandler(endpoint, self._function, self.responses)
        engine = Engine(self._handler, self._exports, seconds_per_resource)
        self.engine = engine
        self.plane = ControlPlane(engine, self._read_object)
        self._at_first: frozenset[tuple[str, str]] = frozenset()

    def furnish(self) -> None:
        """Put in place what every account of ours has, and remember it."""
        _seed_certificate()
        location = {"LocationConstraint": REGION}
        parameters = {"Bucket": TEMPLATE_BUCKET, "CreateBucketConfiguration": location}
        self.services.call("s3", "create_bucket", parameters)
        for backends in (ec2_backends, events_backends, iam_backends):
            # A default VPC, a default event bus, AWS's managed policies come into being with the first use.
            account = backends[ACCOUNT_ID]
            _ = account[PARTITION] if PARTITION in account else account[REGION]
        self._at_first = frozenset(existing(self.generic, self._custom))

    def leftovers(self) -> list[str]:
        """What exists beyond what stood there at first, as ``type name``."""
        return sorted(
            {
                f"{kind} {name}"
                for kind, name in existing(self.generic, self._custom)
                if (kind, name) not in self._at_first
            }
        )

    def resources(self, stack: str) -> list[dict[str, Any]]:
        """The resources of a stack as they were asked for; none when there is no such stack."""
        found = [item for item in self.plane.living() if item.name == stack]
        return self.engine.described(found[0]) if found else []

    def _handler(self, type_name: str) -> Handler:
        if type_name in TYPES:
            return self._api
        return self._custom if is_custom(type_name) else self.generic

    def _function(self, arn: str) -> Record | None:
        record = self._api.find("AWS::Lambda::Function", "Arn", arn)
        return record if record and runnable(record) else None

    def _exports(self, stack: Stack) -> Mapping[str, str]:
        return self.plane.exports_to(stack)

    def _read_object(self, bucket: str, key: str) -> str:
        try:
            body: bytes = self.services.call("s3", "get_object", {"Bucket": bucket, "Key": key})["Body"].read()
        except ResourceError as error:
            raise KeyError(key) from error
        return body.decode()


def _seed_certificate() -> None:
    backend = acm_backends[ACCOUNT_ID][REGION]
    certificate = CertBundle.generate_cert("*.internal.example.com", account_id=ACCOUNT_ID, region=REGION)
    certificate.arn = CERTIFICATE_ARN
    certificate.status = "ISSUED"
    backend._certificates[CERTIFICATE_ARN] = certificate


class Application:
    """The WSGI application: a few pages of our own, everything else is moto's."""

    def __init__(self, options: Options, stop: Callable[[], None]) -> None:
        self._options = options
        self._stop = stop
        self._moto = DomainDispatcherApplication(create_backend_app)
        self.account: Account | None = None
        self.last_request = time.monotonic()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == HEALTH_PATH:
            return _answer(start_response, {"identity": self._options.identity, "pid": os.getpid()})
        self.last_request = time.monotonic()
        if path == LEFTOVERS_PATH and self.account:
            return _answer(start_response, self.account.leftovers())
        if path.startswith(RESOURCES_PATH) and self.account:
            return _answer(start_response, self.account.resources(path.removeprefix(RESOURCES_PATH)))
        if path == STOP_PATH and environ.get("QUERY_STRING") == self._options.identity:
            self._stop()
            return _answer(start_response, "stopping")
        if path.startswith(RESPONSE_PATH) and self.account:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            self.account.responses.put(path.removeprefix(RESPONSE_PATH), body)
            return _answer(start_response, "thank you")
        answer: Iterable[bytes] = self._moto(environ, start_response)
        return answer


def _answer(start_response: Callable[..., Any], value: object) -> list[bytes]:
    body = json.dumps(value).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


class RequestHandler(MotoRequestHandler):
    """Keeps connections open, and does not log health checks."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        if HEALTH_PATH not in self.path:
            super().log_request(code, size)


def _stop_with_parent(stopping: threading.Event) -> None:
    sys.stdin.read()
    stopping.set()


def run(options: Options) -> None:
    """Serve until told to stop, until nobody has asked for anything for the idle time, or until the parent is gone."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    repair()
    stopping = threading.Event()
    application = Application(options, stopping.set)
    server = make_server(LOOPBACK, 0, application, threaded=True, request_handler=RequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    account = Account(f"http://{LOOPBACK}:{server.port}", options.seconds_per_resource)
    serve(account.plane)
    account.furnish()
    application.account = account

    def on_signal(_: int, __: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    if options.with_parent:
        threading.Thread(target=_stop_with_parent, args=(stopping,), daemon=True).start()
    state = State(options.identity, os.getpid(), server.port, options.log_file)
    write_state(options.state_file, state)
    logging.info("ready: %s", asdict(state))
    while not stopping.wait(IDLE_CHECK_SECONDS):
        if time.monotonic() - application.last_request > options.idle_seconds:
            logging.info("nobody asked for anything for %s seconds", options.idle_seconds)
            break
    # Only our own: another emulator may have started here since.
    state.remove_from(options.state_file)
    logging.info("stopped")
    # The stop request is still being answered in a daemon thread.
    time.sleep(0.1)
