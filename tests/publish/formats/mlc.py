"""mlcroissant in a process of its own: what it imports takes over how a process logs.

``python -m tests.publish.formats.mlc`` answers each line, the path of a
``croissant.json``, with a line of JSON: its errors and warnings, what it logged and, where
it is valid, its records.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Mlcroissant:
    """The other process."""

    asked: IO[str]
    said: IO[str]

    def read(self, folder: Path, *, records: bool = False) -> Json:
        """Return what mlcroissant says of the file in a published folder."""
        question = {"path": str(folder / "croissant.json"), "records": records}
        self.asked.write(json.dumps(question) + "\n")
        self.asked.flush()
        return dict(json.loads(self.said.readline()))

    def issues(self, folder: Path) -> set[str]:
        """Return its errors and its warnings."""
        issues = self.read(folder)["issues"]
        assert isinstance(issues, list)
        return set(issues)


@contextmanager
def started() -> Iterator[Mlcroissant]:
    """Start the process and end it."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.publish.formats.mlc"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Mlcroissant(process.stdin, process.stdout)
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


def _plain(value: object, prefix: str) -> object:
    """Return a value of mlcroissant's without bytes and without the prefix of its keys."""
    if isinstance(value, dict):
        return {key.removeprefix(prefix): _plain(each, "") for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, prefix) for each in value]
    return value.decode() if isinstance(value, bytes) else value


def _answer(question: Json) -> Json:
    import logging  # noqa: PLC0415

    import mlcroissant  # noqa: PLC0415

    logged: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: logged.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().handlers = [handler]
    try:
        dataset = mlcroissant.Dataset(jsonld=question["path"])
    except mlcroissant.ValidationError as error:
        return {"issues": [str(error)], "logged": logged, "records": []}
    found = dataset.metadata.ctx.issues
    records = dataset.records("documents") if question["records"] else ()
    return {
        "issues": sorted({*found.errors, *found.warnings}),
        "logged": logged,
        "records": [
            {
                str(key).removeprefix("documents/"): _plain(value, f"{key}/")
                for key, value in record.items()
            }
            for record in records
        ],
    }


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(json.loads(line))) + "\n")
        sys.stdout.flush()
