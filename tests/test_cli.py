"""The command line: what it answers, and what a user's mistake costs: a sentence."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import duckdb
import pytest

from pipeline import cli, errors, manifest
from pipeline.errors import EstoversError
from pipeline.ledger.store import Ledger
from tests.web import Corpus, Web, estovers, manifest_text, seeds

SHARED = Path(__file__).resolve().parents[2] / "shared" / "vectors" / "consent.jsonl"
ROOT = Path(__file__).resolve().parents[1]
COMMANDS = (
    "new", "plan", "build", "collect", "curate", "publish", "explain", "audit", "review",
    "judge", "check", "keygen", "card", "export", "diff", "prove", "verify", "license",
)  # fmt: skip
BUILDERS = ("plan", "build", "collect", "curate", "publish")
HERE = "http://a.example/"


@pytest.fixture(autouse=True)
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Web:
    monkeypatch.chdir(tmp_path)
    web = Web(tmp_path)
    web.site("a.example").page("/", "<p>No license is stated.</p>")
    return web


@pytest.fixture
def corpus(web: Web) -> Corpus:
    return Corpus(web, manifest_text(seeds(HERE)))


# --- help and codes ------------------------------------------------------------------


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_no_fault(command: str) -> None:
    found = estovers(*command.split(), "--help")

    assert (found.code, found.err) == (0, "")
    assert f"usage: estovers {command}".rstrip() in found.out


def test_the_table_of_exit_codes_is_that_of_the_errors() -> None:
    table = {
        int(code): words
        for code, words in re.findall(
            r"^ +(\d+)  (.+)$", estovers("--help").out, re.MULTILINE
        )
    }
    classes = [
        one for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, EstoversError)
    ]  # fmt: skip
    documented = dict(re.findall(r"── (\w+) +(\d+) ", errors.__doc__ or ""))

    codes = {one.exit_code for one in classes}
    assert set(table) == codes | {0, 3, 4, 5, 130}
    assert len(codes) == len(classes)
    names = {
        one.__name__: str(one.exit_code) for one in classes if one is not EstoversError
    }
    assert documented == names


def test_every_command_is_in_the_help() -> None:
    listed = re.findall(r"^    (\w+)  ", estovers("--help").out, re.MULTILINE)

    assert tuple(listed) == COMMANDS


def test_the_version_is_the_one_that_hosts_are_told() -> None:
    found = estovers("--version")

    assert (found.code, found.out) == (0, f"estovers {manifest.SOFTWARE_VERSION}\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ""),
        (["nonsense"], "invalid choice: 'nonsense'"),
        (["build"], "required: manifest. See estovers build --help."),
        (["build", "x.toml", "--nonsense"], "unrecognized arguments: --nonsense"),
        (["explain"], "required: url"),
        (["check"], "Name a URL"),
        (["check", "--web", "web", "nonsense"], "nonsense cannot be asked for"),
        (["check", HERE], "Hosts have to know who asks"),
        (["check", HERE, "--contact", "me", "--mail", "a@b.example"], "me cannot be asked"),
        (["new", "../x"], '"../x" cannot name a corpus'),
    ],
    ids=str,
)
def test_a_command_that_is_wrong_exits_64(arguments: list[str], words: str) -> None:
    found = estovers(*arguments)

    assert found.code == 64
    assert words in found.err


def test_a_fault_of_our_own_exits_70_and_shows_where(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> int:
        raise ZeroDivisionError("of all things")

    monkeypatch.setitem(cli.VERBS, "explain", broken)

    found = estovers("explain", HERE)

    assert found.code == 70
    assert "Traceback" in found.err
    assert found.err.endswith("Please report it with the lines above.\n")


def test_a_disk_that_takes_no_more_is_no_fault_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device", "dataset/part-0.parquet")

    monkeypatch.setitem(cli.VERBS, "explain", full)

    found = estovers("explain", HERE)

    assert found.code == 74
    assert found.err.startswith(
        "estovers: dataset/part-0.parquet: No space left on device. Free or repair"
    )


def test_interrupting_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(cli.VERBS, "explain", interrupted)

    found = estovers("explain", HERE)

    assert (found.code, found.err.count("\n")) == (130, 1)


# --- files that are not what they should be -------------------------------------------


@pytest.mark.parametrize("verb", BUILDERS)
@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("missing.toml", 66, "No such file"),
        ("folder", 66, "Is a directory"),
        ("binary.toml", 66, "can't decode byte 0xff"),
        ("empty.toml", 65, "name: is missing"),
        ("torn.toml", 65, "line 1, column 8"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_named(
    verb: str, name: str, *, code: int, words: str
) -> None:
    Path("folder").mkdir()
    Path("binary.toml").write_bytes(b"\xff\xfe\0")
    Path("empty.toml").touch()
    Path("torn.toml").write_text("name = \n")

    found = estovers(verb, name)

    assert (found.code, found.out) == (code, "")
    assert found.err.startswith(f"estovers: {name}: ")
    assert words in found.err
    assert "Traceback" not in found.err


def test_all_faults_of_a_manifest_are_listed_at_once() -> None:
    text = manifest_text(seeds(HERE)).replace('"small"', '"Not Small"')
    Path("bad.toml").write_text(text.replace('version = "1.0.0"', "versoin = 3"))

    found = estovers("build", "bad.toml")

    assert found.code == 65
    assert "3 faults" in found.err
    assert all(
        word in found.err for word in ("line 2, name", "versoin", "version: is miss")
    )


@pytest.mark.parametrize("verb", ["plan", "build", "collect"])
@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        (["--web", "nowhere"], 66, "nowhere: no such folder"),
        (["--web", "small.toml"], 66, "small.toml: no such folder"),
        (["--web", "empty"], 66, "empty: no host in it"),
        (
            ["--web", "web", "--web-log", "no/such/log"],
            66,
            "no/such/log: cannot be written",
        ),
        (["--web", "web", "--web-log", "empty"], 66, "empty: cannot be written"),
        (["--web", "web", "--out", "small.toml"], 74, "small.toml"),
        (["--web", "web", "--out", "small.toml/x"], 74, "small.toml/x"),
        ([], 64, "The crawl does not start: "),
    ],
    ids=str,
)
def test_a_folder_that_cannot_be_used_is_named(
    verb: str, flags: list[str], *, code: int, words: str
) -> None:
    Path("empty").mkdir()
    Path("small.toml").write_text(manifest_text(seeds(HERE)))

    found = estovers(verb, "small.toml", *flags)

    assert found.code == code
    assert found.err.startswith("estovers: ")
    assert words in found.err
    assert "Traceback" not in found.err


def test_a_crawl_that_may_not_start_leaves_nothing_behind(corpus: Corpus) -> None:
    found = estovers("build", str(corpus.manifest), "--out", "b")

    assert found.code == 64
    assert not Path("b").exists()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('warc = ["missing.warc.gz"]', "missing.warc.gz: the WARC file cannot be read"),
        ('warc = ["small.toml"]', "small.toml: the WARC file cannot be read"),
        ('url_list = "missing.txt"', "missing.txt: the list of URLs cannot be read"),
        ('url_list = "bad.txt"', "bad.txt, line 2: not a URL to ask for"),
    ],
)
def test_a_source_that_cannot_be_read_stops_the_build(source: str, words: str) -> None:
    Path("small.toml").write_text(manifest_text(source))
    Path("bad.txt").write_text(f"{HERE}\nnonsense\n")

    found = estovers("build", "small.toml", "--web", "web", "--out", "b")

    assert found.code == 66
    assert words in found.err
    assert "Traceback" not in found.err


@pytest.mark.parametrize("command", [["audit"], ["explain", HERE]], ids=lambda c: c[0])
@pytest.mark.parametrize(
    ("out", "code", "words"),
    [
        ([], 66, "there is no build here"),
        (["--out", "nowhere"], 66, "there is no"),
        (["--out", "small.toml"], 66, "there is no"),
        (["--out", "foreign"], 66, "not a ledger of this version"),
        (["--out", "broken"], 74, "the ledger cannot be opened"),
    ],
    ids=str,
)
def test_a_build_that_cannot_be_read_is_named(
    command: list[str], out: list[str], *, code: int, words: str
) -> None:
    Path("small.toml").write_text("")
    for name in ("foreign", "broken"):
        Path(name).mkdir()
    duckdb.connect("foreign/corpus.duckdb").execute("CREATE TABLE x (y INTEGER)").close()
    Path("broken/corpus.duckdb").write_text("not a database " * 900)

    found = estovers(*command, *out)

    assert (found.code, found.out) == (code, "")
    assert words in found.err
    assert "Traceback" not in found.err


@pytest.mark.parametrize("verb", ["build", "collect", "curate", "publish"])
def test_a_corpus_that_is_being_built_is_left_alone(corpus: Corpus, verb: str) -> None:
    corpus.folder.mkdir()
    flags = ["--web", "web"] if verb in {"build", "collect"} else []

    with Ledger(corpus.folder):
        found = estovers(verb, str(corpus.manifest), "--out", str(corpus.folder), *flags)

    assert found.code == 75
    assert f"process {os.getpid()} is building this corpus" in found.err


def test_publishing_before_curating_is_named(corpus: Corpus) -> None:
    found = corpus.run("publish")

    assert found.code == 66
    assert "Run curate first" in found.err


# --- answers -------------------------------------------------------------------------


def test_a_build_that_admits_nothing_says_so_by_its_code(corpus: Corpus) -> None:
    found = corpus.build()

    assert (found.code, found.report["documents"]) == (2, 0)
    assert found.report["pages"] == {"refused": 1}


def test_quiet_says_nothing_and_the_code_all(corpus: Corpus) -> None:
    arguments = [one for one in corpus.arguments("build", "--quiet") if one != "--json"]

    found = estovers(*arguments)

    assert (found.code, found.out, found.err) == (2, "", "")


def test_explaining_names_pages_that_are_known_and_says_which_are_not(
    corpus: Corpus,
) -> None:
    corpus.build()

    known = corpus.run("explain", HERE)
    unknown = corpus.run("explain", "http://b.example/", "--json")
    nonsense = corpus.run("explain", "nonsense")

    assert known.code == 0
    assert known.out.startswith(f"{HERE} was asked for, is not used")
    assert (unknown.code, json.loads(unknown.out)["url"]) == (4, "http://b.example/")
    assert nonsense.code == 64


def test_an_audit_ends_by_what_it_finds(corpus: Corpus) -> None:
    corpus.build()
    agreed = corpus.run("audit")
    with duckdb.connect(str(corpus.folder / "corpus.duckdb")) as connection:
        connection.execute("UPDATE decisions SET verdict = 'admit' WHERE stage = 'usage'")

    found = corpus.run("audit", "--quiet")

    assert agreed.code == 0
    assert found.code == 1
    assert found.out


def test_the_last_build_is_the_one_that_is_meant(web: Web) -> None:
    for name, host in (("first", "a.example"), ("second", "b.example")):
        web.site(host).page("/")
        text = manifest_text(seeds(f"http://{host}/")).replace('"small"', f'"{name}"')
        Path(f"{name}.toml").write_text(text)
        assert estovers("collect", f"{name}.toml", "--web", "web").code == 0

    assert estovers("explain", "http://b.example/").code == 0
    assert estovers("explain", HERE).code == 4


def test_a_new_manifest_parses_once_it_is_edited() -> None:
    found = estovers("new", "my-essays")

    text = Path("my-essays.toml").read_text("utf-8")
    tomllib.loads(text)
    edited = (
        text.replace("Say here why the corpus is made.", "To have essays.")
        .replace("Say here what it is to be used for.", "Reading.")
        .replace("Your name or that of your institution", "Ada Curator")
        .replace("https://example.org/corpus", "https://curator.net/corpus")
        .replace("you@example.org", "ada@curator.net")
    )
    parsed = manifest.parse(edited, source="my-essays.toml")
    assert (found.code, parsed.name) == (0, "my-essays")
    assert "estovers plan my-essays.toml" in found.out


def test_a_new_manifest_does_not_crawl_before_it_is_edited() -> None:
    estovers("new", "my-essays")

    found = estovers("build", "my-essays.toml")

    assert found.code in {64, 65}
    assert not Path("build").exists()


def test_a_file_that_is_there_is_not_written_over() -> None:
    Path("mine.toml").write_text("mine")

    found = estovers("new", "mine")

    assert (found.code, Path("mine.toml").read_text()) == (64, "mine")


def test_judge_answers_line_by_line_and_names_the_bad_one() -> None:
    case = json.dumps({"id": "one", "url": HERE, "exchanges": {}})
    Path("cases.jsonl").write_text(f"{case}\n\n{case}\n{{}}\n{case}\n")

    found = estovers("judge", "cases.jsonl")

    assert found.code == 66
    assert [json.loads(line)["id"] for line in found.out.splitlines()] == ["one", "one"]
    assert found.err.startswith("estovers: cases.jsonl, line 4: id: Field required")


@pytest.mark.parametrize("name", ["missing.jsonl", "web", "binary.jsonl"])
def test_cases_that_cannot_be_read_are_named(name: str) -> None:
    Path("binary.jsonl").write_bytes(b"\xff")

    found = estovers("judge", name)

    assert found.code == 66
    assert found.err.startswith(f"estovers: {name}: the file cannot be read")


@pytest.mark.skipif(not SHARED.is_file(), reason="needs ../shared/vectors")
def test_judge_answers_each_vector_with_one_line() -> None:
    found = estovers("judge", str(SHARED))

    answers = [json.loads(line) for line in found.out.split("\n") if line]
    vectors = [json.loads(line) for line in SHARED.read_text("utf-8").split("\n") if line]
    assert (found.code, found.err) == (0, "")
    assert [one["id"] for one in answers] == [one["id"] for one in vectors]


# --- start-up and output ---------------------------------------------------------------


def _python(code: str, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT, env=environment, capture_output=True, check=False, timeout=60,
    )  # fmt: skip


def test_starting_imports_nothing_slow() -> None:
    code = "import sys, pipeline.cli; print(*{name.split('.')[0] for name in sys.modules})"

    loaded = set(_python(code).stdout.decode().split())

    assert "pipeline" in loaded
    assert not loaded & {
        "scrapy", "twisted", "datasets", "duckdb", "pydantic", "trafilatura", "pyarrow",
        "lxml", "aiohttp", "rich", "spiders",
    }  # fmt: skip


def test_words_that_the_terminal_cannot_spell_are_escaped(tmp_path: Path) -> None:
    case = {"id": "\ud800", "url": HERE, "exchanges": {}}
    (tmp_path / "cases.jsonl").write_text(json.dumps(case))
    code = "import sys; from pipeline.cli import main; sys.exit(main())"

    found = _python(code, "judge", str(tmp_path / "cases.jsonl"))

    assert (found.returncode, found.stderr) == (0, b"")
    assert json.loads(found.stdout)["id"] == "\ud800"


def test_a_reader_who_leaves_early_is_no_fault(tmp_path: Path) -> None:
    case = json.dumps({"id": "x" * 9000, "url": HERE, "exchanges": {}})
    (tmp_path / "cases.jsonl").write_text(f"{case}\n" * 30)
    path = tmp_path / "cases.jsonl"
    command = f"{sys.executable} -m pipeline.cli judge {path} | head -c 10"

    found = subprocess.run(
        ["/bin/bash", "-c", f"set -o pipefail; {command}"],
        cwd=ROOT, capture_output=True, check=False, timeout=60,
    )  # fmt: skip

    assert (found.returncode, found.stderr) == (0, b"")
