"""The metadata at the head of a README: YAML that the Hub and datasets take."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

from pipeline.publish.card import Card
from pipeline.publish.export import SHARDS, folder_of, split_of_shard
from pipeline.publish.formats import cells, shares

ALL: Final = "default"
"""The configuration that holds the documents of every license."""

# The identifiers of ours that the Hub has in its list (hub-docs, repositories-licenses),
# where they stand in lower case. Every other license is "other" there, with a name.
_HUB_LICENSES: Final = frozenset(
    """
    CC0-1.0 CC-BY-2.0 CC-BY-2.5 CC-BY-3.0 CC-BY-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0
    CC-BY-NC-2.0 CC-BY-NC-3.0 CC-BY-NC-4.0 CC-BY-ND-4.0 CC-BY-NC-ND-3.0
    CC-BY-NC-ND-4.0 CC-BY-NC-SA-2.0 CC-BY-NC-SA-3.0 CC-BY-NC-SA-4.0
    Apache-2.0 MIT etalab-2.0
    """.split()  # noqa: SIM905  (a list to be read, line by line)
)

# ISO 639: what the Hub takes for a language. A page that states none adds none, and codes
# for private use (qaa to qtz) are not on its list. Of two letters every code is here, so
# that no page adds one that does not exist, such as "jp"; of three the form is looked at.
_TWO_LETTERS: Final = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu
    cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi
    ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks
    ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl
    nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl
    sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve
    vi vo wa wo xh yi yo za zh zu
    """.split()  # noqa: SIM905  (a list to be read, line by line)
)
_THREE_LETTERS: Final = re.compile(r"(?!und|mul|zxx|mis|q[a-t])[a-z]{3}")

# YAML 1.2 section 5.1: what is not printable, and what ends a line there, is escaped.
_UNPRINTABLE: Final = re.compile(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")

# DuckDB's names of the columns' types, as datasets writes its features down. A type that
# is not here leaves all features out: a wrong one would be cast to without a word.
_FEATURES: Final = {
    "VARCHAR": ("dtype: string",),
    "BIGINT": ("dtype: int64",),
    "INTEGER": ("dtype: int32",),
    "BOOLEAN": ("dtype: bool",),
    "DOUBLE": ("dtype: float64",),
    "VARCHAR[]": ("list: string",),
    'STRUCT("name" VARCHAR, url VARCHAR)[]': (
        "list:",
        "- name: name",
        "  dtype: string",
        "- name: url",
        "  dtype: string",
    ),
}


def metadata(card: Card) -> Iterator[str]:
    """Yield the lines of the metadata, without the marks around them."""
    licenses = [str(each.license) for each in shares.licenses(card)]
    yield f"pretty_name: {scalar(card.name)}"
    yield from _license(licenses)
    yield from _list("language", sorted(set(_languages(card))))
    yield from _list("size_categories", [str(card.measured("comp.size_category"))])
    yield from _list("source_datasets", ["original"] if _is_original(card) else [])
    yield from _list("annotations_creators", ["no-annotation"] if _is_bare(card) else [])
    yield from _list("tags", dict.fromkeys(("estovers", *_keywords(card))))
    # A pattern that matches no file is a fault to the loader, so none is written.
    if licenses:
        configs = {ALL: "*", **{folder_of(each): folder_of(each) for each in licenses}}
        yield from _configs(card, configs)
        yield from _dataset_info(card, configs)


def scalar(text: str) -> str:
    """Return a text as a double-quoted scalar of YAML, whatever is in it."""
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _license(names: list[str]) -> Iterator[str]:
    if len(names) == 1 and names[0] in _HUB_LICENSES:
        yield f"license: {scalar(names[0].lower())}"
    elif names:
        known_as = names[0] if len(names) == 1 else "per-document"
        yield 'license: "other"'
        yield f"license_name: {scalar(known_as)}"
        yield 'license_link: "LICENSE.md"'


def _languages(card: Card) -> Iterator[str]:
    for each in shares.languages(card):
        code = each.name.partition("-")[0].lower()
        if code in _TWO_LETTERS or _THREE_LETTERS.fullmatch(code):
            yield code


def _is_original(card: Card) -> bool:
    """Say whether every page was asked for on the web, none taken from an archive."""
    return all(cells.text(row, "kind") != "warc" for row in card.rows("prov.sources"))


def _is_bare(card: Card) -> bool:
    """Say whether nobody states how labels were made, and no column is one."""
    return card.stated("ann.protocol") is None


def _keywords(card: Card) -> Iterator[str]:
    half = card.field("id.keywords").stated
    if half is not None and isinstance(half.value, list):
        yield from map(str, half.value)


def _list(key: str, values: Iterable[str]) -> Iterator[str]:
    items = [f"- {scalar(value)}" for value in values]
    if items:
        yield f"{key}:"
        yield from items


def _configs(card: Card, configs: dict[str, str]) -> Iterator[str]:
    yield "configs:"
    for name, folder in configs.items():
        yield f"- config_name: {scalar(name)}"
        if name == ALL:
            yield "  default: true"
        yield "  data_files:"
        held = {split for split, _ in _shards(card, folder)}
        for split, pattern in SHARDS.items():
            if split in held:
                yield f"  - split: {split}"
                yield f"    path: {scalar(f'{folder}/{pattern}')}"


def _dataset_info(card: Card, configs: dict[str, str]) -> Iterator[str]:
    """Yield the features and the size of each configuration.

    Without ``splits``: datasets takes those only with ``num_bytes``, the bytes that the
    rows fill in its own memory, which no file says and no version of it has to share.
    """
    features = list(_features(card))
    if not features:
        return
    yield "dataset_info:"
    for name, folder in configs.items():
        yield f"- config_name: {scalar(name)}"
        yield "  features:"
        yield from (f"  {line}" for line in features)
        yield f"  download_size: {_bytes_of(card, folder)}"


def _features(card: Card) -> Iterator[str]:
    columns = card.rows("comp.schema")
    if all(cells.text(row, "type") in _FEATURES for row in columns):
        for row in columns:
            yield f"- name: {scalar(cells.text(row, 'column'))}"
            yield from (f"  {line}" for line in _FEATURES[cells.text(row, "type")])


def _bytes_of(card: Card, folder: str) -> int:
    return sum(size for _, size in _shards(card, folder))


def _shards(card: Card, folder: str) -> Iterator[tuple[str, int]]:
    """Yield the split and the bytes of each file with documents in a folder, or in all."""
    for row in card.rows("comp.files"):
        place, _, name = cells.text(row, "path").rpartition("/")
        split = split_of_shard(name)
        if split and folder in {"*", place}:
            yield split, cells.number(row, "bytes")
