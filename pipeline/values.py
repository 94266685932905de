"""What one value of a manifest may be: each parser refuses with what would be right."""

import re
from fnmatch import fnmatchcase
from functools import cache
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, Strict

from pipeline import url
from pipeline.consent import crawlers
from pipeline.license import expression
from pipeline.model import QUOTE_LIMIT, AllowedLicense
from pipeline.vocab import LicenseExpression

# Names that a site knows and trusts, or blocks, for somebody else's sake: to carry one
# would be to pretend. AI crawlers are in consent's list; these are browsers, search
# engines and tools. The parts of a token are looked up, so that Googlebot-Image is found
# and Curly is not curl.
_TAKEN_NAMES: Final = frozenset(
    """
    mozilla applewebkit webkit gecko khtml chrome chromium safari firefox edge edg opera
    msie trident brave vivaldi samsungbrowser headlesschrome phantomjs
    google googlebot adsbot storebot mediapartners bingbot msnbot bingpreview slurp
    duckduckbot baiduspider yandex yandexbot sogou exabot seznambot petalbot applebot
    mojeekbot qwantify bravebot facebookexternalhit twitterbot linkedinbot pinterestbot
    slackbot discordbot telegrambot whatsapp ia_archiver heritrix nutch
    ahrefsbot semrushbot dotbot dataforseobot rogerbot blexbot uptimerobot pingdom
    openai oai chatgpt gptbot anthropic claude claudebot ccbot perplexity perplexitybot
    curl wget python urllib requests aiohttp httpx libwww-perl java okhttp postman
    node-fetch axios scrapy colly
    """.split()  # noqa: SIM905  (a list to be read, line by line)
)

# A Creative Commons license without its version: our short form, not SPDX's.
_UNVERSIONED: Final = re.compile("CC-BY|CC-BY-(?:SA|ND|NC|NC-SA|NC-ND)")

DEFAULT_LICENSES: Final = ("CC0-1.0", "CC-PDM-1.0", "CC-BY", "CC-BY-SA")
"""What may be carried unless somebody says otherwise: open by the Open Definition, met
often, and with duties that a corpus can fulfil."""

# What a glob is meant to leave out, and does not.
_REFUSED_BY_MANY: Final = ("CC-BY-NC-4.0", "CC-BY-ND-4.0", "CC-BY-NC-ND-4.0")

_FEW_WORDS: Final = 3
_FEW_LETTERS: Final = 8

# RFC 5322 section 3.4.1, addr-spec with a dot-atom in ASCII: what a From field carries.
_EMAIL: Final = re.compile(
    r"(?P<local>[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)"
    r"@(?P<domain>[^@\[\]:/?#]+)"
)

# RFC 5646 section 2.1, langtag without extensions:
#   langtag = language ["-" script] ["-" region] *("-" variant)
_LANGUAGE: Final = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-(?P<script>[a-z]{4}))?"
    r"(?:-(?P<region>[a-z]{2}|[0-9]{3}))?(?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)",
    re.IGNORECASE | re.ASCII,
)

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def _text(value: str) -> str:
    stripped = value.strip()
    if not stripped:
        raise ValueError("is empty. Write it out, or leave the key out.")
    if _CONTROL.search(stripped):
        raise ValueError("holds a control character. Leave it out.")
    return stripped


def _one_line(value: str) -> str:
    stripped = _text(value)
    if "\n" in stripped or "\t" in stripped:
        raise ValueError("is more than one line. Write it in one.")
    return stripped


def _url(value: str) -> str:
    try:
        normal = url.normalise(value)
    except ValueError as error:
        raise ValueError(
            f"is not a URL that can be asked for: {error}. "
            'Write it whole, such as "https://essays.example/index".'
        ) from error
    if "#" in value:
        raise ValueError("has a fragment, which no server sees. Leave out # and the rest.")
    return normal


def _host(value: str) -> str:
    if "*" in value:
        raise ValueError("holds *. Name each host in full.")
    try:
        origin = url.origin(f"https://{value}")
    except ValueError as error:
        raise ValueError(f'is not a host: {error}. Write "essays.example".') from error
    name = url.host(origin)
    if origin != f"https://{name}" or set(value) & set("/?#:"):
        raise ValueError('is more than a host. Write it alone, such as "essays.example".')
    return name


def _path_prefix(value: str) -> str:
    if not value.startswith("/") or set(value) & set("*?#"):
        raise ValueError(
            'is not the beginning of a path. Write "/essays/", without *, ? and #.'
        )
    try:
        return url.normalise(f"https://host.invalid{value}").removeprefix(
            "https://host.invalid"
        )
    except ValueError as error:
        raise ValueError(f"is not a path: {error}.") from error


def _file(value: str) -> str:
    if "://" in value:
        raise ValueError(
            'is a URL. Write it under "urls", or download the file and name it.'
        )
    return _one_line(value)


def _email(value: str) -> str:
    parts = _EMAIL.fullmatch(value)
    try:
        domain = _host(parts["domain"]) if parts else ""
    except ValueError:
        domain = ""
    if parts is None or "." not in domain:
        raise ValueError('is not a mail address. Write it such as "corpus@essays.example".')
    return f"{parts['local']}@{domain}"


def _product_token(value: str) -> str:
    lower = value.lower()
    taken = ({lower} | set(re.split("[-_]", lower))) & _TAKEN_NAMES
    if taken or lower in _ai_crawlers():
        raise ValueError(
            f'goes by the name of another, "{min(taken, default=value)}", and we do not '
            "pretend. Choose a name of your own."
        )
    return value


@cache
def _ai_crawlers() -> frozenset[str]:
    known = crawlers.load()
    names = (
        *crawlers.training_tokens(known),
        *known.search,
        *known.user_action,
        *known.software,
        *known.undetermined,
    )
    return frozenset(name.lower() for name in names)


def _license(value: str) -> str:
    if set(value) & set("*?[]"):
        raise ValueError(_about_globs(value))
    if " " in value and expression.parse(value) == value:
        raise ValueError("is an expression. Name one license in each element.")
    is_known = _UNVERSIONED.fullmatch(value) or expression.parse(value) == value
    if is_known or expression.is_family(value):
        return value
    raise ValueError(f"is not a license identifier that we know. {_license_advice(value)}")


def _expression(value: str) -> str:
    parsed = expression.parse(value)
    if parsed is not None:
        return parsed
    if _UNVERSIONED.fullmatch(value):
        raise ValueError(f'names no version. Write the one stated, such as "{value}-4.0".')
    raise ValueError(f"is not an SPDX license expression. {_license_advice(value)}")


def _quote(value: str) -> str:
    words = _text(" ".join(value.split()))
    # In a script without spaces a few words are a handful of letters.
    if len(words.split()) < _FEW_WORDS and (words.isascii() or len(words) < _FEW_LETTERS):
        raise ValueError(
            "is too short to be known again. Quote a whole sentence, as the page shows it."
        )
    return words


def _about_globs(value: str) -> str:
    let_in = next((name for name in _REFUSED_BY_MANY if fnmatchcase(name, value)), None)
    harm = f": it would let {let_in} in" if let_in else ""
    stem = re.split(r"[*?\[]", value)[0].rstrip("-")
    if _UNVERSIONED.fullmatch(stem):
        return f'is a glob{harm}. Write "{stem}": this license in any version and port.'
    return f'is a glob{harm}. Name each license, such as "CC-BY" (any version and port).'


def _license_advice(value: str) -> str:
    spelled = re.sub(r"[\s_]+", "-", value.strip())
    for form in ("{}", "CC-{}", "{}-1.0", "CC-{}-1.0"):
        known = _known(form.format(spelled))
        if known:
            return f'Did you mean "{known}"?'
    return (
        'Write an SPDX identifier, such as "CC-BY" (any version) or "CC0-1.0"; '
        'for a license that SPDX does not list, "LicenseRef-" and a name.'
    )


def _known(text: str) -> str | None:
    """Return the right spelling of an identifier, with or without its version."""
    unversioned = expression.parse(f"{text}-4.0") or ""
    stem = unversioned.removesuffix("-4.0")
    return stem if _UNVERSIONED.fullmatch(stem) else expression.parse(text)


def _repetition(value: int) -> int:
    if value == 1:
        raise ValueError("would take every paragraph out. Write 2 or more, or 0 for none.")
    return value


def _language(value: str) -> str:
    parts = _LANGUAGE.fullmatch(value)
    if parts is None:
        raise ValueError('is not a language tag of BCP 47. Write "en", "mi" or "pt-BR".')
    script = parts["script"].title() if parts["script"] else None
    region = parts["region"].upper() if parts["region"] else None
    tags = (parts["language"].lower(), script, region)
    return "-".join(filter(None, tags)) + parts["variants"].lower()


# Lax for the sequence alone: TOML gives a list where a frozen model holds a tuple.
Lax: Final = Strict(strict=False)
Text = Annotated[str, Field(min_length=1, max_length=20_000), AfterValidator(_text)]
Words = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_one_line)]
Url = Annotated[str, Field(json_schema_extra={"format": "uri"}), AfterValidator(_url)]
Host = Annotated[str, AfterValidator(_host)]
PathPrefix = Annotated[
    str, Field(json_schema_extra={"pattern": "^/"}), AfterValidator(_path_prefix)
]
File = Annotated[str, Field(min_length=1), AfterValidator(_file)]
Email = Annotated[str, Field(json_schema_extra={"format": "email"}), AfterValidator(_email)]
License = Annotated[
    str,
    Field(json_schema_extra={"not": {"pattern": r"[*?\[\]]"}}),
    AfterValidator(_license),
]
Expression = Annotated[str, AfterValidator(_expression)]
Quote = Annotated[str, Field(min_length=1, max_length=QUOTE_LIMIT), AfterValidator(_quote)]
Language = Annotated[str, AfterValidator(_language)]
Part = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
Threshold = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Repetition = Annotated[int, Field(ge=0), AfterValidator(_repetition)]
Region = Annotated[str, Field(pattern="^[A-Z]{2}$")]
Sha256 = Annotated[str, Field(pattern="^sha256:[0-9a-f]{64}$")]
Token = Annotated[
    str, Field(pattern="^[A-Za-z_-]+$", max_length=64), AfterValidator(_product_token)
]
User = Literal["commercial", "non-commercial", "education", "government", "personal"]
Count = Annotated[int, Field(ge=1, le=2**53)]
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


def allowed_license(identifier: License) -> AllowedLicense:
    """Return what an identifier lets in: a version only where it names one."""
    if _UNVERSIONED.fullmatch(identifier):
        return AllowedLicense(elements=frozenset(identifier.split("-")[1:]))
    parsed = LicenseExpression(identifier)
    if expression.parse(identifier) is None:
        return AllowedLicense(family=identifier)
    elements = expression.elements(parsed)
    if not elements:
        return AllowedLicense(identifier=identifier)
    return AllowedLicense(
        elements=elements, versions=frozenset({expression.version(parsed)})
    )
