"""A small web for a test: hosts in a folder, and the command line as their visitor.

``python -m tests.web MANIFEST FOLDER REACH`` collects from hosts that other servers on
loopback stand for; REACH is a JSON object of authority to address and port.
"""

import io
import json
import resource
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from pipeline import archive, cli, manifest, verbs
from pipeline.archive import Stored
from pipeline.ledger.store import open_reader, rows_of
from pipeline.publish.export import split_of_shard
from spiders.reach import Reach
from tests.corpus import ESSAY, html

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT / ".." / "shared"
_HANDLED = (signal.SIGALRM, signal.SIGINT, signal.SIGTERM)
TIMEOUT = 60.0
"""Seconds after which a program that was started is killed and its test fails."""


@dataclass(slots=True)
class Site:
    """One host of the web; each call adds a file or a rule and returns the site."""

    host: str
    folder: Path
    fields: dict[str, list[str]] = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)

    def robots(self, text: str = "", *, status: int = 200, **headers: str) -> Self:
        """Answer for ``/robots.txt``."""
        return self.page("/robots.txt", text, status=status, **headers)

    def page(
        self, path: str, body: str | bytes | None = None, *, status: int = 200,
        links: Iterable[str] = (), **headers: str,
    ) -> Self:  # fmt: skip
        """Answer for a path: an admissible essay with ``links`` where no body is given.

        A header's name is written with ``_`` for ``-``.
        """
        text = essay(f"{self.host}{path}", links) if body is None else body
        place = self.folder / self._name_of(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.rules = [rule for rule in self.rules if rule.split()[0] != path]
        if status != 200:
            self.rules.append(f"{path} /{self._name_of(path)} {status}")
        self.fields[path] = [f"  {k.replace('_', '-')}: {v}" for k, v in headers.items()]
        return self._write_rules()

    def redirect(self, path: str, target: str, *, status: int = 302) -> Self:
        """Send a path elsewhere."""
        self.rules.append(f"{path} {target} {status}")
        return self._write_rules()

    def without(self, path: str) -> Self:
        """Take a page away."""
        (self.folder / self._name_of(path)).unlink()
        return self

    def _name_of(self, path: str) -> str:
        if path.endswith("/"):
            return f"{path}index.html".removeprefix("/")
        return path.removeprefix("/") + ("" if "." in path else ".html")

    def _write_rules(self) -> Self:
        blocks = [
            f"{path}\n" + "\n".join(said) for path, said in self.fields.items() if said
        ]
        (self.folder / "_headers").write_text("\n".join(blocks) + "\n")
        (self.folder / "_redirects").write_text("\n".join(self.rules) + "\n")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One request as the server saw it."""

    time: datetime
    host: str
    method: str
    path: str
    status: int
    user_agent: str
    headers: Mapping[str, str]

    @property
    def url(self) -> str:
        """The URL that was asked for, as far as the server can tell: it sees no scheme."""
        return f"http://{self.host}{self.path}"


class Web:
    """A folder of hosts and the log of the server that stands for them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "web"
        self.log = root / "web.jsonl"
        self._sites: dict[str, Site] = {}

    def site(self, host: str) -> Site:
        """Return a host of the web, new or known."""
        if host not in self._sites:
            (self.folder / host).mkdir(parents=True)
            self._sites[host] = Site(host, self.folder / host)
        return self._sites[host]

    def hits(self, host: str | None = None) -> list[Hit]:
        """Return the requests that came, in their order."""
        if not self.log.exists():
            return []
        lines = map(json.loads, self.log.read_text("utf-8").splitlines())
        hits = [
            Hit(**{**line, "time": datetime.fromtimestamp(line["time"], UTC)})
            for line in lines
        ]
        return [hit for hit in hits if host is None or hit.host == host]

    def asked(self, host: str | None = None) -> list[str]:
        """Return the URLs of pages that were asked for; policy files are left out."""
        return [hit.url for hit in self.hits(host) if not is_policy_file(hit.path)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a program ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> Mapping[str, object]:
        """The report of a builder that was started with ``--json``."""
        found: Mapping[str, object] = json.loads(self.out)
        return found


class Corpus:
    """A corpus of a small web, built by the command line."""

    def __init__(self, web: Web, text: str, *, name: str = "corpus") -> None:
        self.web = web
        self.manifest = web.root / f"{name}.toml"
        self.folder = web.root / f"{name}-build"
        self.manifest.write_text(text, encoding="utf-8")

    def build(self, *flags: str) -> Ended:
        """Collect, curate and publish."""
        return self.visit("build", *flags)

    def collect(self, *flags: str) -> Ended:
        """Fetch what the manifest asks for."""
        return self.visit("collect", *flags)

    def run(self, verb: str, *flags: str) -> Ended:
        """Run a verb that asks no host for anything."""
        named = [str(self.manifest)] if verb in {"curate", "publish"} else []
        return estovers(verb, *named, "--out", str(self.folder), *flags)

    def arguments(self, verb: str, *flags: str) -> list[str]:
        """Return the arguments with which a verb visits the web."""
        return [
            verb, str(self.manifest), "--out", str(self.folder), "--web",
            str(self.web.folder), "--web-log", str(self.web.log), *flags,
        ]  # fmt: skip

    def rows(self, query: str, *parameters: object) -> list[tuple[object, ...]]:
        """Return the rows of a query to the ledger."""
        connection = open_reader(self.folder)
        try:
            return rows_of(connection, query, parameters)
        finally:
            connection.close()

    def outcomes(self) -> dict[str, tuple[str, str]]:
        """Return how each URL stands now: outcome and reason."""
        found = self.rows("SELECT url, outcome, reason FROM latest_outcomes")
        return {str(url): (str(outcome), str(reason)) for url, outcome, reason in found}

    def documents(self) -> list[str]:
        """Return the URLs of the newest release."""
        query = """SELECT url FROM documents WHERE release = (
            SELECT release FROM releases ORDER BY seq DESC LIMIT 1) ORDER BY url"""
        return [str(url) for (url,) in self.rows(query)]

    def archived(self, store: str = "archive") -> list[Stored]:
        """Return the response records of a store that are whole."""
        return [
            stored
            for path in archive.files(self.folder / store)
            for stored in archive.scan(path)
        ]

    def dataset(self) -> dict[str, bytes]:
        """Return the documents' files, and what the tree over them commits to, by name.

        What else is published says when and how often hosts were asked.
        """
        folder = self.folder / "dataset"
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if split_of_shard(path.name) or path.stem in {"leaves", "documents", "domains"}
        }

    def visit(self, verb: str, *flags: str) -> Ended:
        """Run a verb that asks the hosts of the web; it answers in JSON."""
        return estovers(*self.arguments(verb, "--json", *flags))


def manifest_text(*sources: str, **limits: float) -> str:
    """Return a manifest; a source is the body of its table, a limit its name and value."""
    said = {"delay": 0.0, "delay_factor": 0.0, "timeout": 10.0, **limits}
    tables = "\n".join(f"[[sources]]\n{source}" for source in sources)
    numbers = "\n".join(f"{name} = {value}" for name, value in said.items())
    return f"""
name = "small"
version = "1.0.0"
purpose = "To test what a crawl asks for."
intended_uses = ["Tests."]
[curator]
name = "Ada Curator"
url = "https://curator.example/corpus"
email = "corpus@curator.example"
{tables}
[licenses]
allow = ["CC0-1.0", "CC-BY", "CC-BY-SA"]
[limits]
{numbers}
"""


def seeds(*urls: str, depth: int = 5, hosts: Sequence[str] = ()) -> str:
    """Return a source that begins with pages."""
    scope = f"scope.hosts = {json.dumps(hosts)}" if hosts else ""
    return f"urls = {json.dumps(list(urls))}\ndepth = {depth}\n{scope}"


def essay(name: str, links: Iterable[str] = (), *, head: str = "") -> str:
    """Return a page of its own words under CC BY, with links."""
    ways = "".join(f'<li><a href="{link}">on</a></li>' for link in links)
    page = html(f"{ESSAY} This is what is said of it at {name}.", title=name, head=head)
    return page.replace("</nav>", f"<ul>{ways}</ul></nav>")


def contradictory(name: str, links: Iterable[str] = ()) -> str:
    """Return a page under CC BY that reserves all rights as well."""
    reserved = "<p>© 2026. All rights reserved.</p></footer>"
    return essay(name, links).replace("</footer>", reserved)


def is_policy_file(path: str) -> bool:
    """Say whether a path is that of a policy file: one exists to be read by crawlers."""
    return path in {"/robots.txt", "/ai.txt", "/.well-known/tdmrep.json"}


def estovers(*arguments: str, timeout: float = TIMEOUT) -> Ended:
    """Run the command line here until it ends; fail where it does not."""
    out, err = io.StringIO(), io.StringIO()
    with ending(timeout), redirect_stdout(out), redirect_stderr(err):
        code = cli.main(list(arguments))
    return Ended(code=code, out=out.getvalue(), err=err.getvalue())


def start_estovers(*arguments: str) -> subprocess.Popen[str]:
    """Start the command line in a process of its own."""
    return start(["-m", "pipeline.cli", *arguments])


@contextmanager
def ending(timeout: float) -> Iterator[None]:
    """Fail where the block takes too long; leave the handlers of signals as they were."""

    def too_long(*_: object) -> None:
        raise AssertionError(f"still running after {timeout} s")

    before = {one: signal.getsignal(one) for one in _HANDLED}
    signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, timeout)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for one, handler in before.items():
            signal.signal(one, handler)


def collect_within(
    reach: Mapping[str, tuple[str, int]],
    text: str,
    folder: Path,
    *,
    timeout: float = TIMEOUT,
) -> Ended:
    """Collect from hosts that servers of the test stand for; report as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "manifest.toml"
    path.write_text(text, encoding="utf-8")
    return ended(
        start(["-m", "tests.web", str(path), str(folder / "build"), json.dumps(reach)]),
        timeout=timeout,
    )


def start(arguments: list[str]) -> subprocess.Popen[str]:
    """Start this interpreter from the root of the project."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(child: subprocess.Popen[str], *, timeout: float = TIMEOUT) -> Ended:
    """Wait for a program's end; kill it and fail where it takes too long."""
    try:
        out, err = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        child.kill()
        out, err = child.communicate()
        raise AssertionError(f"still running after {timeout} s: {err[-2000:]}") from None
    return Ended(code=child.returncode, out=out, err=err)


def _main(path: str, folder: str, reach: str) -> None:
    text = Path(path).read_text("utf-8")
    job = verbs.Job(
        manifest=manifest.parse(text, source=path),
        text=text,
        root=Path(path).parent,
        folder=Path(folder),
        quiet=True,
    )
    served = {name: (address, port) for name, (address, port) in json.loads(reach).items()}
    report = verbs.collect_only(job, reach=Reach(served))
    print(json.dumps({**json.loads(report.as_json()), "peak": _peak()}))  # noqa: T201


def _peak() -> int:
    """Return the most memory that this program held, in bytes.

    ``getrusage`` would begin with what the process that started it held.
    """
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


if __name__ == "__main__":
    _main(*sys.argv[1:])
