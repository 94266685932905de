import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.toml import Path, lines_of

TEXT = '''\
# a comment with = and [
name = "a # b" # [x]
long = """
[no]
k = 1
"""
quiet = \'\'\'x = \'1\'\'\'\'
[a.b]
"q\\u0041.x" = [1.5, # c
  "x", [1,
  2],
  {y = 1, z = "}"}]
[[sources]]
urls = [
  "u",

  "v"]
[sources.scope]
hosts = ["h"]
[[sources]]
day = 2020-01-01T00:00:00Z
e.f = 1
'''

VALUES = st.recursive(
    st.one_of(st.integers(-9, 9), st.booleans(), st.sampled_from(["", "x", "[", "=", "#"])),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)
TABLES = st.dictionaries(st.sampled_from(["a", "b", "c", "d e", "f.g"]), VALUES, max_size=4)
DOCUMENTS = st.dictionaries(st.sampled_from(["t", "u", "v w"]), TABLES, max_size=3)


def written(value: object) -> str:
    if isinstance(value, list):
        return "[" + ",\n".join(map(written, value)) + "]"
    if isinstance(value, str):
        return f'"{value}"'
    return str(value).lower()


def paths_of(value: object, path: Path = ()) -> set[Path]:
    inner: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    below = [paths_of(each, (*path, key)) for key, each in inner]
    return {path}.union(*below) if path else set[Path]().union(*below)


def test_each_key_table_and_element_has_its_line() -> None:
    lines = lines_of(TEXT)

    assert dict(lines) == {
        ("name",): 2,
        ("long",): 3,
        ("quiet",): 7,
        ("a",): 8,
        ("a", "b"): 8,
        ("a", "b", "qA.x"): 9,
        ("a", "b", "qA.x", 0): 9,
        ("a", "b", "qA.x", 1): 10,
        ("a", "b", "qA.x", 2): 10,
        ("a", "b", "qA.x", 2, 0): 10,
        ("a", "b", "qA.x", 2, 1): 11,
        ("a", "b", "qA.x", 3): 12,
        ("a", "b", "qA.x", 3, "y"): 12,
        ("a", "b", "qA.x", 3, "z"): 12,
        ("sources",): 13,
        ("sources", 0): 13,
        ("sources", 0, "urls"): 14,
        ("sources", 0, "urls", 0): 15,
        ("sources", 0, "urls", 1): 17,
        ("sources", 0, "scope"): 18,
        ("sources", 0, "scope", "hosts"): 19,
        ("sources", 0, "scope", "hosts", 0): 19,
        ("sources", 1): 20,
        ("sources", 1, "day"): 21,
        ("sources", 1, "e"): 22,
        ("sources", 1, "e", "f"): 22,
    }
    assert set(lines) == paths_of(tomllib.loads(TEXT))


@pytest.mark.law
@given(DOCUMENTS)
def test_every_path_of_a_document_has_a_line(
    document: dict[str, dict[str, object]],
) -> None:
    text = ""
    for name, table in document.items():
        pairs = "".join(f'"{key}" = {written(value)}\n' for key, value in table.items())
        text += f'["{name}"]\n{pairs}'

    assert set(lines_of(text)) == paths_of(tomllib.loads(text))


@pytest.mark.law
@given(st.text(alphabet="ab.=[]{},\n\"'# 1\\", max_size=60))
def test_the_pass_over_any_text_ends(text: str) -> None:
    lines = lines_of(text)

    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())
