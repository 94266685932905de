"""The card's verbs, as a user runs them: keygen, card, diff, prove, verify, --strict."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.web import Web, estovers, manifest_text, seeds

HERE = "http://a.example/"
EPOCH = "1763769600"
STATED = """
[card.id]
description = "What a few hosts say, to see what a card says of it in turn."
[card.prov]
synthetic = "No: a person wrote each page."
[card.risk]
limitations = "There are few pages."
"""


@pytest.fixture(autouse=True)
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Web:
    monkeypatch.chdir(tmp_path)
    return planted(tmp_path)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of this web, which no test changes."""
    folder = tmp_path_factory.mktemp("first")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        planted(folder)
        return folder / built()


@pytest.fixture
def out(first: Path) -> Path:
    """A copy of it, with its manifest, in the folder of the test."""
    shutil.copy(first.parent / "small.toml", "small.toml")
    return Path(shutil.copytree(first, "out-small"))


def planted(folder: Path) -> Web:
    web = Web(folder)
    web.site("a.example").page("/", links=["/one"]).page("/one")
    return web


def built(*flags: str, more: str = STATED, name: str = "small.toml") -> Path:
    Path(name).write_text(manifest_text(seeds(HERE)) + more)
    out = f"out-{name.partition('.')[0]}"
    found = estovers("build", name, "--web", "web", "--out", out, *flags)
    assert found.code == 0, found.err
    return Path(out)


def answers(*command: str) -> str:
    found = estovers(*command)
    assert found.code == 0, found.err
    return found.out


# --- keys and proofs -----------------------------------------------------------------


def test_a_proof_needs_nothing_but_itself_and_the_signed_card() -> None:
    answers("keygen", "key")
    out = built("--key", "key")
    answers("prove", "--out", str(out), "--url", f"{HERE}one", "--to", "proof")
    alone = Path("alone")
    alone.mkdir()
    for name in ("attestation.dsse.json", "curator.pub"):
        shutil.copy(out / "dataset" / name, alone)
    shutil.rmtree(out)

    said = answers("verify", "proof", "--card", "alone", "--key", "key.pub")

    assert "A document of this release was read at http://a.example/one" in said
    assert "The card is signed by sha256:" in said


def test_the_private_key_is_its_owners_alone_and_is_never_overwritten() -> None:
    answers("keygen", "key")

    again = estovers("keygen", "key")

    assert Path("key").stat().st_mode & 0o777 == 0o600
    assert (again.code, again.out) == (64, "")
    assert "PRIVATE" not in Path("key.pub").read_text()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--url", f"{HERE}nothing"], "No document of this release was read at"),
        (["--domain", "a.example"], "documents from the domain a.example: 2"),
        (["--domain", "www.b.example"], "No document of this release comes from"),
    ],
    ids=["an absent page", "a domain", "an absent domain"],
)
def test_what_is_there_and_what_is_not_can_be_proven(
    out: Path, flags: list[str], words: str
) -> None:
    answers("prove", "--out", str(out), *flags, "--to", "proof")

    said = answers("verify", "proof", "--card", str(out))

    assert words in said
    assert "Nobody signed this card" in said


def test_a_text_is_proven_by_its_words_and_an_absent_one_is_not(out: Path) -> None:
    import duckdb  # noqa: PLC0415

    with duckdb.connect(str(out / "corpus.duckdb"), read_only=True) as ledger:
        [(text,)] = ledger.execute(
            "SELECT text FROM published.documents ORDER BY url LIMIT 1"
        ).fetchall()
    Path("mine.txt").write_text(f"{text}\n", "utf-8")
    Path("other.txt").write_text("Nobody has read this.\n")

    answers("prove", "--out", str(out), "--text", "mine.txt", "--to", "proof")
    absent = estovers("prove", "--out", str(out), "--text", "other.txt")

    assert "A document of this release was read at" in answers(
        "verify", "proof", "--card", str(out)
    )
    assert (absent.code, absent.out) == (64, "")
    assert "use --url or --domain" in absent.err


def test_a_proof_of_another_release_is_refused(web: Web, out: Path) -> None:
    answers("prove", "--out", str(out), "--url", HERE, "--to", "proof")
    web.site("a.example").page("/", links=["/one", "/two"]).page("/two")
    other = built(name="other.toml")

    found = estovers("verify", "proof", "--card", str(other))

    assert found.code == 6
    assert "the proof fails (release)" in found.err


def test_a_key_that_did_not_sign_is_refused() -> None:
    answers("keygen", "key")
    answers("keygen", "stranger")
    out = built("--key", "key")
    answers("prove", "--out", str(out), "--url", HERE, "--to", "proof")

    found = estovers("verify", "proof", "--card", str(out), "--key", "stranger.pub")

    assert found.code == 7
    assert "the attestation fails (key)" in found.err


def test_a_later_release_proves_what_became_of_an_earlier_one(web: Web, out: Path) -> None:
    shutil.copytree(out / "dataset", "first")
    web.site("a.example").page("/one", "<p>All rights reserved.</p>")
    answers("build", "small.toml", "--web", "web", "--out", str(out), "--recrawl")
    answers("prove", "--out", str(out), "--since", "first", "--to", "since")
    answers("prove", "--out", str(out), "--url", f"{HERE}one", "--to", "removed")

    grown = answers("verify", "since", "--card", str(out), "--old", "first")
    removed = answers("verify", "removed", "--card", str(out))

    assert "begins with the 2 under the root" in grown
    assert "was published once. It was removed by" in removed
    assert answers("audit", str(out)).startswith("The audit agrees")
    changed = answers("diff", "first", str(out))
    assert "the data ask for version 2.0.0 at least" in answers("audit", str(out))
    assert re.search(r"Documents removed: 1\n  http://a.example/one  CC-BY-4.0", changed)
    assert (
        json.loads(answers("diff", "first", str(out), "--json"))["changes"]["added"] == []
    )


def test_two_equal_releases_differ_in_nothing(out: Path) -> None:
    assert answers("diff", str(out), str(out)).endswith("Nothing changed.\n")


# --- what people say -----------------------------------------------------------------


def test_the_card_lists_what_standards_miss_and_what_is_left_to_state(out: Path) -> None:
    missing = answers("card", str(out), "--missing")
    left = answers("card", str(out), "--edit-list")
    lacking = json.loads(answers("card", str(out), "--missing", "--json"))

    assert "neurips26" in missing
    assert "prov.synthetic" not in missing
    assert "[card.risk]" in left
    assert "limitations" not in left
    assert "risk.social_impact" in lacking["neurips26"]


def test_a_statement_may_stand_in_a_file_beside_the_manifest() -> None:
    Path("small.card").mkdir()
    Path("small.card/risk.biases.md").write_text("One host, one voice.\n")
    out = built()

    readme = (out / "card" / "README.md").read_text("utf-8")

    assert "One host, one voice." in readme


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("risk.limitations", "is stated in the manifest as well"),
        ("risk.nonsense", "no field of the card is stated under this name"),
        ("comp.count", "no field of the card is stated under this name"),
        ("prov.user_data", "does not answer the question"),
    ],
)
def test_a_file_that_answers_no_field_is_named(name: str, words: str) -> None:
    Path("small.card").mkdir()
    Path(f"small.card/{name}.md").write_text("Words.\n")
    Path("small.toml").write_text(manifest_text(seeds(HERE)) + STATED)

    found = estovers("build", "small.toml", "--web", "web")

    assert found.code == 65
    assert words in found.err


def test_a_statement_about_other_data_is_stale_and_never_shown_as_current(
    out: Path,
) -> None:
    root = re.search(r'root = "(sha256:\w+)"', answers("card", str(out), "--edit-list"))
    assert root is not None
    confirmed = f'[card.confirmed]\nby = "A"\non = 2026-11-21\nroot = "{root[1]}"\n'
    fresh = built(more=STATED + confirmed, name="fresh.toml")
    other = confirmed.replace(root[1], "sha256:" + "0" * 64)
    stale = built(more=STATED + other, name="stale.toml")

    def field(folder: Path) -> dict[str, object]:
        facts = json.loads((folder / "card" / "card.json").read_text("utf-8"))
        [found] = [each for each in facts["fields"] if each["id"] == "risk.limitations"]
        return dict(found)

    assert (field(fresh)["status"], field(stale)["status"]) == ("filled", "stale")
    assert "prov.synthetic" in answers("card", str(stale), "--missing")
    assert "There are few pages." not in (stale / "card" / "croissant.json").read_text()
    assert "risk.limitations" in answers("audit", str(stale))


def test_a_strict_build_fails_where_the_card_lacks_what_it_must_have() -> None:
    Path("small.toml").write_text(
        manifest_text(seeds(HERE)) + '[card]\nrequire = ["neurips26"]\n' + STATED
    )
    command = ("build", "small.toml", "--web", "web", "--out", "out")

    strict = estovers(*command, "--strict")
    lax = estovers(*command)

    assert strict.code == 9
    assert "the card lacks pii.presence" in strict.err
    assert lax.code == 0


def test_a_standard_that_nobody_knows_is_named() -> None:
    more = '[card]\nrequire = ["iso9000"]\n'
    Path("small.toml").write_text(manifest_text(seeds(HERE)) + more)

    found = estovers("build", "small.toml", "--web", "web", "--strict")

    assert found.code == 65
    assert "'iso9000' is neither a field of the card nor a standard" in found.err


# --- the same bytes ------------------------------------------------------------------


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_build_with_a_date_is_the_same_to_the_byte(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    answers("keygen", "key")
    flags = ("--key", "key", "--datacards", "cards")

    first = built(*flags)
    cards = files_of(Path("cards"))
    second = Path("again")
    command = ("build", "small.toml", "--web", "web", "--out", str(second), *flags)
    answers(*command)

    assert files_of(first / "dataset") == files_of(second / "dataset")
    assert files_of(Path("cards")) == cards
    assert "small/1.0.0/attestation.dsse.json" in cards
    assert b"2025-11-22" in cards["small/1.0.0/card.json"]


def test_a_date_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    Path("small.toml").write_text(manifest_text(seeds(HERE)))

    found = estovers("build", "small.toml", "--web", "web")

    assert found.code == 64
    assert "SOURCE_DATE_EPOCH is 'yesterday'" in found.err


# --- what hosts say today ------------------------------------------------------------


def test_an_audit_may_ask_hosts_what_they_say_today(web: Web, out: Path) -> None:
    command = ("audit", str(out), "--network", "--web", "web")

    agreeing = answers(*command)
    web.site("a.example").robots("User-agent: *\nDisallow: /\n")
    refusing = answers(*command)

    assert "asked again, it may still be used" in agreeing
    assert "it may not be used today: refuse (robots.disallows)" in refusing
    assert refusing.startswith("The audit agrees")


def test_an_auditor_of_the_live_web_says_who_asks(out: Path) -> None:
    found = estovers("audit", str(out), "--network")

    assert found.code == 64
    assert "Hosts have to know who asks" in found.err


# --- documents in another form -------------------------------------------------------


def test_documents_are_given_on_in_each_form_with_what_is_owed_for_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, out: Path
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets  # noqa: PLC0415  (it reads the environment when it is imported)

    for form in ("parquet", "jsonl", "arrow"):
        answers("export", str(out), "--format", form, "--to", form)
    cache = str(tmp_path / "cache")

    parquet = datasets.Dataset.from_parquet(
        "parquet/CC-BY-4.0/train-00000.parquet", cache_dir=cache
    )
    arrow = datasets.Dataset.from_file("arrow/CC-BY-4.0/train-00000.arrow")
    lines = [
        json.loads(line)
        for line in Path("jsonl/CC-BY-4.0/train-00000.jsonl")
        .read_text("utf-8")
        .splitlines()
    ]
    assert len(lines) == 2
    assert lines == parquet.to_list() == arrow.to_list()
    assert {path.name for path in Path("jsonl").glob("*.md")} == {
        "ATTRIBUTION.md",
        "LICENSE.md",
    }


def test_an_export_overwrites_nothing(out: Path) -> None:
    answers("export", str(out), "--to", "mine")

    again = estovers("export", str(out), "--to", "mine")

    assert again.code == 66
    assert "mine: is not empty" in again.err
