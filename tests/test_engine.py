"""An engine gives results in the order of the tasks, whoever did them and whoever died."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from pipeline import engine as module
from pipeline.engine import ATTEMPTS, WINDOW, Engine, open_engine
from pipeline.errors import EngineFault, InputFault, UsageFault
from tests.cluster import Cluster, running

TASKS = range(40)
SQUARES = [n * n for n in TASKS]
SECONDS = 60


def square(number: int) -> int:
    return number * number


def die_once(mark: Path, number: int) -> int:
    """Square a number; whoever is the first to see 7 is killed over it."""
    if number == 7 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return square(number)


def die(number: int) -> int:
    if number == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return square(number)


def refuse(number: int) -> int:
    if number == 7:
        raise InputFault("seven is not here. Name another.")
    return square(number)


def whose(number: int) -> tuple[int, int]:
    time.sleep(0.05)
    return number, os.getpid()


def die_slowly(mark: Path, number: int) -> tuple[int, int]:
    """Say who took a number; the first to see 9 says its name and waits for its end."""
    if number == 9 and not mark.exists():
        mark.write_text(str(os.getpid()))
        time.sleep(SECONDS)
    return whose(number)


WORKING = """
from pipeline.engine import open_engine
from tests.test_engine import whose

if __name__ == "__main__":
    with open_engine(jobs=2) as engine:
        for _, pid in engine.map(whose, range(10_000)):
            print(pid, flush=True)
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with running(tmp_path / "workers") as made:
        yield made


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_the_order_of_the_tasks(jobs: int) -> None:
    with open_engine(jobs=jobs) as engine:
        assert list(engine.map(square, TASKS)) == SQUARES
        assert list(engine.map(square, ())) == []


def test_a_single_task_needs_no_worker() -> None:
    with open_engine(jobs=2) as engine:
        assert list(engine.map(whose, [1])) == [(1, os.getpid())]


def test_more_than_one_process_works() -> None:
    with open_engine(jobs=2) as engine:
        workers = {pid for _, pid in engine.map(whose, TASKS)}
    assert len(workers) == 2
    assert os.getpid() not in workers


def test_tasks_are_drawn_as_room_comes() -> None:
    drawn: list[int] = []

    def tasks() -> Iterator[int]:
        for number in TASKS:
            drawn.append(number)
            yield number

    with open_engine(jobs=2) as engine:
        results = engine.map(square, tasks())
        next(results)
        assert len(drawn) <= 2 * WINDOW
        assert list(results) == SQUARES[1:]


def test_what_a_lost_worker_had_begun_is_done_anew(tmp_path: Path) -> None:
    with open_engine(jobs=2) as engine:
        found = list(engine.map(partial(die_once, tmp_path / "mark"), TASKS))
    assert (tmp_path / "mark").exists()
    assert found == SQUARES


def test_a_task_that_ends_every_worker_is_named() -> None:
    with (
        open_engine(jobs=2) as engine,
        pytest.raises(EngineFault, match=rf"page [5-7]: .* lost {ATTEMPTS} times"),
    ):
        list(engine.map(die, TASKS, name_of="page {}".format))


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_fault_of_a_task_is_raised_as_it_is(jobs: int) -> None:
    with open_engine(jobs=jobs) as engine, pytest.raises(InputFault, match="seven is not"):
        list(engine.map(refuse, TASKS))


@pytest.mark.parametrize("address", ["spark://host:1", "dask://", "127.0.0.1:8786"])
def test_what_is_no_engine_is_refused_with_what_is(address: str) -> None:
    with pytest.raises(UsageFault, match="dask://10"):
        open_engine(address)


def test_a_cluster_does_what_a_process_does_and_loses_a_worker(
    tmp_path: Path, cluster: Cluster
) -> None:
    mark = tmp_path / "mark"
    with open_engine(cluster.address) as engine:
        pids: set[int] = set()
        found = []
        results = engine.map(partial(die_slowly, mark), TASKS)
        for number, pid in results:
            found.append(number)
            pids.add(pid)
            while number == 8 and not mark.exists():
                time.sleep(0.05)
            if mark.exists() and (victim := int(mark.read_text())) in cluster.living():
                os.kill(victim, signal.SIGKILL)
    assert found == list(TASKS)
    assert pids <= {each.pid for each in cluster.workers}
    assert len(cluster.living()) == 1


@pytest.mark.parametrize("jobs", [1, 3])
def test_tasks_that_last_have_a_worker_each(jobs: int) -> None:
    with open_engine(jobs=jobs) as engine:
        begun = [engine.begin(whose, number) for number in range(3)]
        found = dict(one.result() for one in begun)
        engine.dismiss()

        assert (engine.processes(), engine.home()) == (jobs, "127.0.0.1")
    assert len(set(found.values())) == jobs


def test_a_lost_worker_takes_no_other_task_that_lasts_with_it(tmp_path: Path) -> None:
    with open_engine(jobs=2) as engine:
        lost = engine.begin(partial(die_once, tmp_path / "mark"), 7)
        other = engine.begin(whose, 1)

        assert isinstance(lost.exception(), engine.losses)
        assert other.result()[0] == 1


def test_a_cluster_says_how_many_processes_it_has_and_where_they_reach_us(
    cluster: Cluster,
) -> None:
    with open_engine(cluster.address) as engine:
        begun = [engine.begin(whose, number) for number in range(2)]

        assert (engine.processes(), engine.home()) == (2, "127.0.0.1")
        assert {one.result()[1] for one in begun} <= {w.pid for w in cluster.workers}


def test_a_scheduler_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECT_SECONDS", 1)
    engine = open_engine("dask://127.0.0.1:9")
    with engine, pytest.raises(UsageFault, match="no Dask scheduler answers"):
        list(engine.map(square, TASKS))


def test_workers_end_with_the_process_that_they_work_for() -> None:
    command = [sys.executable, "-c", WORKING]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pids = {int(process.stdout.readline()) for _ in range(4)}
        process.kill()

    assert len(pids) == 2
    deadline = time.monotonic() + SECONDS
    while any(map(is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_alive, pids))


def test_an_engine_can_be_opened_again() -> None:
    engine = open_engine(jobs=2)
    for _ in range(2):
        with engine:
            assert isinstance(engine, Engine)
            assert list(engine.map(square, TASKS)) == SQUARES
