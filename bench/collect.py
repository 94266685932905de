"""Our collect on the same site: judged twice, archived and written down."""

import json
import sys
import time
from pathlib import Path

from bench import site
from pipeline.ledger.store import Ledger
from pipeline.manifest import parse
from spiders.crawl import collect
from spiders.offline import Job
from spiders.reach import Reach


def main(port: str, out: str) -> None:
    """Crawl the site on ``port`` into ``out`` and print figures as JSON."""
    folder = Path(out)
    folder.mkdir()
    text = site.manifest([f"http://127.0.0.1:{port}/"], limit="pages_per_host = 10000")
    manifest = parse(text, source="bench")
    reach = Reach({f"127.0.0.1:{port}": ("127.0.0.1", int(port))})
    job = Job(
        manifest=manifest,
        folder=folder,
        root=folder,
        software="bench/1",
        run=1,
        reach=reach,
    )
    started, cpu = time.perf_counter(), time.process_time()
    with Ledger(folder) as ledger:
        found = collect(job, ledger)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    pages = found.counts.get("admitted", 0)
    print(json.dumps({"pages": pages, "seconds": seconds, "cpu": cpu}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
