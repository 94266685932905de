"""Collect of several hosts by one process, and shared over workers."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from multiprocessing import forkserver
from pathlib import Path
from statistics import median

from bench import site
from pipeline.engine import open_engine
from pipeline.ledger.store import Ledger
from pipeline.manifest import parse
from spiders.crawl import collect
from spiders.offline import Job
from spiders.reach import Reach
from spiders.web import serve

HOSTS = 8
PAGES = 250
"""Pages of each host."""

ROUNDS = 3
JOBS = (1, 2)


def main() -> None:
    """Print pages/s of each number of processes, their ratio, and the CPU time of each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for host in _hosts():
            site.write(folder / "web", pages=PAGES, host=host)
        with serve(folder / "web") as served:
            found: dict[int, list[dict[str, float]]] = {jobs: [] for jobs in JOBS}
            for turn in range(ROUNDS):
                for jobs, results in found.items():
                    results.append(_crawl(jobs, served.port, folder / f"{jobs}-{turn}"))
    total = HOSTS * PAGES
    for jobs, results in found.items():
        rates = [total / one["seconds"] for one in results]
        ratios = [
            one["seconds"] / shared["seconds"]
            for one, shared in zip(found[JOBS[0]], results, strict=True)
        ]
        own, others = (median(one[key] for one in results) for key in ("own", "others"))
        print(
            f"share: --jobs {jobs}: {median(rates):.0f} pages/s ({min(rates):.0f} to "
            f"{max(rates):.0f}, {ROUNDS} rounds), {median(ratios):.2f} times one; CPU a "
            f"page {1000 * own / total:.2f} ms in the process of the command, "
            f"{1000 * others / total:.2f} ms in the workers; {HOSTS} hosts of {PAGES} pages"
        )


def _hosts() -> list[str]:
    return [f"h{number}.example" for number in range(HOSTS)]


def _crawl(jobs: int, port: int, out: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.share", str(jobs), str(port), str(out)]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(result.stdout.splitlines()[-1])
    if found["pages"] != HOSTS * PAGES:
        raise SystemExit(f"{jobs} saw {found['pages']} pages, not {HOSTS * PAGES}")
    return found


def _collect(jobs: int, port: int, folder: Path) -> None:
    folder.mkdir()
    urls = [f"http://{host}/" for host in _hosts()]
    text = site.manifest(urls, limit="delay_factor = 0")
    reach = Reach(dict.fromkeys(_hosts(), ("127.0.0.1", port)), is_live=False)
    started = time.perf_counter()
    with open_engine(jobs=jobs) as engine, Ledger(folder) as ledger:
        job = Job(
            manifest=parse(text, source="bench"),
            folder=folder,
            root=folder,
            software="bench/1",
            run=1,
            reach=reach,
            engine=engine if jobs > 1 else None,
        )
        found = collect(job, ledger)
    seconds = time.perf_counter() - started
    pages = found.counts.get("admitted", 0)
    # Workers are children of a server of processes, whose time counts when it has ended.
    forkserver._forkserver._stop()  # noqa: SLF001
    cpu = {"own": _cpu(resource.RUSAGE_SELF), "others": _cpu(resource.RUSAGE_CHILDREN)}
    print(json.dumps({"pages": pages, "seconds": seconds, **cpu}))


def _cpu(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    _collect(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
