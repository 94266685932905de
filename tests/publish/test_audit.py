"""The audit: a whole corpus replays, and whatever is changed in one is found."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from pipeline.errors import InputFault
from pipeline.model import Capture
from pipeline.publish import audit as auditing
from pipeline.publish.audit import Audit, as_json, audit, render
from pipeline.publish.findings import Finding
from tests.publish.small_corpus import (
    FREE,
    MANIFEST,
    SITE,
    Answer,
    SmallCorpus,
    html,
    text,
)

ROBOTS = "User-agent: *\nDisallow: /private\n"
MINING = '[{"location": "/mined/*", "tdm-reservation": 1}]'
WEB: dict[str, Answer] = {
    f"{SITE}/robots.txt": text(ROBOTS),
    f"{SITE}/.well-known/tdmrep.json": (200, {"Content-Type": "application/json"}, MINING),
    f"{SITE}/": html(FREE),
    f"{SITE}/tide": html(FREE.replace("Tide", "Ebb")),
    f"{SITE}/noai": html(FREE, X_Robots_Tag="noai"),
    f"{SITE}/silent": html("<p>Nobody says what may be done with this.</p>"),
    f"{SITE}/reserved": html(f"{FREE}<p>All rights reserved.</p>"),
    f"{SITE}/closed": (403, {}, "no"),
    f"{SITE}/busy": (503, {"Retry-After": "60"}, "later"),
    f"{SITE}/moved": (301, {"Location": "/tide"}, ""),
}
PATHS = ("/", "/tide", "/noai", "/silent", "/reserved", "/closed", "/busy", "/moved")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "corpus"
    corpus = SmallCorpus(folder, WEB)
    for path in (*PATHS, "/private/letter", "/mined/ore", "/absent"):
        corpus.visit(path)
    corpus.release("/", "/tide")
    corpus.close()
    return folder


@pytest.fixture
def corpus(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "corpus"))


def alter(folder: Path, statement: str) -> None:
    with duckdb.connect(str(folder / "corpus.duckdb")) as connection:
        connection.execute(statement)


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(folder / "corpus.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def said(found: Audit) -> set[tuple[str, str]]:
    return {(each.kind, each.subject.removeprefix(SITE)) for each in found.findings}


def test_every_decision_of_a_whole_corpus_is_derived_again(whole: Path) -> None:
    assert audit(whole) == Audit(
        findings=(),
        found=0,
        has_ledger=True,
        has_card=False,
        decisions=23,
        replayed=18,
        policy_files=3,
        by_digest_only=2,
        records=6,
        exchanges=12,
        permits=12,
        outcomes=11,
        documents=2,
    )


def test_a_refused_page_leaves_its_words_and_no_payload(whole: Path) -> None:
    kept = rows(whole, f"SELECT store FROM exchanges WHERE url = '{SITE}/noai'")
    quotes = rows(
        whole,
        "SELECT DISTINCT quote FROM evidence JOIN decisions USING (seq) "
        f"WHERE url = '{SITE}/noai' AND stage = 'usage' AND signal IS NULL",
    )

    assert (kept, quotes) == ([(None,)], [("noai",)])


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        pytest.param(
            "UPDATE decisions SET verdict = 'admit' WHERE reason = 'robots.disallows'",
            {("decision", "/private/letter")},
            id="a refusal turned into leave",
        ),
        pytest.param(
            "UPDATE decisions SET reason = 'robots.no-rule' "
            "WHERE reason = 'robots.disallows'",
            {("decision", "/private/letter")},
            id="a reason",
        ),
        pytest.param(
            f"UPDATE decisions SET license = 'CC0-1.0' WHERE url = '{SITE}/tide' "
            "AND stage = 'usage'",
            {("decision", "/tide")},
            id="a license",
        ),
        pytest.param(
            f"UPDATE decisions SET preferences = '{{}}' WHERE url = '{SITE}/mined/ore'",
            {("decision", "/mined/ore")},
            id="preferences",
        ),
        pytest.param(
            f"UPDATE decisions SET stage = 'use' WHERE url = '{SITE}/mined/ore'",
            {("decision", "/mined/ore")},
            id="a stage",
        ),
        pytest.param(
            f"UPDATE decisions SET decision = 'x' WHERE url = '{SITE}/mined/ore'",
            {("decision", "/mined/ore")},
            id="a name",
        ),
        pytest.param(
            "UPDATE decisions SET inputs = [] WHERE reason = 'robots.disallows'",
            {("decision", "/private/letter")},
            id="inputs left out",
        ),
        pytest.param(
            "UPDATE decisions SET inputs = [99] WHERE reason = 'robots.disallows'",
            {("decision", "/private/letter")},
            id="inputs that are not there",
        ),
        pytest.param(
            "UPDATE decisions SET decided_at = decided_at + INTERVAL 2 DAY "
            "WHERE reason = 'robots.disallows'",
            {("decision", "/private/letter")},
            id="a moment at which robots.txt was too old",
        ),
        pytest.param(
            "UPDATE decisions SET run = 7 WHERE reason = 'robots.disallows'",
            {("decision", "/private/letter")},
            id="a run that is not there",
        ),
        pytest.param(
            "UPDATE evidence SET quote = 'Allow: /' WHERE quote = 'Disallow: /private'",
            {("decision", "/private/letter")},
            id="words of robots.txt",
        ),
        pytest.param(
            "UPDATE evidence SET quote = 'all' WHERE quote = 'noai'",
            {("decision", "/noai")},
            id="words of a page that was not kept",
        ),
        pytest.param(
            "DELETE FROM evidence WHERE quote = 'noai'",
            {("decision", "/noai")},
            id="the evidence of a page that was not kept",
        ),
        pytest.param(
            f"UPDATE exchanges SET digest = 'sha256:0' WHERE url = '{SITE}/noai'",
            {("decision", "/noai")},
            id="the digest of a page that was not kept",
        ),
        pytest.param(
            f"UPDATE exchanges SET digest = 'sha256:0' WHERE url = '{SITE}/tide'",
            {("archive", "/tide"), ("document", "/tide")},
            id="the digest of a page that was kept",
        ),
        pytest.param(
            f"UPDATE exchanges SET url = '{SITE}/ebb' WHERE url = '{SITE}/tide'",
            {
                ("archive", "/ebb"),
                ("exchange", "/ebb"),
                ("document", "/tide"),
            },
            id="the address of an exchange",
        ),
        pytest.param(
            f"UPDATE exchanges SET store = NULL WHERE url = '{SITE}/tide'",
            {("decision", "/tide"), ("document", "/tide")},
            id="that a page in the corpus was kept",
        ),
        pytest.param(
            "UPDATE exchanges SET file = 'estovers-00009.warc.gz' "
            f"WHERE url = '{SITE}/robots.txt'",
            {("archive", "/robots.txt")}
            | {("decision", path) for path in (*PATHS, "/private/letter", "/mined/ore")}
            | {("decision", "/absent")},
            id="the file of robots.txt",
        ),
        pytest.param(
            f"UPDATE exchanges SET store = 'archive' WHERE url = '{SITE}/reserved'",
            {
                ("decision", "/reserved"),
                ("archive", "/reserved"),
                ("exchange", "/reserved"),
            },
            id="a page on hold moved into the archive",
        ),
        pytest.param(
            f"DELETE FROM permits WHERE url = '{SITE}/tide'",
            {("exchange", "/tide")},
            id="the permit of a page",
        ),
        pytest.param(
            f"DELETE FROM permits WHERE url = '{SITE}/robots.txt'",
            {("exchange", "/robots.txt")},
            id="the permit of a policy file",
        ),
        pytest.param(
            f"UPDATE permits SET kind = 'policy' WHERE url = '{SITE}/tide'",
            {("exchange", "/tide")},
            id="leave for a policy file used for a page",
        ),
        pytest.param(
            "UPDATE permits SET issued_at = issued_at + INTERVAL 1 HOUR "
            f"WHERE url = '{SITE}/tide'",
            {("exchange", "/tide")},
            id="a permit issued after its request",
        ),
        pytest.param(
            f"UPDATE permits SET seq = 1 WHERE url = '{SITE}/tide'",
            {("permit", "/tide")},
            id="a permit by another URL's decision",
        ),
        pytest.param(
            "DELETE FROM decisions WHERE stage = 'acquisition' AND verdict = 'admit' "
            f"AND url = '{SITE}/tide'",
            {("permit", "/tide")},
            id="the decision behind a permit",
        ),
        pytest.param(
            f"INSERT INTO outcomes SELECT * FROM outcomes WHERE url = '{SITE}/noai'",
            {("outcome", "/noai")},
            id="a second ending",
        ),
        pytest.param(
            f"UPDATE outcomes SET outcome = 'admitted' WHERE url = '{SITE}/noai'",
            {("outcome", "/noai")},
            id="an ending better than its decision",
        ),
        pytest.param(
            f"UPDATE documents SET decisions = [] WHERE url = '{SITE}/tide'",
            {("document", "/tide")},
            id="a document without its decisions",
        ),
        pytest.param(
            f"UPDATE documents SET url = '{SITE}/noai' WHERE url = '{SITE}/tide'",
            {("document", "/noai")},
            id="a document under another page's decision",
        ),
        pytest.param(
            "UPDATE runs SET manifest = replace(manifest, 'To be', 'Not to be')",
            {("run", "")},
            id="words of the manifest",
        ),
        pytest.param(
            "UPDATE runs SET manifest = replace(manifest, 'CC-BY', 'CC0-1.0')",
            {("run", "")} | {("decision", path) for path in ("/", "/tide", "/reserved")},
            id="the licenses of the manifest",
        ),
    ],
)
def test_an_altered_row_is_found(
    corpus: Path, statement: str, expected: set[tuple[str, str]]
) -> None:
    alter(corpus, statement)

    assert said(audit(corpus)) == expected


def test_a_deferred_page_may_end_more_than_once(corpus: Path) -> None:
    alter(corpus, f"INSERT INTO outcomes SELECT * FROM outcomes WHERE url = '{SITE}/busy'")

    assert audit(corpus).findings == ()


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_flipped_byte_in_any_record_is_found(corpus: Path, share: float) -> None:
    records = rows(
        corpus,
        "SELECT url, store, file, start, length FROM exchanges WHERE store IS NOT NULL",
    )
    flipped = set()
    for url, store, file, start, length in records:
        path = corpus / str(store) / str(file)
        data = bytearray(path.read_bytes())
        data[int(str(start)) + int(int(str(length)) * share)] ^= 0x10
        path.write_bytes(data)
        flipped.add(("archive", str(url).removeprefix(SITE)))

    assert said(audit(corpus)) >= flipped


def test_a_record_swapped_for_another_whole_one_is_found(corpus: Path) -> None:
    alter(
        corpus,
        "UPDATE exchanges SET start = other.start, length = other.length "
        f"FROM (SELECT start, length FROM exchanges WHERE url = '{SITE}/') other "
        f"WHERE url = '{SITE}/tide'",
    )

    assert ("archive", "/tide") in said(audit(corpus))


def test_a_finding_shows_what_is_recorded_and_what_is_derived(corpus: Path) -> None:
    alter(
        corpus, "UPDATE decisions SET verdict = 'admit' WHERE reason = 'robots.disallows'"
    )

    (finding,) = audit(corpus).findings

    assert (finding.what.partition(": ")[2], finding.recorded, finding.replayed) == (
        "the verdict is derived otherwise",
        "admit",
        "refuse",
    )


def test_a_page_that_was_revalidated_is_judged_with_what_the_answer_changed(
    tmp_path: Path,
) -> None:
    first = SmallCorpus(tmp_path / "corpus", WEB)
    received = first.visit("/tide")
    first.close()
    assert received is not None
    number = received.ending.exchange or 0
    second = SmallCorpus(tmp_path / "corpus", WEB | {f"{SITE}/tide": (304, {}, "")})
    again = second.visit("/tide", previous=(received.exchange, number))
    second.web[f"{SITE}/tide"] = (304, {"Content-Usage": "train-ai=n"}, "")
    refused = second.visit("/tide", previous=(received.exchange, number))
    second.close()
    assert again is not None
    assert refused is not None

    found = audit(tmp_path / "corpus")

    # Two endings in one visit stand here for two visits.
    assert [f.kind for f in found.findings] == ["outcome"]
    assert (again.ending.outcome, refused.ending.outcome) == ("admitted", "refused")
    assert found.by_digest_only == 1


def test_a_page_from_a_file_needs_a_decision_and_no_permit(tmp_path: Path) -> None:
    corpus = SmallCorpus(tmp_path / "corpus", WEB)
    corpus.visit("/tide", kind="warc")
    corpus.close()

    assert audit(tmp_path / "corpus").findings == ()

    alter(tmp_path / "corpus", "UPDATE discoveries SET kind = 'link'")

    assert said(audit(tmp_path / "corpus")) == {("exchange", "/tide")}


def test_a_page_from_a_file_that_no_decision_let_in_is_found(tmp_path: Path) -> None:
    corpus = SmallCorpus(tmp_path / "corpus", WEB)
    corpus.visit("/tide", kind="warc")
    corpus.close()
    alter(tmp_path / "corpus", f"DELETE FROM decisions WHERE url = '{SITE}/tide'")

    found = audit(tmp_path / "corpus")

    assert {finding.what for finding in found.findings if finding.kind == "exchange"} == {
        "the page came from a file and no decision let it in",
        "the page is kept and no decision on its use lets it be kept there",
    }


def test_each_decision_is_taken_under_the_manifest_of_its_own_run(tmp_path: Path) -> None:
    SmallCorpus(tmp_path / "corpus", WEB).close()
    strict = MANIFEST.replace("CC-BY", "CC0-1.0").replace("1.0.0", "2.0.0")
    for manifest in (MANIFEST, strict):
        corpus = SmallCorpus(tmp_path / "corpus", WEB, manifest=manifest)
        corpus.visit("/tide")
        corpus.close()

    found = audit(tmp_path / "corpus")

    decided = rows(
        tmp_path / "corpus", "SELECT verdict FROM decisions WHERE stage = 'usage'"
    )
    assert (found.findings, decided) == ((), [("admit",), ("refuse",)])


def test_a_failed_request_replays_from_the_ledger_alone(tmp_path: Path) -> None:
    corpus = SmallCorpus(tmp_path / "corpus", {})
    url = f"{SITE}/robots.txt"
    corpus.desk.admit_policy_file(url)
    corpus.desk.learn(Capture(url=url, read_at=corpus.tick(), error="TIMEOUT"))
    corpus.visit("/tide")
    corpus.close()

    found = audit(tmp_path / "corpus")

    assert (found.findings, found.replayed, found.policy_files) == ((), 1, 1)


def test_more_findings_than_anyone_reads_are_only_counted(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "FINDING_LIMIT", 2)
    alter(corpus, "DELETE FROM permits")

    found = audit(corpus)

    assert (len(found.findings), found.found) == (2, 12)
    assert "The first 2 findings:" in render(found)


def test_an_audit_without_findings_says_so(whole: Path) -> None:
    assert render(audit(whole)).splitlines()[0] == (
        "The audit agrees: every decision was derived again and is the one recorded."
    )


def test_a_finding_cannot_harm_the_terminal_that_shows_it() -> None:
    finding = Finding(
        kind="decision", subject="http://a\x1b[2J", what="x\u202ey", recorded="\r"
    )
    numbers = dict.fromkeys(Audit.__dataclass_fields__, 0)
    found = Audit(**numbers | {"findings": (finding,), "notes": (), "found": 1})  # type: ignore[arg-type]

    assert render(found).splitlines()[-3:] == [
        "decision: http://a\\x1b[2J",
        "  x\\u202ey",
        "  recorded: \\r",
    ]


def test_the_json_holds_every_count_and_finding(corpus: Path) -> None:
    alter(corpus, f"DELETE FROM permits WHERE url = '{SITE}/tide'")

    found = json.loads(as_json(audit(corpus)))

    assert found.keys() == set(Audit.__dataclass_fields__)
    assert found["findings"] == [
        {
            "kind": "exchange",
            "subject": f"{SITE}/tide",
            "what": "no permit was issued before this request was answered",
            "recorded": "page exchange 5",
            "replayed": "",
            "level": "error",
        }
    ]


def test_a_folder_without_a_corpus_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="no ledger and no published folder"):
        audit(tmp_path)
