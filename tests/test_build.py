"""Curate: what stands admitted becomes documents, once, and only while it is permitted."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.build import Curated
from pipeline.errors import ArchiveFault
from pipeline.extract import CHANGES
from pipeline.filters.language import DECLARED, DETECTOR
from tests.corpus import BY_NC, BY_SA, ESSAY, MANIFEST, SmallCorpus, html

ONE = "https://essays.example/one"
TWO = "https://essays.example/two"
THREE = "https://essays.example/three"
AGREEMENT = f"""
[[agreements]]
party = "The publisher"
scope = ["https://essays.example/"]
document = "sha256:{"ab" * 32}"
expires = 2026-12-01
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[SmallCorpus]:
    with SmallCorpus(tmp_path / "essays") as corpus:
        yield corpus


def drops(corpus: SmallCorpus, made: Curated) -> list[tuple[object, ...]]:
    return corpus.rows(
        "SELECT url, reason, detail FROM drops"
        f" WHERE release = '{made.release}' ORDER BY url"
    )


def test_an_admitted_page_becomes_a_document_with_its_credit(corpus: SmallCorpus) -> None:
    author = '<meta name="author" content="Marit Hale">'
    corpus.visit({ONE: html(title="The ford", head=author)})

    made = corpus.curate()

    assert (made.pages, made.documents, made.drops, made.is_new) == (1, 1, 0, True)
    [row] = corpus.rows("SELECT * EXCLUDE (release, id, decisions) FROM documents")
    [(digest,)] = corpus.rows(f"SELECT digest FROM exchanges WHERE url = '{ONE}'")
    assert row == (
        ONE,
        "The ford",
        "title",
        [{"name": "Marit Hale", "url": None}],
        "meta[name=author]",
        None,
        "This work is licensed under a Creative Commons license.",
        None,
        None,
        f"The ford\n{ESSAY}",
        "train",
        "en",
        "en",
        # Where there is no detector the page's word counts, without a confidence.
        None if DETECTOR == DECLARED else 0.99,
        "CC-BY-4.0",
        "https://creativecommons.org/licenses/by/4.0/",
        CHANGES,
        0,
        (
            f"“The ford” by Marit Hale. Source: {ONE}. License: Creative Commons "
            "Attribution 4.0 International (CC-BY-4.0), "
            "https://creativecommons.org/licenses/by/4.0/. Changes: boilerplate "
            "removed, white space and Unicode normalised."
        ),
        digest,
    )


def test_a_document_names_the_decisions_that_let_it_in(corpus: SmallCorpus) -> None:
    corpus.visit({ONE: html()})
    corpus.curate()

    named = corpus.rows(
        "SELECT stage, verdict FROM (SELECT unnest(decisions) AS decision FROM documents)"
        " JOIN decisions USING (decision) ORDER BY stage"
    )

    assert named == [("acquisition", "admit"), ("usage", "admit")]


def test_a_page_on_hold_or_refused_gives_nothing(corpus: SmallCorpus) -> None:
    held = html().replace("</footer>", "<p>© 2026. All rights reserved.</p></footer>")
    ended = corpus.visit({ONE: html(license_=BY_NC), TWO: held})

    made = corpus.curate()

    assert ended == {ONE: "refused", TWO: "held"}
    assert (made.pages, made.documents) == (0, 0)


def test_a_second_build_has_the_same_name_and_appends_no_documents(
    corpus: SmallCorpus,
) -> None:
    corpus.visit({ONE: html(), TWO: html("Too short.", title="")})
    first = corpus.curate()
    before = corpus.rows("SELECT count(*) FROM decisions")

    second = corpus.curate(later=timedelta(days=40))

    assert (second.release, second.is_new) == (first.release, False)
    assert corpus.rows("SELECT count(*) FROM documents") == [(1,)]
    assert corpus.rows("SELECT count(*) FROM drops") == [(1,)]
    assert corpus.rows("SELECT count(*) FROM decisions") == before
    assert corpus.rows(
        "SELECT seq, release = any_value(release) OVER () FROM releases"
    ) == [
        (1, True),
        (2, True),
    ]


def test_the_order_of_fetching_does_not_change_the_release(tmp_path: Path) -> None:
    pages = {ONE: html(f"{ESSAY} One."), TWO: html(f"{ESSAY} Two."), THREE: html()}
    releases = set()
    for name, order in (("there", pages), ("back", dict(reversed(pages.items())))):
        with SmallCorpus(tmp_path / name) as corpus:
            corpus.visit(order)
            releases.add(corpus.curate().release)

    assert len(releases) == 1


def test_a_license_that_the_policy_no_longer_allows_drops_its_pages(
    corpus: SmallCorpus,
) -> None:
    corpus.visit({ONE: html(), TWO: html(f"{ESSAY} Alike.", license_=BY_SA)})
    corpus.rule(MANIFEST.replace('"CC0-1.0", "CC-BY", "CC-BY-SA"', '"CC-BY"'))

    made = corpus.curate()

    assert (made.documents, made.dropped) == (1, {"license.not-allowed": 1})
    assert drops(corpus, made) == [
        (TWO, "license.not-allowed", "judged again: usage refuse")
    ]


def test_a_change_of_mind_is_a_new_entry_of_the_run_that_changed_it(
    corpus: SmallCorpus,
) -> None:
    corpus.visit({ONE: html(license_=BY_SA)})
    corpus.rule(MANIFEST.replace('"CC-BY", "CC-BY-SA"', '"CC-BY"'))
    corpus.curate()
    corpus.curate()

    entries = corpus.rows(
        f"SELECT run, verdict, reason, inputs FROM decisions WHERE url = '{ONE}'"
        " AND stage = 'usage' ORDER BY seq"
    )

    first, second = entries
    assert first[:3] == (1, "admit", "license.admits")
    assert second[:3] == (2, "refuse", "license.not-allowed")
    assert first[3] == second[3]


def test_a_policy_that_wants_more_than_was_asked_drops_the_page(
    corpus: SmallCorpus,
) -> None:
    corpus.visit({ONE: html()})
    # As if robots.txt had never been seen when the page was judged.
    corpus.ledger.connection.execute(
        "UPDATE decisions SET inputs = list_slice(inputs, -1, -1) WHERE stage = 'usage'"
    )
    corpus.ledger.connection.execute("UPDATE runs SET rules = 'others'")

    made = corpus.curate()

    assert made.dropped == {"policy.not-asked": 1}
    assert drops(corpus, made)[0][2] == "not asked for: https://essays.example/robots.txt"


def test_an_agreement_that_has_ended_lets_nothing_in(tmp_path: Path) -> None:
    reserved = {"content_usage": "train-ai=n"}
    with SmallCorpus(tmp_path / "essays", text=MANIFEST + AGREEMENT) as corpus:
        assert corpus.visit({ONE: html()}, **reserved) == {ONE: "admitted"}

        in_force = corpus.curate(later=timedelta(days=1))
        ended = corpus.curate(later=timedelta(days=11))

    assert (in_force.documents, in_force.dropped) == (1, {})
    assert (ended.documents, ended.dropped) == (0, {"agreement.lapsed": 1})


def test_equal_texts_are_kept_once_under_the_first_url(corpus: SmallCorpus) -> None:
    corpus.visit({TWO: html(), ONE: html(), THREE: html(f"{ESSAY} But not this one.")})

    made = corpus.curate()

    assert corpus.rows("SELECT url FROM documents ORDER BY url") == [(ONE,), (THREE,)]
    assert drops(corpus, made) == [
        (TWO, "duplicate.exact", f"the same text as {ONE}"),
    ]


def test_an_unchanged_page_is_read_from_the_visit_that_kept_it(
    corpus: SmallCorpus,
) -> None:
    corpus.visit({ONE: html()})
    first = corpus.curate()
    corpus.now += timedelta(days=30)
    corpus.unchanged([ONE])

    again = corpus.curate()

    assert corpus.rows("SELECT outcome, exchange FROM latest_outcomes")[0][0] == "unchanged"
    assert again.documents == 1
    assert corpus.rows("SELECT DISTINCT text FROM documents") == [(f"An essay\n{ESSAY}",)]
    assert (again.release, again.dropped) == (first.release, {})


def test_every_admitted_page_is_a_document_or_a_drop(corpus: SmallCorpus) -> None:
    corpus.visit({ONE: html(), TWO: html(), THREE: html("Short.", title="")})

    made = corpus.curate()

    assert made.pages == made.documents + sum(made.dropped.values()) == 3
    assert made.dropped == {"duplicate.exact": 1, "text.too-short": 1}


def test_a_damaged_record_stops_the_build_and_names_the_file(corpus: SmallCorpus) -> None:
    corpus.visit({ONE: html()})
    [path] = (corpus.folder / "archive").iterdir()
    path.write_bytes(bytes(path.stat().st_size))

    with pytest.raises(ArchiveFault, match=path.name):
        corpus.curate()

    assert corpus.rows("SELECT * FROM releases") == []
