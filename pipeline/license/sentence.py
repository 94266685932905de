"""What one sentence says of a license that is named in it: granted, of what, and when.

The words are those of the languages in which license notices are met most. Every list
errs in one direction: a grant has to be said, a doubt needs only to be hinted at.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# A sentence ends at its stop, at a line break and at what footers put between notices.
# "L. Roe" and "e.g. in" are no ends: the stop follows a single letter.
_END: Final = re.compile(
    r"(?<![\s.(][A-Za-z])(?<!^[A-Za-z])[.!?](?=\s|$)|[。！？]|[\n|·•;]"
)

_GRANT: Final = re.compile(
    r"\blicen[sc]ed\b|\b(?:available|released|published|distributed|provided|offered|shared"
    r"|made available|reused?|used|copied|redistributed)\b.{0,40}\bunder\b"
    r"|\b(?:dedicated|placed|released|waived)\b.{0,40}\b(?:to|in|into|with|under)\b"
    r"|\bunder (?:the |a |an )?(?:terms|licen[sc]e|creative commons|cc)\b"
    r"|\bbajo(?: (?:una|la))?$|\bsous(?: (?:une|la))?$|\bunter(?: (?:der|einer))?$"
    r"|\bunder(?: (?:the|a|an))?$|\b(?:licen[sc]e|lizenz|licencia)\s*:|^\W*licen[sc]e\W*$"
    r"|\b(?:steht|stehen|veröffentlicht|lizenziert|lizensiert|verfügbar|freigegeben)\b"
    r"|\blicenciad[oa]\b|\blicenciée?\b|\bsous (?:la )?licence|\bpublié"
    r"|mis(?:es?)? à (?:la )?disposition"
    r"|\bbajo (?:una |la )?licencia|\bdisponible|\bsob (?:a |uma )?licença|\bdisponível"
    r"|\bcon licenza|\brilasciat|\bonder (?:een |de )?licentie|\bgelicentieerd"
    r"|na licencj|доступ\w* (?:на|по) |提供|采用|採用|授权|許諾|许可|ライセンスされ",
    re.IGNORECASE,
)

# What a page's text is called, and what is less than that.
_WHOLE: Final = (
    r"(?:this|text|texts|content|contents|article|articles|work|works|page|pages|site|website"
    r"|web ?site|book|post|posts|essay|essays|document|documentation|publication|material"
    r"|materials|story|blog|guide|manual|tutorial|everything|prose|contributions|wiki"
    r"|dieser?s?|inhalte?|texte?s?|beitrag|beiträge|artikel|werk|seite|webseite|buch"
    r"|contenus?|œuvre|ouvrage|obra|contenidos?|textos?|artículos?|página|sitio|conteúdos?"
    r"|opera|testi|contenuti|inhoud|tekst(?:en|y)?)"
)
_PART: Final = (
    r"(?:photo\w*|images?|pictures?|illustrations?|drawings?|figures?|icons?|logos?|music"
    r"|songs?|audio|podcasts?|videos?|films?|themes?|templates?|design|layout|fonts?|maps?"
    r"|map data|code|codes|samples?|examples?|snippets?|software|scripts?|plugins?|library"
    r"|data|datasets?|database|metadata|slides|chapters?|appendix|abstracts?|excerpts?|quote"
    r"|quotes|quotations?|translations?|screenshots?|widgets?|avatars?|banners?"
    r"|help pages?|header|background|cover|recipes|lyrics"
    r"|bild(?:er)?|fotos?|grafik(?:en)?|musik|karten?|daten|quelltexte?|abbildung(?:en)?"
    r"|photographies|icônes?|musique|cartes?|données|imágenes|imagen|iconos|música|mapas?"
    r"|datos|código|immagini|foto|dati|afbeeldingen|写真|画像|图片)"
)
_CONTENT: Final = (
    r"(?:text|content|material|documentation|inhalt|contenu|contenido|texto)[es]?"
)
_WHOLE_WORD: Final = re.compile(
    rf"\b{_WHOLE}\b|記事|本文|本作品|文章|本站|作品|内容", re.IGNORECASE
)
_PART_WORD: Final = re.compile(rf"\b{_PART}\b|写真|画像|图片", re.IGNORECASE)
# "text and photos", "images and other content": the text is in it.
_JOINED: Final = re.compile(
    rf"\b{_WHOLE}\s*(?:,|/|&|and|und|et|y|e|en)\s*(?:all\s|any\s|other\s|the\s)?{_PART}\b"
    rf"|\b{_PART}\s*(?:,|/|&|and|und|et|y|e|en)\s*(?:all\s|any\s|other\s|the\s)?{_WHOLE}\b",
    re.IGNORECASE,
)

# Words by which a sentence in the main text speaks of its own page. An article may well
# report on what license another site gives its texts.
_OWN: Final = re.compile(
    r"\b(?:this|these|our|unser\w*|cet|cette|ces|notre|nos|este|esta|estos|nuestr\w+"
    r"|quest[aeio]|deze|dit)\s+(?:is\s+an?\s+)?(?:[\w-]+\s+){0,3}?"
    rf"{_WHOLE}\b|\bdies\w+\s+(?:[\w-]+\s+){{0,1}}?{_WHOLE}\b|本(?:作品|站|文)|この(?:記事|作品)"
    rf"|^\W*(?:(?:all|the|der|alle|tous les|le|les|los|todos los) )?{_CONTENT}\b"
    r"(?! (?:of|from|by|at)\b)",
    re.IGNORECASE,
)

# "Except where otherwise noted" is the usual default clause and restricts nothing here.
_DEFAULT_CLAUSE: Final = re.compile(
    r"(?:except|unless|save|if not|sauf|sofern|soweit|wenn|falls|salvo|excepto|tenzij)\b"
    r"[^.,;]{0,60}?\b(?:noted|stated|indicated|specified|credited|mentioned|marked"
    r"|mention\w*|contraire|angegeben|vermerkt|gekennzeichnet|indique|indicación|contrario"
    r"|vermeld)\b(?:\s+(?:otherwise|contraire|contrario))?"
    r"(?:\s*\([^)]{0,80}\))?",
    re.IGNORECASE,
)
_NEGATED: Final = re.compile(
    r"\b(?:not|never|neither|nor|cannot|isn.t|aren.t|no longer|nicht|kein\w*|nie|weder"
    r"|n.est|ne sont|jamais|no est[áa]n?|nunca|não|non è|niet|geen|не|nie jest)\b"
    r"|ではありません|不采用|并非",
    re.IGNORECASE,
)
_CONDITIONAL: Final = re.compile(
    r"\b(?:until|formerly|previously|used to be|will be|would be|could be|might be"
    r"|(?:may|can) be (?!re-?used|used|copied|shared|(?:re)?distributed)"
    r"|on request|upon request|if you|if the|only if|members|subscribers|such as"
    r"|for example|e\.g\.|older version|earlier version|other (?:posts?|pages?|articles?)"
    r"|all other|bis zum|auf anfrage|bald|demnächst|sur demande|a petición)\b"
    r"|\b(?:some|several|many|most|certain|selected|part of|parts of|partly|partially"
    r"|teilweise|einige|manche|certains?|quelques|algun[oa]s|parcialmente)\b"
    r"(?! rights?)(?! recht)(?! droits)(?! derechos)"
    r"|\b(?:before|after|since|prior to|from|until|vor|nach|seit|ab|bis|avant|après|depuis"
    r"|antes de|desde)\s+(?:\w+\s+){0,2}[12][0-9]{3}\b",
    re.IGNORECASE,
)
_LEARNING: Final = re.compile(
    r"\b(?:AI|A\.I\.|KI|IA|artificial intelligence|machine learning|data mining|TDM"
    r"|language models?|LLMs?)\b"
)
_FORBIDDEN: Final = re.compile(
    r"\b(?:not (?:permitted|allowed|authori[sz]ed)|prohibited|forbidden|reserved|opt(?:ed)?"
    r"[ -]out|without (?:our |the |my |prior |express |written |explicit )*"
    r"(?:consent|permission)|may not|must not|do not|untersagt|verboten|vorbehalten"
    r"|nicht gestattet|interdite?|prohibid[oa]|reservad[oa]s?)\b",
    re.IGNORECASE,
)
_PUBLIC_DOMAIN: Final = re.compile(
    r"\b(?:is|are|in|into|to) (?:in )?(?:the )?public domain\b|\bist gemeinfrei\b"
    r"|\bdomaine public\b|\bdominio público\b",
    re.IGNORECASE,
)


class Saying(StrEnum):
    """What a sentence says of the license in it, as far as this page is concerned."""

    GRANTS = "grants"
    NAMES = "names"
    DENIES = "denies"
    SPEAKS_OF_A_PART = "speaks of a part"
    DEPENDS = "depends"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """The sentence around a license: what comes before it, and what after."""

    lead: str
    tail: str

    @property
    def text(self) -> str:
        """The sentence without the license's own words, which a quote puts back."""
        return f"{self.lead} … {self.tail}".strip()


def around(
    context: str, start: int, end: int, *, after: int = 0, until: int | None = None
) -> Sentence:
    """Return the sentence that holds ``context[start:end]``, within the bounds given.

    ``after`` and ``until`` are where the license before it ends and the next one begins.
    """
    first = max(
        (each.end() for each in _END.finditer(context, after, start)), default=after
    )
    limit = len(context) if until is None else until
    stop = _END.search(context, end, limit)
    last = stop.start() if stop else limit
    return Sentence(lead=context[first:start].strip(), tail=context[end:last].strip())


def sentences(text: str) -> list[str]:
    """Return the sentences of a notice."""
    return [each.strip() for each in _END.split(text) if each and each.strip()]


def read(sentence: Sentence, *, is_marked: bool) -> Saying:
    """Return what the sentence says of the license.

    ``is_marked`` is whether the markup itself says "license" (``rel=license``): then a
    subject and a verb are not needed, and only doubts count.
    """
    lead = _DEFAULT_CLAUSE.sub(" ", sentence.lead)
    tail = _DEFAULT_CLAUSE.sub(" ", sentence.tail)
    if _NEGATED.search(lead) or _NEGATED.search(tail):
        return Saying.DENIES
    if _speaks_of_a_part(lead):
        return Saying.SPEAKS_OF_A_PART
    if not is_marked and not _is_granted(lead, tail):
        return Saying.NAMES
    depends = _CONDITIONAL.search(lead) or _CONDITIONAL.search(tail)
    return Saying.DEPENDS if depends else Saying.GRANTS


def speaks_of_itself(sentence: Sentence) -> bool:
    """Say whether the sentence's own words tie it to the page that it stands on."""
    lead = sentence.lead
    if _OWN.search(lead) or _DEFAULT_CLAUSE.search(lead):
        return True
    verb = _GRANT.search(lead)
    return verb is not None and not lead[: verb.start()].strip(" \t©:-–—,.")


def reserves_learning(text: str) -> bool:
    """Say whether a sentence of the text reserves its use for machine learning."""
    return any(
        _LEARNING.search(each) and _FORBIDDEN.search(each) for each in sentences(text)
    )


def claims_public_domain(text: str) -> bool:
    """Say whether a sentence calls the page's text public domain, without a tool."""
    return any(
        _PUBLIC_DOMAIN.search(each) and _WHOLE_WORD.search(each) for each in sentences(text)
    )


def _speaks_of_a_part(lead: str) -> bool:
    part = _PART_WORD.search(lead)
    if part is None or _JOINED.search(lead):
        return False
    # "The content of this page, its layout aside" names the text first and as the subject;
    # "Photos on this site" names the part first.
    whole = _WHOLE_WORD.search(lead)
    return whole is None or part.start() < whole.start()


def _is_granted(lead: str, tail: str) -> bool:
    names_whole = _WHOLE_WORD.search(lead) is not None
    if names_whole and lead.endswith((":", "：")):
        return True
    verb = _GRANT.search(lead)
    if verb is None:
        return names_whole and _GRANT.search(tail) is not None
    return names_whole or not lead[: verb.start()].strip(" \t©:-–—,.")
