"""Laws of credit: no page raises, and every name stands in the page."""

import html
import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.credit.test_authors import work_of

TAGS = (
    "<article>", "</article>", "<p>", "</p>", "<div class=comments>", "</div>",
    "<blockquote>", "</blockquote>", "<div itemscope itemtype=https://schema.org/Article>",
    "<p itemprop=author itemscope>", "<b itemprop=name>", "<b itemprop=author>", "</b>",
    "<a rel=author href=/x>", "</a>", "<p class='p-author h-card'>", "<i class=p-name>",
    "</i>", "<span property=dct:creator>", "<span property=cc:attributionName>", "</span>",
    "<p about=/other>", "<br>", "<div class=h-entry>", "<footer>", "</footer>", "© 2020 ",
)  # fmt: skip
WORDS = st.text(
    alphabet=st.characters(categories=["L", "N", "Zs", "P"], exclude_characters="<>&"),
    min_size=1,
    max_size=12,
)
VALUES = st.recursive(
    WORDS | st.none() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@id", "@type", "@graph", "name", "url", "author", "creator"]),
            inner | st.sampled_from(["Article", "WebPage", "Person", "Comment"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


def shown(page: str) -> str:
    """Return all that a page's bytes come to as text, tags left out, blanks as one."""
    text = html.unescape(re.sub(r"<[^>]*>", "", page)) + html.unescape(page)
    return unicodedata.normalize("NFC", " ".join(text.split()))


@pytest.mark.law
@given(st.lists(st.sampled_from(TAGS) | WORDS, max_size=25), WORDS)
def test_a_name_stands_in_the_page(pieces: list[str], meta: str) -> None:
    head = f'<meta name="author" content="{html.escape(meta)}">'
    body = "".join(pieces)

    found = work_of(body, head=head)

    page = shown(f"{head} {body.replace('<br>', ' ')}").replace(" ", "")
    for author in found.authors:
        assert author.name.replace(" ", "").rstrip("…") in page
    assert (found.author_locator is None) == (found.authors == ())


@pytest.mark.law
@given(VALUES)
def test_a_name_stands_in_the_data(value: object) -> None:
    data = json.dumps(value, ensure_ascii=False).replace("<", " ")

    found = work_of("", head=f'<script type="application/ld+json">{data}</script>')

    page = unicodedata.normalize("NFC", "".join(html.unescape(data).split()))
    for author in found.authors:
        assert "".join(author.name.split()).replace("\\", "") in page.replace("\\", "")
