"""Authors: whom a page names in words that machines read, and nobody else."""

import json

import pytest

from pipeline.credit import work
from pipeline.markup import Markup, read
from pipeline.model import Author, Exchange, Work
from pipeline.vocab import LicenseExpression

URL = "https://essays.example/one"
BY = LicenseExpression("CC-BY-4.0")
SCHEMA = "https://schema.org/"
ADA = Author(name="Ada Ash")
BO = Author(name="Bo Elm")


def work_of(body: str, *, head: str = "", url: str = URL) -> Work:
    page = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
    exchange = Exchange(
        url=url,
        status=200,
        headers=(("Content-Type", "text/html; charset=utf-8"),),
        body=page.encode(),
    )
    markup = read(exchange)
    assert isinstance(markup, Markup)
    return work.read(markup, exchange, license_=BY)


def ld(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


@pytest.mark.parametrize(
    ("head", "body", "authors", "locator"),
    [
        pytest.param(
            "",
            '<p>By <a property="cc:attributionName" rel="cc:attributionURL" '
            'href="https://ada.example/">Ada Ash</a></p>',
            (Author(name="Ada Ash", url="https://ada.example/"),),
            "a[property=cc:attributionName]",
            id="ccREL, with the address that is asked for",
        ),
        pytest.param(
            "",
            '<span property="http://creativecommons.org/ns#attributionName">Ada Ash</span>',
            (ADA,),
            "span[property=http://creativecommons.org/ns#attributionName]",
            id="ccREL by its whole name",
        ),
        pytest.param(
            ld({"@type": "Article", "author": [{"name": "Ada Ash"}, "Bo Elm"]}),
            "",
            (ADA, BO),
            "script[type=application/ld+json] author",
            id="JSON-LD, several",
        ),
        pytest.param(
            "",
            '<article itemscope itemtype="https://schema.org/BlogPosting"><p itemprop='
            '"author" itemscope itemtype="https://schema.org/Person"><a itemprop="url" '
            'href="/ada"><span itemprop="name">Ada Ash</span></a>, <i itemprop="jobTitle">'
            "gardener</i></p></article>",
            (Author(name="Ada Ash", url="https://essays.example/ada"),),
            "p[itemprop=author]",
            id="microdata, the name and not the office",
        ),
        pytest.param(
            "",
            '<p property="dct:creator">Ada <b>Ash</b></p>',
            (ADA,),
            "p[property=dct:creator]",
            id="RDFa of the page",
        ),
        pytest.param(
            "",
            '<p about="" typeof="schema:Article"><a rel="dct:creator" href="/ada">Ada Ash'
            "</a></p>",
            (Author(name="Ada Ash", url="https://essays.example/ada"),),
            "a[rel=dct:creator]",
            id="an RDFa relation",
        ),
        pytest.param(
            '<meta name="citation_author" content="Ash, Ada">'
            '<meta name="citation_author" content="Elm, Bo">'
            '<meta name="author" content="The press">',
            "",
            (Author(name="Ash, Ada"), Author(name="Elm, Bo")),
            "meta[name=citation_author]",
            id="meta, several of one kind",
        ),
        pytest.param(
            '<meta name="author" content="Ada Ash, Bo Elm and others">',
            "",
            (Author(name="Ada Ash, Bo Elm and others"),),
            "meta[name=author]",
            id="a list in one value is not taken apart",
        ),
        pytest.param(
            "",
            '<article><p>By <a rel="author" href="/ada">Ada Ash</a></p></article>',
            (Author(name="Ada Ash", url="https://essays.example/ada"),),
            "a[rel=author]",
            id="a link to the author",
        ),
        pytest.param(
            "",
            '<div class="h-entry"><p class="p-author h-card"><a class="p-name u-url" '
            'href="/ada">Ada Ash</a>, of the Moor</p></div>',
            (Author(name="Ada Ash", url="https://essays.example/ada"),),
            ".p-author",
            id="a card",
        ),
        pytest.param(
            "",
            '<article class="hentry"><span class="author vcard"><a class="url fn" '
            'href="/ada">Ada Ash</a></span></article>',
            (Author(name="Ada Ash", url="https://essays.example/ada"),),
            ".author.vcard",
            id="a card of the older kind",
        ),
    ],
)
def test_an_author_is_whom_the_page_names(
    head: str, body: str, *, authors: tuple[Author, ...], locator: str
) -> None:
    found = work_of(body, head=head)

    assert (found.authors, found.author_locator) == (authors, locator)


def test_the_weightiest_statement_names_alone() -> None:
    data = ld({"@type": "Article", "author": "By data"})
    meta = '<meta name="author" content="By meta">'
    property_ = '<p property="dct:creator">By property</p>'
    link = '<p><a rel="author">By link</a></p>'
    asked = '<p property="cc:attributionName">As asked</p>'

    layers = [(meta + data, link + property_ + asked), (meta + data, link + property_)]
    layers += [(meta, link + property_), (meta, link), ("", link)]
    named = [work_of(body, head=head).authors[0].name for head, body in layers]

    assert named == ["As asked", "By data", "By property", "By meta", "By link"]


@pytest.mark.parametrize(
    ("data", "names"),
    [
        pytest.param(
            {
                "@graph": [
                    {"@type": "WebSite", "@id": "https://essays.example/#site"},
                    {
                        "@type": ["Article", "Thing"],
                        "@id": f"{URL}#article",
                        "mainEntityOfPage": {"@id": URL},
                        "author": {"@id": "https://essays.example/#ada"},
                    },
                    {
                        "@type": "Person",
                        "@id": "https://essays.example/#ada",
                        "name": "Ada Ash",
                    },
                ]
            },
            ["Ada Ash"],
            id="a reference into the graph",
        ),
        pytest.param(
            {"@type": "Article", "url": "https://essays.example/two", "author": "Bo Elm"},
            [],
            id="another page",
        ),
        pytest.param(
            [
                {"@type": "Article", "url": "https://essays.example/two", "author": "Bo"},
                {
                    "@type": "Article",
                    "url": "http://www.essays.example/one/",
                    "author": "Ada Ash",
                },
            ],
            ["Ada Ash"],
            id="this page among others, spelt otherwise",
        ),
        pytest.param(
            [{"@type": "Article", "author": "Ada"}, {"@type": "Article", "author": "Bo"}],
            [],
            id="a list of articles, of which none is this page",
        ),
        pytest.param(
            {
                "@type": "BlogPosting",
                "@id": "#post-7",
                "author": "Bo Elm",
                "url": "https://essays.example/seven",
            },
            [],
            id="a teaser named by a fragment of this page",
        ),
        pytest.param(
            {"@type": "Comment", "author": {"name": "A reader"}}, [], id="a comment"
        ),
        pytest.param(
            {"@type": "Article", "comment": {"@type": "Comment", "author": "A reader"}},
            [],
            id="a comment inside the article",
        ),
        pytest.param(
            {"@type": "Book", "url": URL, "author": "H. Thoreau"},
            [],
            id="a book that the page is about",
        ),
        pytest.param({"@type": "ImageObject", "author": "P. Hoto"}, [], id="a picture"),
        pytest.param(
            {"@type": "WebPage", "mainEntity": {"@type": "Article", "author": "Ada Ash"}},
            ["Ada Ash"],
            id="the main entity of the page",
        ),
        pytest.param(
            {"@type": "Article", "schema:creator": {"@list": [{"@value": "Ada Ash"}]}},
            ["Ada Ash"],
            id="a list and a value as JSON-LD spells them",
        ),
        pytest.param(
            {"@type": "Article", "author": {"@type": "Organization", "name": "The Guild"}},
            ["The Guild"],
            id="an organization",
        ),
        pytest.param(
            {"@type": "Article", "author": {"@id": "_:nobody"}}, [], id="leads nowhere"
        ),
        pytest.param(
            {"@type": "Article", "author": "Se&aacute;n O&#8217;Neil"},
            ["Seán O’Neil"],
            id="entities that a template left",
        ),
        pytest.param(
            {"@type": "Article", "author": {"url": "https://ada.example/"}},
            [],
            id="an address is no name",
        ),
        pytest.param(
            {"@type": "Article", "author": [None, 7, True, {}, [], [["deep"]]]},
            [],
            id="no words at all",
        ),
    ],
)
def test_json_ld_names_the_authors_of_the_page_that_it_describes(
    data: object, names: list[str]
) -> None:
    found = work_of("<p>Words.</p>", head=ld(data))

    assert [author.name for author in found.authors] == names


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<p>By Ada Ash</p><p>Text: Bo Elm</p>", id="words alone"),
        pytest.param(
            '<p class="byline author">by Ada Ash</p>', id="a class that means nothing"
        ),
        pytest.param(
            '<ol class="comments"><li itemscope itemtype="https://schema.org/Person">'
            '<b itemprop="author">A reader</b></li></ol>',
            id="a comment section",
        ),
        pytest.param(
            '<div itemscope itemtype="https://schema.org/Comment"><b itemprop="author">A '
            "reader</b></div>",
            id="a comment by its type",
        ),
        pytest.param(
            '<article><p>Words.</p><article><a rel="author">A reader</a></article>'
            "</article>",
            id="an article in an article",
        ),
        pytest.param(
            '<blockquote><span property="dct:creator">H. Thoreau</span></blockquote>',
            id="a quotation",
        ),
        pytest.param(
            '<figure><img src="a.png"><figcaption><span property="cc:attributionName">P. '
            "Hoto</span></figcaption></figure>",
            id="a caption",
        ),
        pytest.param(
            '<p about="/pictures/moor.jpg"><span property="dct:creator">P. Hoto</span></p>',
            id="a picture by its address",
        ),
        pytest.param(
            '<div itemscope itemtype="https://schema.org/Book"><i itemprop=name>Walden</i>'
            ' by <b itemprop="author">H. Thoreau</b></div>',
            id="a book on the page",
        ),
        pytest.param(
            '<div itemscope itemtype="https://schema.org/Review"><b itemprop="author">A '
            "reader</b></div>",
            id="a review",
        ),
        pytest.param(
            '<article><a rel="author">Ada Ash</a></article><article><a rel="author">Bo Elm'
            "</a></article>",
            id="a list of articles",
        ),
        pytest.param(
            '<article itemscope itemtype="https://schema.org/Article"><link itemprop="url" '
            'href="/two"><b itemprop="author">Bo Elm</b></article>',
            id="a teaser that says where it leads",
        ),
        pytest.param(
            '<p class="h-card"><a class="p-name u-url" href="/">The site</a></p>',
            id="a card of nobody in particular",
        ),
        pytest.param(
            '<div class="h-cite"><a class="p-author h-card" href="/r">A reader</a></div>',
            id="a reply that is cited",
        ),
        pytest.param(
            '<link rel="author" href="/about" title="About these documents">',
            id="a link without words",
        ),
        pytest.param(
            '<a rel="author" href="/a">Read more of the people who wrote all of this</a>',
            id="a link whose words are a sentence",
        ),
        pytest.param(
            "<pre><code>&lt;meta name=author content=Ada&gt;</code></pre>", id="a sample"
        ),
        pytest.param(
            '<template><p property="dct:creator">Ada</p></template>', id="a template"
        ),
    ],
)
def test_whoever_the_page_does_not_name_as_its_author_is_not(body: str) -> None:
    found = work_of(body, head="<title>One</title>")

    assert (found.authors, found.author_locator) == ((), None)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param("Ada  Ash", "Ada Ash", id="white space"),
        pytest.param("Ada\u00a0\n Ash", "Ada Ash", id="blanks of other kinds"),
        pytest.param("Zoe\u0308 Ash", "Zoë Ash", id="NFC"),
        pytest.param("王小明", "王小明", id="Han"),
        pytest.param("محمد الأمين", "محمد الأمين", id="Arabic"),
        pytest.param("کاوه می‌نویسد", "کاوه می‌نویسد", id="a joiner is a letter's part"),
        pytest.param("अदिति", "अदिति", id="Devanagari"),
        pytest.param("Те Рангі Хіроа", "Те Рангі Хіроа", id="Cyrillic"),
        pytest.param("Ada Ash &lt;ada@a.example&gt;", "Ada Ash", id="a mail address goes"),
        pytest.param("ada@a.example (Ada Ash)", "Ada Ash", id="in the form of RSS"),
        pytest.param("ada@a.example", None, id="a mail address alone"),
        pytest.param("https://a.example/ada", None, id="a URL"),
        pytest.param("www.a.example", None, id="a host"),
        pytest.param("admin", None, id="admin"),
        pytest.param("Author", None, id="a label"),
        pytest.param("Your Name Here", None, id="a template's words"),
        pytest.param("ROOT", None, id="root"),
        pytest.param("Hugo 0.120", None, id="what made the page"),
        pytest.param("hugo", None, id="what made the page, without its version"),
        pytest.param("  ", None, id="blanks"),
        pytest.param("—", None, id="a dash"),
        pytest.param("Ada\x1b[2J Ash", "Ada[2J Ash", id="an escape has no effect"),
        pytest.param("Ada \u202ehsA", "Ada hsA", id="it does not turn round"),
        pytest.param("](x) | <b>Ada</b>", "](x) | <b>Ada</b>", id="Markdown stays words"),
        pytest.param("A" * 900, "A" * 299 + "…", id="endless"),
    ],
)
def test_a_name_is_what_stands_there(content: str, name: str | None) -> None:
    escaped = content.replace("<b>", "&lt;b>").replace('"', "&quot;")
    generator = '<meta name="generator" content="Hugo 0.120">'
    head = f'{generator}<meta name="author" content="{escaped}">'

    found = work_of("<p>Words.</p>", head=head)

    assert [author.name for author in found.authors] == ([name] if name else [])


def test_where_one_name_means_nobody_the_next_statement_is_asked() -> None:
    data = ld({"@type": "Article", "author": {"name": "admin"}})

    found = work_of("", head=f'{data}<meta name="author" content="Ada Ash">')

    assert (found.authors, found.author_locator) == ((ADA,), "meta[name=author]")


def test_one_name_twice_is_one_author_with_the_address_that_is_given() -> None:
    found = work_of(
        '<p property="dct:creator">Ada Ash</p><p><a property="dct:creator" href="/ada">ADA '
        "ASH</a></p>"
    )

    assert found.authors == (Author(name="Ada Ash", url="https://essays.example/ada"),)


def test_a_script_is_no_address_of_an_author() -> None:
    found = work_of('<a rel="author" href="javascript:alert(1)">Ada Ash</a>')

    assert found.authors == (ADA,)


def test_a_thousand_authors_are_two_hundred() -> None:
    data = ld({"@type": "Article", "author": [f"Author No. {n}" for n in range(1000)]})

    assert len(work_of("", head=data).authors) == 200


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<b itemprop=author>" * 9000 + "Ada", id="nested properties"),
        pytest.param("<i itemprop=author itemscope>Ada</i>" * 9000, id="many items"),
        pytest.param("<article class=hentry>" * 3000 + "<a rel=author>Ada", id="nested"),
        pytest.param(ld([[[{"@graph": [{}]}]]]) * 50, id="empty graphs"),
        pytest.param(
            '<script type="application/ld+json">' + "[" * 9000 + "</script>",
            id="JSON-LD that is nested to hurt",
        ),
    ],
)
def test_a_page_that_is_made_to_hurt_ends_in_an_answer(body: str) -> None:
    assert isinstance(work_of(body), Work)
