"""Where work runs: an executor, of this machine's cores or of a Dask cluster.

What is mapped gives its results in the order of its tasks, so that nothing that is made of
them can tell how many workers there were, which was quick, and which died on the way.
"""

import os
import signal
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing import get_all_start_methods, get_context, parent_process
from threading import Lock, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Final, ParamSpec, Self, TypeVar

from pipeline.errors import EngineFault, UsageFault

if TYPE_CHECKING:
    from distributed import Client

Task = TypeVar("Task")
Result = TypeVar("Result")
P = ParamSpec("P")

ATTEMPTS: Final = 3
"""How often a task is begun whose worker is lost: then it is the task that ends it."""

WINDOW: Final = 3
"""Tasks that wait or run for each worker; the results of no more are in memory."""

CONNECT_SECONDS: Final = 10
"""How long a scheduler may take to answer."""

LOOPBACK: Final = "127.0.0.1"

_DASK: Final = "dask://"

# A process that is forked from one with threads, or with a database open, may hang; one
# that is forked from a server has neither, and has its imports already.
_START: Final = "forkserver" if "forkserver" in get_all_start_methods() else "spawn"

# The threads of one worker take turns: what is mapped may keep caches for its process.
_TURN: Final = Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """An executor, and how many tasks it does at once in how many processes.

    ``alone`` returns the executor of one task that lasts, whose function is in the module
    that is named; ``home`` is the address at which workers reach this machine.
    """

    executor: Executor
    width: int
    processes: int
    alone: Callable[[str], Executor]
    home: str = LOOPBACK


class Engine:
    """Workers that map a function over tasks; opened when the first task is mapped.

    ``losses`` are the exceptions by which an executor says that a worker is gone.
    """

    def __init__(
        self,
        make: Callable[[], Workers],
        *,
        losses: tuple[type[BaseException], ...] = (BrokenExecutor,),
    ) -> None:
        self._make = make
        self.losses = losses
        self._workers: Workers | None = None
        self._alone: list[Executor] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def map(
        self,
        function: Callable[[Task], Result],
        tasks: Iterable[Task],
        *,
        name_of: Callable[[Task], str] = str,
    ) -> Iterator[Result]:
        """Yield what ``function`` returns for each task, in the order of the tasks.

        Function, tasks and results have to be picklable. What the function raises is
        raised here; where a worker is lost its tasks are begun anew. Raises EngineFault,
        with the name of the task, where that does not help.
        """
        coming = iter(tasks)
        waiting = deque(islice(coming, 2))
        if len(waiting) == 1:
            # One task gains nothing from a worker, whose start costs a second.
            yield function(waiting[0])
            return
        begun: deque[Future[Result]] = deque()
        losses = 0
        while waiting:
            try:
                workers = self._opened()
                waiting.extend(islice(coming, workers.width * WINDOW - len(waiting)))
                for task in islice(waiting, len(begun), None):
                    begun.append(workers.executor.submit(_in_turn, function, task))
                result = begun[0].result()
            except self.losses as loss:
                losses += 1
                if losses == ATTEMPTS:
                    raise hopeless(name_of(waiting[0])) from loss
                begun.clear()
                self._close()
                continue
            waiting.popleft()
            begun.popleft()
            losses = 0
            yield result

    def begin(self, function: Callable[[Task], Result], task: Task) -> Future[Result]:
        """Begin a task that lasts, on a worker that has nothing else to do meanwhile.

        Where its worker is lost, the future raises one of ``losses``, or an executor that
        can begins the task anew by itself.
        """
        executor = self._opened().alone(function.__module__)
        if executor is not self._opened().executor:
            self._alone.append(executor)
        return executor.submit(function, task)

    def dismiss(self) -> None:
        """Wait until the tasks that last have ended, each of which was told to."""
        for executor in self._alone:
            executor.shutdown(wait=True, cancel_futures=True)
        self._alone.clear()

    def processes(self) -> int:
        """Return in how many processes tasks can be done at the same time."""
        return self._opened().processes

    def home(self) -> str:
        """Return the address at which workers reach this machine."""
        return self._opened().home

    def _opened(self) -> Workers:
        if self._workers is None:
            self._workers = self._make()
        return self._workers

    def _close(self) -> None:
        self.dismiss()
        workers, self._workers = self._workers, None
        if workers is not None:
            workers.executor.shutdown(wait=True, cancel_futures=True)


def open_engine(address: str | None = None, *, jobs: int | None = None) -> Engine:
    """Return the engine at an address, or one of this machine with so many workers.

    ``dask://host:8786`` is the scheduler of a Dask cluster. Without an address there is a
    process for each of ``jobs``, of which the default is one for each core; one job is
    done in this process. Raises UsageFault where the address is none, or nobody is there.
    """
    if address is not None:
        return _of_cluster(address)
    width = cores() if jobs is None else jobs
    if width == 1:
        return Engine(_here)
    return Engine(partial(_pool, width))


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Here(Executor):
    """An executor that does each task at once, in this process."""

    def submit(
        self, fn: Callable[P, Result], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[Result]:
        """Return a future that is done."""
        future: Future[Result] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001  (told by the future)
            future.set_exception(error)
        return future


def _here() -> Workers:
    executor = _Here()
    return Workers(executor=executor, width=1, processes=1, alone=lambda _: executor)


def _pool(width: int) -> Workers:
    # A pool that loses a worker loses all of them: tasks that last have one each.
    return Workers(
        executor=_processes(width),
        width=width,
        processes=width,
        alone=partial(_processes, 1),
    )


def _processes(width: int, *modules: str) -> Executor:
    context = get_context(_START)
    if _START == "forkserver":
        # Heard when the server starts: what is imported later, each worker does itself.
        context.set_forkserver_preload(["pipeline.making", "pipeline.taking", *modules])
    return ProcessPoolExecutor(width, mp_context=context, initializer=_begin)


def _begin() -> None:
    # A key that is pressed reaches every process of the terminal: ours tells the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker when the process that it works for was killed.

    It waits for tasks on a pipe that its fellows hold open as well, and would do so for
    ever.
    """
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _in_turn(function: Callable[[Task], Result], task: Task) -> Result:
    with _TURN:
        return function(task)


def _of_cluster(address: str) -> Engine:
    place = address.removeprefix(_DASK)
    if not address.startswith(_DASK) or not place:
        raise UsageFault(
            f"{address}: not an engine. Write {_DASK} with host and port of a Dask "
            f"scheduler, such as {_DASK}10.0.0.1:8786, or leave it out for this machine."
        )
    try:
        import distributed  # noqa: PLC0415  (start-up time, and an extra)
    except ImportError as error:
        raise UsageFault(
            f"{address}: Dask is not installed here. Install it on this machine and on "
            "each worker: pip install 'estovers[cluster]'."
        ) from error
    from distributed.scheduler import KilledWorker  # noqa: PLC0415

    def connected() -> Workers:
        try:
            client = distributed.Client(
                f"tcp://{place}", timeout=CONNECT_SECONDS, set_as_default=False
            )
        except (OSError, ValueError, TimeoutError) as error:
            raise UsageFault(
                f"{address}: no Dask scheduler answers there ({error}). Start one, or "
                "leave the engine out to work on this machine."
            ) from error
        threads = client.nthreads()
        executor = _Cluster(client)
        return Workers(
            executor=executor,
            width=max(1, sum(threads.values())),
            processes=max(1, len(threads)),
            alone=lambda _: executor,
            home=_home_towards(place),
        )

    return Engine(connected, losses=(BrokenExecutor, KilledWorker))


def _home_towards(place: str) -> str:
    """Return the address by which this machine would send to a host and port."""
    host, _, port = place.rpartition(":")
    # Nothing is sent: a datagram socket only looks up the way.
    [(family, kind, _, _, there), *_] = socket.getaddrinfo(
        host.strip("[]"), port, type=socket.SOCK_DGRAM
    )
    with socket.socket(family, kind) as one:
        one.connect(there)
        return str(one.getsockname()[0])


class _Cluster(Executor):
    """The executor of a Dask client, which goes when it does."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        # The scheduler itself begins anew what a lost worker had.
        self._executor = client.get_executor(pure=False, retries=0)

    def submit(
        self, fn: Callable[P, Result], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[Result]:
        """Hand a task to the scheduler."""
        future: Future[Result] = self._executor.submit(fn, *args, **kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002  (as declared)
        """Let the client go; the cluster stays."""
        self._executor.shutdown(wait=wait and not cancel_futures)
        with suppress(OSError, TimeoutError):
            self._client.close()


def hopeless(name: str) -> EngineFault:
    """Return what is said of a task whose workers were lost again and again."""
    return EngineFault(
        f"{name}: the worker was lost {ATTEMPTS} times. Look for what ends it, most often "
        "too little memory, and run the command again: what is committed is kept."
    )
