"""Licenses other than Creative Commons', by the addresses their stewards publish them at.

A small strict table: host and path are compared whole, so that a page which links a
software or a government license concludes that license rather than none. What is not in
the table is not known.
"""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from pipeline.license import creative_commons, expression
from pipeline.vocab import LicenseExpression

# Host without "www.", path as a pattern in lower case, and the identifier its groups fill.
_TABLE: Final = (
    (
        "nationalarchives.gov.uk",
        r"/doc/open-government-licence/version/([123])/?",
        "OGL-UK-{0}.0",
    ),
    ("apache.org", r"/licenses/license-(1\.1|2\.0)(?:\.html|\.txt)?", "Apache-{0}"),
    (
        "gnu.org",
        r"/(?:licenses|copyleft)/(?:old-licenses/)?fdl-(1\.[123]){page}",
        "GFDL-{0}",
    ),
    (
        "gnu.org",
        r"/(?:licenses|copyleft)/(?:old-licenses/)?(a?gpl|lgpl)-([123]\.[01]){page}",
        "{0}-{1}",
    ),
    ("opensource.org", r"/licenses?/(mit|isc|0bsd|zlib|unlicense){page}", "{0}"),
    (
        "opensource.org",
        r"/licenses?/(bsd-[23]-clause|apache-2\.0|mpl-2\.0){page}",
        "{0}",
    ),
    ("opensource.org", r"/licenses?/(postgresql|python-2\.0){page}", "{0}"),
    ("postgresql.org", r"/about/licen[cs]e/?", "PostgreSQL"),
    ("mozilla.org", r"/(?:[a-z-]+/)?mpl/2\.0/?", "MPL-2.0"),
    ("opendatacommons.org", r"/licenses/odbl(?:/1-0|/1\.0|/v1-0)?/?", "ODbL-1.0"),
    ("opendatacommons.org", r"/licenses/by(?:/1-0|/1\.0|/v1-0)?/?", "ODC-By-1.0"),
    ("opendatacommons.org", r"/licenses/pddl(?:/1-0|/1\.0|/v1-0)?/?", "PDDL-1.0"),
    ("govdata.de", r"/dl-de/(by|zero)-2-0/?", "DL-DE-{0}-2.0"),
    ("data.norge.no", r"/nlod/(?:[a-z]{2}/)?([12])\.0/?", "NLOD-{0}.0"),
    ("artlibre.org", r"/licence/lal(?:/[a-z]{2})?/?", "LAL-1.3"),
    ("etalab.gouv.fr", r"/licence-ouverte-open-licence/?", "etalab-2.0"),
    ("unlicense.org", r"/?", "Unlicense"),
    ("spdx.org", r"/licenses/([a-z0-9.+-]+?)(?:\.html)?", "{0}"),
    ("huggingface.co", r"/spaces/bigscience/license/?", "LicenseRef-OpenRAIL"),
)
_PAGE: Final = r"(?:\.[a-z]{2}(?:-[a-z]{2})?)?(?:\.html|\.txt|\.php)?/?"
_ROWS: Final = tuple(
    (host, re.compile(path.replace("{page}", _PAGE)), name) for host, path, name in _TABLE
)
_HOSTS: Final = frozenset(host for host, _, _ in _TABLE)
_HOST: Final = re.compile(r"https?://(?:www\.)?([a-z.]+)(?=[/?#]|$)", re.IGNORECASE)
_GNU: Final = ("GFDL-", "gpl-", "agpl-", "lgpl-")
_LATER: Final = re.compile(
    r"or (?:\(at your option\) )?(?:any )?later|or newer|oder (?:jede )?spätere"
    r"|ou (?:toute version )?ultérieure|o (?:cualquier versión )?posterior",
    re.IGNORECASE,
)


def expression_of(url: str, *, words: str = "") -> LicenseExpression | None:
    """Return the license that an address names, Creative Commons or other.

    GNU licenses are named by what ``words`` around the link say of later versions; where
    they say nothing, only the version that is linked is meant.
    """
    found = creative_commons.expression_of(url)
    host = _HOST.match(url.strip())
    if found is not None or host is None or host[1].lower() not in _HOSTS:
        return found
    try:
        path = unquote(urlsplit(url.strip()).path).lower()
    except ValueError:
        return None
    for known, pattern, name in _ROWS:
        match = pattern.fullmatch(path) if host[1].lower() == known else None
        if match:
            return _named(name.format(*match.groups()), words)
    return None


def is_of_a_steward(url: str) -> bool:
    """Say whether an address may be on a host whose addresses name licenses."""
    host = _HOST.match(url)
    is_listed = host is not None and host[1].lower() in _HOSTS
    return is_listed or "creativecommons" in url.lower()


def by_identifier(text: str) -> LicenseExpression | None:
    """Return the license that an SPDX identifier names, as metadata may give it.

    A reference of someone's own is no license that anybody else knows.
    """
    found = expression.parse(text)
    is_own = found is not None and "LicenseRef-" in found and "CC-" not in found
    return None if is_own else found


def _named(name: str, words: str) -> LicenseExpression | None:
    later = name.startswith(_GNU) and _LATER.search(words) is not None
    return expression.parse(f"{name}-or-later" if later else name)
