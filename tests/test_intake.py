"""Pages of WARC files are judged by what was archived with them, and nobody is asked."""

import os
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import cli, verbs
from pipeline.clock import clock_of
from pipeline.ledger.rows import Run
from pipeline.ledger.store import Ledger
from pipeline.manifest import parse
from spiders import offline
from spiders.reach import Reach
from tests.corpus import BY, BY_NC, html
from tests.warcs import FREE, NOON, Answer, nothing, robots, warc

A = "http://a.example"
S = "https://a.example"
ADMITTED = ("admitted", "license.admits")
UNKNOWN = ("held", "policy.not-archived")

MANIFEST = """
name = "old-essays"
version = "1.0.0"
purpose = "To test what becomes of archived pages."
intended_uses = ["Tests."]
[curator]
name = "Ada Curator"
url = "https://curator.example/corpus"
email = "corpus@curator.example"
[[sources]]
warc = [{files}]
{more}
[licenses]
allow = ["CC0-1.0", "CC-BY", "CC-BY-SA"]
"""


def page(path: str, *, license_: str = BY, head: str = "", **facts: object) -> Answer:
    text = f"A commons has rules, and those of {path} are made by those who use it. " * 9
    body = html(text, title=path, license_=license_, head=head)
    return Answer(url=f"{A}{path}", body=body, **facts)  # type: ignore[arg-type]


class Files:
    """A folder with WARC files and a manifest that names them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "build"
        self.manifest = root / "old-essays.toml"
        self.names: list[str] = []

    def put(self, name: str, answers: "Iterable[Answer] | bytes") -> None:
        content = answers if isinstance(answers, bytes) else warc(answers)
        (self.root / name).write_bytes(content)
        if name not in self.names:
            self.names.append(name)

    def rule(self, more: str = "") -> None:
        files = ", ".join(f'"{one}"' for one in self.names)
        self.manifest.write_text(MANIFEST.format(files=files, more=more), "utf-8")

    def run(self, verb: str, *arguments: str) -> int:
        named = [str(self.manifest)] if verb in {"build", "collect"} else []
        return cli.main([verb, *named, "--out", str(self.folder), *arguments])

    def build(self) -> int:
        self.rule()
        return self.run("build", "--quiet")

    def outcomes(self) -> dict[str, tuple[str, str]]:
        rows = self.rows("SELECT url, outcome, reason FROM latest_outcomes")
        return {str(u).removeprefix(A): (str(o), str(r)) for u, o, r in rows}

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.folder / "corpus.duckdb"), read_only=True) as found:
            return found.execute(query).fetchall()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_pages_are_judged_by_the_policy_files_that_were_archived_with_them(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    files.put(
        "one.warc.gz",
        [
            page("/open"), page("/closed/one"), page("/nc", license_=BY_NC),
            page("/noai", head='<meta name="robots" content="noai">'),
            page("/header", fields=("Content-Usage: train-ai=n",)),
            page("/silent", license_="http://a.example/terms"),
            Answer(url=f"{A}/moved", status=301, fields=(f"Location: {A}/open",)),
            Answer(url=f"{A}/gone", status=410), Answer(url=f"{A}/busy", status=503),
            Answer(url=f"{A}/picture", kind="image/png", body="x"),
        ],
    )  # fmt: skip
    files.put("policies.warc.gz", robots(A))

    assert files.build() == 0

    assert files.outcomes() == {
        "/open": ADMITTED,
        "/closed/one": ("refused", "robots.disallows"),
        "/nc": ("refused", "license.not-allowed"),
        "/noai": ("refused", "preference.disallows"),
        "/header": ("refused", "preference.disallows"),
        "/silent": ("refused", "license.none-found"),
        "/moved": ("redirected", "capture.none"),
        "/gone": ("gone", "capture.none"),
    }
    assert files.rows("SELECT url FROM documents") == [(f"{A}/open",)]
    assert files.rows("SELECT count(*) FROM permits") == [(0,)]
    assert files.rows("SELECT records, pages, passed FROM intakes") == [
        (10, 8, 2),
        (3, 0, 3),
    ]
    capsys.readouterr()
    assert files.run("audit") == 0, capsys.readouterr().out


def test_what_was_not_archived_is_not_known_and_holds_the_page(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    files.put("one.warc.gz", [page("/one"), page("/nc", license_=BY_NC)])

    assert files.build() == 2

    assert files.outcomes() == {
        "/one": UNKNOWN,
        "/nc": ("refused", "license.not-allowed"),
    }
    assert files.rows("SELECT detail FROM outcomes WHERE outcome = 'held'") == [
        (f"{A}/robots.txt",)
    ]
    assert files.rows("SELECT count(*) FROM exchanges WHERE store IS NOT NULL") == [(0,)]
    assert not (files.folder / "quarantine").exists()
    assert files.run("audit") == 0
    capsys.readouterr()
    files.run("explain", f"{A}/one")
    assert f"at the time, or not as a whole ({A}/robots.txt)" in capsys.readouterr().out


def test_a_file_that_is_named_later_lets_the_page_in(files: Files) -> None:
    files.put("one.warc.gz", [page("/one"), Answer(url=f"{A}/robots.txt", body=FREE)])
    files.build()
    before = files.outcomes()

    files.put("two.warc.gz", nothing(A))

    assert before == {"/one": UNKNOWN}
    assert files.build() == 0
    assert files.outcomes() == {"/one": ADMITTED}
    assert files.run("audit") == 0


HOURS = timedelta(hours=1)
CLOSED = "User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize(
    ("captures", "expected"),
    [
        pytest.param([(-1, FREE), (1, CLOSED)], ADMITTED, id="the-last-one-before"),
        pytest.param(
            [(-2, FREE), (-1, CLOSED)], ("refused", "robots.disallows"), id="not-the-first"
        ),
        pytest.param([(2, CLOSED), (1, FREE)], ADMITTED, id="else-the-first-after"),
        pytest.param([(-25, FREE), (5, FREE)], ADMITTED, id="an-old-one-does-not-count"),
        pytest.param([(-25, FREE)], UNKNOWN, id="more-than-a-day-before"),
        pytest.param([(25, FREE)], UNKNOWN, id="more-than-a-day-after"),
        pytest.param([(-24, FREE)], ADMITTED, id="a-day-before"),
        pytest.param([(24, FREE)], ADMITTED, id="a-day-after"),
    ],
)
def test_of_several_captures_the_one_that_held_then_counts(
    files: Files, captures: list[tuple[int, str]], expected: tuple[str, str]
) -> None:
    policies = [
        Answer(url=f"{A}/robots.txt", kind="text/plain", body=body, at=NOON + hours * HOURS)
        for hours, body in captures
    ]
    files.put("one.warc.gz", [*policies, *nothing(A), page("/one")])

    files.rule()
    files.run("collect", "--quiet")

    assert files.outcomes() == {"/one": expected}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param({"status": 404}, ADMITTED, id="there-is-none"),
        pytest.param({"status": 503}, UNKNOWN, id="the-host-failed"),
        pytest.param({"status": 403}, ("refused", "robots.access-refused"), id="refused"),
        pytest.param(
            {"record": ("WARC-Truncated: length",)}, UNKNOWN, id="only-a-part-of-it"
        ),
    ],
)
def test_an_archived_answer_is_an_answer_whatever_it_is(
    files: Files, answer: dict[str, object], expected: tuple[str, str]
) -> None:
    rules = Answer(url=f"{A}/robots.txt", kind="text/plain", body=FREE, **answer)  # type: ignore[arg-type]
    files.put("one.warc.gz", [rules, *nothing(A), page("/one")])

    files.rule()
    files.run("collect", "--quiet")

    assert files.outcomes() == {"/one": expected}


def test_redirects_of_policy_files_are_followed_in_the_archive(files: Files) -> None:
    moved = Answer(
        url=f"{A}/robots.txt", status=302, fields=("Location: http://b.example/rules",)
    )
    rules = Answer(url="http://b.example/rules", kind="text/plain", body=FREE)
    files.put("one.warc.gz", [moved, *nothing(A), page("/one"), page("/closed/two")])
    files.put("two.warc.gz", [rules])

    assert files.build() == 0

    assert files.outcomes()["/one"] == ADMITTED
    assert files.outcomes()["/closed/two"] == ("refused", "robots.disallows")
    assert files.run("audit") == 0


def test_documents_that_a_page_names_are_looked_for_in_the_archive(files: Files) -> None:
    link = f'Link: <{S}/terms.xml>; rel="license"; type="application/rsl+xml"'
    terms = (
        '<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license>'
        '<prohibits type="usage">ai-train</prohibits></license></content></rsl>'
    )
    named = replace(page("/one", fields=(link,)), url=f"{S}/one")
    files.put("one.warc.gz", [*robots(A), *robots(S), named, page("/two")])
    files.rule()
    files.run("collect", "--quiet")
    without = files.outcomes()

    files.put(
        "two.warc.gz",
        [Answer(url=f"{S}/terms.xml", kind="application/rsl+xml", body=terms)],
    )
    files.build()

    assert without == {f"{S}/one": UNKNOWN, "/two": ADMITTED}
    assert files.outcomes()[f"{S}/one"] == ("refused", "preference.disallows")
    assert files.outcomes()["/two"] == ADMITTED
    assert files.run("audit") == 0


def test_the_newest_capture_of_a_page_speaks_for_it(files: Files) -> None:
    later = NOON + timedelta(days=3)
    files.put(
        "one.warc.gz",
        [
            *robots(A), *robots(A, at=later),
            page("/one"), page("/two"), page("/three", at=later),
        ],
    )  # fmt: skip
    files.put(
        "two.warc.gz",
        [
            page("/one", at=later, head='<meta name="robots" content="noai">'),
            Answer(url=f"{A}/two", status=410, at=later), page("/three"),
        ],
    )  # fmt: skip

    assert files.build() == 0

    assert files.outcomes() == {
        "/one": ("refused", "preference.disallows"),
        "/two": ("gone", "capture.none"),
        "/three": ADMITTED,
    }


def test_a_revisit_is_read_with_the_payload_of_what_it_names(files: Files) -> None:
    later = NOON + timedelta(days=3)
    first, rules = page("/one"), robots(A)[0]
    again = page(
        "/one", at=later, refers=True, fields=("Content-Usage: train-ai=y, search=y",)
    )
    refused = page("/two", at=later, refers=True, fields=("Content-Usage: train-ai=n",))
    lost = page("/lost", at=later, refers=True)
    same = Answer(url=rules.url, body=rules.body, kind="text/plain", at=later, refers=True)
    files.put("one.warc.gz", [*robots(A), first, page("/two")])
    files.put("two.warc.gz", [again, refused, lost, same, *nothing(A, at=later)])

    assert files.build() == 0

    assert files.outcomes() == {
        "/one": ADMITTED,
        "/two": ("refused", "preference.disallows"),
    }
    kept = files.rows("SELECT read_at FROM exchanges WHERE kind = 'page' AND store NOTNULL")
    assert [str(moment)[:10] for (moment,) in kept] == ["2026-03-04"]
    assert files.run("audit") == 0


def test_a_scope_chooses_pages_by_host_and_path(files: Files) -> None:
    other = Answer(url="http://b.example/one", body=html("Words. " * 50))
    files.put("one.warc.gz", [*robots(A), page("/one"), page("/deep/two"), other])

    files.rule('scope.hosts = ["a.example"]\nscope.paths = ["/deep/"]')
    files.run("collect", "--quiet")

    assert files.outcomes() == {"/deep/two": ADMITTED}


# --- again, and after a kill


def many(count: int) -> list[Answer]:
    return [page(f"/page-{n}") for n in range(count)]


def without_times(files: Files) -> dict[str, list[tuple[object, ...]]]:
    """Return all that an intake writes, but for when it did."""
    return {
        name: files.rows(f"SELECT * EXCLUDE ({times}) FROM {name} ORDER BY ALL")
        for name, times in {
            "discoveries": "run", "exchanges": "run", "imports": "run", "evidence": "n",
            "decisions": "run", "outcomes": "run, ended_at", "intakes": "run, basis",
            "damages": "run",
        }.items()
    }  # fmt: skip


def archived(files: Files) -> dict[str, bytes]:
    """Return the bytes of the archive, but for the first record, which tells the time."""
    found = {}
    for one in (files.folder / "archive").iterdir():
        first = zlib.decompressobj(16 + zlib.MAX_WBITS)
        first.decompress(one.read_bytes())
        found[one.name] = first.unused_data
    return found


def test_a_second_build_reads_no_file_and_writes_nothing_twice(files: Files) -> None:
    files.put("one.warc.gz", [*robots(A), *many(5)])
    files.build()
    before, kept = without_times(files), archived(files)

    # A file that was read again would be missed.
    moved = files.root / "one.warc.gz"
    status = moved.stat()
    moved.write_bytes(b"\0" * status.st_size)
    os.utime(moved, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert files.build() == 0
    assert without_times(files) == before
    assert archived(files) == kept


def test_whatever_runs_the_map_the_result_is_the_same(tmp_path: Path) -> None:
    results = []
    with ProcessPoolExecutor(2) as pool:
        for name, mapped in (("alone", map), ("pool", pool.map)):
            (tmp_path / name).mkdir()
            files = Files(tmp_path / name)
            files.put("one.warc.gz", [*robots(A), *many(600)])
            files.put("two.warc.gz", [page("/two"), page("/page-3")])
            files.rule()
            collect(files, mapped)
            results.append((without_times(files), archived(files)))

    assert results[0] == results[1]


def collect(files: Files, mapped: Callable[..., object]) -> None:
    text = files.manifest.read_text("utf-8")
    files.folder.mkdir(exist_ok=True)
    with Ledger(files.folder) as ledger:
        run = ledger.number("run")
        ledger.append([Run(run, "collect", NOON, "t/1", "d", text, [])])
        job = offline.Job(
            manifest=parse(text, source="test"), folder=files.folder, root=files.root,
            software=verbs.SOFTWARE_NAME, run=run, reach=Reach(clock=clock_of("1")),
            mapped=mapped,  # type: ignore[arg-type]
        )  # fmt: skip
        offline.collect(job, ledger)


class _Killed(Exception):
    pass


@pytest.mark.parametrize("after", [0, 1, 2])
def test_an_intake_that_was_killed_goes_on_and_keeps_what_it_has(
    tmp_path: Path, after: int
) -> None:
    """The archive may know more than the ledger then; nothing is written twice."""
    whole, torn = Files(tmp_path / "whole"), Files(tmp_path / "torn")
    for one in (whole, torn):
        one.root.mkdir()
        one.put("one.warc.gz", [*robots(A), *many(700)])
        one.rule()
    collect(whole, map)

    def killed(function: Callable[[object], object], items: Iterable[object]) -> object:
        for number, item in enumerate(items):
            if function.func.__name__ == "taken" and number == after:  # type: ignore[attr-defined]
                raise _Killed
            yield function(item)

    with pytest.raises(_Killed):
        collect(torn, killed)
    _forget_the_last_commit(torn)
    collect(torn, map)

    assert _in_essence(torn) == _in_essence(whole)
    names = "SELECT file, record, count(*) FROM imports GROUP BY ALL HAVING count(*) > 1"
    assert torn.rows(names) == []


def _forget_the_last_commit(files: Files) -> None:
    """Leave the ledger as it is when a kill comes between archive and commit."""
    with duckdb.connect(str(files.folder / "corpus.duckdb")) as ledger:
        last = "(SELECT max(exchange) - 40 FROM exchanges)"
        urls = f"(SELECT url FROM exchanges WHERE exchange > {last})"
        for table in ("outcomes", "decisions", "discoveries"):
            ledger.execute(f"DELETE FROM {table} WHERE url IN {urls}")
        ledger.execute("DELETE FROM evidence WHERE seq NOT IN (SELECT seq FROM decisions)")
        for table in ("fingerprints", "imports", "exchanges"):
            ledger.execute(f"DELETE FROM {table} WHERE exchange > {last}")


def _in_essence(files: Files) -> list[tuple[object, ...]]:
    return files.rows("""
        SELECT o.url, outcome, reason, e.digest, e.store, i.record, e.read_at
        FROM outcomes o JOIN exchanges e ON e.exchange = o.exchange
        JOIN imports i ON i.exchange = e.exchange ORDER BY ALL""")


def test_a_page_tells_from_which_file_and_record_it_came(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    files.put("one.warc.gz", [*robots(A), page("/one")])
    files.build()
    capsys.readouterr()

    files.run("explain", f"{A}/one")

    told = capsys.readouterr().out
    assert "one.warc.gz, record 4" in told
    assert "one.warc.gz, record 1" in told
    assert "no host was asked" in told


# --- damage


def test_damages_are_told_and_the_rest_is_used(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    content = bytearray(warc([*robots(A), page("/one")]))
    at = len(content)
    content += warc([page("/spoilt")])
    content[at + 300] ^= 0xFF
    content += warc([page("/two")])
    files.put("one.warc.gz", bytes(content))
    files.rule()

    assert files.run("build") == 0

    said = capsys.readouterr().out
    assert "one.warc.gz: records 5, pages 2, responses passed over 3" in said
    assert f"damaged at offset {at}" in said
    assert files.outcomes()["/one"] == files.outcomes()["/two"] == ADMITTED
    damages = files.rows("SELECT file, start, what FROM damages")
    assert damages[0][:2] == ("one.warc.gz", at)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.warc.gz", None, "cannot be read"),
        ("text.warc", b"not an archive\n" * 9, "no record can be found"),
        ("old.arc", b"filedesc://x 0.0.0.0 2014\n", "an ARC file"),
    ],
)
def test_a_file_of_which_nothing_can_be_read_ends_the_build_with_its_name(
    files: Files, capsys: pytest.CaptureFixture[str], *, name: str, content: bytes | None,
    words: str,
) -> None:  # fmt: skip
    files.put(name, content or b"")
    if content is None:
        (files.root / name).unlink()
    files.rule()

    assert files.run("build", "--quiet") == 66

    said = capsys.readouterr().err
    assert name in said
    assert words in said
    assert len(said.splitlines()) == 1
    shutil.rmtree(files.folder)


@pytest.mark.law
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None,
    max_examples=60,
)  # fmt: skip
@given(data=st.data())
def test_whatever_a_file_holds_it_is_taken_in_or_told(
    tmp_path: Path, data: st.DataObject
) -> None:
    """What is kept of it replays: no byte makes the audit fail or anything raise."""
    records = [one.written() for one in [*robots(A), page("/one"), page("/two")]]
    content = bytearray(b"".join(records))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] ^= data.draw(st.integers(1, 255))
    files = Files(Path(tempfile.mkdtemp(dir=tmp_path)))
    files.put("one.warc", bytes(content))
    files.rule()

    code = files.run("collect", "--quiet")

    assert code in {0, 66}
    if code == 0:
        assert files.run("audit", "--quiet") == 0
