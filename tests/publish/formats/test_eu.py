"""The facts for the EU's summary: each is there, in the form that is asked for."""

import csv
import io
import math
import re

import pytest

from pipeline.publish.card import Card
from pipeline.publish.formats import eu
from tests.corpus import ESSAY, MANIFEST, SmallCorpus, html
from tests.publish.formats import cards

HEADINGS = (
    "## 1 General information", "### 1.1 Provider", "### 1.2 Model",
    "### 1.3 Modalities and size", "## 2 Sources of the data",
    "### 2.1 Publicly available datasets", "### 2.2 Private datasets from third parties",
    "### 2.3 Crawled and scraped from online sources", "### 2.4 User data",
    "### 2.5 Synthetic data", "### 2.6 Other sources", "## 3 Processing of the data",
    "### 3.1 Reservations of rights", "### 3.2 Unlawful content",
    "### 3.3 Other processing",
)  # fmt: skip

FACTS = (
    "Version", "Last update", "Earlier version", "Publisher", "Contact", "Text", "Image",
    "Audio", "Video", "Types of content", "Latest acquisition", "Languages",
    "2.2.1 Licensed", "2.2.2 Other", "Name of the crawler", "Purpose of the crawler",
    "Behaviour of the crawler", "Period of collection", "Geography", "Kinds of site",
    "Demography of those who wrote", "Modality", "Domains",
    "Signatory of the Code of Practice", "Measures",
)  # fmt: skip

BANDS = (
    "less than 1 billion tokens",
    "1 billion to 10 trillion tokens",
    "more than 10 trillion tokens",
)
MONTH = r"(0[1-9]|1[0-2])/20\d\d"
HOSTS = 11


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Card:
    """Eleven hosts, of which one has nine tenths of the text."""
    folder = tmp_path_factory.mktemp("eu") / "c"
    hosts = [f"host-{n:02}.example" for n in range(HOSTS)]
    text = MANIFEST.replace(
        'urls = ["https://essays.example/"]',
        f"urls = {[f'https://{host}/' for host in hosts]}",
    )
    with SmallCorpus(folder, text=text) as corpus:
        pages = {f"https://{h}/one": html(f"{ESSAY} Of {h}.") for h in hosts[1:]}
        corpus.visit({f"https://{hosts[0]}/one": html(ESSAY * 100), **pages})
        corpus.curate()
        return cards.read(corpus.publish().dataset)


def fact(text: str, label: str) -> str:
    found = re.search(rf"^\*\*{re.escape(label)}[^*]*\.\*\* (.+)$", text, re.MULTILINE)
    assert found is not None, label
    return found[1]


def test_every_part_of_the_template_is_there_in_its_order(card: Card) -> None:
    lines = eu.render(card).splitlines()

    assert [line for line in lines if line.startswith("##")] == list(HEADINGS)


@pytest.mark.parametrize("label", FACTS)
def test_every_fact_has_an_answer(card: Card, label: str) -> None:
    assert fact(eu.render(card), label).split("<sub>")[0].strip(" .")


def test_months_are_written_as_the_template_wants_them(card: Card) -> None:
    text = eu.render(cards.put(card, id__date_created="2026-03-31T23:59:59Z"))

    assert fact(text, "Last update").startswith("03/2026. ")
    assert re.match(f"{MONTH}, not added to since", fact(text, "Latest acquisition"))
    assert re.match(f"{MONTH} to {MONTH}", fact(text, "Period of collection"))


def test_the_size_is_in_one_of_the_bands(card: Card) -> None:
    assert fact(eu.render(card), "Text").startswith(BANDS)


def test_languages_are_a_list(card: Card) -> None:
    text = eu.render(card)

    assert re.search(r"\*\*Languages\.\*\* 1 .*\n\n- `en`: 11 documents, 100 %", text)


def test_the_list_is_a_tenth_of_the_names_and_not_of_the_bytes(card: Card) -> None:
    rows = card.rows("comp.domains")
    sizes = [int(str(row["bytes"])) for row in rows]
    top = [row["domain"] for row in rows if row["in_top_tenth"]]

    assert sizes[0] > sum(sizes) / 10  # one name alone has a tenth of the bytes
    assert len(top) == math.ceil(HOSTS / 10) == 2
    text = eu.render(card)
    assert re.findall(r"^\| \d+ \| `(.+?)` \|", text, re.MULTILINE) == top
    assert "the top 10 % of the domain names are 2" in text
    assert "ends at rank 1." in text


def test_the_file_of_domains_has_every_one_in_its_rank(card: Card) -> None:
    text = eu.render_domains(card)
    rows = list(csv.DictReader(io.StringIO(text)))

    assert text.endswith("\r\n")
    assert text.count("\r\n") == text.count("\n") == HOSTS + 1
    assert [int(row["rank"]) for row in rows] == list(range(1, HOSTS + 1))
    assert [row["in_top_tenth"] for row in rows] == ["true"] * 2 + ["false"] * 9
    assert [row["in_small_provider_list"] for row in rows] == ["true"] + ["false"] * 10
    sizes = [int(row["bytes"]) for row in rows]
    assert sizes == sorted(sizes, reverse=True)


def test_what_does_not_arise_and_what_nobody_says_are_told_apart(card: Card) -> None:
    text = eu.render(card)

    for label in ("Image", "Audio", "Video", "2.2.2 Other", "Earlier version"):
        assert fact(text, label).startswith("Not applicable: ")
    for label in ("Publisher", "2.2.1 Licensed", "Signatory of the Code of Practice"):
        assert fact(text, label).startswith(eu.NOT_STATED)


def test_a_stale_statement_is_no_answer_of_today(card: Card) -> None:
    found = cards.state(card, "prov.synthetic", "No, none.", stale=True)

    assert "**Stale, said of other data on 2026-01-31:** ~~No, none.~~" in eu.render(found)


def test_web_archives_are_named_as_data_of_others(card: Card) -> None:
    rows = [{"source": 0, "kind": "warc", "names": ["crawl.warc.gz"], "pages": 1}]

    text = eu.render(cards.put(card, prov__sources=rows))

    assert "Yes, web archive files: `crawl.warc.gz`" in text


def test_a_long_list_goes_on_in_the_file(card: Card) -> None:
    rows = [
        {
            "rank": n,
            "domain": f"d{n}.example",
            "documents": 1,
            "bytes": 1,
            "in_top_tenth": n <= 500,
            "in_small_provider_list": n <= 250,
        }
        for n in range(1, 5_001)
    ]

    text = eu.render(cards.put(card, comp__domains=rows))

    assert "The other 300 of the top 10 % are in `domains.csv`." in text
    assert "`d200.example`" in text
    assert "`d201.example`" not in text
