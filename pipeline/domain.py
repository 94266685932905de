"""Registrable domains: the name that somebody registered, of which a host is a part.

By the public suffix list that ships with ``tldextract``, never by a newer one from the
network, so that the same release counts the same domains everywhere. Only its ICANN section
counts: the European Union's summary of training content ranks "top and second level domain
names", which are what registries give out. So pages that a company keeps for its customers
(``alice.github.io``) count as the company's.
"""

import pkgutil
import re
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tldextract import TLDExtract

# An address in brackets or a name, and a port. Two colons without brackets are an address.
_WITH_PORT: Final = re.compile(r"\[(?P<six>.*)\](?::[0-9]*)?|(?P<name>[^:]*)(?::[0-9]*)?")


@cache
def suffix_list() -> str:
    """Return what domains are told by: the list's version, and the digest of its text."""
    text = pkgutil.get_data("tldextract", ".tld_set_snapshot") or b""
    found = re.search(rb"^// VERSION: (\S+)", text, re.MULTILINE)
    return (
        f"Public Suffix List {found[1].decode() if found else 'without a version'}, "
        f"ICANN section, of tldextract {version('tldextract')} "
        f"(sha256:{sha256(text).hexdigest()})"
    )


@cache
def _extractor() -> "TLDExtract":
    # It loads a client of HTTP, which is never asked: those who name no domain do without.
    from tldextract import TLDExtract  # noqa: PLC0415

    return TLDExtract(
        cache_dir=None,
        suffix_list_urls=(),
        fallback_to_snapshot=True,
        include_psl_private_domains=False,
    )


def registrable_domain(host: str) -> str:
    """Return the registrable domain of a host as ``pipeline.url`` spells it.

    The host may have its port, and an IPv6 address its brackets; both are left out. What
    nobody registered stands for itself: an IP address, a public suffix (``gov.uk``), a
    name of one label. A name under no listed suffix goes by the list's default rule
    ``*``: its last two labels. Of A-labels come A-labels.
    """
    found = _WITH_PORT.fullmatch(host)
    name = (found["six"] or found["name"] or "") if found else host
    if _is_address(name):
        return name
    parts = _extractor().extract_str(name)
    if parts.suffix:
        return parts.top_domain_under_public_suffix or name
    return ".".join(name.split(".")[-2:])


def is_listed(name: str) -> bool:
    """Say whether a name ends in a public suffix that the list has, and is more than it."""
    parts = _extractor().extract_str(name)
    return bool(parts.suffix and parts.domain)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
