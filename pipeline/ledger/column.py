"""One column of a Parquet file that is not ours, as text."""

from contextlib import closing
from pathlib import Path
from typing import Final

import duckdb

from pipeline.errors import InputFault

# Nothing that is read here may make DuckDB load code or reach the network.
_SETTINGS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "threads": 2,
}
_TEXT: Final = "VARCHAR"


def texts(path: Path, column: str) -> list[str]:
    """Return the texts of a column, row by row.

    Raises InputFault where the file is no Parquet, has no such column of texts, or has a
    row without a text.
    """
    # A name in brackets is a pattern to DuckDB; one that is bound is still one.
    plain = "".join(f"[{c}]" if c in "*?[" else c for c in str(path))
    try:
        with closing(duckdb.connect(config=_SETTINGS)) as connection:
            found = connection.execute("FROM read_parquet(?)", [plain])
            kinds = {name: str(kind) for name, kind, *_ in found.description or ()}
            if kinds.get(column) != _TEXT:
                raise _no_column(path, column, kinds)
            query = f'SELECT "{column}" FROM read_parquet(?)'  # noqa: S608
            rows = connection.execute(query, [plain]).fetchall()
    except duckdb.Error as error:
        raise InputFault(
            f"{path}: is no Parquet file that can be read ({error}). Name another, or "
            "convert it to JSON lines."
        ) from error
    for number, (text,) in enumerate(rows, start=1):
        if text is None:
            raise InputFault(f"{path}, row {number}: there is no text. Take the row out.")
    return [text for (text,) in rows]


def _no_column(path: Path, column: str, kinds: dict[str, str]) -> InputFault:
    there = ", ".join(f"{name} ({kind})" for name, kind in kinds.items())
    return InputFault(
        f'{path}: there is no column "{column}" of texts, but {there}. Rename the column '
        "that holds the texts."
    )
