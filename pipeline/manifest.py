"""What the user asks for: TOML text in, Manifest out, every fault of it at once."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from importlib.resources import files
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline import faults, url
from pipeline.errors import ManifestFault, UsageFault
from pipeline.faults import Fault
from pipeline.filters.personal import USUAL, Kind
from pipeline.filters.quality import FINEWEB, GOPHER, OFF
from pipeline.filters.quality import Thresholds as Rules
from pipeline.filters.split import Shares
from pipeline.model import Agreement as AgreementInForce
from pipeline.model import AllowedLicense, Policy, digest_of
from pipeline.model import SiteStatement as AssertedStatement
from pipeline.stated import Card, question
from pipeline.toml import Path
from pipeline.values import (
    DEFAULT_LICENSES,
    Count,
    Email,
    Expression,
    File,
    Host,
    Language,
    Lax,
    License,
    Part,
    PathPrefix,
    Quote,
    Region,
    Repetition,
    Seconds,
    Sha256,
    Text,
    Threshold,
    Token,
    Url,
    User,
    Words,
    allowed_license,
)
from pipeline.vocab import Category, Digest, LicenseExpression, ProductToken

SOFTWARE: Final = "Estovers"
"""The product token that every crawl with this software answers to."""

SOFTWARE_VERSION: Final = "0.1"
"""Major and minor version, as the User-Agent gives it."""

LEAST_LIVE_DELAY: Final = 1.0
"""Seconds between two requests to one host of the live web, at the least."""

# What the judge asks for under rules of its own.
_POLICY_FILES: Final = ("/robots.txt", "/ai.txt", "/.well-known/tdmrep.json")

_NAME: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_NAME_LIMIT: Final = 64
_MILLION: Final = 1_000_000
_SCHEMA_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

# Hosts that nobody reads mail at: RFC 2606 and RFC 6761.
_RESERVED_DOMAINS: Final = frozenset({"example.com", "example.net", "example.org"})
_RESERVED_TOP_LEVEL: Final = frozenset({"example", "invalid", "test", "localhost"})


class _Table(BaseModel):
    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, use_attribute_docstrings=True
    )


class SourceKind(StrEnum):
    """What a source names, by the key that names it."""

    URLS = "urls"
    SITEMAPS = "sitemaps"
    FEEDS = "feeds"
    WARC = "warc"
    URL_LIST = "url_list"


# Seeds are there to be followed; the others name the pages that are wanted.
_DEPTHS: Final = {
    SourceKind.URLS: 5,
    SourceKind.SITEMAPS: 0,
    SourceKind.FEEDS: 0,
    SourceKind.WARC: 0,
    SourceKind.URL_LIST: 0,
}


class Basis(StrEnum):
    """By whose word the pages of a WARC file are judged."""

    ARCHIVED = "archived"
    ASKED = "asked"


class Curator(_Table):
    """Who answers for the corpus; every request carries both ways to reach them."""

    name: Words
    """The person or body that answers for the corpus."""
    url: Url
    """A page that says what the crawl is for and how to stop it; in every User-Agent."""
    email: Email
    """An address that a person reads; in the From field of every request."""


class Crawler(_Table):
    """By which name sites address the crawl."""

    product_token: Token = SOFTWARE
    """The name that robots.txt files call us by: letters, "-" and "_"."""


class Scope(_Table):
    """Which of the links that are found belong to the source."""

    hosts: Annotated[tuple[Host, ...], Lax] = ()
    """Hosts whose pages belong to it. Left out: the hosts of what the source names."""
    paths: Annotated[tuple[PathPrefix, ...], Lax] = ()
    """How the path of a page begins, such as "/essays/". Left out: in any way."""


class Source(_Table):
    """Where pages come from.

    Each names exactly one of urls, sitemaps, feeds, warc, url_list.
    """

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [kind]} for kind in SourceKind]}
    )

    urls: Annotated[tuple[Url, ...], Lax, Field(min_length=1)] = ()
    """Pages to begin with; their links are followed."""
    sitemaps: Annotated[tuple[Url, ...], Lax, Field(min_length=1)] = ()
    """Sitemaps, whose pages are wanted. Those that a robots.txt names have to be named
    here, too."""
    feeds: Annotated[tuple[Url, ...], Lax, Field(min_length=1)] = ()
    """Atom or RSS feeds, whose entries are wanted. A feed that a page links to is not
    followed."""
    warc: Annotated[tuple[File, ...], Lax, Field(min_length=1)] = ()
    """WARC files, as paths from the folder of the manifest. The limits, which spare hosts,
    do not hold for them, but for bytes_per_page."""
    policies: Annotated[Basis, Lax] | None = None
    """For warc, by which policy files pages are judged: "archived" in the files of this
    source, within a day of the page, and no host is asked; or "asked" of the hosts today,
    beside those that were archived. Left out: archived."""
    url_list: File | None = None
    """A text file with a URL on each line, as a path from the folder of the manifest."""
    scope: Scope = Scope()
    """Which links belong to the source, by host and path."""
    depth: Annotated[int, Field(ge=0, le=100)] | None = None
    """How many links away a page may be. Left out: 5 from urls, otherwise 0."""

    @property
    def kind(self) -> SourceKind:
        """The key that names what the source is."""
        return next(kind for kind in SourceKind if getattr(self, kind))

    @property
    def link_depth(self) -> int:
        """How many links away a page may be."""
        return _DEPTHS[self.kind] if self.depth is None else self.depth

    @property
    def is_offline(self) -> bool:
        """Whether no host is asked for anything."""
        return self.kind is SourceKind.WARC and self.policies is not Basis.ASKED

    def hosts(self, seeds: Iterable[str] = ()) -> frozenset[str]:
        """Return the hosts in scope; ``seeds`` are URLs that a file of the source names.

        Raise ValueError where a seed is not a fetchable URL.
        """
        named = (*self.urls, *self.sitemaps, *self.feeds, *seeds)
        return frozenset(self.scope.hosts) or frozenset(map(url.host, named))

    def covers(self, page: str, *, hosts: Collection[str]) -> bool:
        """Say whether a link that was found belongs to the source.

        ``page`` is normalised, ``hosts`` is what ``hosts`` returned. What the source
        itself names needs no scope: it belongs by being named.
        """
        if url.host(page) not in hosts:
            return False
        path = page.removeprefix(url.origin(page)).partition("?")[0]
        return not self.scope.paths or path.startswith(self.scope.paths)


class Licenses(_Table):
    """Which licenses the corpus may carry."""

    allow: Annotated[tuple[License, ...], Lax, Field(min_length=1)] = DEFAULT_LICENSES
    """SPDX identifiers. A CC license without a version means exactly these elements, in any
    version and port: "CC-BY" lets neither BY-SA nor BY-NC in; another name without one
    means every version: "OGL-UK", "GFDL". There are no globs."""


class Uses(_Table):
    """What the corpus is for, in the words of AIPREF."""

    categories: Annotated[
        tuple[Annotated[Category, Lax], ...], Lax, Field(min_length=1)
    ] = (Category.TRAIN_AI,)
    """Categories of use that every page must permit."""


class Limits(_Table):
    """Where a crawl ends, and how gently it goes."""

    pages: Count = 10_000
    """Most pages in all."""
    pages_per_host: Count = 1_000
    """Most pages from one host."""
    bytes: Count = 2**32
    """Most bytes in all, as received."""
    bytes_per_host: Count = 2**30
    """Most bytes from one host, as received."""
    bytes_per_page: Count = 8 * 2**20
    """Most bytes of one page; a longer one is not kept."""
    delay: Seconds = 1.0
    """Seconds between two requests to one host; on the live web at least 1."""
    delay_factor: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] = 2.0
    """The delay is also this many times as long as the host took to answer."""
    concurrency: Annotated[int, Field(ge=1, le=256)] = 16
    """Most hosts that are asked at the same time. One host is never asked twice at once."""
    timeout: Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)] = 30.0
    """Seconds that one request may take, from name to last byte."""
    patience: Seconds = 120.0
    """Longest Retry-After, in seconds, that a run waits for."""


class Languages(_Table):
    """Which languages the corpus holds."""

    allow: Annotated[tuple[Language, ...], Lax] = ()
    """Tags of BCP 47, such as "en" or "mi", held against what the text is in; "und" is a
    text whose language cannot be told. Left out: every language."""


class Extractor(StrEnum):
    """What tells the main text of a page from what stands around it."""

    TRAFILATURA = "trafilatura"
    RESILIPARSE = "resiliparse"


class Form(StrEnum):
    """What is kept of a text's structure."""

    PLAIN = "plain"
    MARKDOWN = "markdown"


class Reading(_Table):
    """How the text of a page is read (docs/text.md)."""

    extractor: Annotated[Extractor, Lax] = Extractor.TRAFILATURA
    """What tells the main text from what stands around it: trafilatura, the best, or
    resiliparse, many times as fast."""
    form: Annotated[Form, Lax] = Form.PLAIN
    """Plain lines, or Markdown with headings, lists, tables and blocks of code."""


class Quality(StrEnum):
    """Which rules of quality texts are held to."""

    OFF = "off"
    USUAL = "usual"
    GOPHER = "gopher"
    FINEWEB = "fineweb"


_RULES: Final = {
    Quality.OFF: OFF,
    Quality.USUAL: Rules(),
    Quality.GOPHER: GOPHER,
    Quality.FINEWEB: FINEWEB,
}


class PersonalAction(StrEnum):
    """What becomes of a text in which personal data is found."""

    COUNT = "count"
    MASK = "mask"
    DROP = "drop"


class Thresholds(_Table):
    """Thresholds of single rules, in the place of those of quality."""

    least_words: Threshold | None = None
    """Words, at least."""
    most_words: Threshold | None = None
    """Words, at most."""
    least_word_length: Threshold | None = None
    """Characters of a word, the mean, at least."""
    most_word_length: Threshold | None = None
    """Characters of a word, the mean, at most."""
    most_hashes: Threshold | None = None
    """Signs "#" to a word, at most."""
    most_ellipses: Threshold | None = None
    """Ellipses to a word, at most."""
    least_alphabetic_words: Threshold | None = None
    """Share of words with a letter in them, at least."""
    least_stop_words: Threshold | None = None
    """How many of a language's eight stop words are there, at least."""
    most_new_lines: Threshold | None = None
    """Line ends to a word, at most."""
    most_bullet_lines: Threshold | None = None
    """Share of lines that begin with a bullet, at most."""
    most_ellipsis_lines: Threshold | None = None
    """Share of lines that end with an ellipsis, at most."""
    least_ended_lines: Threshold | None = None
    """Share of lines that end with a mark of punctuation, at least."""
    most_short_lines: Threshold | None = None
    """Share of lines of at most 30 characters, at most."""
    most_duplicate_lines: Threshold | None = None
    """Share of lines that stood there before, at most."""
    most_duplicate_line_characters: Threshold | None = None
    """Share of characters in such lines, at most."""
    most_duplicate_paragraphs: Threshold | None = None
    """Share of paragraphs that stood there before, at most."""
    most_duplicate_paragraph_characters: Threshold | None = None
    """Share of characters in such paragraphs, at most."""
    most_top_2_gram: Threshold | None = None
    """Share of characters in the most frequent row of 2 words, at most."""
    most_top_3_gram: Threshold | None = None
    """Share of characters in the most frequent row of 3 words, at most."""
    most_top_4_gram: Threshold | None = None
    """Share of characters in the most frequent row of 4 words, at most."""
    most_repeated_5_grams: Threshold | None = None
    """Share of characters in rows of 5 words that stood there before, at most."""
    most_repeated_6_grams: Threshold | None = None
    """Share of characters in rows of 6 words that stood there before, at most."""
    most_repeated_7_grams: Threshold | None = None
    """Share of characters in rows of 7 words that stood there before, at most."""
    most_repeated_8_grams: Threshold | None = None
    """Share of characters in rows of 8 words that stood there before, at most."""
    most_repeated_9_grams: Threshold | None = None
    """Share of characters in rows of 9 words that stood there before, at most."""
    most_repeated_10_grams: Threshold | None = None
    """Share of characters in rows of 10 words that stood there before, at most."""


class Filters(_Table):
    """What texts are held to before they are documents (docs/filters.md)."""

    quality: Annotated[Quality, Lax] = Quality.USUAL
    """Rules of quality: off, usual (only what nobody wrote to be read fails), gopher or
    fineweb."""
    thresholds: Thresholds = Thresholds()
    """Thresholds of single rules, in the place of those of quality."""
    near_duplicates: bool = False
    """Whether a text that is nearly another's is left out; exact ones always are."""
    repeated_paragraphs: Repetition = 0
    """On how many documents of a host a paragraph has to stand to be taken out of all of
    them; 0 takes none out."""
    against: Annotated[tuple[File, ...], Lax] = ()
    """Texts that no document may be, such as test sets: .txt, .jsonl (key "text") and
    .parquet files (column "text") and folders of them, as paths from the folder of the
    manifest."""
    personal: Annotated[tuple[Annotated[Kind, Lax], ...], Lax] = tuple(
        kind for kind in Kind if kind in USUAL
    )
    """Kinds of personal data that are looked for."""
    personal_action: Annotated[PersonalAction, Lax] = PersonalAction.COUNT
    """Count them, mask them in the text, or leave the page out."""
    region: Region | None = None
    """The country whose telephone numbers are written without their country code, and whose
    national numbers are looked for."""

    @property
    def asked(self) -> Rules:
        """What texts are held to: the rules of quality, as ``thresholds`` changes them."""
        changes = self.thresholds.model_dump(exclude_none=True)
        return replace(_RULES[self.quality], **changes)


class Split(_Table):
    """How the corpus is divided into train, validation and test."""

    validation: Part = 0.0
    """Share of the registrable domains whose documents are for validation, such as 0.05."""
    test: Part = 0.0
    """Share of them whose documents are for testing. The rest is to train with."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    """Another number divides in another way."""

    @property
    def shares(self) -> Shares:
        """The three parts, in millionths."""
        validation, test = round(_MILLION * self.validation), round(_MILLION * self.test)
        train = _MILLION - validation - test
        return Shares(train=train, validation=validation, test=test)


class Crawlers(_Table):
    """Whose refusal in robots.txt is read as a refusal of training."""

    add: Annotated[tuple[Words, ...], Lax] = ()
    """Product tokens to count beside the list that comes with Estovers."""
    remove: Annotated[tuple[Words, ...], Lax] = ()
    """Product tokens of that list that are not to count."""


class Operator(_Table):
    """Who we are, in the words of RSL. What is not said here is not assumed."""

    users: Annotated[tuple[User, ...], Lax] = ()
    """Kinds of user that we are."""
    regions: Annotated[tuple[Region, ...], Lax] = ()
    """Countries that we work in, as ISO 3166-1 writes them: two capital letters."""


class Agreement(_Table):
    """A permission on paper: the one thing that lifts a refusal of use."""

    party: Words
    """Who gave it."""
    scope: Annotated[tuple[Url, ...], Lax, Field(min_length=1)]
    """How the URLs begin that it is given for."""
    document: Sha256
    """The digest of the signed paper: sha256: and 64 hexadecimal digits."""
    expires: date
    """The first day, in UTC, on which it no longer holds, such as 2027-12-31."""


class SiteStatement(_Table):
    """A license stated once for a site, for those of its pages that state none."""

    scope: Annotated[tuple[Url, ...], Lax, Field(min_length=1)]
    """How the URLs begin that it is stated for, all on the host of evidence_url."""
    license: Expression
    """The license that is stated there, as an SPDX expression such as "CC-BY-4.0"."""
    evidence_url: Url
    """The page that states it, under the address at which it answers itself. It is asked
    for before the pages in scope; where the words are gone, nothing is used by them."""
    quote: Quote
    """The words that state it: whole sentences as the page shows them, 300 characters at
    most. Case, white space, and the shape of quotation marks and dashes do not matter."""
    confirmed_by: Words | None = None
    """Who read the page and found that it speaks of these URLs and of their texts."""
    confirmed_on: date | None = None
    """When, such as 2026-11-21."""


class Manifest(_Table):
    """The user's instructions for one corpus."""

    name: Annotated[str, Field(pattern=_NAME, max_length=_NAME_LIMIT)]
    """The name of the corpus and of its folder: lower-case letters, digits, hyphens."""
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$")]
    """The version of the corpus: "1.0.0". The first number for works changed or taken out,
    the second for works added, the third for the same works packaged anew."""
    purpose: Text
    """Why the corpus is made."""
    intended_uses: Annotated[tuple[Text, ...], Lax, Field(min_length=1)]
    """What it is meant to be used for."""
    curator: Curator
    """Who answers for the corpus."""
    crawler: Crawler = Crawler()
    """By which name sites address the crawl."""
    sources: Annotated[tuple[Source, ...], Lax, Field(min_length=1)]
    """Where pages come from; each begins with [[sources]]."""
    licenses: Licenses = Licenses()
    """Which licenses the corpus may carry."""
    uses: Uses = Uses()
    """What the corpus is for."""
    limits: Limits = Limits()
    """Where a crawl ends, and how gently it goes."""
    languages: Languages = Languages()
    """Which languages the corpus holds."""
    text: Reading = Reading()
    """How the text of a page is read."""
    filters: Filters = Filters()
    """What texts are held to before they are documents."""
    split: Split = Split()
    """How it is divided into train, validation and test."""
    crawlers: Crawlers = Crawlers()
    """Whose refusal in robots.txt is read as a refusal of training."""
    operator: Operator = Operator()
    """Who we are, in the words of RSL."""
    agreements: Annotated[tuple[Agreement, ...], Lax] = ()
    """Permissions on paper; each begins with [[agreements]]."""
    statements: Annotated[tuple[SiteStatement, ...], Lax] = ()
    """Licenses stated once for a site; each begins with [[statements]]."""
    card: Card = Card()
    """What only people can say on the card."""

    @property
    def product_token(self) -> ProductToken:
        """The name by which a robots.txt group addresses the crawl."""
        return ProductToken(self.crawler.product_token)

    @property
    def user_agent(self) -> str:
        """The User-Agent field (RFC 9110 section 10.1.5): who asks, and where to complain.

        A crawl under a name of its own names the software as well, so that a site that
        has had enough of the software needs to know one name.
        """
        # A parenthesis in the URL would end the comment.
        contact = self.curator.url.replace("(", "%28").replace(")", "%29")
        named = f"{self.product_token}/{SOFTWARE_VERSION} (+{contact})"
        is_own = self.product_token.lower() == SOFTWARE.lower()
        return named if is_own else f"{named} {SOFTWARE}/{SOFTWARE_VERSION}"

    @property
    def from_address(self) -> str:
        """The From field (RFC 9110 section 10.1.2)."""
        return self.curator.email

    @property
    def contact_is_placeholder(self) -> bool:
        """Whether page or address is under a name where nobody can be reached."""
        hosts = (url.host(self.curator.url), self.curator.email.partition("@")[2])
        return any(map(_is_reserved, hosts))

    @property
    def is_offline(self) -> bool:
        """Whether the corpus is made of archived files alone, so that no host is asked."""
        return all(source.is_offline for source in self.sources)

    @property
    def live_obstacles(self) -> tuple[str, ...]:
        """Why a crawl of the live web does not start, in sentences; empty if it may."""
        obstacles = []
        if self.contact_is_placeholder:
            obstacles.append(
                "curator.url and curator.email have to lead to a person; "
                "names kept for examples do not. Write your own."
            )
        if self.limits.delay < LEAST_LIVE_DELAY:
            obstacles.append(
                f"limits.delay is {self.limits.delay}; a host of the live web is asked "
                f"at most every {LEAST_LIVE_DELAY} s. Write {LEAST_LIVE_DELAY} or more."
            )
        return tuple(obstacles)

    @property
    def allowed_licenses(self) -> tuple[AllowedLicense, ...]:
        """The licenses that the corpus may carry, by their parts."""
        return tuple(map(allowed_license, self.licenses.allow))

    def policy(self, training_tokens: Iterable[str]) -> Policy:
        """Return what the judge is told; ``training_tokens`` is the list before changes."""
        removed = {token.lower() for token in self.crawlers.remove}
        tokens = dict.fromkeys((*training_tokens, *self.crawlers.add))
        return Policy(
            product_token=self.product_token,
            allowed_licenses=self.allowed_licenses,
            categories=frozenset(self.uses.categories),
            training_tokens=tuple(t for t in tokens if t.lower() not in removed),
            users=frozenset(self.operator.users),
            regions=frozenset(self.operator.regions),
            agreements=tuple(map(_agreement_in_force, self.agreements)),
            statements=tuple(map(_asserted, self.statements)),
        )


def parse(text: str, *, source: str) -> Manifest:
    """Return the manifest that a TOML text holds; ``source`` is the name of its file.

    Raise ManifestFault with all faults of the text, each with its line and key, what is
    wrong, and what would be right.
    """
    reading = faults.read(text)
    found = list(reading.faults)
    manifest = None
    if reading.document is not None:
        located = list(_contradictions(reading.document, lines=reading.lines))
        try:
            manifest = Manifest.model_validate(reading.document)
        except ValidationError as error:
            located += faults.of_validation(error, model=Manifest, lines=reading.lines)
        # What a stand-in for an unreadable value lets one think is no fault of the user.
        unread = reading.unread
        found += [fault for path, fault in located if not faults.overlaps(path, unread)]
    if manifest is None or found:
        raise ManifestFault(faults.render(found, source=source))
    return manifest


def with_statements(
    manifest: Manifest, statements: Mapping[str, str], *, source: str
) -> Manifest:
    """Return a manifest with what stands in files beside it, by the id of the field.

    Raise ManifestFault with every file that answers no field, says what no field may say,
    or says a second time what the manifest says.
    """
    if not statements:
        return manifest
    card = manifest.card.model_dump()
    found = list(_misplaced(card, statements))
    for id_, text in statements.items():
        group, _, key = id_.partition(".")
        if question(id_) is not None and not card[group][key]:
            card[group][key] = text
    try:
        stated = Card.model_validate(card)
    except ValidationError as error:
        found += [fault for _, fault in faults.of_validation(error, model=Card, lines={})]
        stated = manifest.card
    if found:
        raise ManifestFault(faults.render(found, source=source))
    return manifest.model_copy(update={"card": stated})


def _misplaced(
    card: Mapping[str, object], statements: Mapping[str, str]
) -> Iterator[Fault]:
    for id_ in statements:
        group, _, key = id_.partition(".")
        table = card.get(group)
        if question(id_) is None or not isinstance(table, dict):
            message = "no field of the card is stated under this name"
            yield Fault(
                key=f"{id_}.md", message=f"{message}. See estovers card --edit-list."
            )
        elif table.get(key):
            message = "is stated in the manifest as well. Leave it out of one"
            yield Fault(key=f"{id_}.md", message=f"{message}.")


def digest(text: str) -> Digest:
    """Return the digest by which a build names the manifest that it was made from."""
    return digest_of(text.encode())


def render_template(name: str) -> str:
    """Return a commented manifest for a new corpus.

    Raise UsageFault where ``name`` cannot be the name of a corpus.
    """
    if not re.fullmatch(_NAME, name) or len(name) > _NAME_LIMIT:
        raise UsageFault(
            f"{faults.shown(name)} cannot name a corpus. Use lower-case letters, digits "
            f'and single hyphens, at most {_NAME_LIMIT}, such as "maori-essays".'
        )
    template = files("pipeline").joinpath("manifest_template.toml").read_text("utf-8")
    return template.replace("@NAME@", name)


def schema() -> dict[str, object]:
    """Return the JSON Schema by which editors complete and underline a manifest."""
    generated = Manifest.model_json_schema()
    return {"$schema": _SCHEMA_DIALECT, **generated, "title": "Estovers manifest"}


def render_schema() -> str:
    """Return the schema as ``manifests/schema.json`` holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _contradictions(
    document: Mapping[str, object], *, lines: Mapping[Path, int]
) -> Iterator[tuple[Path, Fault]]:
    """Yield the faults that lie between keys, which no single field can see."""
    for find in _BETWEEN_KEYS:
        for path, message in find(document):
            yield path, faults.fault_at(path, message, lines=lines)


def _sources_of_no_kind(document: Mapping[str, object]) -> Iterator[tuple[Path, str]]:
    sources = document.get("sources")
    for index, source in enumerate(sources if isinstance(sources, list) else ()):
        named = [kind for kind in SourceKind if isinstance(source, dict) and kind in source]
        if isinstance(source, dict) and len(named) != 1:
            given = " and ".join(named) or "none of them"
            kinds = ", ".join(SourceKind)
            message = f"a source has exactly one of {kinds}; this one has {given}."
            advice = "Write a [[sources]] for each." if named else "Add one."
            yield ("sources", index), f"{message} {advice}"


def _policies_out_of_place(document: Mapping[str, object]) -> Iterator[tuple[Path, str]]:
    sources = document.get("sources")
    for index, source in enumerate(sources if isinstance(sources, list) else ()):
        if not isinstance(source, dict):
            continue
        if "policies" in source and SourceKind.WARC not in source:
            message = (
                "says by which policy files pages of WARC files are judged; this source "
                "asks its hosts. Leave it out."
            )
            yield ("sources", index, "policies"), message
        is_offline = source.get("policies", Basis.ARCHIVED) == Basis.ARCHIVED
        if SourceKind.WARC in source and is_offline and source.get("depth", 0) != 0:
            message = (
                "is for links that are asked for, and of archived pages no link is. Leave "
                'it out, or write policies = "asked".'
            )
            yield ("sources", index, "depth"), message


def _tokens_both_ways(document: Mapping[str, object]) -> Iterator[tuple[Path, str]]:
    crawlers = document.get("crawlers")
    if not isinstance(crawlers, dict):
        return
    added = {token.lower() for token in _strings(crawlers.get("add"))}
    for index, token in enumerate(_strings(crawlers.get("remove"))):
        if token.lower() in added:
            message = f"{faults.shown(token)} is added as well. Leave it out of one."
            yield ("crawlers", "remove", index), message


def _statements_of_others(document: Mapping[str, object]) -> Iterator[tuple[Path, str]]:
    statements = document.get("statements")
    for index, each in enumerate(statements if isinstance(statements, list) else ()):
        place = each.get("evidence_url") if isinstance(each, dict) else None
        own = _origin_or_none(place)
        if own is None:
            continue
        if str(place).endswith(_POLICY_FILES):
            message = "is a file for crawlers, not a page that readers see. Name a page."
            yield ("statements", index, "evidence_url"), f"{faults.shown(place)} {message}"
        for number, one in enumerate(_strings(each.get("scope"))):
            other = _origin_or_none(one)
            if other is not None and url.host(other) != url.host(own):
                message = (
                    f"{faults.shown(one)} is on another host than the page that is to "
                    "state its license. A site's license is what the site itself says: "
                    "write a [[statements]] for each host."
                )
                yield ("statements", index, "scope", number), message


def _nothing_to_train_with(document: Mapping[str, object]) -> Iterator[tuple[Path, str]]:
    split = document.get("split")
    if not isinstance(split, dict):
        return
    given = (split.get(key, 0) for key in ("validation", "test"))
    parts = [part for part in given if isinstance(part, int | float)]
    held_out = sum(parts)
    if held_out >= 1 > max(parts):
        message = f"validation and test are {held_out:g} together: nothing is left to train"
        yield ("split", "test"), f"{message} with. Leave them below 1."


def _origin_or_none(value: object) -> str | None:
    try:
        return url.origin(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _strings(value: object) -> list[str]:
    elements = value if isinstance(value, list) else []
    return [element if isinstance(element, str) else "" for element in elements]


_BETWEEN_KEYS: Final[
    tuple[Callable[[Mapping[str, object]], Iterator[tuple[Path, str]]], ...]
] = (
    _sources_of_no_kind,
    _policies_out_of_place,
    _tokens_both_ways,
    _statements_of_others,
    _nothing_to_train_with,
)


def _is_reserved(host: str) -> bool:
    labels = host.split(".")
    return labels[-1] in _RESERVED_TOP_LEVEL or ".".join(labels[-2:]) in _RESERVED_DOMAINS


def _agreement_in_force(agreement: Agreement) -> AgreementInForce:
    return AgreementInForce(
        party=agreement.party,
        scope=agreement.scope,
        document=Digest(agreement.document),
        expires=datetime.combine(agreement.expires, time.min, tzinfo=UTC),
    )


def _asserted(statement: SiteStatement) -> AssertedStatement:
    who = f"by {statement.confirmed_by}" if statement.confirmed_by else ""
    when = f"on {statement.confirmed_on.isoformat()}" if statement.confirmed_on else ""
    return AssertedStatement(
        scope=statement.scope,
        license=LicenseExpression(statement.license),
        evidence_url=statement.evidence_url,
        quote=statement.quote,
        confirmed=" ".join(filter(None, (who, when))),
    )
