"""``estovers license`` as people use it: of expressions, and of a corpus' real ledger."""

import json
from pathlib import Path

import duckdb
import pytest

from tests.publish.small_corpus import BY, MANIFEST, SITE, Answer, SmallCorpus, html, text
from tests.web import Ended, estovers

CC = "https://creativecommons.org/licenses"
ANY = MANIFEST.replace('["CC-BY"]', '["CC-BY", "CC-BY-SA", "CC0-1.0"]')


def page(license_url: str) -> Answer:
    return html(f'<main><p>Tide.</p></main><a rel="license" href="{license_url}">CC</a>')


WEB: dict[str, Answer] = {
    f"{SITE}/robots.txt": text("User-agent: *\nAllow: /\n"),
    f"{SITE}/by": page(BY),
    f"{SITE}/by-too": page(BY),
    f"{SITE}/by-sa": page(f"{CC}/by-sa/4.0/"),
    f"{SITE}/old": page(f"{CC}/by-sa/3.0/de/"),
}


def corpus_of(folder: Path, *paths: str) -> Path:
    corpus = SmallCorpus(folder, WEB, manifest=ANY)
    for path in paths:
        corpus.visit(path, kind="seed")
    corpus.release(*paths)
    corpus.close()
    return folder


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("licenses") / "mixed"
    return corpus_of(folder, "/by", "/by-too", "/by-sa", "/old")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def license_(*arguments: str) -> Ended:
    return estovers("license", *arguments)


# --- expressions ---------------------------------------------------------------------


def test_an_expression_is_told_with_names_addresses_and_what_is_asked() -> None:
    found = license_("cc-by-sa-3.0 and CC-BY-4.0")

    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("CC-BY-SA-3.0 AND CC-BY-4.0\n")
    for words in (
        "CC-BY-SA-3.0, Creative Commons Attribution-ShareAlike 3.0 Unported\n",
        f"  {CC}/by-sa/3.0/\n",
        "  asks for: attribution, indicate-changes, license-link, notice\n",
        "CC-BY, CC-BY-SA) may carry CC-BY-SA-3.0 AND CC-BY-4.0.\n",
        "it may be given back under CC-BY-SA-3.0, CC-BY-SA-4.0, because\n",
        "[CC BY-SA 3.0 §4(b)]\n",
        "its selection and arrangement may be under any license, because\n",
        "  share-alike: share what is adapted from it under the same license\n",
    ):
        assert words in found.out


def test_the_arm_that_was_chosen_is_shown() -> None:
    found = license_("CC-BY-4.0 OR CC-BY-NC-ND-4.0", "CC-BY-SA-4.0")

    assert "CC-BY-4.0, chosen from CC-BY-4.0 OR CC-BY-NC-ND-4.0: an adap" in found.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["CC-BY-SA-4.0", "--outbound", "GPL-3.0-only"], 0, id="one way"),
        pytest.param(["GPL-3.0-only", "--outbound", "CC-BY-SA-4.0"], 5, id="none back"),
        pytest.param(["CC-BY-SA-3.0", "--outbound", "gpl-3.0"], 5, id="not from 3.0"),
        pytest.param(["CC-BY-SA-4.0", "GFDL-1.3-only"], 0, id="it may be collected"),
        pytest.param(["CC-BY-ND-4.0"], 0, id="a collection may hold ND"),
        pytest.param(["CC-BY-ND-4.0", "--sgdr"], 5, id="a database of one's own may not"),
        pytest.param(["LicenseRef-Own"], 5, id="what is not known"),
        pytest.param(["LicenseRef-Kaitiakitanga-1.0", "CC0-1.0"], 5, id="a people's"),
    ],
)
def test_the_exit_code_says_whether_it_may_be_given_back(
    arguments: list[str], code: int
) -> None:
    assert license_(*arguments).code == code
    quiet = license_(*arguments, "--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (code, "", "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Name license expressions, or a corpus with --corpus, and not both."),
        (["MIT", "--corpus", "."], "and not both."),
        (["CC BY 4.0"], "CC BY 4.0 is no license expression. Write SPDX identifiers"),
        (["\x1b[2J"], "\\x1b[2J is no license expression"),
        (["MIT OR " * 500], "is no license expression"),
        (["MIT", "--outbound", "nonsense"], "nonsense is no license expression"),
        (["MIT", "--outbound", "MIT OR ISC"], "is more than one license"),
        (["MIT", "--outbound", "CC-PDM-1.0"], "not known as a license that a work can"),
        (["MIT", "--outbound", "LicenseRef-X"], "not known as a license that a work can"),
    ],
    ids=str,
)
def test_what_cannot_be_answered_is_a_sentence(arguments: list[str], words: str) -> None:
    found = license_(*arguments)

    assert (found.code, found.out) == (64, "")
    assert words in found.err
    assert "\x1b" not in found.err


def test_programs_get_every_operation() -> None:
    found = json.loads(license_("CC-BY-SA-4.0", "MIT", "--json").out)

    assert {name: one["outbound"] for name, one in found["answers"].items()} == {
        "adapt": ["CC-BY-SA-4.0"],
        "collect": ["any-for-compilation"],
        "collect-sgdr": ["CC-BY-SA-4.0"],
    }
    [first, second] = found["inputs"]
    assert (first["expression"], first["in_default_policy"]) == ("CC-BY-SA-4.0", True)
    assert (second["expression"], second["in_default_policy"]) == ("MIT", False)
    assert second["licenses"] == [
        {
            "license": "MIT",
            "name": "MIT",
            "url": "https://spdx.org/licenses/MIT.html",
            "obligations": ["license-text"],
        }
    ]
    assert found["fits"] is True


# --- a corpus ------------------------------------------------------------------------


def test_a_corpus_is_told_shard_by_shard(mixed: Path) -> None:
    found = license_("--corpus", str(mixed), "--outbound", "GPL-3.0-only")

    assert found.code == 5
    assert found.out.startswith(f"{mixed}: 4 documents in the newest release\n")
    assert [" ".join(line.split()) for line in found.out.splitlines()[1:5]] == [
        "CC-BY-4.0 2 fits",
        "CC-BY-SA-3.0-DE 1 does not fit",
        "CC-BY-SA-4.0 1 fits",
        "3 of 4 may be adapted under GPL-3.0-only.",
    ]
    assert "not under GPL-3.0-only. What stands in the way:\n    CC-BY-SA-3.0-DE: " in (
        found.out
    )


def test_a_whole_that_fits_exits_0(mixed: Path) -> None:
    found = license_("--corpus", str(mixed), "--outbound", "CC-BY-SA-4.0")

    assert found.code == 0
    assert "4 of 4 may be adapted under CC-BY-SA-4.0." in found.out


def test_without_a_license_to_ask_about_each_shard_says_where_it_may_go(
    mixed: Path,
) -> None:
    found = license_("--corpus", str(mixed), "--sgdr")

    assert found.code == 0
    assert "CC-BY-SA-3.0-DE, CC-BY-SA-4.0\n" in found.out
    assert "the database, beside its contents, may be under CC-BY-SA-4.0" in found.out


def test_programs_get_the_shards_with_their_counts(mixed: Path) -> None:
    found = json.loads(
        license_("--corpus", str(mixed), "--outbound", "GPL-3.0-only", "--json").out
    )

    assert [(s["license"], s["documents"], s["allowed"]) for s in found["shards"]] == [
        ("CC-BY-4.0", 2, True),
        ("CC-BY-SA-3.0-DE", 1, False),
        ("CC-BY-SA-4.0", 1, True),
    ]
    assert found["shards"][1]["reasons"][0]["clause"].startswith("CC, list of compatible")
    assert (found["corpus"], found["release"]) == (str(mixed), "release-1")
    assert (found["fits"], found["answers"]["adapt"]["allowed"]) == (False, False)


def test_the_ledger_itself_and_the_last_build_may_be_named(
    tmp_path: Path, mixed: Path
) -> None:
    corpus_of(tmp_path / "build" / "mine", "/by")

    last = json.loads(license_("--corpus", "--json").out)
    named = json.loads(license_("--corpus", str(mixed / "corpus.duckdb"), "--json").out)

    assert [shard["license"] for shard in last["shards"]] == ["CC-BY-4.0"]
    assert named["corpus"] == str(mixed)


def test_a_corpus_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    unreleased, empty, odd = (tmp_path / name for name in ("unreleased", "empty", "odd"))
    SmallCorpus(unreleased, WEB).close()
    corpus_of(empty)
    corpus_of(odd, "/by")
    with duckdb.connect(str(odd / "corpus.duckdb")) as connection:
        connection.execute("UPDATE documents SET license = 'all rights'")

    def ended(folder: Path) -> tuple[int, str]:
        found = license_("--corpus", str(folder))
        assert found.out == ""
        assert "Traceback" not in found.err
        return found.code, found.err

    assert ended(tmp_path / "nowhere")[0] == 66
    assert ended(unreleased) == (
        66,
        f"estovers: {unreleased}: there is no release here yet. Run curate first.\n",
    )
    assert ended(empty)[0] == 2
    assert ended(odd)[0] == 74
    assert "all rights, which is no license expression" in ended(odd)[1]
