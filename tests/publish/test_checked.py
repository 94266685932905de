"""A published folder is what its card says, or the audit names what is not."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from pipeline import texts
from pipeline.ledger import seal
from pipeline.publish import attestation
from pipeline.publish.audit import Audit, audit
from tests.corpus import BY_NC, BY_SA, ESSAY, MANIFEST, SmallCorpus, html

SITE = "https://essays.example"
PAGES = {
    f"{SITE}/one": html(title="The ford"),
    f"{SITE}/two": html(f"{ESSAY} Two.", license_=BY_SA),
    f"{SITE}/three": html(f"{ESSAY} Three.", lang="mi"),
    f"{SITE}/again": html(f"{ESSAY} Three.", lang="mi"),
    "https://other.example/four": html(f"{ESSAY} Four.", license_=BY_NC),
    "https://other.example/five": html(f"{ESSAY} Five."),
}
PRIVATE, PUBLIC = attestation.keygen()


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build that was published and sealed."""
    folder = tmp_path_factory.mktemp("signed") / "essays"
    with SmallCorpus(folder) as corpus:
        corpus.visit(PAGES)
        corpus.curate()
        corpus.publish(key=attestation.load_key(PRIVATE))
    seal.seal(folder)
    return folder


@pytest.fixture
def build(signed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(signed, tmp_path / "essays"))


def said(found: Audit) -> set[tuple[str, str]]:
    return {(each.kind, each.subject) for each in found.findings}


def test_a_folder_that_is_what_its_card_says_has_no_finding(signed: Path) -> None:
    found = audit(signed / "dataset", key=PUBLIC)

    assert (found.findings, found.has_ledger, found.fields > 60) == ((), False, True)
    assert {each.subject for each in found.notes} >= {"eu53", "neurips26"}


def test_a_build_is_checked_with_its_ledger_and_its_seal(signed: Path) -> None:
    found = audit(signed)

    assert (found.findings, found.has_ledger, found.has_card) == ((), True, True)
    assert found.decisions == found.replayed + found.policy_files + found.by_digest_only
    assert [each.kind for each in found.notes if each.kind == "seal"] == []


def test_a_sample_of_decisions_is_derived_and_all_else_is_checked(signed: Path) -> None:
    found = audit(signed, sample=3)

    assert (found.findings, found.decisions) == ((), 3)


def test_another_key_than_the_curators_is_told(build: Path) -> None:
    _, other = attestation.keygen()

    found = audit(build / "dataset", key=other)

    [finding] = found.findings
    assert finding.kind == "signature"
    assert "it names the key" in finding.what


def test_a_card_that_lost_its_signature_is_told(build: Path) -> None:
    (build / "dataset" / "attestation.dsse.json").unlink()

    assert said(audit(build / "dataset")) == {("signature", "attestation.dsse.json")}


def test_whoever_signs_a_changed_card_anew_is_found_by_their_key(build: Path) -> None:
    dataset = build / "dataset"
    private, public = attestation.keygen()
    statement = attestation.verify((dataset / "attestation.dsse.json").read_bytes(), PUBLIC)
    forged = attestation.sign(
        statement.subjects, statement.predicate, attestation.load_key(private)
    )
    (dataset / "attestation.dsse.json").write_bytes(forged)
    (dataset / "curator.pub").write_text(public)

    kinds = said(audit(dataset))

    assert ("signature", "card.json") in kinds
    assert ("signature", "curator.pub") in kinds


def altered(
    dataset: Path, name: str, change: Callable[[list[dict[str, object]]], None]
) -> None:
    """Write a table again with other rows, as someone who knows Parquet would."""
    path = dataset / name
    table = parquet.read_table(path, partitioning=None)
    rows = table.to_pylist()
    change(rows)
    parquet.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)


def resealed(build: Path) -> None:
    """Forge all that needs no key: the digests in the card and its own form."""
    from contextlib import closing  # noqa: PLC0415

    from pipeline.publish import card, tables  # noqa: PLC0415
    from pipeline.publish.renderings import RENDERINGS  # noqa: PLC0415

    dataset = build / "dataset"
    made = card.parse((dataset / "card.json").read_text("utf-8"), source="card.json")
    with closing(tables.opened(dataset)) as connection:
        from pipeline.publish.measures import measured  # noqa: PLC0415

        files = tables.listed(dataset)
        tables.add(connection, files, tables.planted(connection))
        values = measured(connection)
    head = tables.head_of(files)
    fields = [
        field.model_copy(
            update={
                "measured": field.measured.model_copy(
                    update={
                        "value": values.get(field.id, field.measured.value),
                        "head": head,
                    }
                )
            }
        )
        if field.measured
        else field
        for field in made.fields
    ]
    forged = made.model_copy(update={"fields": tuple(fields), "head": head})
    for name, render in RENDERINGS.items():
        if text := render(forged):
            (dataset / name).write_text(text, encoding="utf-8", newline="\n")


FORGERIES = [
    pytest.param(
        "CC-BY-4.0/train-00000.parquet",
        lambda rows: rows[0].update(text="Another text."),
        ("document", f"{SITE}/again"),
        id="a text",
    ),
    pytest.param(
        "CC-BY-4.0/train-00000.parquet",
        lambda rows: rows[0].update(license="CC-BY-NC-4.0"),
        ("license", "CC-BY-4.0/train-00000.parquet"),
        id="a license",
    ),
    pytest.param(
        "CC-BY-4.0/train-00000.parquet",
        lambda rows: rows[0].update(url="https://other.example/four"),
        ("document", "https://other.example/four"),
        id="a page that was refused, in the place of one that was not",
    ),
    pytest.param(
        "CC-BY-4.0/train-00000.parquet",
        lambda rows: rows.pop(),
        ("sum", "kept = documents in the files"),
        id="a document left out",
    ),
    pytest.param(
        "audit/leaves.parquet",
        lambda rows: rows.reverse(),
        ("tree", "documents"),
        id="leaves in another order",
    ),
    pytest.param(
        "audit/history.parquet",
        lambda rows: rows.pop(),
        ("history", "https://other.example/five"),
        id="a shorter history",
    ),
    pytest.param(
        "audit/removals.parquet",
        lambda rows: rows.append(
            {"url": "x", "text_digest": "sha256:0", "release": "r", "reason": "gone"}
        ),
        ("table", "audit/removals.parquet"),
        id="a removal that never was",
    ),
    pytest.param(
        "audit/decisions.parquet",
        lambda rows: [row.update(verdict="refuse") for row in rows],
        ("document", f"{SITE}/one"),
        id="decisions that refuse",
    ),
    pytest.param(
        "audit/drops.parquet",
        lambda rows: [row.update(twin=None) for row in rows],
        ("document", f"{SITE}/three"),
        id="a duplicate without its twin",
    ),
    pytest.param(
        "attribution.parquet",
        lambda rows: rows[0].update(attribution=""),
        ("attribution", f"{SITE}/again"),
        id="a credit",
    ),
]


@pytest.mark.parametrize(("name", "change", "expected"), FORGERIES)
def test_a_forged_table_is_found_by_what_it_contradicts(
    build: Path,
    *,
    name: str,
    change: Callable[[list[dict[str, object]]], None],
    expected: tuple[str, str],
) -> None:
    altered(build / "dataset", name, change)
    resealed(build)

    found = audit(build / "dataset", key=PUBLIC)

    assert expected in said(found)
    assert ("signature", "card.json") in said(found)


def test_a_number_of_the_card_is_measured_again(build: Path) -> None:
    path = build / "dataset" / "card.json"
    facts = json.loads(path.read_text("utf-8"))
    [field] = [each for each in facts["fields"] if each["id"] == "comp.count"]
    field["measured"]["value"][0]["documents"] = 400
    path.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", "utf-8")

    kinds = said(audit(build / "dataset"))

    assert {("field", "comp.count"), ("rendering", "README.md")} <= kinds


def test_a_file_that_nobody_published_is_named(build: Path) -> None:
    (build / "dataset" / "more.md").write_text("Trust me.\n")

    kinds = said(audit(build / "dataset"))

    assert {("file", "more.md"), ("signature", "more.md")} == kinds


def flipped(path: Path, random_: random.Random) -> tuple[int, int]:
    data = bytearray(path.read_bytes())
    at, bit = random_.randrange(len(data)), 1 << random_.randrange(8)
    data[at] ^= bit
    path.write_bytes(bytes(data))
    return at, bit


@pytest.mark.parametrize("seed", range(60))
def test_no_flipped_bit_of_a_published_folder_passes(signed: Path, seed: int) -> None:
    random_ = random.Random(seed)
    dataset = signed / "dataset"
    files = sorted(
        path for path in dataset.rglob("*") if path.is_file() and path.stat().st_size
    )
    path = files[seed % len(files)]
    before = path.read_bytes()
    where = flipped(path, random_)

    try:
        found = audit(dataset, key=PUBLIC)
    finally:
        path.write_bytes(before)

    name = path.relative_to(dataset).as_posix()
    assert found.found, f"{name}: bit {where} passed"
    assert any(name in f"{each.subject} {each.what}" for each in found.findings)


@pytest.mark.parametrize("seed", range(200))
def test_no_flipped_bit_of_a_build_passes(signed: Path, seed: int) -> None:
    random_ = random.Random(seed)
    files = sorted(p for p in signed.rglob("*") if p.is_file() and p.stat().st_size)
    # What is kept of texts may be deleted at any time: nothing rests on it.
    sealed = [p for p in files if p.name not in {"ledger.lock", texts.FILE_NAME}]
    path = sealed[seed % len(sealed)]
    before = path.read_bytes()
    flipped(path, random_)

    broken = list(seal.broken(signed))
    path.write_bytes(before)

    assert broken
    assert list(seal.broken(signed)) == []


def test_a_text_that_was_once_published_and_is_refused_now_is_in_no_file(
    tmp_path: Path,
) -> None:
    with SmallCorpus(tmp_path / "essays") as corpus:
        corpus.visit(PAGES)
        corpus.curate()
        corpus.publish()
        corpus.rule(MANIFEST.replace(', "CC-BY-SA"', ""))
        corpus.curate()
        published = corpus.publish()

    found = audit(published.dataset)

    assert found.findings == ()
    removed = parquet.read_table(
        published.dataset / "audit" / "removals.parquet"
    ).to_pylist()
    assert [(row["url"], row["reason"]) for row in removed] == [
        (f"{SITE}/two", "license.not-allowed")
    ]
    for path in published.dataset.rglob("*"):
        assert not path.is_file() or b"Two." not in path.read_bytes()
