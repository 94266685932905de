"""Proposals of site statements: which pages to look at, and the sentence to confirm."""

from typing import Final

import pytest

from pipeline import manifest
from pipeline.license.proposal import PLACES_LIMIT, Proposal, places, propose, render
from pipeline.license.statement import holds
from pipeline.markup import Markup, read
from pipeline.model import Exchange

SITE: Final = "https://a.example/"
BY_SA: Final = "https://creativecommons.org/licenses/by-sa/4.0/"


def answer(body: str) -> Exchange:
    kind = ("Content-Type", "text/html; charset=utf-8")
    return Exchange(url=SITE, status=200, headers=(kind,), body=body.encode())


def markup_of(body: str) -> Markup:
    found = read(answer(body))
    assert isinstance(found, Markup)
    return found


def linked(*links: str) -> tuple[str, ...]:
    found = places(markup_of("".join(f"<p>{link}</p>" for link in links)))
    return tuple(one.removeprefix(SITE) for one in found)


def proposed(body: str) -> Proposal | None:
    return propose(markup_of(body), answer(body))


@pytest.mark.parametrize(
    "words",
    [
        "License",
        "Licensing",
        "Copyright",
        "Terms of use",
        "Legal notice",
        "Lizenz",
        "Impressum",
        "Mentions légales",
        "Aviso legal",
        "Note legali",
        "Over ons",
        "Über uns",
        "About this site",
        "À propos",
        "Acerca de",
        "利用規約",
        "关于我们",
    ],
)
def test_a_page_that_may_state_the_license_is_looked_at(words: str) -> None:
    assert linked(f'<a href="/x">{" ".join(words.split())}</a>') == ("x",)


def test_a_file_that_is_called_so_is_looked_at() -> None:
    assert linked('<a href="/site/legal-notice.html">Small print</a>') != ()
    assert linked('<a href="/essay-on-peat.html">On peat</a>') == ()


def test_the_most_telling_come_first_and_others_are_left_out() -> None:
    found = linked(
        '<a href="/about">About</a>', '<a href="/terms">Terms</a>',
        '<a href="/copyright">Copyright</a>', '<a href="/1">License</a>',
        '<a href="/2">License</a>', '<a href="/imprint">Imprint</a>',
    )  # fmt: skip

    assert found == ("1", "2", "copyright", "terms", "imprint")
    assert len(found) == PLACES_LIMIT


def test_other_hosts_and_links_that_are_not_to_be_followed_are_left_out() -> None:
    assert linked('<a href="https://b.example/license">License</a>') == ()
    assert linked('<a rel="nofollow" href="/license">License</a>') == ()
    assert linked('<a href="#license">License</a>') == ()


@pytest.mark.parametrize(
    ("body", "license_", "quote"),
    [
        pytest.param(
            f"<p>Hello.</p><p>We bake. All texts on this site are licensed under the <a "
            f'href="{BY_SA}">CC BY-SA 4.0 license</a>. Write to us.</p>',
            "CC-BY-SA-4.0",
            "All texts on this site are licensed under the CC BY-SA 4.0 license",
            id="with a link",
        ),
        pytest.param(
            "<p>Our words have been placed in the public domain by their authors.</p>",
            None,
            "Our words have been placed in the public domain by their authors",
            id="without an identifier",
        ),
    ],
)
def test_the_sentence_is_one_that_a_manifest_can_quote(
    body: str, license_: str | None, quote: str
) -> None:
    found = proposed(body)

    assert found is not None
    assert (found.license, found.quote, found.scope) == (license_, quote, SITE)
    assert holds(markup_of(body).text, found.quote)


def test_nothing_is_proposed_where_nothing_is_said() -> None:
    assert proposed("<p>The tide comes twice a day. © 2011 N.N.</p>") is None
    assert (
        proposed("<blockquote><p>All texts are under CC BY 4.0.</p></blockquote>") is None
    )


def test_a_proposal_that_is_pasted_is_read_as_it_was_meant() -> None:
    found = Proposal(
        license=None, evidence_url=f"{SITE}legal", quote='Our "texts" are free\\open.'
    )
    least = """
        name = "essays"
        version = "1.0.0"
        purpose = "To try."
        intended_uses = ["Trying."]
        curator = {name = "A", url = "https://curator.nz/", email = "a@curator.nz"}
        sources = [{urls = ["https://essays.nz/"]}]
        licenses.allow = ["CC-BY"]
    """

    pasted = render(found).replace('license = ""', 'license = "CC-BY-4.0"')
    [statement] = manifest.parse(f"{least}\n{pasted}", source="m.toml").statements

    assert (statement.scope, statement.quote) == ((SITE,), found.quote)
    assert statement.evidence_url == found.evidence_url
    assert "say which license" in pasted
