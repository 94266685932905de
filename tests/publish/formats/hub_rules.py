"""What the Hugging Face Hub takes of a README, as far as it can be known offline.

From hub-docs (datasetcard.md, repositories-licenses.md) and datasets 5.2: the Hub looks at
these on upload, and no library does before.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import yaml  # type: ignore[import-untyped]

LICENSES: Final = frozenset(
    """
    apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m
    bigscience-bloom-rail-1.0 bigcode-openrail-m afl-3.0 artistic-2.0 bsl-1.0 bsd
    bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5
    cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0
    cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0
    cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0
    epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl
    lgpl-2.1 lgpl-3.0 isc h-research intel-research lppl-1.3c ms-pl mpl-2.0 odc-by odbl
    open-mdw openrail++ osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib pddl unknown other
    """.split()  # noqa: SIM905  (a list to be read, line by line)
)
SIZES: Final = frozenset(
    """
    n<1K 1K<n<10K 10K<n<100K 100K<n<1M 1M<n<10M 10M<n<100M 100M<n<1B 1B<n<10B 10B<n<100B
    100B<n<1T n>1T other
    """.split()  # noqa: SIM905
)
ANNOTATORS: Final = frozenset(
    {
        "found",
        "crowdsourced",
        "expert-generated",
        "machine-generated",
        "no-annotation",
        "other",
    }
)
BODY: Final = 500_000
"""Bytes that are surely taken; the Hub answers 413 somewhere above."""

_KNOWN: Final = frozenset(
    """
    pretty_name license license_name license_link language size_categories source_datasets
    annotations_creators tags configs dataset_info
    """.split()  # noqa: SIM905
)
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_SPLIT: Final = re.compile(r"\w+(\.\w+)*")
_HEAD: Final = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


def metadata(text: str) -> dict[str, object]:
    """Return the metadata of a README as YAML reads them."""
    found = _HEAD.match(text)
    assert found is not None
    read = yaml.safe_load(found[1])
    assert isinstance(read, dict)
    return read


def faults(folder: Path) -> list[str]:
    """Return what the Hub or datasets would not take of the README in a folder."""
    text = (folder / "README.md").read_text("utf-8")
    read = metadata(text)
    return [
        *(f"unknown key {key}" for key in read.keys() - _KNOWN),
        *_license(read, folder),
        *_enums(read),
        *_configs(read, folder),
        *(["the file is too large"] if len(text.encode()) > BODY else []),
    ]


def _license(read: Mapping[str, object], folder: Path) -> Iterator[str]:
    license_ = read.get("license")
    if license_ is not None and license_ not in LICENSES:
        yield f"license {license_}"
    if license_ == "other":
        if not re.fullmatch(r"[^\s].{0,95}", str(read.get("license_name", ""))):
            yield "license_name"
        if not (folder / str(read.get("license_link"))).is_file():
            yield "license_link"


def _enums(read: Mapping[str, object]) -> Iterator[str]:
    for each in _texts(read, "language"):
        if not _LANGUAGE.fullmatch(each) or each == "und":
            yield f"language {each}"
    yield from (f"size {s}" for s in _texts(read, "size_categories") if s not in SIZES)
    for each in _texts(read, "annotations_creators"):
        if each not in ANNOTATORS:
            yield f"annotations_creators {each}"
    for each in _texts(read, "source_datasets"):
        if each != "original" and not each.startswith("extended"):
            yield f"source_datasets {each}"
    _texts(read, "tags")


def _configs(read: Mapping[str, object], folder: Path) -> Iterator[str]:
    names = set()
    for config in _dicts(read.get("configs", [])):
        name = config.get("config_name")
        names.add(name)
        if not isinstance(name, str) or re.search(r'[<>:/\\|?*"]', name):
            yield f"config_name {name}"
        yield from _files(config, folder)
    for info in _dicts(read.get("dataset_info", [])):
        if info.get("config_name") not in names:
            yield f"dataset_info of {info.get('config_name')}"


def _files(config: Mapping[str, object], folder: Path) -> Iterator[str]:
    for files in _dicts(config.get("data_files")):
        if not _SPLIT.fullmatch(str(files.get("split"))):
            yield f"split {files.get('split')}"
        if not list(folder.glob(str(files.get("path")))):
            yield f"nothing matches {files.get('path')}"


def _texts(read: Mapping[str, object], key: str) -> list[str]:
    values = read.get(key, [])
    assert isinstance(values, list), key
    assert all(isinstance(each, str) for each in values), (key, values)
    return values


def _dicts(values: object) -> list[dict[str, object]]:
    assert isinstance(values, list)
    return [each for each in values if isinstance(each, dict)]
