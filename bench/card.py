"""``python -m bench.card [DOCUMENTS]``: what a card of a large corpus costs.

::

    publish   the dataset, the trees, the card and all that is written of it, signed
    audit     of the published folder: every number, digest, tree and rule
    prove     a proof of a URL, a domain, a text and an absence; of each the median of many
    diff      between two releases, of which the second changed a hundredth

The ledger is made up, the same at each run: hosts, pages, refusals, decisions and their
words as a crawl leaves them. Each measurement has a process of its own, of which wall time,
CPU time of all threads and the peak of resident memory are given.
"""

import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from bench.ledger import MANIFEST, NOW, Web, append_crawl, append_release
from pipeline.ledger.store import FILE_NAME, Ledger
from pipeline.manifest import parse
from pipeline.publish.export import split_of_shard

DOCUMENTS = 100_000
PROOFS = 50


def main(arguments: Sequence[str] = ()) -> None:
    """Make a ledger, publish it twice and print what each part costs."""
    documents = int(arguments[0]) if arguments else DOCUMENTS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = _asked("make", folder, documents)
        print(
            f"card: {documents} documents of {made['pages']} pages, "
            f"{made['decisions']} decisions with {made['evidence']} rows of evidence, a "
            f"ledger of {made['bytes'] / 1e6:.0f} MB"
        )
        print(f"{'':28}{'seconds':>10}{'CPU':>10}{'MiB':>10}")
        _print_costs("publish", _asked("publish", folder))
        shutil.copytree(folder / "dataset", folder / "first")
        _print_sizes(folder / "dataset")
        _print_costs("audit of the folder", _asked("audit", folder))
        _print_costs("  its measures alone", _asked("measure", folder))
        _print_proofs(_asked("prove", folder))
        _print_costs("publish the next release", _asked("publish_next", folder, documents))
        _print_costs("diff of the two", _asked("diff", folder))


def _print_costs(what: str, found: dict[str, float]) -> None:
    print(f"{what:28}{found['wall']:10.1f}{found['cpu']:10.1f}{found['memory']:10.0f}")


def _print_proofs(found: dict[str, float]) -> None:
    for name in ("url", "domain", "text", "absence"):
        print(f"{f'prove, by {name}':28}{1000 * found[name]:10.1f} ms")
    print(f"{'estovers prove, all of it':28}{found['command']:10.1f}")


def _print_sizes(dataset: Path) -> None:
    sizes = {path: path.stat().st_size for path in dataset.rglob("*") if path.is_file()}
    large = sorted(sizes.items(), key=lambda each: -each[1])
    named = [
        f"{path.relative_to(dataset)} {size / 1e6:.1f}"
        for path, size in large
        if not split_of_shard(path.name)
    ]
    print(f"{'  MB in all':28}{sum(sizes.values()) / 1e6:10.1f}  {', '.join(named[:8])}")


def _asked(part: str, folder: Path, *arguments: object) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.card", part, str(folder), *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


# What follows runs in a process of its own.


def _cost_of(work: Callable[[], object]) -> dict[str, float]:
    started, before = time.perf_counter(), time.process_time()
    work()
    return {
        "wall": time.perf_counter() - started,
        "cpu": time.process_time() - before,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def make(folder: Path, documents: int) -> dict[str, float]:
    """Write the ledger of a corpus that was collected and curated."""
    web = Web(documents)
    with Ledger(folder) as ledger:
        append_crawl(ledger, web)
        append_release(ledger, web, 1)
        counts = "SELECT (SELECT count(*) FROM decisions), (SELECT count(*) FROM evidence)"
        decisions, evidence = ledger.connection.execute(counts).fetchall()[0]
    size = (folder / FILE_NAME).stat().st_size
    return {
        "pages": web.size, "decisions": decisions, "evidence": evidence, "bytes": size
    }  # fmt: skip


def publish(folder: Path) -> dict[str, float]:
    """Publish the newest release as the command does, its seal included."""
    from pipeline import verbs
    from pipeline.publish import attestation

    private, _ = attestation.keygen()
    job = verbs.Job(
        manifest=parse(MANIFEST, source="bench"),
        text=MANIFEST,
        root=folder,
        folder=folder,
        clock=lambda: NOW,
        key=attestation.load_key(private),
    )
    return _cost_of(partial(verbs.publish_only, job))


def publish_next(folder: Path, documents: int) -> dict[str, float]:
    """Publish a second release, of which a few documents differ."""
    with Ledger(folder) as ledger:
        append_release(ledger, Web(documents), 2)
    return publish(folder)


def audit(folder: Path) -> dict[str, float]:
    """Audit the published folder, without its ledger."""
    from pipeline.publish import audit as auditing

    def work() -> None:
        found = auditing.audit(folder / "dataset")
        if found.found:
            raise SystemExit(auditing.render(found))

    return _cost_of(work)


def measure(folder: Path) -> dict[str, float]:
    """Run each query of the card on the published files."""
    from pipeline.publish import measures, tables

    dataset = folder / "dataset"
    with tables.opened(dataset) as connection:
        tables.add(connection, tables.listed(dataset), tables.planted(connection))
        return _cost_of(partial(measures.measured, connection))


def prove(folder: Path) -> dict[str, float]:
    """Return the median seconds of each kind of proof, and of the command once."""
    from pipeline.publish import prove as proving
    from pipeline.publish import tables

    dataset = folder / "dataset"
    with tables.opened(dataset) as connection:
        query = "SELECT url, text FROM published.documents USING SAMPLE {} (reservoir, 1)"
        found = connection.execute(query.format(f"{PROOFS} ROWS")).fetchall()
        domains = connection.execute(
            "SELECT domain FROM published.domain_leaves ORDER BY md5(domain) LIMIT ?",
            [PROOFS],
        ).fetchall()
    urls = [url for url, _ in found]
    started = time.perf_counter()
    command = [sys.executable, "-m", "pipeline.cli", "prove", "--out", str(dataset)]
    where = ["--to", str(folder / "proof.json")]
    subprocess.run([*command, "--url", urls[0], *where], check=True, capture_output=True)
    return {
        "command": time.perf_counter() - started,
        "url": _median(partial(proving.of_url, dataset), urls),
        "domain": _median(partial(proving.of_domain, dataset), [d for (d,) in domains]),
        "text": _median(
            partial(proving.of_text, dataset), [text.encode() for _, text in found]
        ),
        "absence": _median(partial(proving.of_url, dataset), [f"{u}-not" for u in urls]),
    }


def diff(folder: Path) -> dict[str, float]:
    """Say what changed between the two releases."""
    from pipeline.publish import diff as differing

    def work() -> None:
        differing.as_json(differing.diff(folder / "first", folder / "dataset"))

    return _cost_of(work)


def _median(work: Callable[..., object], subjects: Sequence[object]) -> float:
    return statistics.median(_cost_of(partial(work, each))["wall"] for each in subjects)


_PARTS: dict[str, Callable[..., dict[str, float]]] = {
    "make": make,
    "publish": publish,
    "publish_next": publish_next,
    "audit": audit,
    "measure": measure,
    "prove": prove,
    "diff": diff,
}


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in _PARTS:
        part, where, *rest = sys.argv[1:]
        print(json.dumps(_PARTS[part](Path(where), *map(int, rest))))
    else:
        main(sys.argv[1:])
