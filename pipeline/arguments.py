"""The arguments of the command line, and what each exit code means."""

import argparse
from pathlib import Path
from typing import Final, NoReturn

from pipeline.errors import UsageFault

PROGRAM: Final = "estovers"

# What --corpus means where no folder follows it; no folder has this name.
LAST_BUILD: Final = Path("\0")

_EXIT_CODES: Final = """\
exit codes:
   0  done
   1  audit: a replayed decision differs from the recorded one
   2  build, curate, publish, license: the corpus has no document
   3  check: not every page may be used
   4  explain: the corpus does not know this URL
   5  license: it may not be given back as asked
   6  verify: the proof does not show what it says
   7  verify, audit: a signature is not that of the key, or not over these bytes
   8  publish: the stages of the build do not add up, so nothing was published
   9  publish --strict: the card lacks what the manifest says it must have
  64  the command asks for something that does not exist
  65  the manifest has faults (all of them are listed)
  66  a file or folder that was named is missing or damaged
  70  a fault in Estovers itself
  71  workers were lost again and again, most often for want of memory
  74  the archive or the ledger cannot be written or read
  75  another process is building this corpus
 130  interrupted; the next build goes on where this one stopped
"""


class Parser(argparse.ArgumentParser):
    """argparse, with the exit code of every other command that is wrong."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageFault; argparse itself ends with 2, which means an empty corpus."""
        raise UsageFault(f"{message}. See {self.prog} --help.")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line; ``verb`` names the command."""
    root = Parser(
        prog=PROGRAM,
        description="Small, documented training sets from the web, with consent.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="store_true", help="print the version and end")
    root.set_defaults(verb="greet")
    verbs = root.add_subparsers(title="commands", metavar="COMMAND")
    _add_builders(verbs)
    _add_readers(verbs)
    return root


def _add_builders(verbs: "argparse._SubParsersAction[Parser]") -> None:
    new = verbs.add_parser("new", help="write a commented manifest to start from")
    new.add_argument("name", help="name of the corpus: lower-case letters, digits, hyphens")
    new.set_defaults(verb="new")
    builders = (
        ("plan", "ask only the policy files: what would be allowed, at what cost"),
        ("build", "collect, curate and publish"),
        ("collect", "fetch what the manifest asks for and consent allows"),
        ("curate", "judge the archive again and make documents"),
        ("publish", "write the dataset and its card"),
    )
    for name, words in builders:
        command = verbs.add_parser(name, help=words)
        command.add_argument("manifest", type=Path, help="the corpus' manifest (TOML)")
        command.add_argument("--out", type=Path, help="folder of the build (build/NAME)")
        if name in {"plan", "build", "collect"}:
            _add_web(command)
        if name == "plan":
            command.add_argument(
                "--statements",
                action="store_true",
                help="read a page of each host, and those it links as its license, legal "
                "or about, and propose [[statements]] to confirm",
            )
        if name in {"build", "publish"}:
            _add_publishing(command)
        if name in {"build", "collect"}:
            command.add_argument(
                "--recrawl",
                action="store_true",
                help="visit a finished corpus again; an unchanged page costs a 304",
            )
        if name in {"build", "collect", "curate"}:
            _add_engine(command, _JOBS if name == "curate" else _JOBS_OF_A_CRAWL)
        _add_output(command)
        command.set_defaults(verb=name)


_JOBS: Final = "processes to work on (one for each core)"
_JOBS_OF_A_CRAWL: Final = (
    "processes to work on (one for each core, and one that asks all hosts; two or more "
    "share them)"
)


def _add_engine(command: argparse.ArgumentParser, words: str) -> None:
    where = command.add_mutually_exclusive_group()
    where.add_argument("--jobs", type=_count, metavar="N", help=words)
    where.add_argument(
        "--engine", metavar="ADDRESS", help="a cluster to work on, such as dask://host:8786"
    )


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


def _add_publishing(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--key", type=Path, metavar="FILE", help="sign with this private key"
    )
    command.add_argument(
        "--datacards", type=Path, metavar="DIR", help="copy the card to DIR/NAME/VERSION"
    )
    command.add_argument(
        "--strict", action="store_true", help="fail where the card lacks what it must have"
    )


def _add_readers(verbs: "argparse._SubParsersAction[Parser]") -> None:
    explain = verbs.add_parser("explain", help="why a page is in, out, held or waiting")
    explain.add_argument("url")
    explain.add_argument("--out", type=Path, help="folder of the build (the last one)")
    _add_output(explain)
    explain.set_defaults(verb="explain")
    _add_audit(verbs)
    _add_review(verbs)
    judge = verbs.add_parser("judge", help="judge recorded exchanges, offline")
    judge.add_argument("cases", type=Path, help="JSON lines, one case each")
    judge.set_defaults(verb="judge")
    check = verbs.add_parser("check", help="consent for URLs, without building anything")
    check.add_argument("urls", nargs="*", metavar="URL")
    check.add_argument("--urls", dest="list", type=Path, help="a file of URLs, one a line")
    check.add_argument("--contact", help="your page about this crawl (http or https URL)")
    check.add_argument("--mail", help="your mail address")
    _add_web(check)
    _add_output(check)
    check.set_defaults(verb="check")
    _add_card(verbs)
    _add_prove(verbs)
    _add_license(verbs)


def _add_card(verbs: "argparse._SubParsersAction[Parser]") -> None:
    keygen = verbs.add_parser("keygen", help="make a key pair to sign cards with")
    keygen.add_argument("path", type=Path, metavar="FILE", help="where to write the keys")
    keygen.set_defaults(verb="keygen")
    card = verbs.add_parser("card", help="what a card says, and what it leaves open")
    card.add_argument("target", nargs="?", type=Path, metavar="DIR", help="build or folder")
    shown = card.add_mutually_exclusive_group()
    shown.add_argument(
        "--missing", action="store_true", help="required fields not filled, by standard"
    )
    shown.add_argument(
        "--edit-list", action="store_true", help="what people have yet to state, in words"
    )
    _add_output(card)
    card.set_defaults(verb="card")
    export = verbs.add_parser("export", help="give documents on in another form")
    export.add_argument(
        "target", nargs="?", type=Path, metavar="DIR", help="build or folder"
    )
    export.add_argument(
        "--format", choices=("parquet", "jsonl", "arrow"), help="of --to (jsonl)"
    )
    where = export.add_mutually_exclusive_group(required=True)
    where.add_argument("--to", type=Path, metavar="DIR", help="a new folder to write")
    where.add_argument(
        "--push", metavar="OWNER/NAME", help="a repository of the Hub; asks for HF_TOKEN"
    )
    export.add_argument(
        "--public", action="store_true", help="with --push: a new repository is not private"
    )
    export.add_argument(
        "--yes", action="store_true", help="with --push: replace what is not of Estovers"
    )
    export.set_defaults(verb="export")
    diff = verbs.add_parser("diff", help="what changed between two releases")
    diff.add_argument("old", type=Path, help="a build, or what it published")
    diff.add_argument("new", type=Path, help="another")
    _add_output(diff)
    diff.set_defaults(verb="diff")


def _add_prove(verbs: "argparse._SubParsersAction[Parser]") -> None:
    prove = verbs.add_parser(
        "prove", help="prove that something is in a release, or is not"
    )
    wanted = prove.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--url", help="a page: in the release, removed from it, or neither")
    wanted.add_argument("--domain", help="a registrable domain, such as essays.example")
    wanted.add_argument("--text", type=Path, metavar="FILE", help="exactly this text")
    wanted.add_argument(
        "--since", type=Path, metavar="OLD", help="that it goes on from an older card"
    )
    prove.add_argument(
        "--out", type=Path, metavar="DIR", help="build or folder (the last build)"
    )
    prove.add_argument(
        "--to",
        type=Path,
        metavar="FILE",
        help="write the proof here, not to standard output",
    )
    prove.set_defaults(verb="prove")
    verify = verbs.add_parser("verify", help="check a proof against a signed card")
    verify.add_argument("proof", type=Path, metavar="PROOF")
    verify.add_argument(
        "--card", type=Path, required=True, help="published folder, attestation, card.json"
    )
    verify.add_argument(
        "--key", type=Path, metavar="FILE", help="the curator's public key, from elsewhere"
    )
    verify.add_argument(
        "--old", type=Path, metavar="CARD", help="the older card of a proof --since"
    )
    verify.set_defaults(verb="verify")


def _add_audit(verbs: "argparse._SubParsersAction[Parser]") -> None:
    audit = verbs.add_parser(
        "audit", help="check a build or a published folder, and replay every decision"
    )
    audit.add_argument(
        "target", nargs="?", type=Path, metavar="DIR", help="a build, or what it published"
    )
    audit.add_argument("--out", type=Path, help="folder of the build (the last one)")
    audit.add_argument(
        "--sample", type=int, metavar="N", help="replay this many decisions, not all"
    )
    audit.add_argument(
        "--key", type=Path, metavar="FILE", help="the curator's public key, from elsewhere"
    )
    audit.add_argument(
        "--network",
        action="store_true",
        help="also ask a sample of its hosts what they say today",
    )
    audit.add_argument("--contact", help="your page about these requests")
    audit.add_argument("--mail", help="your mail address")
    _add_web(audit)
    audit.add_argument(
        "--lines", action="store_true", help="a JSON line a finding, as SARIF names it"
    )
    _add_output(audit)
    audit.set_defaults(verb="audit")


def _add_license(verbs: "argparse._SubParsersAction[Parser]") -> None:
    command = verbs.add_parser(
        "license", help="what licenses ask, and what may be given back"
    )
    command.add_argument(
        "expressions", nargs="*", metavar="EXPRESSION", help="SPDX license expressions"
    )
    command.add_argument(
        "--corpus",
        nargs="?",
        type=Path,
        const=LAST_BUILD,
        metavar="DIR",
        help="the licenses of a build's newest release (the last build)",
    )
    command.add_argument(
        "--outbound", metavar="LICENSE", help="may an adaptation be under this license?"
    )
    command.add_argument(
        "--sgdr",
        action="store_true",
        help="the collection's maker holds the EU database right (Directive 96/9/EC)",
    )
    _add_output(command)
    command.set_defaults(verb="license")


def _add_review(verbs: "argparse._SubParsersAction[Parser]") -> None:
    review = verbs.add_parser(
        "review", help="hosts of doubtful origin: look at them, confirm or refuse them"
    )
    review.add_argument("host", nargs="?", help="show this host; without it all of them")
    answer = review.add_mutually_exclusive_group()
    for name, words in (
        ("confirm", "its pages are its own: lift their holds for doubtful origin"),
        ("refuse", "use no page of it"),
    ):
        answer.add_argument(
            f"--{name}", dest="answer", action="store_const", const=name, help=words
        )
    review.add_argument("--by", metavar="NAME", help="who answers")
    review.add_argument("--why", metavar="TEXT", help="why, for those who ask later")
    review.add_argument("--out", type=Path, help="folder of the build (the last one)")
    _add_output(review)
    review.set_defaults(verb="review")


def _add_web(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--web", type=Path, metavar="DIR", help="serve DIR/<host>/... over loopback"
    )
    command.add_argument(
        "--web-log", type=Path, metavar="FILE", help="log each request to the served folder"
    )


def _add_output(command: argparse.ArgumentParser) -> None:
    command.add_argument("--quiet", action="store_true", help="say nothing but faults")
    command.add_argument("--json", action="store_true", help="answer in JSON")
