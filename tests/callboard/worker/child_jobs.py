"""Job types whose bodies run in child processes; imported by the tests and by each child."""

import itertools
import mmap
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from callboard.jobs.errors import Permanent, RetryLater, Snooze
from callboard.jobs.policy import Queue, Retry
from callboard.worker.context import Context
from callboard.worker.job import job
from callboard.worker.setup import set_up

broker = set_up()
queue = Queue("isolated")
HOUR = 3_600
# A job that is retried must not come back while the tests run.
LATER = Retry(attempts=2, first=HOUR, at_most=HOUR, jitter="none")


def note(pid_file: str, *pids: int) -> None:
    """Leave pids for the test, this process first."""
    whole = Path(pid_file)
    part = whole.with_suffix(".part")
    part.write_text(" ".join(map(str, (os.getpid(), *pids))))
    part.rename(whole)


def stay_in_c() -> None:
    sum(itertools.repeat(0))


@job(queue=queue, isolated=True)
def tells_its_process() -> dict[str, int]:
    # Not by getrusage, whose peak a process inherits from the one that started it.
    peak_kb = next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    return {"pid": os.getpid(), "session": os.getsid(0), "peak_mb": int(peak_kb) // 1024}


@job(queue=queue, isolated=True)
def tells_its_progress(ctx: Context) -> str:
    ctx.log("half-way there")
    ctx.save({"row": 7})
    ctx.progress(50, 100, "half")
    return ctx.id


class Stubborn(Exception):
    """Cannot be sent to another process."""

    def __init__(self, _one: int, _two: int) -> None:
        super().__init__("a lock comes along")
        self.lock = threading.Lock()


ERRORS: dict[str, BaseException] = {
    "Permanent": Permanent("no such paper"),
    "RetryLater": RetryLater(HOUR),
    "Snooze": Snooze(HOUR),
    "ConnectionError": ConnectionError("refused"),
    "ValueError": ValueError("what is this"),
    "SystemExit": SystemExit(1),
    "KeyboardInterrupt": KeyboardInterrupt(),
    "GeneratorExit": GeneratorExit(),
    "RecursionError": RecursionError("too deep"),
    "Stubborn": Stubborn(1, 2),
}


@job(queue=queue, isolated=True, retry=LATER)
def raises(name: str) -> None:
    raise ERRORS[name]


@job(queue=queue, isolated=True)
def returns_a_lock() -> Any:
    return threading.Lock()


def wait_for_a_lock() -> None:
    lock = threading.Lock()
    with lock:
        lock.acquire()


def wait_for_a_socket() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.recv(1)


def swallow_everything() -> None:
    while True:
        try:
            threading.Event().wait(HOUR)
        except BaseException:
            continue


def loop_in_python() -> None:
    while True:
        pass


BLOCKS: dict[str, Any] = {
    "sleep": partial(time.sleep, HOUR),
    "lock": wait_for_a_lock,
    "socket": wait_for_a_socket,
    "subprocess": lambda: subprocess.run(["sleep", str(HOUR)], start_new_session=True),
    "python loop": loop_in_python,
    "c loop": stay_in_c,
    "regex": lambda: re.match(r"(a+)+$", "a" * 40 + "b"),
    "swallowed exception": swallow_everything,
}


@job(queue=queue, isolated=True, timeout=0.4, retry=LATER)
def blocks(how: str) -> None:
    BLOCKS[how]()


@job(queue=queue, isolated=True)
def never_looks_up(pid_file: str) -> None:
    note(pid_file)
    stay_in_c()


@job(queue=queue, isolated=True, timeout=5, retry=LATER)
def starts_programs(pid_file: str) -> None:
    programs = [subprocess.Popen(["sleep", str(HOUR)], start_new_session=new) for new in (False, True)]
    leave_orphan = f"from subprocess import *; print(Popen(['sleep', '{HOUR}'], stdout=DEVNULL, stderr=DEVNULL).pid)"
    orphan = subprocess.run([sys.executable, "-c", leave_orphan], capture_output=True, text=True, check=True)
    note(pid_file, *(program.pid for program in programs), int(orphan.stdout))
    swallow_everything()


@job(queue=queue, isolated=True)
def starts_programs_without_limit(pid_file: str) -> None:
    starts_programs.fn(pid_file)


@job(queue=queue, isolated=True)
def keeps_asking(ctx: Context) -> None:
    for n in itertools.count():
        ctx.progress(n % 100)
        threading.Event().wait(0.01)


@job(queue=queue, isolated=True, memory_mb=300)
def fills_memory(how: str) -> int:
    held = [np.ones(2**17) if how == "arrays" else b"x" * 2**20 for _ in range(2_048)]
    return len(held)


@job(queue=queue, isolated=True, memory_mb=300)
def allocates_two_gb_at_once() -> int:
    return len(bytearray(2**31))


@job(queue=queue, isolated=True, memory_mb=300)
def fills_shared_memory() -> int:
    held = []
    for _ in range(128):
        held.append(mmap.mmap(-1, 2**24))
        held[-1].write(b"x" * 2**24)
    return len(held)


@job(queue=queue, isolated=True, memory_mb=300)
def needs_half_of_its_memory() -> int:
    return len(b"x" * (150 * 2**20))


DEATHS: dict[str, Any] = {
    "SIGSEGV": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "SIGKILL": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "SIGABRT": os.abort,
    "exit code 3": lambda: os._exit(3),
    "exit code 0": lambda: os._exit(0),
}


@job(queue=queue, isolated=True)
def dies(how: str) -> None:
    DEATHS[how]()


@job(queue=queue, isolated=True)
def leaves_something(what: str) -> int:
    if what == "a thread":
        threading.Thread(target=time.sleep, args=(HOUR,), daemon=True).start()
    elif what == "a program":
        subprocess.Popen(["sleep", str(HOUR)])
    elif what == "memory":
        KEPT.append(b"x" * (300 * 2**20))
    return os.getpid()


KEPT: list[bytes] = []


@job(queue=queue)
def runs_in_a_thread() -> int:
    return os.getpid()
