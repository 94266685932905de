"""Names as a credit writes them: what stands there, and never a word that names nobody."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from pipeline.credit.description import Said
from pipeline.extract import normalised
from pipeline.markup import Markup
from pipeline.model import Author

LIMIT: Final = 300
"""Longest name, title or notice, in characters."""

_MOST: Final = 200

# Turn the direction of what follows: with one of them a name could pass for another.
# Joiners stay, since names of some scripts are spelt with them.
_TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MAIL: Final = re.compile(r"[<(\[]?(?:mailto:)?[^\s<>()@]+@[^\s<>()@]+\.[^\s<>()@]+[>)\]]?")
_ADDRESS: Final = re.compile(r"://|^www\.|^/|^#", re.IGNORECASE)
_WRAPPED: Final = re.compile(r"^\(([^()]*)\)$")

# What publishing systems and templates put where a name belongs. "Anonymous" names nobody
# either, whether a person chose it or a form.
_NOBODY: Final = frozenset(
    """
    admin administrator administrador administrateur adm root user username author authors
    auteur autor autore editor owner webmaster web-master site-admin wp-admin siteadmin
    guest default unknown anonymous anon none null nil undefined nobody name test tester
    example todo n/a na tba tbd me home about profile contact website staff super-user
    superuser your-name your-name-here author-name the-author about-the-author about-me
    about-us view-profile my-profile view-all-posts all-posts all-posts-by read-more more
    """.split()  # noqa: SIM905  (to be read)
)
_MOST_WORDS_OF_A_LINK: Final = 8


def one_line(text: str, *, limit: int = LIMIT) -> str:
    """Return a text in NFC on one line, cut to ``limit``; nothing in it turns it round."""
    plain = _TURNING.sub("", text[: 20 * LIMIT])
    words = " ".join(normalised(plain).split())
    return words if len(words) <= limit else words[: limit - 1] + "…"


def authors(said: Iterable[Said], markup: Markup) -> tuple[Author, ...]:
    """Return whom these statements name, each once, in their order."""
    found: dict[str, Author] = {}
    generators = tuple(_generators(markup))
    for each in said:
        name = name_of(each, generators=generators)
        if name is None or len(found) == _MOST:
            continue
        key = name.casefold()
        if key not in found or (found[key].url is None and each.url):
            found[key] = Author(
                name=found[key].name if key in found else name, url=each.url
            )
    return tuple(found.values())


def name_of(said: Said, *, generators: Iterable[str] = ()) -> str | None:
    """Return the name in a statement, or None where its words name nobody.

    A mail address is left out: to be named is not to be written to.
    """
    words = one_line(_MAIL.sub(" ", one_line(said.words, limit=10 * LIMIT)))
    inner = _WRAPPED.fullmatch(words)
    name = inner[1].strip() if inner else words
    if not any(map(str.isalpha, name)) or _ADDRESS.search(name):
        return None
    lowered = name.casefold().strip(" .:…»→>")
    if "-".join(lowered.split()) in _NOBODY or lowered in generators:
        return None
    is_link = said.locator.endswith("[rel=author]")
    return None if is_link and len(name.split()) > _MOST_WORDS_OF_A_LINK else name


def _generators(markup: Markup) -> Iterable[str]:
    """Yield what the page was made with, with its version and without."""
    for meta in markup.metas:
        if meta.name == "generator":
            name = unicodedata.normalize("NFC", meta.content).casefold().strip()
            yield name
            yield re.split(r"[\s/]+v?[0-9]", name, maxsplit=1)[0]
