"""The documents say what the program does: parts that are generated, links, names.

``python tests/test_docs.py`` writes the generated parts anew. Each stands between a comment
that names it and a comment that ends it; times and digests may differ from run to run.
"""

import ast
import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest

from pipeline import cases, manifest
from pipeline.license.terms import MEANING
from pipeline.license.ways import CLOSED, WAYS
from pipeline.publish.fields import catalogue, standards
from pipeline.publish.reasons import DROPS, REASONS, words_of
from pipeline.vocab import SPECIFICATIONS, Drop, Reason, Signal, Verdict

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
DOCUMENTS = (
    README,
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
)
WIDTH = 92

BUILD = ("build", "manifests/commons.toml", "--web", "manifests/commons")
REFUSED = "http://clay.example/"
ADMITTED = "http://river.example/tides.html"

PART = re.compile(r"(<!-- generated: ([a-z-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
FENCE = re.compile(r"^```([a-z]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)

# What differs from one run to the next.
CHANGING = (
    (re.compile(r"\s+"), " "),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"), "DATE"),
    (re.compile(r"\d+\.\d s\b"), "N s"),
    (re.compile(r"sha256:[0-9a-f…]+"), "DIGEST"),
)

CHANGES = ["Consent", "Security", "Removed", "Deprecated", "Added", "Changed", "Fixed"]

PAGE = '<html><head>{}</head><a rel="license" href="{}">CC BY 4.0</a><p>Text.</p></html>'
BY = "https://creativecommons.org/licenses/by/4.0/"
REFUSALS = {
    "User-agent: Estovers": ("robots.txt", "{}\nDisallow: /"),
    "`GPTBot`": ("robots.txt", "User-agent: GPTBot\nDisallow: /"),
    "`CCBot`": ("robots.txt", "User-agent: CCBot\nDisallow: /"),
    "`Scrapy`": ("robots.txt", "User-agent: Scrapy\nDisallow: /"),
    "Content-Usage: train-ai=n": ("robots.txt", "User-agent: *\n{}\nAllow: /"),
    "Content-Usage: /letters/ train-ai=n": ("robots.txt", "User-agent: *\n{}"),
    "Content-Signal: ai-train=no": ("robots.txt", "User-agent: *\n{}\nAllow: /"),
    "`X-Robots-Tag: noai`": ("header", "X-Robots-Tag: noai"),
    "`tdm-reservation: 1`": ("header", "tdm-reservation: 1"),
    "`Content-Usage: train-ai=n`, `Content-Signal": ("header", "Content-Usage: train-ai=n"),
    "`Content-Signal: ai-train=no`, `X": ("header", "Content-Signal: ai-train=no"),
    '<meta name="robots" content="noai">': ("page", "{}"),
    '<meta name="tdm-reservation" content="1">': ("page", "{}"),
    '[{"location": "/", "tdm-reservation": 1}]': (".well-known/tdmrep.json", "{}"),
    "`User-Agent: *` and `Disallow: /`": ("ai.txt", "User-Agent: *\nDisallow: /"),
    "401, 402, 403 or 451": ("status", "403"),
}

TYPES = {
    "boolean": "true or false",
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "null": "",
}
FORMATS = {"uri": "URL", "email": "mail address", "date": "date"}


@dataclass(frozen=True, slots=True)
class Built:
    """A folder in which the shipped corpus was built, and what the build printed."""

    folder: Path
    said: str

    def estovers(self, *arguments: str) -> str:
        """Return what a command prints in this folder."""
        return run(self.folder, "-m", "pipeline.cli", *arguments)


def run(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80"}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    return done.stdout


def build_in(folder: Path) -> Built:
    (folder / "manifests").symlink_to(ROOT / "manifests")
    return Built(folder, run(folder, "-m", "pipeline.cli", *BUILD))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build_in(tmp_path_factory.mktemp("docs"))


# What is generated.


def shown(text: str) -> str:
    """Return output as a document shows it: digests cut short, long lines broken."""
    text = re.sub(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}", r"\1…", text)
    return "\n".join(line for long in text.splitlines() for line in broken(long))


def broken(line: str) -> list[str]:
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(
        line, WIDTH, subsequent_indent=f"{indent}  ", break_long_words=False,
        break_on_hyphens=False, drop_whitespace=True,
    ) or [""]  # fmt: skip


def transcript(command: Iterable[str], output: str) -> str:
    return f"```\n$ estovers {' '.join(command)}\n{shown(output).rstrip()}\n```\n"


def explained(built: Built, url: str) -> str:
    paragraphs = built.estovers("explain", url).rstrip().split("\n\n")
    left_out = ("How each visit", "How it was found", "The document")
    kept = [
        "  …" if one.startswith(left_out) else one.partition("\n    Also read:")[0]
        for one in paragraphs
    ]
    text = "\n\n".join(paragraph for paragraph, _ in groupby(kept))
    return transcript(("explain", url), text)


def commands(built: Built) -> str:
    text = built.estovers("--help")
    return f"```\n{text[text.index('commands:') :].rstrip()}\n```\n"


ENDINGS = """
    SELECT regexp_extract(o.url, '//([^/]+)', 1) AS host, o.outcome, o.reason,
           count(DISTINCT o.url), min(o.detail),
           array_agg(DISTINCT d.license ORDER BY d.license)
               FILTER (o.outcome = 'admitted'),
           arg_min(e.locator, (o.url, e.n)), arg_min(e.quote, (o.url, e.n)),
           arg_min(e.source, (o.url, e.n))
    FROM latest_outcomes o
    LEFT JOIN decisions d ON d.url = o.url AND d.visit = o.visit AND d.reason = o.reason
    LEFT JOIN evidence e ON e.seq = d.seq AND e.signal IS NULL
    WHERE o.outcome <> 'read'
    GROUP BY host, o.outcome, o.reason ORDER BY host, o.outcome, o.reason
"""


def outcomes(built: Built) -> str:
    path = built.folder / "build" / "commons" / "corpus.duckdb"
    with duckdb.connect(str(path), read_only=True) as ledger:
        rows = ledger.execute(ENDINGS).fetchall()
    return table(("Host", "Pages", "Because", "What was read"), map(ending, rows))


def ending(row: tuple[object, ...]) -> tuple[str, ...]:
    host, outcome, reason, pages, detail, licenses, locator, quote, source = row
    because = {"redirected": "led on to another address", "gone": "the page is gone"}
    read = ""
    if isinstance(licenses, list):
        read = ", ".join(licenses)
    elif outcome == "redirected":
        read = f"to {detail}, among others" if pages != 1 else f"to {detail}"
    elif quote or locator:
        path = str(source).partition(str(host))[2]
        place = f"`{path}`, {locator}"
        read = f"{place}: {code(str(quote))}" if quote else place
    elif detail:
        read = f"status {detail}"
    words = because.get(str(outcome), words_of(str(reason)))
    return (str(host), f"{pages} {outcome}", words, read)


def code(text: str) -> str:
    cut = text if len(text) <= 100 else f"{text[:99]}…"
    return f"`{cut}`".replace("|", "\\|")


def question(built: Built) -> str:
    [asked] = [
        text for kind, text in FENCE.findall(README.read_text("utf-8"))
        if kind == "python" and "duckdb.connect" in text
    ]  # fmt: skip
    return f"```\n{run(built.folder, '-c', asked)}```\n"


def specifications(_built: Built) -> str:
    rows = ((f"`{name}`", revision) for name, revision in SPECIFICATIONS.items())
    return table(("Standard", "Revision that is read"), rows)


def reasons(_built: Built) -> str:
    return table(("Code", "Because"), ((f"`{r}`", REASONS[r]) for r in Reason))


def given_back(built: Built) -> str:
    command = ("license", "--corpus", "--outbound", "GPL-3.0-only")
    text = built.estovers(*command).partition("\n\nIn words:")[0]
    return transcript(command, f"{text}\n\n…")


def obligations(_built: Built) -> str:
    rows = ((f"`{each}`", words) for each, words in MEANING.items())
    return table(("Word", "What is asked"), rows)


def all_ways(_built: Built) -> str:
    rows: dict[tuple[str, str, str], None] = {}
    for way in WAYS:
        source = " ".join(filter(None, (way.families, way.versions)))
        name = source if len(way.families.split()) == 1 else "each of them"
        row = (f"`{source}`", way.says, way.clause.replace("{name}", name))
        rows[row] = None
    return table(("Of", "An adaptation may go on", "Clause"), rows)


def no_ways(_built: Built) -> str:
    rows = ((f"`{c.families}`", f"`{c.into}`", c.says, c.clause) for c in CLOSED)
    return table(("From", "To", "Because", "Clause"), rows)


def drops(_built: Built) -> str:
    return table(("Code", "Because"), ((f"`{d}`", DROPS[d]) for d in Drop))


def fields(_built: Built) -> str:
    names = table(("Standard", "Is"), ((f"`{k}`", v) for k, v in standards().items()))
    rows = (
        (f"`{f.id}`", f.label, f.kind, ", ".join(f.required_by) or "–")
        for f in catalogue().values()
    )
    return f"{table(('Field', 'What it is', 'Kind', 'Required by'), rows)}\n{names}"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def manifest_keys(_built: Built) -> str:
    whole = manifest.Manifest.model_json_schema()
    return "\n".join(key_tables(whole, whole["$defs"], path="", heading="Top level"))


Schema = Mapping[str, object]


def key_tables(
    schema: Schema, tables: Mapping[str, Schema], *, path: str, heading: str
) -> Iterator[str]:
    """Yield the table of a TOML table's keys, then those of the tables in it."""
    keys, inner = [], []
    required = schema.get("required") or ()
    assert isinstance(required, list | tuple)
    properties = schema["properties"]
    assert isinstance(properties, dict)
    for key, value in properties.items():
        name = table_of(value)
        if name and "properties" in tables[name]:
            inner.append((f"{path}{key}", value.get("type") == "array", name))
        words = str(value.get("description") or tables[name].get("description", ""))
        default = "*required*" if key in required else default_of(value)
        keys.append((f"`{key}`", type_of(value, tables), default, " ".join(words.split())))
    yield f"### {heading}\n\n{table(('Key', 'Type', 'Default', 'Meaning'), keys)}"
    for name, is_array, definition in inner:
        title = f"`[[{name}]]`" if is_array else f"`[{name}]`"
        yield from key_tables(tables[definition], tables, path=f"{name}.", heading=title)


def table_of(value: Mapping[str, object]) -> str:
    items = value.get("items")
    reference = value.get("$ref") or (items.get("$ref") if isinstance(items, dict) else "")
    return str(reference or "").rpartition("/")[2]


def default_of(value: Mapping[str, object]) -> str:
    default = value.get("default")
    if table_of(value) and (default == [] or not isinstance(default, str | list)):
        return ""
    return f"`{json.dumps(default)}`" if default not in (None, []) else "left out"


def type_of(value: Mapping[str, object], tables: Mapping[str, Schema]) -> str:
    name = table_of(value)
    if name and "properties" in tables[name]:
        return "tables" if value.get("type") == "array" else "table"
    if options := value.get("anyOf"):
        assert isinstance(options, list)
        return next(filter(None, (type_of(option, tables) for option in options)))
    if value.get("type") == "array":
        items = value["items"]
        assert isinstance(items, dict)
        return f"list of {type_of(items, tables)}"
    words = value.get("enum") or (tables[name].get("enum") if name else None)
    if isinstance(words, list):
        return ", ".join(f'`"{word}"`' for word in words)
    return FORMATS.get(str(value.get("format"))) or TYPES[str(value["type"])]


COLUMNS = """
    SELECT column_name, data_type, is_nullable, comment FROM duckdb_columns()
    WHERE table_name = ? AND schema_name = ? ORDER BY column_index
"""
TABLES = """
    SELECT table_name, comment, position('CREATE TABLE ' || table_name || ' (' IN ?) AS p
    FROM duckdb_tables() ORDER BY p
"""
VIEWS = """
    SELECT CASE schema_name WHEN 'main' THEN '' ELSE schema_name || '.' END || view_name,
        comment
    FROM duckdb_views() WHERE NOT internal ORDER BY ALL
"""


def ledger_tables(_built: Built) -> str:
    schema = (ROOT / "pipeline" / "ledger" / "schema.sql").read_text("utf-8")
    parts = []
    with duckdb.connect() as ledger:
        ledger.execute(schema)
        for name, comment, _ in ledger.execute(TABLES, [schema]).fetchall():
            rows = [
                (f"`{column}`", kind + (", or NULL" if nullable else ""), words)
                for column, kind, nullable, words in ledger.execute(
                    COLUMNS, [name, "main"]
                ).fetchall()
            ]
            columns = table(("Column", "Type", "Meaning"), rows)
            parts.append(f"### `{name}`\n\n{comment}\n\n{columns}")
        ledger.execute((ROOT / "pipeline/ledger/published.sql").read_text("utf-8"))
        views = [(f"`{n}`", words) for n, words in ledger.execute(VIEWS).fetchall()]
    return "\n".join((*parts, f"### Views\n\n{table(('View', 'Meaning'), views)}"))


def rooms(_built: Built) -> str:
    parts = []
    for package in ("pipeline", "spiders"):
        paths = sorted(
            (ROOT / package).rglob("*.py"), key=lambda path: (path.parent, path.name)
        )
        for folder, modules in groupby(paths, key=lambda path: path.parent):
            rows = [(f"`{path.name}`", sentence_of(path)) for path in modules]
            name = folder.relative_to(ROOT).as_posix()
            named = [row for row in rows if row[0] != "`__init__.py`"]
            parts.append(f"### `{name}/`\n\n{table(('Module', 'Its sentence'), named)}")
    return "\n".join(parts)


def sentence_of(path: Path) -> str:
    words = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return " ".join(words.partition("\n\n")[0].split()).replace("|", "\\|")


RENDERERS: Mapping[str, Callable[[Built], str]] = {
    "build": lambda built: transcript(BUILD, built.said),
    "refused": lambda built: explained(built, REFUSED),
    "admitted": lambda built: explained(built, ADMITTED),
    "audit": lambda built: transcript(("audit",), built.estovers("audit")),
    "outcomes": outcomes,
    "question": question,
    "commands": commands,
    "specifications": specifications,
    "reasons": reasons,
    "drops": drops,
    "fields": fields,
    "license": given_back,
    "obligations": obligations,
    "ways": all_ways,
    "no-ways": no_ways,
    "manifest": manifest_keys,
    "ledger": ledger_tables,
    "rooms": rooms,
}


def parts_of(path: Path) -> dict[str, str]:
    return {name: body for _, name, body, _ in PART.findall(path.read_text("utf-8"))}


def lasting(text: str) -> str:
    for pattern, word in CHANGING:
        text = pattern.sub(word, text)
    return text.strip()


# What has to hold.


def test_each_generated_part_stands_in_one_document() -> None:
    found = [name for path in DOCUMENTS for name in parts_of(path)]

    assert sorted(found) == sorted(RENDERERS)


@pytest.mark.parametrize("name", RENDERERS, ids=RENDERERS)
def test_a_generated_part_says_what_the_program_says(name: str, built: Built) -> None:
    [written] = [p[name] for path in DOCUMENTS if name in (p := parts_of(path))]

    assert lasting(written) == lasting(RENDERERS[name](built))


def test_a_generated_part_that_differs_by_more_than_time_is_found() -> None:
    line = "curated    34 documents, 0 dropped (0.2 s)"

    assert lasting(line) == lasting(line.replace("0.2 s", "11.7 s"))
    assert lasting(line) != lasting(line.replace("34", "35"))


def test_the_exit_codes_of_the_readme_are_those_of_the_help(built: Built) -> None:
    stated = re.findall(r"^ *(\d+)  (.+)$", parts_of(README)["commands"], re.MULTILINE)
    real = built.estovers("--help").partition("exit codes:\n")[2]

    assert stated == re.findall(r"^ *(\d+)  (.+)$", real, re.MULTILINE)
    assert ("64", "the command asks for something that does not exist") in stated


def test_each_command_is_shown_in_use(built: Built) -> None:
    verbs = re.findall(r"^    ([a-z]+) ", built.estovers("--help"), re.MULTILINE)
    texts = "\n".join(path.read_text("utf-8") for path in DOCUMENTS)

    assert len(verbs) > 9
    assert [verb for verb in verbs if f"estovers {verb}" not in texts] == []


def test_each_signal_is_explained() -> None:
    text = (ROOT / "docs" / "consent.md").read_text("utf-8")

    assert [signal for signal in Signal if f"`{signal}`" not in text] == []


def test_each_setting_of_the_addon_is_explained() -> None:
    sources = "\n".join(p.read_text("utf-8") for p in (ROOT / "spiders").glob("*.py"))
    read = set(re.findall(r'get(?:bool|float|list)?\(\s*"(ESTOVERS_[A-Z_]+)"', sources))
    text = (ROOT / "docs" / "addon.md").read_text("utf-8")

    assert read == set(re.findall(r"ESTOVERS_[A-Z_]+", text))


def test_each_manifest_in_the_documents_is_one() -> None:
    found = [
        manifest.parse(text, source=path.name).name
        for path in DOCUMENTS
        for kind, text in FENCE.findall(path.read_text("utf-8"))
        if kind == "toml" and text.startswith("name =")
    ]

    assert found == ["moor-essays"]


@pytest.mark.parametrize("said", REFUSALS, ids=REFUSALS)
def test_each_way_to_refuse_that_the_readme_offers_is_enough(said: str) -> None:
    before = judged("nowhere", "")
    after = judged(REFUSALS[said][0], REFUSALS[said][1].replace("{}", said))

    assert said in README.read_text("utf-8")
    assert (before, after) == (Verdict.ADMIT, Verdict.REFUSE)


def judged(place: str, text: str) -> Verdict:
    """Return the verdict on the use of a page under CC BY where a site says ``text``."""
    url = "https://essays.example/letters/1"
    headers = [("content-type", "text/html")]
    if place == "header":
        name, _, value = text.partition(": ")
        headers.append((name, value))
    body = PAGE.format(text if place == "page" else "", BY)
    status = int(text) if place == "status" else 200
    exchanges: dict[str, object] = {
        url: {"status": status, "headers": headers, "body": body}
    }
    if place.endswith((".txt", ".json")):
        exchanges[f"https://essays.example/{place}"] = {"status": 200, "body": text}
    line = json.dumps({"id": place, "url": url, "exchanges": exchanges})
    return cases.judge_case(cases.parse(line, where=place)).usage.verdict


@pytest.mark.parametrize("path", DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def test_links_within_the_project_lead_somewhere(path: Path) -> None:
    links = [x for x in LINK.findall(prose_of(path)) if "://" not in x]

    assert [link for link in links if not leads_somewhere(path, link)] == []


def leads_somewhere(path: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = path.parent / name if name else path
    return target.exists() and (not anchor or anchor in anchors_of(target))


def anchors_of(path: Path) -> set[str]:
    headings = HEADING.findall(prose_of(path))
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def prose_of(path: Path) -> str:
    return FENCE.sub("", path.read_text("utf-8"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def test_a_document_is_calm(path: Path) -> None:
    words = re.sub(r"`[^`]*`|<!--", "", prose_of(path))

    assert "!" not in words
    assert [c for c in words if ord(c) >= 0x2600] == []


def test_the_sections_of_the_changelog_are_in_their_order() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    releases = re.split(r"^## ", text, flags=re.MULTILINE)[1:]

    assert releases
    for release in releases:
        sections = re.findall(r"^### (.+)$", release, re.MULTILINE)
        assert sections == [word for word in CHANGES if word in sections]


def write() -> None:
    """Write every generated part anew that says something else now."""
    with TemporaryDirectory() as name:
        built = build_in(Path(name))
        for path in DOCUMENTS:
            text = path.read_text("utf-8")
            new = PART.sub(lambda part: renewed(part, built), text)
            if new != text:
                path.write_text(new, "utf-8")
                sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")


def renewed(part: re.Match[str], built: Built) -> str:
    begin, name, old, end = part.groups()
    new = RENDERERS[name](built)
    return f"{begin}{old if lasting(old) == lasting(new) else new}{end}"


if __name__ == "__main__":
    write()
