"""Runs a Pulumi program in this process, as the Python language host's own script does (the wheel does not hold it).

Takes the program's path and the addresses of monitor and engine as arguments, project, stack, config and mode from
the environment variables that the language host sets. Exit code 0 when the program ran to its end; otherwise the
traceback has been logged to the engine.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pulumi
from pulumi.runtime import Settings, configure, run_in_stack, set_all_config

PARALLEL = 64


def main(program: str, monitor: str, engine: str) -> int:
    environment = os.environ
    set_all_config(json.loads(environment["PULUMI_CONFIG"]), json.loads(environment["PULUMI_CONFIG_SECRET_KEYS"]))
    configure(
        Settings(
            project=environment["PULUMI_PROJECT"],
            stack=environment["PULUMI_STACK"],
            organization=environment["PULUMI_ORGANIZATION"],
            root_directory=environment["PULUMI_ROOT_DIRECTORY"],
            dry_run=environment["PULUMI_DRY_RUN"] == "true",
            parallel=PARALLEL,
            monitor=monitor,
            engine=engine,
        )
    )
    # Futures that nobody awaits once the program has failed are no news.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    sys.argv = [program]
    if Path(program).is_file():
        sys.path.insert(0, str(Path(program).parent))
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(ThreadPoolExecutor(PARALLEL))
    try:
        loop.run_until_complete(run_in_stack(lambda: _run(program)))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return 1
    except Exception:  # noqa: BLE001 whatever the program raises goes to the engine
        pulumi.log.error(traceback.format_exc())
        return 1
    finally:
        loop.close()
    return 0


def _run(program: str) -> None:
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    code = main(*sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Other threads may still wait for answers that will not come.
    os._exit(code)
