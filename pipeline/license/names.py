"""Licenses by the names that people give them, in the languages they are met in.

A name is read by its parts: what it asks, its version, its port. What a name leaves open is
left open: "CC BY" names a family and no license.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pipeline.license import creative_commons, expression
from pipeline.vocab import LicenseExpression


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A license's name at ``[start:end]`` of a text.

    ``expression`` is None where the name leaves the version or the port open; ``asked`` are
    the elements that it names, of Creative Commons licenses alone.
    """

    start: int
    end: int
    expression: LicenseExpression | None
    asked: frozenset[str] = frozenset()


# What a Creative Commons license asks, as its deeds say it.
_ELEMENTS: Final = {
    "BY": (
        r"attribution|"
        r"namensnennung|paternité|atribución|reconocimiento|reconeixement|attribuzione"
        r"|atribuição|naamsvermelding|uznanie autorstwa|атрибуци[яи]|с указанием авторства"
        r"|(?:із )?зазначення\w* авторства|erkännande|navngivelse|navngivning|nimeä"
        r"|uveďte (?:původ|autora)|nevezd meg(?:!)?|atribuire|imenovanje"
        r"|priznanje avtorstva|αναφορά|atıf|署名|姓名標示|表示|저작자\s?표시"
    ),
    "SA": (
        r"share[\s-]?alike|"
        r"(?:weitergabe )?unter gleichen bedingungen|partage dans les mêmes conditions"
        r"|partage à l.identique|compartir[\s-]?igual|compartilha[\s-]?igual"
        r"|condividi allo stesso modo|gelijk\s?delen|na tych samych warunkach"
        r"|с сохранением условий|на (?:тех|таких) же условиях|на тих самих умовах"
        r"|dela ?lika|del på (?:samme|like) vilkår|jaasama|zachovejte licenci"
        r"|így add tovább(?:!)?|partajare în condiții identice|deliti pod istim uslov\w+"
        r"|deljenje pod enakimi pogoji|παρόμοια διανομή|lisansı?\s?devam\w*"
        r"|相同方式(?:共享|分享)|継承|동일\s?조건\s?변경\s?허락"
    ),
    "NC": (
        r"non[\s-]?commercial(?:\suse)?|"
        r"nicht[\s-]?kommerziell|keine kommerzielle nutzung"
        r"|(?:pas|non) d.utilisation commerciale|utilisation non commerciale"
        r"|no[\s-]?comercial|n[ãa]o[\s-]?comercial|sem uso comercial|non commerciale"
        r"|niet[\s-]?commercieel|użycie niekomercyjne|некоммерческ\w+|некомерційн\w+"
        r"|icke[\s-]?kommersiell|ikke[\s-]?kommersiell|ikke[\s-]?kommerciel|eikaupallinen"
        r"|neužívejte (?:dílo )?komerčně|ne add el(?:!)?|necomercial|nekomercijalno"
        r"|nekomercialno|μη εμπορική(?: χρήση)?|gayri\s?ticari|非営利|非商业性?(?:使用)?"
        r"|非商業性?(?:使用)?|비영리"
    ),
    "ND": (
        r"no[\s-]?deriv(?:s|ative(?:s|\sworks)?)?|non[\s-]?deriv\w*|"
        r"keine[\s-]?bearbeitung(?:en)?|pas de modification|pas d.œuvres? dérivées?"
        r"|sin[\s-]?(?:obras?[\s-]?)?derivad\w*|sem[\s-]?deriva\w+|non opere derivate"
        r"|geen\s?afgeleide\s?werken|bez utworów zależnych|без производных"
        r"|без изменений|без похідних|inga\s?bearbetningar|ingen\s?bearbei?[dj]\w+"
        r"|eimuutoksia|nezasahujte|ne változtasd(?:!)?|fără modificări|bez prerada"
        r"|brez predelav|όχι παράγωγα(?: έργα)?|türetilemez|改変禁止|禁止演绎|禁止改作"
        r"|변경\s?금지"
    ),
}
_CREATIVE_COMMONS: Final = (
    r"creative[\s-]?commons|知识共享|創用\s?CC|クリエイティブ・?コモンズ"
    r"|크리에이티브\s?커먼즈|криэйтив коммонс"
)
_JOINT: Final = r"[\s\-–—_,/・·+&:«»“”\"'’()!]"


_ELEMENT: Final = "|".join(f"(?:{words})" for words in _ELEMENTS.values())
_WHICH: Final = {
    key: re.compile(rf"(?:{words})|\b{key}\b", re.IGNORECASE)
    for key, words in _ELEMENTS.items()
}
_LINKING: Final = r"(?:licen[sc]e|lizenz|licencia|licença|licenza|licentie|лицензи\w+)?"

# run     = element *( joint element )
# long    = [ "Creative Commons" [license] ] run [ license ] [ version ]
# short   = ( "CC" / "Creative Commons" ) [version] "BY" *( joint ( "NC" / "ND" / "SA" ) )
_LONG: Final = re.compile(
    rf"(?P<cc>(?:{_CREATIVE_COMMONS}){_JOINT}*(?:{_LINKING}{_JOINT}*)?)?"
    rf"(?P<run>(?:{_ELEMENT})(?:{_JOINT}{{0,6}}(?:(?:{_ELEMENT})|(?:und|and|et|y|e|en)\b))*)"
    rf"(?P<rest>{_JOINT}{{0,4}}{_LINKING}[\s,(]{{0,2}}(?:version\s?|v\.?\s?)?"
    r"(?P<version>[123]\.0|2\.[15]|4\.0)(?![0-9.]?[0-9]))?",
    re.IGNORECASE,
)
_SHORT_FORM: Final = re.compile(
    r"(?:\bCC[\s_-]{0,3}|creative[\s-]commons[\s_:-]{1,3}|creativecommons\.org/l/)"
    r"(?:(?P<early>[1-4]\.[0-9])[\s_-]{1,2})?"
    r"(?P<terms>BY(?:[\s_/–-]{1,3}(?:NC|ND|SA))*)\b"
    r"(?:[\s_/,-]{0,3}(?:version\s|v\.?\s?)?(?P<version>[1-4]\.[0-9])(?![0-9])"
    r"(?:/(?P<folder>[a-z]{2,3})/)?)?",
    re.IGNORECASE,
)
_ZERO: Final = re.compile(
    r"\bCC[\s-]?(?:0|zero)\b(?:[\s-]1\.0)?(?:\s+Universal)?"
    r"|\bcreative commons (?:zero|0)\b(?:[\s-]1\.0)?",
    re.IGNORECASE,
)
_MARK: Final = re.compile(r"\bpublic domain mark\b(?:\s1\.0)?", re.IGNORECASE)
_TOOLS: Final = (
    (_ZERO, expression.parse("CC0-1.0")),
    (_MARK, expression.parse("CC-PDM-1.0")),
)
_PLAIN: Final = re.compile(
    rf"\b(?:{_CREATIVE_COMMONS})|(?:{_CREATIVE_COMMONS})", re.IGNORECASE
)
_ADDRESS: Final = re.compile(
    r"(?:https?:)?//(?:www\.)?creativecommons\.org/[A-Za-z0-9./+_-]+"
    r"|\b(?:www\.)?creativecommons\.org/(?:licenses|publicdomain)/[A-Za-z0-9./+_-]+",
    re.IGNORECASE,
)

# What follows a version: the edition without a port, or the port by its country's name.
_WITHOUT_PORT: Final = re.compile(
    r"[\s,(-]{0,3}(?:un-?ported|nicht portiert|non transposée?|no portada|non portato"
    r"|não adaptada|generic|generisch|générique|genérica|generico|未移植|非移植)",
    re.IGNORECASE,
)
_PORTS: Final = {
    "AT": "österreich|austria|at",
    "AU": "australia|au",
    "BR": "brasil|brazil|br",
    "CA": "canada|ca",
    "CH": "schweiz|switzerland|suisse|svizzera|ch",
    "CL": "chile|cl",
    "CN": "中国大陆|china mainland|cn",
    "CZ": "česk[oáé]( republika)?|czech republic|cz",
    "DE": "deutschland|germany|allemagne|de",
    "DK": "danmark|denmark|dk",
    "ES": "españa|spain|espanya|es",
    "FI": "suomi|finland|fi",
    "FR": "france|fr",
    "GR": "ελλάδα|greece|gr",
    "HK": "hong kong|香港|hk",
    "HR": "hrvatska|croatia|hr",
    "HU": "magyarország|hungary|hu",
    "IE": "ireland|ie",
    "IGO": "igo|intergovernmental organi[sz]ations?",
    "IL": "israel|il",
    "IN": "india|in(?=[\\s.,;)]*$)",
    "IT": "italia|italy|it",
    "JP": "日本|japan|jp",
    "KR": "대한민국|korea|kr",
    "LU": "luxembou?rg|lu",
    "MX": "méxico|mexico|mx",
    "NL": "nederland|netherlands|nl",
    "NO": "norge|norway|no(?=[\\s.,;)]*$)",
    "NZ": "(?:aotearoa )?new zealand|nz",
    "PL": "polska|poland|pl",
    "PT": "portugal|pt",
    "RO": "românia|romania|ro",
    "RS": "srbija|србија|serbia|rs",
    "SCOTLAND": "scotland",
    "SE": "sverige|sweden|se",
    "SG": "singapore|sg",
    "SI": "slovenija|slovenia|si",
    "TW": "台灣|臺灣|taiwan|tw",
    "UK": "uk|england (?:and|&) wales|united kingdom",
    "US": "us|usa|united states|estados unidos|états-unis",
    "ZA": "south africa|za",
}
_CODE_LENGTH: Final = 3


def _as_pattern(name: str) -> str:
    # Codes count in capitals alone: "CC BY 3.0 de" is the middle of a Spanish sentence.
    is_code = name.isascii() and name.isalpha() and len(name) <= _CODE_LENGTH
    return f"(?-i:{name.upper()})" if is_code else name


_PORT: Final = re.compile(
    r"[\s,(-]{1,3}(?:"
    + "|".join(
        f"(?P<{code}>{'|'.join(map(_as_pattern, names.split('|')))})"
        for code, names in _PORTS.items()
    )
    + r")(?!\w)",
    re.IGNORECASE,
)

_GNU_LATER: Final = re.compile(
    r"or (?:\(at your option\) )?(?:any )?(?:later|newer)|or newer|oder (?:jede )?spätere"
    r"|ou (?:toute version )?(?:ultérieure|suivante)|o (?:cualquier versión )?posterior"
    r"|or greater|\d\+",
    re.IGNORECASE,
)
_VERSION: Final = r"[\s,]{0,2}(?:version |v\.?\s?)?"

_GOVERNMENT_WORK: Final = "LicenseRef-US-Government-Work"
GOVERNMENT_WORK: Final = expression.parse(_GOVERNMENT_WORK)
"""What is said of works of the United States' government: no license, and no copyright."""

# Other families, by name: a pattern, and the identifier that its groups fill.
_LICENSE: Final = "licen[sc]e"
_FAMILIES: Final = tuple(
    (
        re.compile(
            pattern.replace("{L}", _LICENSE).replace("{V}", _VERSION), re.IGNORECASE
        ),
        name,
    )
    for pattern, name in (
        (r"\bapache (?:software )?{L}{V}(2\.0|1\.1)", "Apache-{0}"),
        (r"\blicencia apache{V}(2\.0)", "Apache-{0}"),
        (
            r"\bopen government {L}(?: for public sector information)?{V}([123])(?:\.0)?\b",
            "OGL-UK-{0}.0",
        ),
        (r"\betalab[\s-]2\.0|\blicence ouverte(?: ?/ ?open licence)?{V}2\.0", "etalab-2.0"),
        (
            (
                r"\bdatenlizenz deutschland\W{1,3}namensnennung\W{1,3}(?:version )?2\.0"
                r"|\bdl-de/by-2-0"
            ),
            "DL-DE-BY-2.0",
        ),
        (
            (
                r"\bdatenlizenz deutschland\W{1,3}zero\W{1,3}(?:version )?2\.0"
                r"|\bdl-de/zero-2-0"
            ),
            "DL-DE-ZERO-2.0",
        ),
        (
            (
                r"\b(?:norsk lisens for offentlige data|norwegian {L} for open"
                r" government data)(?: \(NLOD\))?{V}([12])\.0|\bNLOD[\s-]([12])\.0"
            ),
            "NLOD-{0}.0",
        ),
        (
            (
                r"\bopen data(?:base|bank)? {L}(?: \(ODbL\))?(?:{V}1\.0)?"
                r"|\bODbL(?:[\s-]1\.0)?\b"
            ),
            "ODbL-1.0",
        ),
        (r"\bopen data commons attribution {L}(?:{V}1\.0)?|\bODC-By\b", "ODC-By-1.0"),
        (r"\bpublic domain dedication and {L}|\bPDDL\b", "PDDL-1.0"),
        (r"\b(?:licence art libre|free art {L}){V}(1\.[23])", "LAL-{0}"),
        (r"\bGNU free documentation {L}{V}(1\.[123])", "GFDL-{0}"),
        (r"\bGFDL{V}(1\.[123])", "GFDL-{0}"),
        (r"\bGNU lesser general public {L}{V}([23])(?:\.[01])?", "LGPL-{0}.0"),
        (r"\bGNU affero general public {L}{V}(3)(?:\.0)?", "AGPL-{0}.0"),
        (
            r"\bGNU general public {L}(?:[^.]{0,80}?\bversion )?{V}([23])(?:\.0)?(?!\w)",
            "GPL-{0}.0",
        ),
        (r"\b(?:GNU )?GPL{V}[\s-]?([23])(?:\.0)?(?!\w)", "GPL-{0}.0"),
        (r"\bMIT {L}", "MIT"),
        (r"\bBSD[\s-]([23])[\s-]clause\b|\b([23])-clause BSD", "BSD-{0}-Clause"),
        (r"\bzero[\s-]clause BSD|\b0BSD\b", "0BSD"),
        (r"\bISC {L}", "ISC"),
        (
            r"\b(?:python software foundation|PSF) {L}(?: agreement)?{V}2(?:\.0)?\b",
            "PSF-2.0",
        ),
        (r"\bpostgresql {L}", "PostgreSQL"),
        (r"\bmozilla public {L}{V}2\.0", "MPL-2.0"),
        (
            (
                r"\b(?:works?|publications?) of the (?:u\.?s\.?|united states)"
                r"(?: federal)? government\b|\b17 U\.?S\.?C\.? ?§? ?105\b"
            ),
            _GOVERNMENT_WORK,
        ),
        (
            r"\b(?:decision|beschlusse?s?|décision|decisión) 2011/833/[EU]{2}\b",
            "LicenseRef-EU-2011-833",
        ),
    )
)
_FAMILY_HINT: Final = re.compile(
    r"licen[sc]|lizenz|lisens|ODbL|PDDL|GPL|GFDL|BSD|dl-de|nlod|etalab|2011/833|government"
    r"|ODC-By|U\.?S\.?C",
    re.IGNORECASE,
)
_GNU: Final = ("GFDL-", "GPL-", "LGPL-", "AGPL-")
_NO_INVARIANTS: Final = re.compile(r"no invariant sections", re.IGNORECASE)
_INTERNATIONAL: Final = "4.0"


def find(text: str) -> list[Name]:
    """Return the licenses that a text names, in their order, none within another."""
    found = sorted(_all(text), key=lambda name: (name.start, -name.end))
    kept: list[Name] = []
    for name in found:
        if not kept or name.start >= kept[-1].end:
            kept.append(name)
    return kept


def asked_in(text: str) -> frozenset[str]:
    """Return the elements whose names stand anywhere in a text."""
    return frozenset(key for key, pattern in _WHICH.items() if pattern.search(text))


def _all(text: str) -> Iterator[Name]:
    for match in _ADDRESS.finditer(text):
        yield _by_address(match)
    for match in _SHORT_FORM.finditer(text):
        yield _by_short_form(match, text)
    for pattern, tool in _TOOLS:
        for match in pattern.finditer(text):
            yield Name(start=match.start(), end=match.end(), expression=tool)
    yield from _by_long_forms(text)
    if _FAMILY_HINT.search(text):
        yield from _by_family(text)


def _by_long_forms(text: str) -> Iterator[Name]:
    """Yield long names; "attribution" is one by its version or after "Creative Commons"."""
    plain = list(_PLAIN.finditer(text))
    for match in _LONG.finditer(text):
        is_spoken_of = bool(plain) and plain[0].start() < match.start()
        if match["version"] or match["cc"] or is_spoken_of:
            yield _by_long_form(match, text)
    for match in plain:
        yield Name(start=match.start(), end=match.end(), expression=None)


def _by_address(match: re.Match[str]) -> Name:
    text = match[0].rstrip(".,;)")
    url = text if "//" in text else f"https://{text}"
    found = creative_commons.expression_of(url)
    return Name(
        start=match.start(),
        end=match.start() + len(text),
        expression=found,
        asked=expression.elements(found) if found else frozenset(),
    )


def _by_short_form(match: re.Match[str], text: str) -> Name:
    asked = frozenset(re.split(r"[\s_/–-]+", match["terms"].upper()))
    version = match["version"] or match["early"] or ""
    port, end = (match["folder"] or "").upper(), match.end()
    if version and not port and match["version"]:
        port, end = _port_after(text, end)
    return Name(
        start=match.start(),
        end=end,
        expression=creative_commons.compose(asked, version, port) if version else None,
        asked=asked,
    )


def _by_long_form(match: re.Match[str], text: str) -> Name:
    asked = asked_in(match["run"])
    version, end = match["version"] or "", match.end()
    found = None
    if version and "BY" in asked:
        port, end = _port_after(text, end)
        is_settled = (
            version == _INTERNATIONAL
            or bool(port)
            or _WITHOUT_PORT.match(text, end) is not None
        )
        found = creative_commons.compose(asked, version, port) if is_settled else None
    return Name(start=match.start(), end=end, expression=found, asked=asked)


def _port_after(text: str, end: int) -> tuple[str, int]:
    match = _PORT.match(text, end)
    return (match.lastgroup or "", match.end()) if match else ("", end)


def _by_family(text: str) -> Iterator[Name]:
    for pattern, name in _FAMILIES:
        for match in pattern.finditer(text):
            found = name.format(*(group for group in match.groups() if group))
            yield Name(
                start=match.start(),
                end=match.end(),
                expression=expression.parse(_with_later(found, text, match.end())),
            )


def _with_later(name: str, text: str, end: int) -> str:
    if not name.startswith(_GNU):
        return name
    following = text[end : end + 200]
    if name.startswith("GFDL-") and _NO_INVARIANTS.search(following):
        name = f"{name}-no-invariants"
    return f"{name}-or-later" if _GNU_LATER.search(text[end - 2 : end + 80]) else name
