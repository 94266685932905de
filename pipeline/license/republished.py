"""Words by which a page says that its text was published elsewhere first.

A note is formulaic: it begins its sentence, or has the page's own text for its subject.
A sentence that tells of another work, of a picture, or of a rule for others is none.
"""

import re
from typing import Final

from pipeline.wording import pattern

_NOUNS: Final = (
    r"(?:text|article|story|essay|post|piece|page|interview|chapter|paper|report|column"
    r"|review|poem|tutorial|content|material|work|excerpt|artikel|beitrag|aufsatz|essay"
    r"|texte|billet|chronique|entretien|texto|artículo|entrada|articolo|testo|artigo"
    r"|tekst|stuk)s?"
)
_THIS: Final = (
    r"(?:this|the (?:above|following|preceding|present)|dieser?|der (?:obige|folgende)"
    r"|cet(?:te)?|ce|este|esta|quest[oa]|l['’]|dit|deze)"
)
_BEING: Final = (
    r"(?:is|was|were|are|has|have|been|had|being|ist|sind|wurden?|erschien|a|été|est"
    r"|ha|sido|fue|è|stato|stata|foi|is|werd)"
)
# "This long article was recently ...", "Text ..." or nothing: where a note begins.
_BEGIN: Final = (
    rf"^[\W_]*(?:(?:editor['’]?s? )?note\W+)?(?:an?\s\w+\sversion\sof\s)?"
    rf"(?:(?:{_THIS}\s?(?:[\w-]+\s){{0,2}}?)?{_NOUNS}\s(?:{_BEING}\s)*(?:\w+ly\s)?)?"
)
_ABOUT_THIS: Final = rf"^[\W_]*{_THIS}\s?(?:[\w-]+\s){{0,2}}?{_NOUNS}\s.{{0,30}}?"

_SAID: Final = rf"(?:{_BEGIN}|{_ABOUT_THIS})"

# What follows "in", "on" or "at" where it names a day, a language or a form: no place.
_NO_PLACE: Final = (
    r"(?!\W*(?:\d|the year|january|february|march|april|may|june|july|august|september"
    r"|october|november|december|jan\b|feb\b|mar\b|apr\b|jun\b|jul\b|aug\b|sep|oct\b|nov\b"
    r"|dec\b|monday|tuesday|wednesday|thursday|friday|saturday|sunday|english|french"
    r"|german|spanish|italian|portuguese|dutch|russian|chinese|japanese|arabic|latin|greek"
    r"|print|draft|book form|paperback|html|pdf|two|three|parts|my|our|this|full))"
)
_PERMISSION: Final = (
    r"(?:the\s)?(?:(?:kind|express|written|full|explicit|generous|prior)\s(?:and\s)?)*"
    r"permission\b"
)
_AGAIN: Final = (
    r"(?:re-?published|re-?printed|reproduced|re-?posted|cross-?posted|excerpted|reused)"
)
_HERE: Final = r"(?:\s(?:here|below|above|online|in full|on this (?:site|page|blog)))?"

NOTES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_BEGIN}{_AGAIN}{_HERE}\s(?:with|by)\s{_PERMISSION}",
        rf"{_BEGIN}(?:re-?published|re-?printed|re-?posted|syndicated){_HERE}\sfrom\s\S",
        (
            rf"{_BEGIN}(?:originally|previously)\s(?:published|printed|posted)(?:\s\w+)?"
            rf"\s(?:in|at|on|by)\s{_NO_PLACE}"
        ),
        rf"{_BEGIN}(?:originally|previously)\sappeared\s(?:in|at|on)\s{_NO_PLACE}",
        (
            rf"{_ABOUT_THIS}\b(?:first|initially)\s(?:published|appeared|printed|posted)"
            rf"\s(?:in|at|on|by)\s{_NO_PLACE}"
        ),
        rf"{_BEGIN}courtesy of\s\S",
        r"\bmit (?:freundlicher|ausdrücklicher|frdl\.) (?:genehmigung|erlaubnis)\b",
        (
            r"^[\W_]*(?:zuerst|ursprünglich|erstmals)\s(?:erschienen|veröffentlicht"
            r"|publiziert)\s(?:in|im|auf|bei|am)\s(?!\W*\d)"
        ),
        rf"{_ABOUT_THIS}\b(?:zuerst|ursprünglich|erstmals)\s(?:in|im|auf|bei)\s(?!\W*\d)",
        r"\bavec l['’]aimable autorisation\b",
        (
            r"\b(?:reproduit|publié|republié|repris)e?s?\savec\s(?:la permission"
            r"|l['’]accord|l['’]autorisation)\b"
        ),
        (
            rf"{_SAID}(?:publié|paru)e?s?\s(?:initialement|à l['’]origine"
            r"|d['’]abord|pour la première fois)\s(?:dans|sur|par|chez)\s(?!\W*\d)"
        ),
        (
            rf"{_SAID}(?:initialement|d['’]abord)\s(?:publié|paru)e?s?\s"
            r"(?:dans|sur|par|chez)\s(?!\W*\d)"
        ),
        (
            r"\b(?:reproducid|publicad|republicad|reimpres)[oa]s?\b.{0,30}?\bcon\s"
            r"(?:el\s|la\s)?(?:(?:amable|expres[oa]|debid[oa])\s)*(?:permiso|autorización)\b"
        ),
        r"^[\W_]*con\s(?:el\s)?(?:amable\s)?permiso de\s\S",
        (
            rf"{_SAID}(?:publicad|aparecid)[oa]\s(?:originalmente"
            r"|inicialmente|originariamente|por primera vez)\s(?:en|em|n[oa]|por)\s"
            r"(?!\W*\d)"
        ),
        (
            rf"{_SAID}originalmente\spublicad[oa]\s(?:en|em|n[oa]|por)\s"
            r"(?!\W*\d)"
        ),
        r"\bper gentile concessione\b",
        (
            rf"{_SAID}(?:pubblicat|appars)[oa]\s(?:originariamente"
            r"|originalmente|per la prima volta)\s(?:su|in|nel|sul|sulla)\s(?!\W*\d)"
        ),
        (
            r"\b(?:reproduzid|publicad|republicad)[oa]s?\b.{0,30}?\bcom\s(?:a\s)?"
            r"(?:(?:gentil|devida)\s)*(?:permissão|autorização)\b"
        ),
        r"\bmet vriendelijke toestemming\b",
        (
            rf"{_SAID}oorspronkelijk\s(?:gepubliceerd|verschenen)\s"
            r"(?:in|op|bij)\s(?!\W*\d)"
        ),
    )
)
"""What a note on an earlier publication begins with or contains, in seven languages."""

_SOURCE: Final = re.compile(
    r"[\W_]*(?:(?:original\s)?source|quelle|fuente|fonte|bron|źródło|källa|出典|来源"
    r"|original (?:article|post|text|story)|originalartikel)\s*[:：]\s*\S.{0,160}"
    r"|[\W_]*via\s*:?\s+\S.{0,60}"
    r"|[\W_]*(?:read|view|see)\s(?:the\s)?original\s(?:article|post|story|text)\b.{0,60}",
    re.IGNORECASE | re.DOTALL,
)

# A part of the page that has a source of its own.
_PART: Final = re.compile(
    r"\b(?:fig(?:ure|\.)?|figures|images?|photos?|photograph\w*|pictures?|illustrations?"
    r"|drawings?|tables?|maps?|charts?|diagrams?|logos?|covers?|videos?|screenshots?"
    r"|graphics?|cartoons?|data|music|artwork|paintings?|abb(?:ildung(?:en)?|\.)|bild(?:er)?"
    r"|fotos?|grafik(?:en)?|karten?|tabellen?|im[aá]gen(?:es)?|imagem|figuras?|tablas?"
    r"|cartes?|tableaux?|immagin[ei]|afbeelding(?:en)?)\b",
    re.IGNORECASE,
)
# A rule for others, or its denial.
_RULE: Final = re.compile(
    r"\b(?:may|can|cannot|could|must|shall|should|might|will|would|not|no|only|if|unless"
    r"|when|wherever|please|to be|darf|dürfen|kann|können|nicht|kein\w*|ne|peut|peuvent"
    r"|puede|pueden|no se)\b",
    re.IGNORECASE,
)
# Where the words are shown and not said: a caption, and markup in an example.
_SHOWN: Final = re.compile(rf"^\W*{_PART.pattern}|</?[a-z][^>\n]*>", re.IGNORECASE)
_SENTENCE: Final = re.compile(r"(?<=[.!?。])\s+|(?<=[.!?。][)”\"])\s+|\n+")

# Parts of words, one of which each note has: most texts have none of them.
_HINTS: Final = (
    *"""
    permission reprinted republished reposted re-published re-posted re-printed
    cross-posted crossposted syndicated courtesy genehmigung erlaubnis zuerst ursprünglich
    erstmals l'aimable l’aimable l'accord l’accord l'autorisation l’autorisation
    initialement d'abord d’abord l'origine l’origine permiso autorización originalmente
    inicialmente originariamente concessione permissão autorização toestemming
    oorspronkelijk
    """.split(),  # noqa: SIM905  (to be read)
    *(
        f"{when} {what}"
        for when in ("originally", "previously", "first", "initially")
        for what in ("published", "appeared", "printed", "posted")
    ),
    "première fois", "primera vez", "prima volta",
)  # fmt: skip
_SOURCE_WORDS: Final = (
    "source", "original", "quelle", "fuente", "fonte", "bron", "źródło", "källa", "出典",
    "来源", "via", "read", "view", "see",
)  # fmt: skip
_SOURCE_LIMIT: Final = 200


_HINTED: Final = pattern(
    "|".join((*map(re.escape, _HINTS), rf"(?m:^[ (\[—–*-]*(?:{'|'.join(_SOURCE_WORDS)}))"))
)


def hints(text: str) -> bool:
    """Say whether a note or a source may begin in the text; False is certain."""
    return _HINTED.search(text) is not None


def note_in(text: str) -> str | None:
    """Return the sentence that says the text was published elsewhere first, if one does."""
    if _SHOWN.search(text):
        return None
    for sentence in filter(hints, _SENTENCE.split(text)):
        for note in NOTES:
            found = note.search(sentence)
            if found and not _PART.search(sentence) and not _RULE.search(found[0]):
                return sentence.strip()
    return None


def is_source(text: str) -> bool:
    """Say whether a block of text is nothing but a source: "Source: ..." or "via ..."."""
    is_short = len(text) < _SOURCE_LIMIT
    return is_short and bool(_SOURCE.fullmatch(text.strip())) and not _PART.search(text)
