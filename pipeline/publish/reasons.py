"""Reason codes in words, for people who have never seen one."""

from typing import Final

from pipeline.vocab import Drop, Reason

REASONS: Final = {
    Reason.ROBOTS_ALLOWS: "robots.txt allows it",
    Reason.ROBOTS_NO_RULE: "robots.txt has no rule against it",
    Reason.ROBOTS_UNAVAILABLE: "the site has no robots.txt",
    Reason.ROBOTS_DISALLOWS: "robots.txt disallows it",
    Reason.ROBOTS_DISALLOWS_SOFTWARE: (
        "robots.txt disallows it for the software that we crawl with, by its name"
    ),
    Reason.ROBOTS_AMBIGUOUS: (
        "robots.txt can be read in two ways, and by one of them it disallows this"
    ),
    Reason.ROBOTS_UNREACHABLE: "robots.txt could not be had, so we do not know its rules",
    Reason.ROBOTS_ACCESS_REFUSED: "the site does not let us see its robots.txt",
    Reason.ROBOTS_NOT_ROBOTS: (
        "something else came in the place of robots.txt, so we do not know its rules"
    ),
    Reason.ROBOTS_TOO_COMPLEX: "robots.txt has more rules for us than we can follow",
    Reason.ROBOTS_NOT_ASKED: "robots.txt has not been read yet",
    Reason.ROBOTS_DELAY_TOO_LONG: (
        "robots.txt asks for more than a day between two requests"
    ),
    Reason.POLICY_FILE: (
        "this is a file for crawlers to read before they ask for anything else"
    ),
    Reason.URL_REFUSED: "the address is not one that we ask for",
    Reason.ADDRESS_REFUSED: "its host is not on the public web",
    Reason.ACCESS_REFUSED: "the site refuses access to it",
    Reason.PAYMENT_REQUIRED: "the site asks for payment",
    Reason.LEGAL_BLOCK: "it is withheld for legal reasons",
    Reason.BACK_OFF: "the site could not answer, or asked us to come back later",
    Reason.TOKEN_REQUIRED: (
        "the site's RSL terms ask crawlers for a license token, and we hold none"
    ),
    Reason.POLICY_NOT_ASKED: "a file that may hold the site's terms was not read yet",
    Reason.POLICY_NOT_ARCHIVED: (
        "the web archive that holds it does not hold every file in which its site may have "
        "stated terms at the time, or not as a whole"
    ),
    Reason.ACQUISITION_REFUSED: "what may not be fetched may not be used",
    Reason.ACQUISITION_DEFERRED: "it is not known yet whether it may be fetched",
    Reason.PREFERENCE_DISALLOWS: "the site does not want it used in this way",
    Reason.PREFERENCE_UNCLEAR: (
        "the site says something on its use that a person has to read"
    ),
    Reason.COMMUNITY_AUTHORITY: (
        "a community has marked it as a matter in which it is to be asked"
    ),
    Reason.AGREED: "an agreement with those who hold the rights permits it",
    Reason.NOT_CAPTURED: "there is no page yet that could be judged",
    Reason.CAPTURE_INCOMPLETE: "no whole answer came",
    Reason.NOT_A_PAGE: "it is not a page of text",
    Reason.UNPARSEABLE: "the page could not be read",
    Reason.LICENSE_ADMITS: "the page states a license that the corpus may carry",
    Reason.LICENSE_NONE: "the page states no license, and silence is not consent",
    Reason.LICENSE_NOT_ALLOWED: (
        "the page states a license that this corpus does not carry"
    ),
    Reason.LICENSE_CONFLICT: "the page contradicts itself on its license",
    Reason.LICENSE_UNCLEAR: "what the page says of its license is not clear",
    Reason.LICENSE_REPUBLISHED: (
        "the page says that its text was published elsewhere first, so that its license "
        "may not be its publisher's to give"
    ),
    Reason.LICENSE_THIRD_PARTY: (
        "its text is of a kind that is seldom its publisher's own, such as lyrics or news "
        "of an agency"
    ),
    Reason.LICENSE_NOT_IDENTIFIED: "the page names a license that cannot be identified",
    Reason.LICENSE_EDITIONS: "the page names different editions of its license",
    Reason.LICENSE_RESERVED: "the page grants a license and reserves all rights",
    Reason.LICENSE_CONDITIONAL: (
        "the license depends on something that the page alone does not settle"
    ),
    Reason.LICENSE_HIDDEN: "the page states its license only where readers cannot see it",
    Reason.LICENSE_LEARNING_RESERVED: (
        "the page states a license and reserves its use for machine learning"
    ),
    Reason.LICENSE_DENIED: "the page says that it is not under the license it names",
    Reason.LICENSE_OF_A_PART: (
        "the license on the page is for a part of it, and its text has none"
    ),
    Reason.LICENSE_STATED_FOR_SITE: (
        "its site states once, for all its pages, a license that the corpus may carry"
    ),
    Reason.LICENSE_STATEMENT_NOT_READ: (
        "the page that states the license of its site could not be read"
    ),
    Reason.LICENSE_STATEMENT_GONE: (
        "the words by which its site stated a license are not there any more"
    ),
    Reason.LICENSE_STATEMENT_CONTRADICTED: (
        "something speaks against the license that is stated for its site"
    ),
}
"""Each reason as the words that follow "because"."""

DROPS: Final = {
    Drop.TEXT_TOO_SHORT: "its main text is too short",
    Drop.PAGE_TOO_LARGE: "the page is too large to be read with care",
    Drop.TEXT_REPEATED: (
        "too little of its text is left without paragraphs that its host repeats"
    ),
    Drop.TEXT_UNREADABLE: "its main text could not be told from what stands around it",
    Drop.LANGUAGE_NOT_WANTED: "it is in a language that this corpus does not collect",
    Drop.LANGUAGE_NOT_STATED: "it does not say in which language it is",
    Drop.LANGUAGE_UNDETERMINED: (
        "its text is too short or too mixed for its language to be told"
    ),
    Drop.DUPLICATE_EXACT: "the corpus has the same text from another page",
    Drop.DUPLICATE_NEAR: "the corpus has nearly the same text from another page",
    Drop.DUPLICATE_OF_NAMED: (
        "its text is, or nearly is, one that the manifest keeps out, such as a test set's"
    ),
    Drop.QUALITY_NOT_MET: "its text fails a rule of quality that the manifest asks for",
    Drop.PERSONAL_FOUND: "its text holds personal data, which the manifest leaves out",
    Drop.AGREEMENT_LAPSED: "the agreement that permitted it has ended",
    Drop.NEAR_DUPLICATE: (
        "nearly the same text stands elsewhere under other terms, and a person has to "
        "find out whose they are"
    ),
    Drop.REVIEW_REFUSED: "a person has looked at its host and refused it",
}
"""Each reason for which an admitted page gives no document, likewise."""

_WORDS: Final = {str(code): words for code, words in (*REASONS.items(), *DROPS.items())}


def words_of(reason: str) -> str:
    """Return the words for a reason that a ledger holds; of an unknown one, its code."""
    return _WORDS.get(reason, reason)
