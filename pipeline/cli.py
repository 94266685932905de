"""The command line: reads arguments, calls one verb, returns its exit code."""

import argparse
import io
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.arguments import LAST_BUILD, PROGRAM, parser
from pipeline.errors import (
    ArchiveFault,
    AuditFailed,
    EstoversError,
    InputFault,
    NothingAdmitted,
    UsageFault,
)

if TYPE_CHECKING:
    from pipeline.clock import Clock
    from pipeline.manifest import Manifest
    from pipeline.publish.attestation import Key
    from pipeline.verbs import Job, Report
    from spiders.reach import Reach

BUILD: Final = "build"

_NO_FIT: Final = 5


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name of a file or a word of the web may have no spelling in the terminal's code.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        options = parser().parse_args(arguments)
        return VERBS[options.verb](options)
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


def _greet(options: argparse.Namespace) -> int:
    if options.version:
        from pipeline.manifest import SOFTWARE_VERSION  # noqa: PLC0415  (start-up time)

        print(f"{PROGRAM} {SOFTWARE_VERSION}")
        return 0
    parser().print_help()
    return UsageFault.exit_code


# Slow libraries stay out of the start-up: each verb imports its own.


def _new(options: argparse.Namespace) -> int:
    from pipeline.manifest import render_template  # noqa: PLC0415

    path = Path(f"{options.name}.toml")
    _write_new(path, render_template(options.name), 0o644)
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

    target = options.target or _existing(options.out)
    key = _read(options.key) if options.key else None
    found = audit.audit(target, sample=options.sample, key=key)
    if options.network:
        found = audit.with_answers(found, _asked_again(options, target))
    form = audit.as_json if options.json else audit.as_lines
    if options.json or options.lines:
        print(form(found))
    elif not options.quiet or found.found:
        print(audit.render(found))
    return AuditFailed.exit_code if found.found else 0


def _keygen(options: argparse.Namespace) -> int:
    from pipeline.publish import attestation  # noqa: PLC0415

    private, public = attestation.keygen()
    beside = options.path.with_name(f"{options.path.name}.pub")
    for path, text, mode in ((options.path, private, 0o600), (beside, public, 0o644)):
        _write_new(path, text, mode)
    print(f"wrote {options.path}: keep it to yourself, and out of every repository")
    print(f"wrote {beside}: publish it, and its fingerprint by another way:")
    print(attestation.fingerprint(public))
    return 0


def _card(options: argparse.Namespace) -> int:
    from pipeline.publish import card, checked, questions  # noqa: PLC0415

    folder = _published(options.target or _existing(None))
    text = checked.read(folder / checked.CARD)
    made = card.parse(text, source=str(folder / checked.CARD))
    if options.missing:
        lacking = card.missing(made.fields)
        words = json.dumps(lacking) if options.json else questions.render_missing(made)
    elif options.edit_list:
        words = questions.render_edit_list(made)
    else:
        words = text.rstrip() if options.json else questions.render_summary(made)
    _answer(options, words)
    return 0


def _export(options: argparse.Namespace) -> int:
    folder = _published(options.target or _existing(None))
    return _give(options, folder) if options.push is None else _push(options, folder)


def _give(options: argparse.Namespace, folder: Path) -> int:
    import shutil  # noqa: PLC0415

    from pipeline.publish import export  # noqa: PLC0415

    written = export.give(folder, options.to, form=export.Format(options.format or "jsonl"))
    # What is owed for documents goes where they go.
    for name in ("LICENSE.md", "ATTRIBUTION.md"):
        shutil.copyfile(folder / name, options.to / name)
    print(f"wrote {len(written)} files to {options.to}, with LICENSE.md and ATTRIBUTION.md")
    return 0


def _push(options: argparse.Namespace, folder: Path) -> int:
    if options.format not in {None, "parquet"}:
        raise UsageFault(
            f"--format {options.format} is for --to. What is pushed is what was published."
        )
    token = os.environ.get("HF_TOKEN", "").strip()
    if not token:
        raise UsageFault(
            "HF_TOKEN is not set, so that the Hub would not know who writes. Make a token "
            "that may write at https://huggingface.co/settings/tokens and set it."
        )
    from pipeline.publish import push  # noqa: PLC0415

    place = push.Place(
        repository=options.push,
        token=token,
        is_public=options.public,
        replaces=options.yes,
    )
    done = push.push(folder, place)
    print(f"pushed {done.files} files to {done.url}, commit {done.commit}")
    return 0


def _diff(options: argparse.Namespace) -> int:
    from pipeline.publish import diff  # noqa: PLC0415

    found = diff.diff(_published(options.old), _published(options.new))
    _answer(options, diff.as_json(found) if options.json else diff.render(found))
    return 0


def _prove(options: argparse.Namespace) -> int:
    from pipeline.publish import prove  # noqa: PLC0415

    folder = _published(_existing(options.out))
    if options.url is not None:
        made = prove.of_url(folder, options.url)
    elif options.domain is not None:
        made = prove.of_domain(folder, options.domain)
    elif options.text is not None:
        made = prove.of_text(folder, _read(options.text).encode())
    else:
        made = prove.since(folder, _published(options.since))
    if options.to is None:
        sys.stdout.buffer.write(made.data)
    else:
        options.to.write_bytes(made.data)
        print(
            f"wrote {options.to}: check it with {PROGRAM} verify {options.to} --card CARD"
        )
    return 0


def _verify(options: argparse.Namespace) -> int:
    from pipeline.publish import prove  # noqa: PLC0415

    key = _read(options.key) if options.key else None
    by = prove.signed(_published(options.card), key=key)
    old = prove.signed(_published(options.old), key=key) if options.old else None
    try:
        data = options.proof.read_bytes()
    except OSError as error:
        raise InputFault(
            f"{options.proof}: cannot be read ({error.strerror}). Name a proof's file."
        ) from error
    print(prove.said(data, by, old=old))
    if by.key is None:
        print("Nobody signed this card: the proof holds for whoever wrote it.")
    else:
        print(f"The card is signed by {by.key}.")
        if key is None:
            print("That key was beside the card: compare its fingerprint by another way.")
    return 0


def _published(path: Path) -> Path:
    """Return what a build published, where ``path`` is a build."""
    inside = path / "dataset"
    return inside if (inside / "card.json").is_file() else path


def _write_new(path: Path, text: str, mode: int) -> None:
    """Write a file that is not there yet, with these rights from its beginning."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as error:
        raise UsageFault(
            f"{path} is there already and is not overwritten. Choose another name."
        ) from error
    except OSError as error:
        raise InputFault(
            f"{path}: cannot be written ({error.strerror}). Choose a folder of your own."
        ) from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)


# Hosts that are asked again where nobody says how many.
_HOSTS: Final = 20


def _asked_again(
    options: argparse.Namespace, target: Path
) -> Iterator[tuple[str, bool, str]]:
    from pipeline.publish import audit  # noqa: PLC0415
    from spiders import check  # noqa: PLC0415

    sample = audit.sample_of(target, options.sample or _HOSTS)
    with _web(options) as reach:
        answers = check.check(
            sample.urls,
            contact=options.contact,
            mail=options.mail,
            reach=reach,
            licenses=sample.licenses,
        )
    for one in answers:
        yield one.answer.url, one.may_train, check.in_a_line(one)


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
    from pipeline import answer  # noqa: PLC0415
    from pipeline.clock import machine  # noqa: PLC0415
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
    row = answer.append(folder, given, now=machine())
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
        named = None if options.corpus == LAST_BUILD else options.corpus
        told = licenses.of_corpus(_existing(named), outbound=options.outbound)
    form = licenses.as_json if options.json else licenses.render
    _answer(options, form(told, has_database_right=options.sgdr))
    return 0 if licenses.fits(told, has_database_right=options.sgdr) else _NO_FIT


def _load(path: Path) -> tuple["Manifest", str]:
    from pipeline.manifest import parse, with_statements  # noqa: PLC0415

    text = _read(path)
    manifest = parse(text, source=str(path))
    return with_statements(manifest, _statements(path), source=str(path)), text


def _statements(path: Path) -> dict[str, str]:
    """Return the statements that stand in files beside a manifest, by the field's id."""
    beside = path.with_name(f"{path.stem}.card")
    found = sorted(beside.glob("*.md")) if beside.is_dir() else []
    return {each.name.removesuffix(".md"): _read(each) for each in found}


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
        clock=_clock(),
        key=_key(options),
        datacards=getattr(options, "datacards", None),
        strict=getattr(options, "strict", False),
        jobs=getattr(options, "jobs", None),
        engine=getattr(options, "engine", None),
    )


def _key(options: argparse.Namespace) -> "Key | None":
    from pipeline.publish.attestation import load_key  # noqa: PLC0415

    path = getattr(options, "key", None)
    try:
        return load_key(_read(path)) if path else None
    except InputFault as error:
        raise InputFault(f"{path}: {error}") from error


def _clock() -> "Clock":
    from pipeline.clock import VARIABLE, clock_of  # noqa: PLC0415

    return clock_of(os.environ.get(VARIABLE))


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


VERBS: Final[dict[str, Callable[[argparse.Namespace], int]]] = {
    "greet": _greet,
    "new": _new,
    "plan": _plan,
    "build": _build,
    "collect": _collect,
    "curate": _curate,
    "publish": _publish,
    "explain": _explain,
    "audit": _audit,
    "review": _review,
    "judge": _judge,
    "check": _check,
    "keygen": _keygen,
    "card": _card,
    "export": _export,
    "diff": _diff,
    "prove": _prove,
    "verify": _verify,
    "license": _license,
}


@contextmanager
def _web(options: argparse.Namespace) -> Iterator["Reach"]:
    from spiders.reach import Reach  # noqa: PLC0415

    if options.web is None:
        # What is asked of the live web is dated by this machine, whatever else is set.
        yield Reach()
        return
    from spiders.web import serve  # noqa: PLC0415

    if not options.web.is_dir():
        raise InputFault(f"{options.web}: no such folder. Name one that holds hosts.")
    with serve(options.web, log=options.web_log) as served:
        here = dict.fromkeys(served.hosts, ("127.0.0.1", served.port))
        yield Reach(here, is_live=False, clock=_clock())


if __name__ == "__main__":
    sys.exit(main())
