"""The command line: ``python -m examples.spelling VERB``."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Final

from examples.spelling import account, model
from examples.spelling import evaluate as evaluation
from examples.spelling.checker import Checker, Finding
from pipeline.errors import EstoversError, InputFault
from pipeline.publish.terminal import visible


def main(arguments: list[str] | None = None) -> int:
    """Run one verb and return its exit code; check returns 1 where it found something."""
    options = _parser().parse_args(arguments)
    try:
        return VERBS[options.verb](options)
    except EstoversError as error:
        print(f"spelling: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output has gone; what is left to say has no listener.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _train(options: argparse.Namespace) -> int:
    model.train(options.dataset, options.model, least=options.least)
    with closing(model.opened(options.model)) as connection:
        _say(account.render_card(connection))
    return 0


def _check(options: argparse.Namespace) -> int:
    text = _text(options.text)
    with closing(model.opened(options.model)) as connection:
        checker = Checker(connection, options.language)
        findings = checker.check(text, real_words=options.real_words)
    if options.json:
        _say(json.dumps([asdict(each) for each in findings], ensure_ascii=False, indent=2))
    else:
        _say("\n".join(_lines(text, findings)))
    return 1 if findings else 0


def _trace(options: argparse.Namespace) -> int:
    with closing(model.opened(options.model)) as connection:
        dataset = options.dataset or Path(model.origin_of(connection)["dataset"])
        found = account.sources(
            connection, options.word, dataset=dataset, limit=options.limit
        )
        if not found:
            raise InputFault(
                f"{options.model}: no document of this model holds {visible(options.word)}."
            )
        _say(account.render_sources(connection, options.word, found, as_json=options.json))
    return 0


def _credits(options: argparse.Namespace) -> int:
    with closing(model.opened(options.model)) as connection:
        _say(account.render_credits(connection))
    return 0


def _card(options: argparse.Namespace) -> int:
    with closing(model.opened(options.model)) as connection:
        _say(account.render_card(connection))
    return 0


def _withdraw(options: argparse.Namespace) -> int:
    left = model.withdraw(options.model, options.url, options.to or options.model)
    _say(f"The counts of {left} documents were taken out.")
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    with closing(model.opened(options.model)) as connection:
        dataset = Path(model.origin_of(connection)["dataset"])
    scores, lines = [], []
    for score, case in evaluation.evaluate(
        options.model, dataset, language=options.language, seed=options.seed,
        real_words=options.real_words,
    ):  # fmt: skip
        scores.append(score)
        lines.append(evaluation.as_line(case))
    _say(evaluation.render(scores))
    if options.cases is not None:
        options.cases.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


VERBS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = {
    "train": _train,
    "check": _check,
    "trace": _trace,
    "credits": _credits,
    "card": _card,
    "withdraw": _withdraw,
    "evaluate": _evaluate,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m examples.spelling", description=__doc__
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, says in _SAYS.items():
        verb = verbs.add_parser(name, help=says, description=says)
        if name == "train":
            verb.add_argument("dataset", type=Path)
        verb.add_argument("model", type=Path)
        for flags, options in _ARGUMENTS.get(name, ()):
            verb.add_argument(*flags, **options)  # type: ignore[arg-type]
    return parser


_SAYS: Final = {
    "train": "Count the words of a published dataset into a model.",
    "check": "Name the words of a text that are not known, and what was meant.",
    "trace": "Show the pages that a word comes from, and their licenses.",
    "credits": "Credit all documents of a model; say how its data may be given on.",
    "card": "Say what a model was made from.",
    "withdraw": "Take the counts of pages out of a model, exactly.",
    "evaluate": "Leave out one host after another and misspell its pages.",
}
_JSON: Final = (("--json",), {"action": "store_true"})
_REAL: Final = (("--real-words",), {"action": "store_true", "help": "doubt known words"})
_ARGUMENTS: Final[Mapping[str, Sequence[tuple[tuple[str, ...], Mapping[str, object]]]]] = {
    "train": [
        (("--least",), {"type": int, "default": model.LEAST, "help": "times to be known"})
    ],
    "check": [
        (("text",), {"help": "words, a file, or - (stdin)"}),
        (("--language",), {"help": "default: the one that it has most of"}),
        _REAL,
        _JSON,
    ],
    "trace": [
        (("word",), {}),
        (("--dataset",), {"type": Path, "help": "where the texts are to quote from"}),
        (("--limit",), {"type": int, "default": 10}),
        _JSON,
    ],
    "withdraw": [
        (("url",), {"nargs": "+"}),
        (("--to",), {"type": Path, "help": "write another file"}),
    ],
    "evaluate": [
        (("--language",), {"default": "en"}),
        (("--seed",), {"type": int, "default": 1}),
        (("--cases",), {"type": Path, "help": "write the words for peers.py"}),
        _REAL,
    ],
}


def _text(given: str) -> str:
    """Return the text that was given: itself, that of a file, or what is typed."""
    if given == "-":
        return sys.stdin.read()
    try:
        path = Path(given)
        return path.read_text("utf-8") if path.is_file() else given
    except (OSError, UnicodeError) as error:
        raise InputFault(
            f"{visible(given[:200])}: cannot be read as UTF-8 ({error})."
        ) from error


def _lines(text: str, findings: list[Finding]) -> Iterator[str]:
    for each in findings:
        line = text.count("\n", 0, each.token.at) + 1
        offers = ", ".join(
            f"{one.word} ({one.count} times in {one.documents} documents)"
            for one in each.suggestions
        )
        doubt = "known, but" if each.is_known else "not known;"
        yield visible(f"{line}: {each.token.written}: {doubt} {offers or 'nothing near'}")


def _say(text: str) -> None:
    print(text)


if __name__ == "__main__":
    sys.exit(main())
