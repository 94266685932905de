"""A Dask cluster of three processes that speak over loopback: a scheduler, two workers."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

WORKERS = 2


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where its scheduler listens, and the processes of its workers, of one thread each."""

    address: str
    workers: tuple["subprocess.Popen[bytes]", ...]

    def living(self) -> set[int]:
        """Return the numbers of the workers that have not ended."""
        return {each.pid for each in self.workers if each.poll() is None}


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """Run a cluster that keeps what it writes in ``folder``."""
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{one.getsockname()[1]}"
    host, _, port = place.partition(":")
    common = ["--host", host, "--no-dashboard"]
    scheduler = _started("scheduler", "--port", port, *common)
    alone = ["--no-nanny", "--nworkers", "1", "--nthreads", "1", "--death-timeout", "60"]
    here = ["--local-directory", str(folder)]
    workers = tuple(
        _started("worker", f"tcp://{place}", *common, *alone, *here) for _ in range(WORKERS)
    )
    try:
        yield Cluster(f"dask://{place}", workers)
    finally:
        for each in (*workers, scheduler):
            each.kill()
            each.wait()


def _started(part: str, *arguments: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", f"distributed.cli.dask_{part}", *arguments]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdout=quiet, stderr=quiet)
