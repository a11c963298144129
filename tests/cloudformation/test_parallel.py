"""Work beside the process: its result comes back, its failure is known, and it does not outlive the block."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from cloudformation.parallel import afterwards, possible

ROOT = Path(__file__).parents[2]


def child_of(code: str) -> subprocess.CompletedProcess[str]:
    """Run code that divides its process, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_result_comes_back() -> None:
    """From another process, and only the result."""
    done = child_of("""
        import os
        from cloudformation.parallel import beside

        def work():
            print("lost")
            return os.getpid()

        with beside(work) as result:
            print(result() not in (0, os.getpid()))
        """)
    assert (done.stdout, done.stderr, done.returncode) == ("True\n", "", 0)


@pytest.mark.parametrize(
    "failure", ["raise ValueError('no')", "os._exit(0)", "return lambda: 0", "raise SystemExit(3)"]
)
def test_failure_is_known(failure: str) -> None:
    """An error, a death, something that cannot be sent: the parent learns that there is no result."""
    done = child_of(f"""
        import os
        from cloudformation.parallel import UnfinishedError, beside

        def work():
            {failure}

        with beside(work) as result:
            try:
                print(result())
            except UnfinishedError:
                print("unfinished")
        """)
    assert (done.stdout, done.stderr, done.returncode) == ("unfinished\n", "", 0)


def test_child_ends_with_the_block() -> None:
    """Even if nobody waited for it."""
    done = child_of("""
        import os, time
        from cloudformation.parallel import beside

        try:
            with beside(lambda: time.sleep(60)):
                raise KeyError
        except KeyError:
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                print("none left")
        """)
    assert (done.stdout, done.returncode) == ("none left\n", 0)


def test_without_a_second_process_the_work_is_done_when_it_is_asked_for() -> None:
    """And not before."""
    calls = []
    with afterwards(lambda: calls.append(1) or os.getpid()) as result:
        assert calls == []
        assert result() == os.getpid()


def test_other_threads_forbid_it() -> None:
    """A lock that one of them holds would be held for ever in the child."""
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        assert not possible()
    finally:
        end.set()
        thread.join()
