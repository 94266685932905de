"""What a page is held to, with a name that changes when a judgement might."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from pipeline.consent import crawlers
from pipeline.ledger.rows import ReviewRow
from pipeline.manifest import Filters, Manifest, Reading
from pipeline.model import Policy

JUDGES: Final = (
    "alike", "archive", "coding", "consent", "errors", "fingerprint", "hazards", "judge",
    "ledger", "license", "locator", "markup", "model", "replay", "text", "twins", "url",
    "vocab", "wording", "xml",
)  # fmt: skip
"""Modules that a judgement is made by, and packages with all that stands in them."""

READERS: Final = (
    "archive", "best_text", "coding", "consent", "credit", "errors", "extract",
    "fast_text", "fingerprint", "hazards", "ledger", "license", "locator", "making",
    "markdown", "markup", "model", "replay", "text", "url", "values", "vocab", "wording",
    "xml",
)  # fmt: skip
"""Those that a page's text and credit are read by."""

_LIBRARIES: Final = (
    "google-re2", "license-expression", "lxml", "protego", "rensa", "resiliparse",
    "selectolax", "trafilatura",
)  # fmt: skip
_CODE: Final = (".py", ".toml", ".txt", ".json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a page is held to: the policy, its part that is in force today, the languages.

    ``languages`` are ranges of BCP 47; none means all of them. ``reviews`` are the answers
    on hosts that count.
    """

    policy: Policy
    in_force: Policy
    languages: tuple[str, ...] = ()
    text: Reading = field(default_factory=Reading)
    filters: Filters = field(default_factory=Filters)
    reviews: Mapping[str, ReviewRow] = field(default_factory=dict)


def rules_of(manifest: Manifest, *, now: datetime) -> Rules:
    """Return what a manifest asks of each page on the day of ``now``."""
    policy = policy_of(manifest)
    return Rules(
        policy=policy,
        in_force=replace(
            policy, agreements=tuple(a for a in policy.agreements if a.expires > now)
        ),
        languages=tuple(manifest.languages.allow),
        text=manifest.text,
        filters=manifest.filters,
    )


def policy_of(manifest: Manifest) -> Policy:
    """Return what the judge is told, by a manifest and the list of crawlers that ships."""
    return manifest.policy(crawlers.training_tokens(crawlers.load()))


def name_of(policy: Policy) -> str:
    """Return a name that two runs share if they judge the same pages alike.

    It is a digest of the policy, of the code that judges, and of the versions of what
    that code reads with.
    """
    said = json.dumps(asdict(policy), default=_plain, sort_keys=True)
    return _digest(said, code_of(JUDGES))


@cache
def reader_of(extractor: str) -> str:
    """Return such a name for the reading of pages by an extractor in a version."""
    return _digest(extractor, code_of(READERS))


@cache
def code_of(modules: tuple[str, ...]) -> str:
    """Return the digest of some modules, and of the libraries that they read with."""
    whole = sha256()
    for name, text in _sources(modules):
        whole.update(f"{name} {sha256(text).hexdigest()}\n".encode())
    for library in _LIBRARIES:
        whole.update(f"{library} {version(library)}\n".encode())
    return whole.hexdigest()


def _sources(modules: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    root = files("pipeline")
    for name in modules:
        package = root.joinpath(name)
        found = package if package.is_dir() else root.joinpath(f"{name}.py")
        yield from _texts(found)


def _texts(place: Traversable) -> Iterator[tuple[str, bytes]]:
    if place.is_dir():
        for each in sorted(place.iterdir(), key=lambda one: one.name):
            yield from _texts(each)
    elif place.name.endswith(_CODE):
        yield place.name, place.read_bytes()


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:32]


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in a policy")
