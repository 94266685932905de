"""What one sentence says of a license that is named in it: granted, of what, and when.

The words are those of the languages in which license notices are met most. Every list
errs in one direction: a grant has to be said, a doubt needs only to be hinted at.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Final

from pipeline.markup import RESERVED

# A sentence ends at its stop, at a line break and at what footers put between notices.
# "L. Roe" and "e.g. in" are no ends: the stop follows a single letter.
_END: Final = re.compile(
    r"(?<![\s.(][A-Za-z])(?<!^[A-Za-z])[.!?](?=\s|$)|[。！？]|[\n|·•;]"
)

# The notices of the GNU licenses are one sentence, semicolons and all.
_ONE_SENTENCE: Final = re.compile(
    r";(?=\s(?:either version|with (?:no|the) invariant|you (?:can|may) redistribute))",
    re.IGNORECASE,
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
    r"|na licencj|доступ\w* (?:на|по)\b|提供|采用|採用|授权|許諾|许可|ライセンスされ"
    r"|\bvalt onder\b|\bна условиях\b|\bліценз\w+ |\b(?:er )?lisensiert\b"
    r"|\blicensiera[dt]\w*"
    r"|\btilgj?engelig(?:t)? under\b|\blicenseret\b|\blisensoi\w+|\bpod licenc\w+"
    r"|\blicencován\w*|라이선스에 따라|라이선스 하에|이용할 수 있|\bκάτω από\b|\blisans\w*"
    r"|\b(?:i|kei) raro\b.{0,40}\braihana\b|授權|ライセンス(?:の[下も]|で|に(?:基|従|よ))"
    r"|\bautoris[ée]e? sous\b"
    r"|\bpubblicat\w+ (?:con|sotto)\b|\bdistribu\w+ (?:con|sob|sous|bajo|sotto|under)\b"
    r"|\bwaived\b|\bpermission is granted\b"
    r"|\breuse (?:of [\w ]{1,40})?(?:is )?(?:authori[sz]ed|permitted|allowed)\b"
    r"|\bselon les termes\b|\bunter den bedingungen\b|\bsegún los términos\b|\bnos termos\b"
    r"|\bsecondo i termini\b|\brel[âa]ch\w+ under|\btekijä\w*",
    re.IGNORECASE,
)

# What a page's text is called, and what is less than that.
_WHOLE: Final = (
    r"(?:this(?= (?:is|was|has)\b)|text|texts|content|contents|article|articles|work"
    r"|works|page"
    r"|pages|site|website"
    r"|web ?site|book|post|posts|essay|essays|document|documentation|publication|material"
    r"|materials|story|blog|guide|manual|tutorial|everything|prose|contributions|wiki"
    r"|dies(?= (?:ist|steht)\b)|inhalte?|texte?s?|beitrag|beiträge|artikel|werk"
    r"|seite|webseite|buch"
    r"|contenus?|œuvre|ouvrage|obra|contenidos?|textos?|artículos?|página|sitio|conteúdos?"
    r"|opera|testi|contenuti|inhoud|tekst(?:en|y|et)?|trabalho|utwór|treś[ćc]\w*|stron\w+"
    r"|произведени\w+|текст\w*|материал\w*|сайт\w*|стать\w+|твір|verk(?:et)?|innhold(?:et)?"
    r"|innehåll(?:et)?|indhold(?:et)?|dílo|obsah|stránk\w+|cikk|tartalom|mahi|tuhinga"
    r"|έργο|κείμεν\w+|eser|sayfa\w*|interview|paper|chapter)"
)
_PART: Final = (
    r"(?:photo\w*|graphics|images?|pictures?|illustrations?|drawings?|figures?"
    r"|icons?|logos?|music"
    r"|songs?|audio|podcasts?|videos?|films?|themes?|templates?|design|layout|fonts?|maps?"
    r"|map data|code|codes|samples?|examples?|snippets?|software|scripts?|plugins?|library"
    r"|data|datasets?|database|metadata|slides|appendix|abstracts?|excerpts?|quote"
    r"|quotes|quotations?|translations?|screenshots?|widgets?|avatars?|banners?"
    r"|help pages?|trademarks?|header|background|cover|lyrics|podcasts?|illustrat\w+"
    r"|artwork|emojis?"
    r"|bild(?:er)?|fotos?|grafik(?:en)?|musik|karten?|daten|quelltexte?|abbildung(?:en)?"
    r"|photographies|icônes?|musique|cartes?|données|imágenes|imagen|iconos|música|mapas?"
    r"|datos|código|immagini|foto|dati|afbeeldingen|写真|画像|图片)"
)
_CONTENT: Final = (
    r"(?:text|content|material|documentation|inhalt|contenu|contenido|texto)[es]?"
)
_WHOLE_WORD: Final = re.compile(
    rf"\b{_WHOLE}\b|記事|本文|本作品|文章|本站|作品|内容|著作|文書|ページ|サイト|コンテンツ|テキスト|저작물|콘텐츠|문서",
    re.IGNORECASE,
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
    r"|mention\w*|contraire|angegeben|vermerkt|gekennzeichnet|indique"
    r"|indicación(?: contraria)?|contrario"
    r"|vermeld)\b(?:\s+(?:otherwise|contraire|(?:lo )?contrario))?"
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
    r"|for example|e\.g\.|older (?:than|version)|newer than|earlier (?:than"
    r"|version)|other (?:posts?|pages?|articles?)"
    r"|all other|bis zum|auf anfrage|bald|demnächst|sur demande|a petición)\b"
    r"|\b(?:some|several|many|most|certain|selected|part of|parts of|partly|partially"
    r"|teilweise|einige|manche|certains?|quelques|algun[oa]s|parcialmente)\b"
    r"(?! rights?)(?! recht)(?! droits)(?! derechos)"
    r"|\b(?:before|after|since|prior to|from|until|as of|effective|starting"
    r"|beginning|vor|nach|seit|ab|bis|avant|après|depuis"
    r"|antes de|desde)\s+(?:\w+\s+){0,2}[12][0-9]{3}\b",
    re.IGNORECASE,
)
# "Except for the images, this site is ...", and "..., icons by G": of the text they say
# nothing.
_EXCEPT_PARTS: Final = re.compile(
    r"(?:\b(?:except(?:ing)?|with the exception of|excluding|apart from|aside from"
    r"|other than"
    r"|ausgenommen|außer|mit ausnahme(?: von)?|à l.exception d(?:e|es|u)|excepto"
    r"|salvo|eccetto"
    r"|m\.u\.v\.|met uitzondering van)(?: for| the| our| all| der| von| den| les"
    r"| las| los)*\s"
    rf"+(?:[\w-]+\s)?{_PART}(?:(?:,| and| or| und| et| y) (?:[\w-]+\s)?{_PART})*\b[,)]?)",
    re.IGNORECASE,
)
_BESIDE_PARTS: Final = re.compile(
    rf"(?:,|;| and| while| but| –| -)\s+(?:and )?(?:all |the |our |any )?{_PART}\b.*",
    re.IGNORECASE,
)
_LEARNING: Final = re.compile(
    r"\b(?:AI|A\.I\.|KI|IA|TDM|LLMs?)\b|(?i:\b(?:artificial intelligence|machine learning"
    r"|(?:text[ -]|data[ -]|text(?: und| and|-\s?und)? data[ -])mining|language models?"
    r"|künstliche\w* intelligenz|intelligence artificielle|inteligencia artificial"
    r"|fouille de (?:textes|données)|minería de (?:textos|datos))\b)"
)
_FORBIDDEN: Final = re.compile(
    r"\b(?:not (?:permitted|allowed|authori[sz]ed)|prohibited|forbidden|reserved|opt(?:ed)?"
    r"[ -]out|no part\b.{1,60}?\bmay|without (?:our |the |my |prior |express "
    r"|written |explicit )*"
    r"(?:consent|permission)|may not|must not|do not|untersagt|verboten|vorbehalten"
    r"|nicht gestattet|interdite?|prohibid[oa]|reservad[oa]s?)\b",
    re.IGNORECASE,
)
_DISCLAIMED: Final = re.compile(
    r"\bnot (?:subject to|protected by|eligible for)\b[^.]{0,40}\bcopyright"
    r"|\bpublic domain\b|\bno copyright\b|\bfree of (?:known )?copyright\b",
    re.IGNORECASE,
)
_PUBLIC_DOMAIN: Final = re.compile(
    r"\b(?:is|are|in|into|to) (?:in )?(?:the )?public domain\b|\bist gemeinfrei\b"
    r"|\bdomaine public\b|\bdominio público\b",
    re.IGNORECASE,
)


# Texts that are only some of a page's or a site's: a license for them is not one for all.
_SOME_TEXT: Final = re.compile(
    r"(?:^|[;,(]|\ball )\W*(?:(?:all|the|every) )?(?:other |remaining )?"
    r"(?:chapters?|sections?|volumes?|lessons?|units?|kapitel|chapitres?|capítulos?)\b",
    re.IGNORECASE,
)
# One page and no more: what says "this article" outranks what is said of a site.
_THIS_PAGE: Final = re.compile(
    r"\b(?:this|dies(?:er|es|e)|cet|cette|ce|este|esta|quest[aeo]|dit|deze|denne|detta)\s+"
    r"(?:[\w-]+\s){0,2}?(?:article|post|page|text|essay|story|chapter|entry|tutorial|recipe"
    r"|paper|interview|document|beitrag|artikel|text|seite|billet|texte|artículo|texto"
    r"|entrada|artigo|articolo|testo|tekst|innlegg)\b|この記事|本文\b|本记事",
    re.IGNORECASE,
)
_SITE: Final = re.compile(
    r"\b(?:sites?|web ?sites?|blogs?|wiki|webseiten?|sitio|contributions|everything"
    r"|(?:all|unless|except)\b)",
    re.IGNORECASE,
)
_YEAR: Final = r"\b(?:[\w.,]+\s){0,3}?([12][0-9]{3})\b"
_BEFORE: Final = re.compile(
    r"\b(?:before|prior to|older than|vor|avant|antes de|prima del?)\s" + _YEAR,
    re.IGNORECASE,
)
_UNTIL: Final = re.compile(
    r"\b(?:until|till|up to|through|bis|jusqu.(?:en|à)|hasta|fino al?)\s" + _YEAR,
    re.IGNORECASE,
)
_SINCE: Final = re.compile(
    r"\b(?:from|since|as of|ab|seit|depuis|à partir de|desde|dal)\s" + _YEAR, re.IGNORECASE
)
_AFTER: Final = re.compile(
    r"\b(?:after|newer than|later than|nach|après|después de|dopo il)\s" + _YEAR,
    re.IGNORECASE,
)

# Conditions beyond the license named: "no commercial use", "you may not change it".
_NO_COMMERCE: Final = re.compile(
    r"\b(?:no|not? for|non-?|not? (?:allow"
    r"|permit)\w* (?:any )?)\s?commercial (?:use|purpose)"
    r"|\bcommercial (?:use|re-?use|purposes?|exploitation)\b[^.;]{0,40}"
    r"\b(?:not|prohibited|forbidden|requires?|only with|contact|permission"
    r"|licen[sc]e fee)\b"
    r"|\bfor commercial (?:use|re-?use|purposes|licen[sc]\w+)[^.;]{0,30}"
    r"\b(?:contact|ask|write|e-?mail|permission|licen[sc]e)\b"
    r"|\bnon-?commercial (?:use|purposes?)\b|\bnot be (?:used|sold)\b[^.;]{0,20}commercial"
    r"|\bkommerzielle nutzung\b[^.;]{0,40}\b(?:nicht|untersagt|verboten|anfrage|nur)\b"
    r"|\b(?:keine|nicht) (?:zur )?kommerzielle\w*|\bnur (?:für )?nicht-?kommerziell"
    r"|\busage commercial\b[^.;]{0,30}\b(?:interdit|autorisation)|\bpas d.usage commercial"
    r"|\buso comercial\b[^.;]{0,30}\b(?:prohibido|proibido|permiso|autoriza)",
    re.IGNORECASE,
)
_NO_CHANGES: Final = re.compile(
    r"\b(?:may|must|can|do|shall) ?not (?:be )?(?:modif|alter|chang|adapt|translat|edit)\w*"
    r"|\bno (?:modifications?|changes|alterations|derivatives?|adaptations)\b"
    r"|\bwithout (?:any )?(?:modifications?|changes|alterations?)\b"
    r"|\bunverändert\b|\bnicht (?:verändert|bearbeitet) werden|\bsans modification",
    re.IGNORECASE,
)
_WAIVED: Final = re.compile(r"\beven commercial|including commercial", re.IGNORECASE)


_CREDIT: Final = re.compile(
    r"\b(?:flickr|unsplash|pexels|pixabay|wikimedia|getty|shutterstock"
    r"|credits?(?=\s*[:/])|courtesy of"
    r"|uploaded by|hochgeladen von|via)\b(?! (?:is|are|must|should|appropriate)\b)",
    re.IGNORECASE,
)
_COPIES: Final = re.compile(
    r"\b(?:reproduc\w+|cop(?:y|ies|ied|ying)|redistribut\w+|re-?publi\w+|re-?us\w+"
    r"|vervielfältig\w+|nachdruck\w*|weiterverwend\w+|reproduct\w+|reproducción"
    r"|riproduzione"
    r"|reprodução)\b",
    re.IGNORECASE,
)
_TWICE: Final = re.compile(r"(?:dual|double|multi|doppelt|doppel)$", re.IGNORECASE)
_BETWEEN: Final = frozenset({"by", "von", "par", "por", "di", "and", "und", "on", "auf"})
_ALONE: Final = re.compile(r"\W*(?:licen[sc]ed?|lizenz|licencia)?\W*", re.IGNORECASE)
_BYLINE: Final = re.compile(
    r"\s*(?:(?:©|\(c\)|copyright)\s*)?(?:[12][0-9]{3}(?:\s?[-–]\s?[0-9]{2,4})?\s*)?"
    r"(?:\b(?:by|von|par|por|di|door|av)\s.*)?$",
    re.IGNORECASE,
)
_TITLE_LENGTH: Final = 4
_LABEL_LENGTH: Final = 5

# Scripts whose words stand apart: Latin, Greek, Cyrillic. Addresses and figures are none.
_WORD: Final = re.compile(
    r"(?<![\w/@.])[a-zà-öø-ÿāēīōūčďěňřšťžąćęłńśźżőűăâîșțğışα-ωάέήίόύώа-яёіїєґA-ZÀ-ÖØ-Þ"
    r"ĀĒĪŌŪČĎŠŽŁŚŻΑ-ΩА-ЯЁІЇЄ]+(?![\w@/]|\.\w)"
)


def _known_words() -> frozenset[str]:
    text = files("pipeline.license").joinpath("notice.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


_KNOWN: Final = _known_words()
# Words that begin a condition also where they begin the sentence, and no name does.
_NO_NAMES: Final = frozenset(
    """
    for only from if until when where while unless except with without non not no may can
    some many most older newer former previously formerly future members educators students
    schools private personal für nur ab bis wenn ohne außer ausgenommen einige manche ältere
    neuere bald pour seulement sauf si quand sans certains para solo sólo si cuando sin
    algunos per solo se senza alcuni voor alleen als zonder sommige einzelne mehrere
    """.split()  # noqa: SIM905  (to be read)
)
# Whom the rights belong to: "© 2019-2024 the friends of the quay", up to the verb.
_HOLDERS: Final = re.compile(
    r"(?:©|\(c\)|\bcopyright\b)[\s\d,–-]*(?:(?!\b(?:is|are|ist|sind|est|sont|licen"
    r"|under|unter"
    r"|sous|bajo)|[.:|])[^.:|]){0,80}",
    re.IGNORECASE,
)
_PROHIBITED: Final = re.compile(
    r"\b(?:prohibited|forbidden|not (?:be )?(?:allowed|permitted|authori[sz]ed)"
    r"|no part\b.{1,60}\bmay|only be (?:used|copied|reproduced)"
    r"|may not|must not"
    r"|without (?:our |the |my |prior |express |written |explicit )*(?:permission|consent)"
    r"|untersagt|verboten|nicht (?:gestattet|erlaubt|zulässig)|interdite?s?|prohibid[oa]s?"
    r"|vietat[oa]|verboden|niet toegestaan|zabronione|запрещен\w*)\b",
    re.IGNORECASE,
)
_OF_OTHERS: Final = re.compile(
    r"\b(?:posts?|content|contributions?|submissions?|messages|stories|articles"
    r"|texts?|works?"
    r"|beiträge|inhalte)\b[^.]{0,60}?\b(?:belongs? to|(?:remains? )?(?:the )?property of"
    r"|(?:are|is|remains?) owned by|(?:©|copyright) (?:of|by)|gehören|bleiben eigentum)\b"
    r"[^.]{0,30}?\b(?:their|its|the|his|ihren?|den) (?:respective |original |individual )*"
    r"(?:authors?|owners?|posters?|creators?|contributors?|users?|autoren|verfassern?)",
    re.IGNORECASE,
)
_OF_READERS: Final = re.compile(r"^\W*(?:user |reader )?comments?\b", re.IGNORECASE)
# What licenses themselves say, or notices add, without another condition.
_LEAVES_AS_IT_IS: Final = re.compile(
    r"\bwhich permits (?:unrestricted )?(?:use|sharing)\b.*"
    r"|(?:^|, ?)[^.,:;]{1,80}?\bha(?:s|ve) (?=waived\b|dedicated\b)"
    r"|\b(?:you are |is |are )?free to (?:share|copy|use|re-?use|adapt|remix|read"
    r"|redistribute)"
    r"(?:[ ,]+(?:and |or )?(?:share|copy|use|re-?use|adapt|remix|redistribute|modify"
    r"|build upon"
    r"|it|this|the|work|content|text|for any purpose|even commercially))*"
    r"|\b(?:provided|as long as|so long as|with"
    r"|given)\b[\w ,’'()-]{0,80}?\b(?:appropriate|proper"
    r"|credit(?:ed)?|attribution|cited|acknowledged|source)\b[\w ,’'()-]{0,60}"
    r"|\bto the extent possible under law\b|\badditional terms may apply\b"
    r"|\bpermissions? beyond the scope\b.*|\bbased on (?:a|the) works? at\b.*"
    r"|^\W*for (?:this|the|all|our) "
    rf"{_WHOLE}\b|\bwithout (?:any )?warrant(?:y|ies)\b.*"
    r"|\ball copyright and related(?: or neighboring)? rights"
    r"|\b(?:or|either|and) (?:\(at your option\) )?(?:any )?(?:later|newer) version.*"
    r"|\b(?:or,? )?at your (?:option|choice)\b|,? unlike (?:the )?(?:rest|other)\b.*"
    r"|,? with (?:no|the) invariant sections?\b.*|\bvisit https?:\S+"
    r"|\b(?:some|all) rights (?:are )?reserved\b|\b(?:alle"
    r"|einige) rechte vorbehalten\b|\beinige rechte vorbehalten\b"
    r"|\bcertains droits réservés\b|\balgunos derechos reservados\b"
    r"|\bper(?:mission)? is granted to copy, distribute and/or modify\b"
    r"|\byou (?:can|may) (?:re)?(?:distribute|use|copy|share)(?: it)?"
    r"(?:(?:,| and(?:/or)?) (?:modify|adapt|share|change)(?: it)?)*"
    r"|\bmay be (?:re-?used|used|copied|shared|(?:re)?distributed|reproduced)"
    r"(?:(?:,| and| or) (?:re-?used|used|copied|shared|(?:re)?distributed|adapted))*"
    r"|\bfree (?:software|documentation)\b"
    r"|\bvous pouvez la redistribuer et/ou la modifier\b|\bcette œuvre est libre\b",
    re.IGNORECASE,
)


class Saying(StrEnum):
    """What a sentence says of the license in it, as far as this page is concerned."""

    GRANTS = "grants"
    NAMES = "names"
    DENIES = "denies"
    SPEAKS_OF_A_PART = "speaks of a part"
    SPEAKS_OF_SOME_TEXT = "speaks of some of the texts"
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
    whole = _ONE_SENTENCE.sub(",", text)
    return [each.strip() for each in _END.split(whole) if each and each.strip()]


def read(sentence: Sentence, *, is_marked: bool, title: str = "") -> Saying:
    """Return what the sentence says of the license.

    ``is_marked`` is whether the markup itself says "license" (``rel=license``): then a
    subject and a verb are not needed, and only doubts count. A subject may also be called
    by the page's ``title``.
    """
    lead = _EXCEPT_PARTS.sub(" ", _DEFAULT_CLAUSE.sub(" ", sentence.lead))
    tail = _BESIDE_PARTS.sub(" ", _DEFAULT_CLAUSE.sub(" ", sentence.tail))
    tail = _EXCEPT_PARTS.sub(" ", tail)
    title = title.casefold()
    is_part = speaks_of_a_part(lead)
    is_negated = _NEGATED.search(lead) or _NEGATED.search(tail)
    if is_negated and (not is_part or _WHOLE_WORD.search(lead)):
        return Saying.DENIES
    if is_part or _CREDIT.search(lead):
        return Saying.SPEAKS_OF_A_PART
    if _SOME_TEXT.search(lead):
        return Saying.SPEAKS_OF_SOME_TEXT
    depends = (
        _CONDITIONAL.search(lead)
        or _CONDITIONAL.search(tail)
        or not _is_understood(lead, title)
        or not _is_understood(tail, title)
        or _is_qualified(lead, title)
    )
    is_default = lead.strip(" :,") == "" != sentence.lead.strip(" :,")
    if (
        is_marked
        or is_default
        or _is_granted(lead, tail, title)
        or (depends and _is_dated(sentence))
    ):
        return Saying.DEPENDS if depends else Saying.GRANTS
    return Saying.NAMES


def continues_a_credit(sentence: Sentence, before: str) -> bool:
    """Say whether a sentence without a subject follows one that credits a part.

    "Cover photo by Unsplash. Licensed under ..." speaks of the photograph.
    """
    verb = _GRANT.search(sentence.lead)
    has_subject = _WHOLE_WORD.search(sentence.lead) is not None
    if has_subject or (verb is not None and sentence.lead[: verb.start()].strip()):
        return False
    last = sentences(before)[-1:]
    return any(
        (_PART_WORD.search(each) or _CREDIT.search(each))
        and not _WHOLE_WORD.search(each)
        and not _HOLDERS.search(each)
        for each in last
    )


def is_a_mere_name(sentence: Sentence, *, title: str) -> bool:
    """Say whether what stands before a license is a name and no more: "Jane / Flickr /"."""
    lead, title = sentence.lead, title.casefold()
    words = _WORD.findall(lead)
    is_name = bool(words) and all(_is_name(each) or each in _BETWEEN for each in words)
    has_words = _WHOLE_WORD.search(lead) or _GRANT.search(lead) or _HOLDERS.search(lead)
    return is_name and not has_words and not _is_titled(lead, title)


def forbids_copies(text: str) -> bool:
    """Say whether a sentence forbids to copy the text, or all but private or unpaid use."""
    return any(
        (_PROHIBITED.search(each) or _NO_COMMERCE.search(each))
        and (_COPIES.search(each) or _WHOLE_WORD.search(each))
        and not _PART_WORD.search(each)
        and not _LEARNING.search(each)
        for each in sentences(text)
    )


def is_bare(sentence: Sentence) -> bool:
    """Say whether a license stands alone, or beside a copyright notice and no more."""
    if not _ALONE.fullmatch(sentence.tail):
        return False
    lead = sentence.lead.strip(" \t|/·•:,-–—")
    return not lead or lead.lower().startswith(("©", "(c)", "copyright"))


def speaks_of_this_page(sentence: Sentence) -> bool:
    """Say whether a sentence names one page, where a site's words would name many."""
    lead = sentence.lead
    return _THIS_PAGE.search(lead) is not None and not _SITE.search(lead)


def speaks_of_itself(sentence: Sentence, *, title: str = "") -> bool:
    """Say whether the sentence's own words tie it to the page that it stands on."""
    lead, title = sentence.lead, title.casefold()
    if _OWN.search(lead) or _DEFAULT_CLAUSE.search(lead):
        return True
    verb = _GRANT.search(lead)
    if verb is None:
        return False
    subject = lead[: verb.start()].strip(" \t©:-–—,.")
    return not subject or _is_titled(subject, title)


def applies_in(year: int, text: str) -> bool | None:
    """Say whether a rule by dates applies to a text of a year; None where it says not."""
    answers = [
        *(year < int(match[1]) for match in _BEFORE.finditer(text)),
        *(year >= int(match[1]) for match in _SINCE.finditer(text)),
        *(year > int(match[1]) for match in _AFTER.finditer(text) if year != int(match[1])),
        *(year < int(match[1]) for match in _UNTIL.finditer(text) if year != int(match[1])),
    ]
    return all(answers) if answers else None


def restrictions(text: str) -> frozenset[str]:
    """Return the elements that a text's own conditions come to: of ``NC`` and ``ND``.

    Conditions for a part, such as the photographs, are none for the text.
    """
    found: set[str] = set()
    for each in sentences(text):
        if _PART_WORD.search(each) or _WAIVED.search(each):
            continue
        found |= {"NC"} if _NO_COMMERCE.search(each) else set()
        found |= {"ND"} if _NO_CHANGES.search(each) else set()
    return frozenset(found)


def prohibits(text: str) -> bool:
    """Say whether a sentence forbids a use of the text, in whatever words.

    That of machine learning is a reservation, and asked for by itself.
    """
    return any(
        _PROHIBITED.search(each)
        and not _PART_WORD.search(each)
        and not _LEARNING.search(each)
        for each in sentences(text)
    )


def reserves_for_others(text: str) -> bool:
    """Say whether a sentence leaves what users wrote to them: readers' comments aside."""
    return _OF_OTHERS.search(text) is not None and not _OF_READERS.search(text)


def reserves_learning(text: str) -> bool:
    """Say whether a sentence of the text reserves its use for machine learning."""
    return any(
        _LEARNING.search(each) and _FORBIDDEN.search(each) for each in sentences(text)
    )


def reserves_rights(text: str) -> bool:
    """Say whether words reserve all rights."""
    return RESERVED.search(text) is not None


def disclaims_copyright(text: str) -> bool:
    """Say whether words say of a government's work that no copyright is in it."""
    return _DISCLAIMED.search(text) is not None


def claims_public_domain(text: str) -> bool:
    """Say whether a sentence calls the page's text public domain, without a tool."""
    return any(
        _PUBLIC_DOMAIN.search(each) and _WHOLE_WORD.search(each) for each in sentences(text)
    )


def speaks_of_a_part(lead: str) -> bool:
    """Say whether the subject of a sentence is less than the page's text."""
    part = _PART_WORD.search(lead)
    if part is None or _JOINED.search(lead):
        return False
    # "The content of this page, its layout aside" names the text first and as the subject;
    # "Photos on this site" names the part first.
    whole = _WHOLE_WORD.search(lead)
    return whole is None or part.start() < whole.start()


def _is_granted(lead: str, tail: str, title: str) -> bool:
    names_whole = _WHOLE_WORD.search(lead) is not None
    if names_whole and (lead.endswith((":", "：")) or _is_label(lead, title)):
        return True
    verb = _GRANT.search(lead)
    if verb is None:
        return names_whole and _GRANT.search(tail) is not None
    subject = _TWICE.sub("", lead[: verb.start()].strip(" \t©:-–—,."))
    return names_whole or not subject or _is_titled(subject, title)


def _is_understood(text: str, title: str) -> bool:
    """Say whether every word is one that leaves a grant as it is, or a name.

    What is not known may be a condition, an exception or another work: it is no yes. A
    name begins with a capital; a word of a script without spaces cannot be told apart.
    """
    plain = _LEAVES_AS_IT_IS.sub(" ", _HOLDERS.sub(" ", text))
    return all(
        word.lower() in _KNOWN or word in title or _is_name(word)
        for word in _WORD.findall(_JOINED.sub(" ", plain))
    )


def _is_qualified(lead: str, title: str) -> bool:
    """Say whether the subject begins with a word that is not known: "Einzelne Beiträge".

    A name is no such word where it is the subject itself: "Harbour Notes is licensed".
    """
    plain = _LEAVES_AS_IT_IS.sub(" ", lead).strip()
    first = _WORD.match(plain)
    if first is None or not _WHOLE_WORD.search(lead):
        return False
    return first[0].lower() not in _KNOWN and first[0].casefold() not in title


def _is_name(word: str) -> bool:
    return word[0].isupper() and word.lower() not in _NO_NAMES


def _is_titled(subject: str, title: str) -> bool:
    """Say whether a subject is the page's title, its year and author left out."""
    name = _BYLINE.sub("", subject).strip(" \t“”\"'«»©:-–—,.").casefold()
    return len(name) >= _TITLE_LENGTH and name in title


def _is_label(lead: str, title: str) -> bool:
    """Say whether a few words name a text and no more: "All content CC0"."""
    return len(lead.split()) <= _LABEL_LENGTH and _is_understood(lead, title)


def _is_dated(sentence: Sentence) -> bool:
    text = f"{sentence.lead} {sentence.tail}"
    return any(each.search(text) for each in (_BEFORE, _UNTIL, _SINCE, _AFTER)) and (
        _WHOLE_WORD.search(sentence.lead) is not None
    )
