"""Feeds: what they say of themselves, apart from what their entries say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.license import feed
from pipeline.license.classify import license_of
from pipeline.license.detect import About
from pipeline.model import Exchange, LicenseFinding
from pipeline.vocab import Reason

URL = "https://a.example/feed"
CC = "https://creativecommons.org/licenses"


def answer(body: str) -> Exchange:
    headers = (("Content-Type", "application/xml"),)
    return Exchange(url=URL, status=200, headers=headers, body=body.encode())


def found(body: str) -> LicenseFinding:
    return license_of(answer(body))


ATOM = '<feed xmlns="http://www.w3.org/2005/Atom">{}</feed>'
RSS = (
    '<rss version="2.0" xmlns:cc="http://web.resource.org/cc/" '
    'xmlns:creativeCommons="http://backend.userland.com/creativeCommonsRssModule">'
    "<channel>{}</channel></rss>"
)


@pytest.mark.parametrize(
    ("body", "license_"),
    [
        (ATOM.format(f'<link rel="license" href="{CC}/by/4.0/"/>'), "CC-BY-4.0"),
        (ATOM.format("<rights>CC BY-SA 4.0</rights>"), "CC-BY-SA-4.0"),
        (
            RSS.format(f"<creativeCommons:license>{CC}/by/3.0/</creativeCommons:license>"),
            "CC-BY-3.0",
        ),
        (RSS.format(f"<copyright>{CC}/by/4.0/</copyright>"), "CC-BY-4.0"),
        (
            (
                f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
                f' xmlns:cc="http://web.resource.org/cc/"><channel>'
                f'<cc:license rdf:resource="{CC}/by-nc/2.0/"/></channel></rdf:RDF>'
            ),
            "CC-BY-NC-2.0",
        ),
    ],
)
def test_a_feed_states_its_license(body: str, license_: str) -> None:
    assert (found(body).expression, found(body).reason) == (license_, Reason.LICENSE_ADMITS)


def test_what_an_entry_states_is_not_the_feeds() -> None:
    link = f'<link rel="license" href="{CC}/by/4.0/"/>'
    body = ATOM.format(f"<entry>{link}</entry>")

    assert [piece.about for piece in feed.collect(answer(body))] == [About.ANOTHER]
    assert found(body).expression is None


def test_a_feed_that_reserves_its_rights_grants_nothing() -> None:
    link = f'<link rel="license" href="{CC}/by/4.0/"/>'
    body = ATOM.format(f"{link}<rights>All rights reserved</rights>")

    assert (found(body).expression, found(body).reason) == (None, Reason.LICENSE_RESERVED)


@pytest.mark.parametrize("body", ["<urlset/>", "not XML", "", "<!DOCTYPE x><feed/>"])
def test_other_files_are_no_feeds(body: str) -> None:
    assert not feed.is_feed(answer(body))


@pytest.mark.law
@given(st.text(max_size=80), st.binary(max_size=40))
def test_no_bytes_raise(text: str, tail: bytes) -> None:
    body = ATOM.format(text).encode(errors="replace") + tail
    page = Exchange(url=URL, status=200, body=body)

    assert feed.collect(page) is not None
    assert feed.is_feed(page) in {True, False}
