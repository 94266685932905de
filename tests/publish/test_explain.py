"""The explanation of one URL: what a site owner reads, and what none can do to them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import InputFault, UsageFault
from pipeline.ledger.rows import (
    DecisionRow,
    Discovery,
    ExchangeRow,
    ImportRow,
    OutcomeRow,
    Row,
)
from pipeline.ledger.store import Ledger
from pipeline.publish.explain import Explanation, Standing, as_json, explain, render
from pipeline.publish.reasons import DROPS, REASONS, words_of
from pipeline.publish.terminal import visible
from pipeline.vocab import Drop, Reason
from tests.publish.small_corpus import BY, FREE, SITE, Answer, SmallCorpus, html, text

LINK = f'<a rel="license" href="{BY}">BY</a>'
ROBOTS = "User-agent: *\nCrawl-delay: 1\nDisallow: /private\n"
WEB: dict[str, Answer] = {
    f"{SITE}/robots.txt": text(ROBOTS),
    f"{SITE}/": html(FREE),
    f"{SITE}/tide": html(FREE),
    f"{SITE}/short": html(FREE),
    f"{SITE}/new": html(FREE),
    f"{SITE}/noai": html(FREE, X_Robots_Tag="noai"),
    f"{SITE}/reserved": html(f"{FREE}<p>All rights reserved.</p>"),
    f"{SITE}/busy": (503, {}, "later"),
    f"{SITE}/moved": (301, {"Location": "/tide"}, ""),
    f"{SITE}/gone": (410, {}, ""),
    f"{SITE}/broken": (418, {}, ""),
    f"{SITE}/odd": html('<meta name="robots" content="noai, \x1b[2J\u202eoops">x'),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explained") / "corpus"
    corpus = SmallCorpus(folder, WEB)
    for url in list(WEB)[1:]:
        corpus.visit(url.removeprefix(SITE), kind="seed" if url == f"{SITE}/" else "link")
    corpus.visit("/private/letter")
    corpus.found(f"{SITE}/later")
    corpus.found(f"{SITE}/deep", in_depth=False)
    corpus.release("/", "/tide", drops={"/short": Drop.TEXT_TOO_SHORT})
    corpus.close()
    return folder


def explained(folder: Path, path: str) -> Explanation:
    return explain(folder, f"{SITE}{path}")


@pytest.mark.parametrize(
    ("path", "standing", "sentence"),
    [
        pytest.param(
            "/tide",
            Standing.IN,
            "is in the corpus under the license CC-BY-4.0, because the page states a "
            f"license that the corpus may carry: {SITE}/tide (html > body > footer > a) "
            f"says “{LINK}”.",
            id="in",
        ),
        pytest.param(
            "/private/letter",
            Standing.OUT,
            "was not fetched, because robots.txt disallows it: line 3 of "
            f"{SITE}/robots.txt says “Disallow: /private”.",
            id="not fetched",
        ),
        pytest.param(
            "/noai",
            Standing.OUT,
            "was asked for, is not used and was not kept, because the site does not want "
            f"it used in this way: {SITE}/noai (header X-Robots-Tag) says “noai”.",
            id="not kept",
        ),
        pytest.param(
            "/busy",
            Standing.WAITING,
            "waits to be asked for again, because the site could not answer, or asked us "
            f"to come back later: {SITE}/busy answered “503”.",
            id="deferred",
        ),
        pytest.param(
            "/short",
            Standing.OUT,
            "was kept and is not in the corpus, because its main text is too short.",
            id="dropped",
        ),
        pytest.param(
            "/new",
            Standing.KEPT,
            "may be used and was kept, because the page states a license that the corpus "
            f"may carry: {SITE}/new (html > body > footer > a) says “{LINK}”. The newest "
            "release does not have it yet.",
            id="kept",
        ),
        pytest.param(
            "/moved",
            Standing.OUT,
            "is no page itself: it leads on to /tide, which is judged on its own.",
            id="redirected",
        ),
        pytest.param("/gone", Standing.OUT, "is gone: the site answered 410.", id="gone"),
        pytest.param("/broken", Standing.OUT, "could not be had: 418.", id="failed"),
        pytest.param(
            "/later",
            Standing.WAITING,
            "was found and has not been asked for yet.",
            id="not asked for yet",
        ),
        pytest.param(
            "/deep",
            Standing.OUT,
            "was found, farther away than this corpus goes, and is not asked for.",
            id="too deep",
        ),
        pytest.param(
            "/robots.txt",
            Standing.READ,
            "is a file in which sites state their terms; it was read for that alone.",
            id="a policy file",
        ),
        pytest.param(
            "/nowhere",
            Standing.UNKNOWN,
            "is unknown to this corpus: it was neither found nor asked for.",
            id="unknown",
        ),
    ],
)
def test_the_first_sentence_says_how_a_page_stands_and_why(
    folder: Path, path: str, *, standing: Standing, sentence: str
) -> None:
    found = explained(folder, path)

    assert (found.standing, found.sentence) == (standing, f"{SITE}{path} {sentence}")


def test_a_page_on_hold_shows_what_a_person_has_to_read(folder: Path) -> None:
    found = explained(folder, "/reserved")

    assert (found.standing, "All rights reserved" in render(found)) == (
        Standing.HELD,
        True,
    )


def test_each_decision_is_told_with_its_words_line_clause_digest_and_moment(
    folder: Path,
) -> None:
    lines = render(explained(folder, "/private/letter")).splitlines()

    assert [line.partition("; sha256:")[0] for line in lines[2:9]] == [
        "What was decided, in order",
        "",
        "  2026-11-21 12:00:00 UTC  May it be fetched? No:",
        "    robots.txt disallows it [robots.disallows]",
        f"      line 3 of {SITE}/robots.txt says “Disallow: /private”",
        "        RFC 9309 section 2.2.2; read 2026-11-21 12:00:00 UTC",
        "",
    ]


def test_signals_that_did_not_decide_are_told_too(folder: Path) -> None:
    beside = [one for told in explained(folder, "/noai").decisions for one in told.beside]

    assert [(one.signal, one.says) for one in beside] == [("license", "CC-BY-4.0")]


def test_the_document_is_told_with_title_license_and_attribution(folder: Path) -> None:
    text_of = render(explained(folder, "/tide"))

    assert "  title        Tide\n  license      CC-BY-4.0\n" in text_of
    assert "  attribution  “Tide”, a.example, CC BY 4.0\n" in text_of


def test_how_a_page_was_found_is_told(folder: Path) -> None:
    seed, link = (render(explained(folder, path)) for path in ("/", "/tide"))

    assert "\nHow it was found\n  the manifest of the corpus names it\n" in seed
    assert f"\nHow it was found\n  a page links to it: {SITE}/\n" in link


@pytest.mark.parametrize("path", ["/tide", "/private/letter", "/nowhere"])
def test_whom_to_object_to_is_told_for_every_page(folder: Path, path: str) -> None:
    assert render(explained(folder, path)).endswith(
        "To object, or to correct this\n"
        "  Write to Ines Thorne <ines@curator.example>\n"
        "  and name the address above, or see http://curator.example/about\n"
        "  A robots.txt that disallows it for “Estovers” is followed from the next "
        "visit on."
    )


def test_beside_an_unknown_page_stand_the_nearest_of_its_host(folder: Path) -> None:
    found = explained(folder, "/tidy")

    assert (found.is_known, found.near[0], len(found.near)) == (False, f"{SITE}/tide", 5)


def test_beside_an_unknown_host_stand_the_hosts_that_come_near(folder: Path) -> None:
    found = explain(folder, "http://b.example/tide")

    assert (found.near, found.hosts) == ((), (("a.example", 14),))
    assert "  a.example (addresses known: 14)" in render(found)


def test_the_address_may_be_written_in_any_spelling(folder: Path) -> None:
    found = explain(folder, "HTTP://A.Example:80/x/../tide#foot")

    assert found == explained(folder, "/tide")


@pytest.mark.parametrize("url", ["tide", "ftp://a.example/", "http://me:secret@a.example/"])
def test_what_is_no_address_is_refused_without_repeating_it(folder: Path, url: str) -> None:
    with pytest.raises(UsageFault) as caught:
        explain(folder, url)

    assert "secret" not in str(caught.value)
    assert str(caught.value).startswith("This cannot be the address of a page: it")


def test_a_folder_without_a_corpus_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="there is no ledger here"):
        explain(tmp_path, f"{SITE}/")


def test_quoted_words_cannot_harm_the_terminal_that_shows_them(folder: Path) -> None:
    shown = render(explained(folder, "/odd"))

    assert "noai, \\x1b[2J\\u202eoops" in shown
    assert not set(shown) & {"\x1b", "\u202e"}


def test_the_json_holds_all_that_the_ledger_has(folder: Path) -> None:
    found = json.loads(as_json(explained(folder, "/tide")))

    acquisition, usage = found["decisions"]
    assert (found["standing"], found["document"]["license"]) == ("in", "CC-BY-4.0")
    assert (acquisition["reason"], usage["reason"]) == ("robots.no-rule", "license.admits")
    assert usage["words"] == REASONS[Reason.LICENSE_ADMITS]
    assert [one["locator"] for one in usage["evidence"]] == ["html > body > footer > a"] * 2
    assert [len(found[key]) for key in ("outcomes", "exchanges", "discoveries")] == [
        1,
        1,
        1,
    ]
    assert found["contact"]["email"] == "ines@curator.example"


def test_the_json_of_an_unknown_page_is_whole(folder: Path) -> None:
    found = json.loads(as_json(explained(folder, "/tidy")))

    assert (found["standing"], found["decisions"], found["near"][0]) == (
        "unknown",
        [],
        f"{SITE}/tide",
    )


def test_a_page_that_a_later_visit_refuses_is_told_so(tmp_path: Path) -> None:
    corpus = SmallCorpus(tmp_path / "corpus", WEB)
    corpus.visit("/tide")
    corpus.release("/tide")
    corpus.close()
    closed = WEB | {f"{SITE}/robots.txt": text("User-agent: *\nDisallow: /\n")}
    again = SmallCorpus(tmp_path / "corpus", closed)
    again.visit("/tide")
    again.close()

    found = explained(tmp_path / "corpus", "/tide")

    assert found.standing is Standing.IN
    assert found.sentence.endswith(
        "Since then it has been refused, because robots.txt disallows it: line 2 of "
        f"{SITE}/robots.txt says “Disallow: /”."
    )


def test_every_reason_has_words_of_its_own() -> None:
    assert (set(REASONS), set(DROPS)) == (set(Reason), set(Drop))
    assert len({*REASONS.values(), *DROPS.values()}) == len(Reason) + len(Drop)


@pytest.mark.parametrize("reason", [*Reason, *Drop])
def test_the_words_of_a_reason_go_on_after_because(reason: str) -> None:
    words = words_of(reason)

    assert words == words.strip(" .")
    assert words.startswith("robots.txt") or words[0].islower()


def test_a_reason_of_another_version_is_shown_as_its_code() -> None:
    assert words_of("quality.short") == "quality.short"


@given(st.text())
@example("\x85\u2028\u2066\u00ad\U000e0041\ud800")
def test_whatever_is_shown_stands_on_one_line_and_hides_nothing(words: str) -> None:
    shown = visible(words)

    assert shown.splitlines() in ([shown], [])
    assert visible(shown) == shown
    assert shown.encode().decode() == shown


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"])))
def test_letters_of_every_script_stay_as_they_are(words: str) -> None:
    assert visible(words) == words


def test_of_a_page_from_a_file_the_records_are_named_that_it_was_judged_by(
    tmp_path: Path,
) -> None:
    page, robots = f"{SITE}/tide", f"{SITE}/robots.txt"
    now = datetime(2026, 11, 1, tzinfo=UTC)
    decision = DecisionRow(
        "a" * 32, 1, 1, 1, page, "usage", "admit", Reason.LICENSE_ADMITS, "CC0-1.0", now,
        [1, 3], "{}",
    )  # fmt: skip
    rows: list[Row] = [
        Discovery(1, page, "a.example", None, "warc", 0, 0, in_depth=True, run=1),
        OutcomeRow(1, page, "admitted", Reason.LICENSE_ADMITS, "", 3, 1, now),
        decision,
        *(
            ImportRow(number, "some.warc.gz", number, 700 * number, 1)
            for number in (1, 2, 3)
        ),
    ]
    for number, url in enumerate([robots, f"{SITE}/other", page], start=1):
        kind = "policy" if url == robots else "page"
        said = (200, None, now, None, 0, *[None] * 10)
        rows.append(ExchangeRow(number, 1, 1, url, kind, *said))  # type: ignore[arg-type]
    with Ledger(tmp_path) as ledger:
        ledger.append(rows)

    found = explain(tmp_path, page)

    assert [(one.url, read.record) for one, read in found.taken] == [(robots, 1), (page, 3)]
    assert found.is_offline
