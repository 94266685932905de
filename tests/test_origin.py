"""What a twin holds back, and what an answer does: lift a doubt, or take all out."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import answer
from pipeline.answer import Given
from pipeline.build import Curated
from pipeline.ledger import reviews
from pipeline.license import laundering
from pipeline.publish.audit import audit
from pipeline.publish.findings import Finding
from pipeline.vocab import Answer, Drop
from tests.corpus import BY_NC, BY_SA, ESSAY, MANIFEST, NOW, SmallCorpus, html

LONG = ESSAY + (
    " Who cuts wood there cuts what lies or leans, and leaves what stands. Who grazes "
    "there counts the beasts of others with their own. What is written down of it is "
    "little, and what is known of it is much, for it is said each year where all hear it."
)
HERE = "https://essays.example/one"
PRINT = "https://essays.example/print"
AWAY = "https://tidewrack.example/one"
OTHER = "https://essays.example/other"
SILENT = html(LONG).partition("<footer>")[0]
RESERVED = f"{SILENT}<footer><p>All rights reserved.</p></footer>"
NOTE = html(f"{LONG}</p><p>Reprinted with permission of Tidewrack.")
LYRICS = html("Oh the rope is long.</p><p>[Verse 1]</p><p>Ah.</p><p>[Chorus]</p><p>Oh.")


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[SmallCorpus]:
    with SmallCorpus(tmp_path / "essays") as corpus:
        yield corpus


def drops(corpus: SmallCorpus, made: Curated) -> list[tuple[object, ...]]:
    return corpus.rows(
        "SELECT url, reason, detail FROM drops"
        f" WHERE release = '{made.release}' ORDER BY url"
    )


def answered(
    corpus: SmallCorpus, given: Answer, *, host: str = "essays.example", by: str = "Ada"
) -> None:
    """Write an answer down, as ``estovers review`` does, and open the corpus again."""
    corpus.recorder.close()
    corpus.ledger.close()
    entry = Given(host=host, answer=given, reviewer=by, why="I asked them.")
    answer.append(corpus.folder, entry, now=NOW + timedelta(minutes=30))
    corpus.reopen()


def findings(corpus: SmallCorpus) -> tuple[Finding, ...]:
    corpus.recorder.flush()
    corpus.recorder.close()
    corpus.ledger.close()
    found = audit(corpus.folder).findings
    corpus.reopen()
    return found


@pytest.mark.parametrize(
    ("url", "page", "words"),
    [
        pytest.param(AWAY, html(LONG, license_=BY_NC), "under CC-BY-NC-4.0", id="NC"),
        pytest.param(AWAY, SILENT, "under no license it states", id="silent elsewhere"),
        pytest.param(AWAY, RESERVED, "with all rights reserved", id="reserved elsewhere"),
        pytest.param(PRINT, RESERVED, "with all rights reserved", id="reserved here"),
    ],
)
def test_a_twin_under_other_terms_holds_a_document(
    corpus: SmallCorpus, *, url: str, page: str, words: str
) -> None:
    corpus.visit({HERE: html(LONG), url: page, OTHER: html()})

    made = corpus.curate()

    assert corpus.rows("SELECT url FROM documents") == [(OTHER,)]
    assert drops(corpus, made) == [
        (HERE, Drop.NEAR_DUPLICATE, f"{words}, 100% alike: {url}")
    ]


@pytest.mark.parametrize(
    ("url", "page"),
    [
        pytest.param(PRINT, SILENT, id="a silent version here"),
        pytest.param(AWAY, html(f"{ESSAY} {ESSAY[::-1]}"), id="another text elsewhere"),
        pytest.param(AWAY, html(ESSAY, license_=BY_NC), id="too few words"),
    ],
)
def test_what_is_no_twin_holds_nothing(corpus: SmallCorpus, url: str, page: str) -> None:
    corpus.visit({HERE: html(LONG), url: page})

    made = corpus.curate()

    assert Drop.NEAR_DUPLICATE not in made.dropped
    assert (HERE,) in corpus.rows("SELECT url FROM documents")


def test_two_documents_of_one_text_under_two_licenses_are_both_held(
    corpus: SmallCorpus,
) -> None:
    corpus.visit({HERE: html(LONG), AWAY: html(LONG, license_=BY_SA)})

    made = corpus.curate()

    assert (made.documents, made.dropped) == (0, {"license.near-duplicate": 2})


@pytest.mark.parametrize(
    "headers", [{"content_usage": "train-ai=n"}, {"X_Robots_Tag": "noai"}]
)
def test_of_a_page_that_its_site_keeps_from_us_nothing_is_computed(
    corpus: SmallCorpus, headers: dict[str, str]
) -> None:
    corpus.visit({HERE: html(LONG)})
    corpus.visit({AWAY: SILENT}, **headers)

    made = corpus.curate()

    assert corpus.rows("SELECT url FROM fingerprints") == [(HERE,)]
    assert made.documents == 1


def test_the_order_of_fetching_and_a_second_build_change_nothing(tmp_path: Path) -> None:
    pages = {HERE: html(LONG), AWAY: SILENT, OTHER: html(LONG, license_=BY_SA)}
    releases = set()
    for name, order in (("there", pages), ("back", dict(reversed(pages.items())))):
        with SmallCorpus(tmp_path / name) as corpus:
            corpus.visit(order)
            releases |= {corpus.curate().release, corpus.curate().release}

    assert len(releases) == 1


def test_a_twin_goes_by_what_is_concluded_of_it_today(corpus: SmallCorpus) -> None:
    agreed = f"""
[[agreements]]
party = "Tidewrack"
scope = ["{AWAY}"]
document = "sha256:{"ab" * 32}"
expires = 2027-12-01
"""
    corpus.visit({HERE: html(LONG), AWAY: html(LONG, license_=BY_SA)})

    before = corpus.curate()
    corpus.rule(MANIFEST + agreed)
    first, second = corpus.curate(), corpus.curate()
    corpus.rule(MANIFEST)
    after = corpus.curate()

    assert before.dropped == {Drop.NEAR_DUPLICATE: 2}
    assert (first.documents, first.dropped) == (1, {"duplicate.exact": 1})
    assert first.release == second.release
    assert after.release == before.release


def test_a_confirmed_host_gives_what_was_held_and_names_the_answer(
    corpus: SmallCorpus,
) -> None:
    ended = corpus.visit({HERE: NOTE, OTHER: LYRICS})
    before = corpus.curate()

    answered(corpus, Answer.CONFIRM)
    after = corpus.curate()

    assert ended == {HERE: "held", OTHER: "held"}
    assert (before.documents, before.pages) == (0, 0)
    assert (after.documents, after.dropped) == (2, {})
    assert corpus.rows("SELECT DISTINCT decisions[-1] FROM documents") == [("review:1",)]
    assert corpus.rows("SELECT DISTINCT verdict FROM decisions WHERE stage = 'usage'") == [
        ("hold",)
    ]
    assert findings(corpus) == ()


def test_a_confirmed_host_keeps_what_has_a_twin(corpus: SmallCorpus) -> None:
    corpus.visit({HERE: html(LONG), AWAY: SILENT, OTHER: html()})
    corpus.curate()

    answered(corpus, Answer.CONFIRM)
    after = corpus.curate()

    assert after.documents == 2
    named = corpus.rows(
        f"SELECT url, list_contains(decisions, 'review:1') FROM documents"
        f" WHERE release = '{after.release}' ORDER BY url"
    )
    assert named == [(HERE, True), (OTHER, False)]
    assert findings(corpus) == ()


def test_a_confirmation_is_of_one_host_alone(corpus: SmallCorpus) -> None:
    corpus.visit({HERE: NOTE, AWAY: NOTE})

    answered(corpus, Answer.CONFIRM, host="tidewrack.example")
    corpus.curate()

    assert corpus.rows("SELECT url FROM documents") == [(AWAY,)]


_PAGES = st.sampled_from(
    [html(), html(LONG), NOTE, LYRICS, SILENT, RESERVED, html(license_=BY_NC),
     html().replace("</footer>", "<p>All rights reserved.</p></footer>"),
     html(head='<meta name="robots" content="noai">')]
)  # fmt: skip
_WEBS = st.lists(_PAGES, min_size=1, max_size=4)


@pytest.mark.law
@settings(max_examples=15)
@given(_WEBS)
def test_a_refused_host_gives_nothing(
    tmp_path_factory: pytest.TempPathFactory, pages: list[str]
) -> None:
    with SmallCorpus(tmp_path_factory.mktemp("refused") / "essays") as corpus:
        corpus.visit({f"{HERE}/{n}": page for n, page in enumerate(pages)})
        answered(corpus, Answer.REFUSE)
        made = corpus.curate()

        admitted = corpus.rows(
            "SELECT count(*) FROM latest_outcomes WHERE outcome = 'admitted'"
        )

        assert made.documents == 0
        assert made.dropped.get(Drop.REVIEW_REFUSED, 0) == admitted[0][0]


@pytest.mark.law
@settings(max_examples=15)
@given(_WEBS)
def test_a_confirmation_lifts_doubts_of_origin_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, pages: list[str]
) -> None:
    with SmallCorpus(tmp_path_factory.mktemp("confirmed") / "essays") as corpus:
        corpus.visit({f"{HERE}/{n}": page for n, page in enumerate(pages)})
        answered(corpus, Answer.CONFIRM)
        corpus.curate()

        reasons = {str(r) for (r,) in corpus.rows(
            "SELECT DISTINCT o.reason FROM documents JOIN latest_outcomes o USING (url)"
        )}  # fmt: skip

        assert reasons <= {"license.admits", *laundering.REASONS}


def test_the_newest_answer_counts_and_the_others_stay(corpus: SmallCorpus) -> None:
    corpus.visit({HERE: html(LONG)})
    documents = []
    for given_, by in (
        (Answer.REFUSE, "Ada"),
        (Answer.CONFIRM, "Ben"),
        (Answer.REFUSE, "Ada"),
    ):
        answered(corpus, given_, by=by)
        documents.append(corpus.curate().documents)

    history = reviews.history(corpus.ledger.connection, "essays.example")

    assert documents == [0, 1, 0]
    assert [(row.review, row.answer, row.reviewer) for row in history] == [
        (1, "refuse", "Ada"),
        (2, "confirm", "Ben"),
        (3, "refuse", "Ada"),
    ]
    assert drops(corpus, corpus.curate()) == [
        (HERE, Drop.REVIEW_REFUSED, "by Ada on 2026-11-21: I asked them.")
    ]


@pytest.mark.parametrize(
    ("tampering", "what"),
    [
        pytest.param(
            "DELETE FROM reviews",
            "none of the decisions that the document names admits its use",
            id="an answer that is not there",
        ),
        pytest.param(
            "UPDATE reviews SET host = 'tidewrack.example'",
            "none of the decisions that the document names admits its use",
            id="an answer on another host",
        ),
        pytest.param(
            "UPDATE reviews SET answer = 'refuse'",
            "a person had refused its host before the release was made",
            id="an answer that was no",
        ),
        pytest.param(
            "UPDATE decisions SET reason = 'preference.unclear'",
            "it was kept of a page on which its license alone did not decide",
            id="a fingerprint of a page that was not ours to compare",
        ),
    ],
)
def test_the_audit_finds_a_document_that_no_answer_let_in(
    corpus: SmallCorpus, tampering: str, what: str
) -> None:
    corpus.visit({HERE: NOTE})
    answered(corpus, Answer.CONFIRM)
    corpus.curate()
    assert findings(corpus) == ()

    corpus.ledger.connection.execute(tampering)

    assert what in {finding.what for finding in findings(corpus)}


def test_the_list_knows_the_reasons_that_an_answer_lifts(corpus: SmallCorpus) -> None:
    [(text,)] = corpus.rows(
        "SELECT sql FROM duckdb_views() WHERE view_name = 'review_list'"
    )

    lifted = {*laundering.REASONS, Drop.NEAR_DUPLICATE}
    assert all(f"'{reason}'" in str(text) for reason in lifted)
