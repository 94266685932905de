"""The command line: reads arguments, calls one verb, returns its exit code."""

import argparse
import io
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from pipeline.errors import (
    ArchiveFault,
    AuditFailed,
    EstoversError,
    InputFault,
    NothingAdmitted,
    UsageFault,
)

if TYPE_CHECKING:
    from pipeline.manifest import Manifest
    from pipeline.verbs import Job, Report
    from spiders.wire import Reach

PROGRAM: Final = "estovers"
BUILD: Final = "build"

# What --corpus means where no folder follows it; no folder has this name.
_LAST_BUILD: Final = Path("\0")

_NO_FIT: Final = 5

_EXIT_CODES: Final = """\
exit codes:
   0  done
   1  audit: a replayed decision differs from the recorded one
   2  build, curate, publish, license: the corpus has no document
   3  check: not every page may be used
   4  explain: the corpus does not know this URL
   5  license: it may not be given back as asked
  64  the command asks for something that does not exist
  65  the manifest has faults (all of them are listed)
  66  a file or folder that was named is missing or damaged
  70  a fault in Estovers itself
  74  the archive or the ledger cannot be written or read
  75  another process is building this corpus
 130  interrupted; the next build goes on where this one stopped
"""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name of a file or a word of the web may have no spelling in the terminal's code.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        options = _parser().parse_args(arguments)
        verb: Callable[[argparse.Namespace], int] = options.verb
        return verb(options)
    except SystemExit as end:
        # That of --help; a command that is wrong raises UsageFault.
        return int(end.code or 0)
    except BrokenPipeError:
        # The reader of our output has gone; what is left to say has no listener.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  (said, never hidden)
        return _say(error)


def _say(error: BaseException) -> int:
    """Tell a person what stopped the command; return the exit code."""
    match error:
        case EstoversError():
            words, code = str(error), error.exit_code
        case KeyboardInterrupt():
            words, code = "interrupted. Run the command again to go on.", 130
        case OSError():
            words = (
                f"{error.filename or 'a file'}: {error.strerror or error}. Free or repair "
                "the disk, or choose another folder, and run the command again."
            )
            code = ArchiveFault.exit_code
        case _:
            traceback.print_exception(error)
            words = "a fault in Estovers itself. Please report it with the lines above."
            code = EstoversError.exit_code
    print(f"{PROGRAM}: {words}", file=sys.stderr)
    return code


class _Parser(argparse.ArgumentParser):
    """argparse, with the exit code of every other command that is wrong."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageFault; argparse itself ends with 2, which means an empty corpus."""
        raise UsageFault(f"{message}. See {self.prog} --help.")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        description="Small, documented training sets from the web, with consent.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version and end")
    parser.set_defaults(verb=lambda options: _greet(parser, options))
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_builders(verbs)
    _add_readers(verbs)
    return parser


def _add_builders(verbs: "argparse._SubParsersAction[_Parser]") -> None:
    new = verbs.add_parser("new", help="write a commented manifest to start from")
    new.add_argument("name", help="name of the corpus: lower-case letters, digits, hyphens")
    new.set_defaults(verb=_new)
    builders = (
        ("plan", _plan, "ask only the policy files: what would be allowed, at what cost"),
        ("build", _build, "collect, curate and publish"),
        ("collect", _collect, "fetch what the manifest asks for and consent allows"),
        ("curate", _curate, "judge the archive again and make documents"),
        ("publish", _publish, "write the dataset and its card"),
    )
    for name, verb, words in builders:
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
        if name in {"build", "collect"}:
            command.add_argument(
                "--recrawl",
                action="store_true",
                help="visit a finished corpus again; an unchanged page costs a 304",
            )
        _add_output(command)
        command.set_defaults(verb=verb)


def _add_readers(verbs: "argparse._SubParsersAction[_Parser]") -> None:
    explain = verbs.add_parser("explain", help="why a page is in, out, held or waiting")
    explain.add_argument("url")
    audit = verbs.add_parser("audit", help="replay every decision from the archive")
    for command, verb in ((explain, _explain), (audit, _audit)):
        command.add_argument("--out", type=Path, help="folder of the build (the last one)")
        _add_output(command)
        command.set_defaults(verb=verb)
    _add_review(verbs)
    judge = verbs.add_parser("judge", help="judge recorded exchanges, offline")
    judge.add_argument("cases", type=Path, help="JSON lines, one case each")
    judge.set_defaults(verb=_judge)
    check = verbs.add_parser("check", help="consent for URLs, without building anything")
    check.add_argument("urls", nargs="*", metavar="URL")
    check.add_argument("--urls", dest="list", type=Path, help="a file of URLs, one a line")
    check.add_argument("--contact", help="your page about this crawl (http or https URL)")
    check.add_argument("--mail", help="your mail address")
    _add_web(check)
    _add_output(check)
    check.set_defaults(verb=_check)
    _add_license(verbs)


def _add_license(verbs: "argparse._SubParsersAction[_Parser]") -> None:
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
        const=_LAST_BUILD,
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
    command.set_defaults(verb=_license)


def _add_review(verbs: "argparse._SubParsersAction[_Parser]") -> None:
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
    review.set_defaults(verb=_review)


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


def _greet(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    if options.version:
        from pipeline.manifest import SOFTWARE_VERSION  # noqa: PLC0415  (start-up time)

        print(f"{PROGRAM} {SOFTWARE_VERSION}")
        return 0
    parser.print_help()
    return UsageFault.exit_code


# Slow libraries stay out of the start-up: each verb imports its own.


def _new(options: argparse.Namespace) -> int:
    from pipeline.manifest import render_template  # noqa: PLC0415

    path = Path(f"{options.name}.toml")
    text = render_template(options.name)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageFault(
            f"{path} is there already and is not overwritten. Choose another name."
        ) from error
    except OSError as error:
        raise InputFault(
            f"{path}: cannot be written ({error.strerror}). Go to a folder of your own."
        ) from error
    print(f"wrote {path}: edit it, then run {PROGRAM} plan {path}")
    return 0


def _plan(options: argparse.Namespace) -> int:
    from spiders import plan  # noqa: PLC0415

    manifest, _text = _load(options.manifest)
    with _web(options) as reach:
        found = plan.plan(
            manifest,
            root=options.manifest.parent,
            reach=reach,
            folder=_folder(options, manifest),
            statements=options.statements,
        )
    _answer(options, plan.as_json(found) if options.json else plan.render(found))
    return 0


def _build(options: argparse.Namespace) -> int:
    from pipeline import verbs  # noqa: PLC0415

    manifest, text = _load(options.manifest)
    with _web(options) as reach:
        report = verbs.build(_job(options, manifest, text), reach=reach)
    return _finish(options, report)


def _collect(options: argparse.Namespace) -> int:
    from pipeline import verbs  # noqa: PLC0415

    manifest, text = _load(options.manifest)
    with _web(options) as reach:
        report = verbs.collect_only(_job(options, manifest, text), reach=reach)
    return _finish(options, report)


def _curate(options: argparse.Namespace) -> int:
    from pipeline import verbs  # noqa: PLC0415

    manifest, text = _load(options.manifest)
    return _finish(options, verbs.curate_only(_job(options, manifest, text)))


def _publish(options: argparse.Namespace) -> int:
    from pipeline import verbs  # noqa: PLC0415

    manifest, text = _load(options.manifest)
    return _finish(options, verbs.publish_only(_job(options, manifest, text)))


def _explain(options: argparse.Namespace) -> int:
    from pipeline.publish import explain  # noqa: PLC0415

    found = explain.explain(_existing(options.out), options.url)
    _answer(options, explain.as_json(found) if options.json else explain.render(found))
    return 0 if found.is_known else 4


def _audit(options: argparse.Namespace) -> int:
    from pipeline.publish import audit  # noqa: PLC0415

    found = audit.audit(_existing(options.out))
    if options.json:
        print(audit.as_json(found))
    elif not options.quiet or found.findings:
        print(audit.render(found))
    return AuditFailed.exit_code if found.findings else 0


def _review(options: argparse.Namespace) -> int:
    from pipeline.publish import review  # noqa: PLC0415

    if options.answer or options.by or options.why:
        return _answer_review(options)
    folder = _existing(options.out)
    if options.host is None:
        hosts = review.hosts_of(folder)
        text = review.as_json(hosts) if options.json else review.render_list(hosts)
    else:
        found = review.show(folder, options.host)
        text = review.as_json(found) if options.json else review.render(found)
    _answer(options, text)
    return 0


def _answer_review(options: argparse.Namespace) -> int:
    from datetime import UTC, datetime  # noqa: PLC0415

    from pipeline import answer  # noqa: PLC0415
    from pipeline.publish import review  # noqa: PLC0415
    from pipeline.vocab import Answer  # noqa: PLC0415

    by, why = (options.by or "").strip(), (options.why or "").strip()
    if not (options.host and options.answer and by and why):
        raise UsageFault(
            "An answer needs a host, --confirm or --refuse, --by with your name, and --why "
            "with your reason. See estovers review --help."
        )
    given = answer.Given(
        host=options.host, answer=Answer(options.answer), reviewer=by, why=why
    )
    folder = _existing(options.out)
    row = answer.append(folder, given, now=datetime.now(UTC))
    words = f"{row.host}: {review.said(row)}\nIt counts from the next curate on."
    shown = review.show(folder, row.host)
    _answer(options, review.as_json(shown) if options.json else words)
    return 0


def _judge(options: argparse.Namespace) -> int:
    from pipeline import cases  # noqa: PLC0415

    for number, line in enumerate(_read(options.cases).split("\n"), start=1):
        if line.strip():
            case = cases.parse(line, where=f"{options.cases}, line {number}")
            print(cases.render(case.id, cases.judge_case(case)))
    return 0


def _check(options: argparse.Namespace) -> int:
    from spiders import check  # noqa: PLC0415

    urls = list(options.urls)
    if options.list is not None:
        urls += _read(options.list).split()
    if not urls:
        raise UsageFault("Name a URL, or a file of URLs with --urls.")
    with _web(options) as reach:
        found = check.check(urls, contact=options.contact, mail=options.mail, reach=reach)
    _answer(options, check.as_json(found) if options.json else check.render(found))
    return 0 if all(one.may_train for one in found) else 3


def _license(options: argparse.Namespace) -> int:
    from pipeline.publish import licenses  # noqa: PLC0415

    if (options.corpus is None) == (not options.expressions):
        raise UsageFault(
            "Name license expressions, or a corpus with --corpus, and not both. "
            f"See {PROGRAM} license --help."
        )
    if options.corpus is None:
        told = licenses.of_expressions(options.expressions, outbound=options.outbound)
    else:
        named = None if options.corpus == _LAST_BUILD else options.corpus
        told = licenses.of_corpus(_existing(named), outbound=options.outbound)
    form = licenses.as_json if options.json else licenses.render
    _answer(options, form(told, has_database_right=options.sgdr))
    return 0 if licenses.fits(told, has_database_right=options.sgdr) else _NO_FIT


def _load(path: Path) -> tuple["Manifest", str]:
    from pipeline.manifest import parse  # noqa: PLC0415

    text = _read(path)
    return parse(text, source=str(path)), text


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputFault(
            f"{path}: the file cannot be read ({error}). Name a text file in UTF-8."
        ) from error


def _job(options: argparse.Namespace, manifest: "Manifest", text: str) -> "Job":
    from pipeline.verbs import Job  # noqa: PLC0415

    return Job(
        manifest=manifest,
        text=text,
        root=options.manifest.parent,
        folder=_folder(options, manifest),
        recrawl=getattr(options, "recrawl", False),
        quiet=options.quiet or options.json,
    )


def _answer(options: argparse.Namespace, text: str) -> None:
    if not options.quiet:
        print(text)


def _finish(options: argparse.Namespace, report: "Report") -> int:
    if options.json:
        print(report.as_json())
    elif not options.quiet:
        print(report.render())
    return NothingAdmitted.exit_code if report.documents == 0 else 0


def _folder(options: argparse.Namespace, manifest: "Manifest") -> Path:
    folder: Path = options.out or Path(BUILD) / manifest.name
    return folder


def _existing(folder: Path | None) -> Path:
    if folder is not None:
        return folder
    ledgers = sorted(
        Path(BUILD).glob("*/corpus.duckdb"), key=lambda path: path.stat().st_mtime
    )
    if not ledgers:
        raise InputFault(
            f"{BUILD}/: there is no build here. Build a corpus first, or name its folder."
        )
    return ledgers[-1].parent


@contextmanager
def _web(options: argparse.Namespace) -> Iterator["Reach"]:
    from spiders.wire import Reach  # noqa: PLC0415

    if options.web is None:
        yield Reach()
        return
    from spiders.web import serve  # noqa: PLC0415

    if not options.web.is_dir():
        raise InputFault(f"{options.web}: no such folder. Name one that holds hosts.")
    with serve(options.web, log=options.web_log) as served:
        yield Reach(dict.fromkeys(served.hosts, ("127.0.0.1", served.port)), is_live=False)


if __name__ == "__main__":
    sys.exit(main())
