"""Check: whether pages may be used, asked of their hosts and of nothing else."""

import json
from pathlib import Path

import pytest

from pipeline.errors import ArchiveFault
from spiders import check
from spiders.diary import Diary
from spiders.reach import Reach
from tests.web import Ended, Web, estovers

OPEN, CLOSED, NOAI, MOVED = (
    f"http://a.example/{name}" for name in ("open", "closed", "noai", "moved")
)
DOWN = "http://down.example/"


@pytest.fixture
def web(tmp_path: Path) -> Web:
    web = Web(tmp_path)
    site = web.site("a.example").robots("User-agent: *\nDisallow: /closed\n")
    site.page("/open").page("/closed").page("/noai", X_Robots_Tag="noai")
    site.redirect("/moved", "/closed")
    web.site("down.example").robots(status=503).page("/")
    return web


def asked(web: Web, *arguments: str) -> Ended:
    served = ("--web", str(web.folder), "--web-log", str(web.log))
    return estovers("check", *arguments, *served)


def test_admitted_pages_are_fetched_and_judged_and_no_others(web: Web) -> None:
    found = asked(web, OPEN, CLOSED, NOAI, DOWN, "--json")

    answers = [json.loads(line) for line in found.out.splitlines()]
    assert found.code == 3
    assert [(one["url"], one["may_train"], one["fetched"]) for one in answers] == [
        (OPEN, True, True),
        (CLOSED, False, False),
        (NOAI, False, True),
        (DOWN, False, False),
    ]
    assert [one["usage"]["reason"] for one in answers[:3:2]] == [
        "license.admits", "preference.disallows",
    ]  # fmt: skip
    assert web.asked() == [OPEN, NOAI]


def test_the_code_is_0_when_every_page_may_be_used(web: Web) -> None:
    assert asked(web, OPEN).code == 0
    assert asked(web, OPEN, NOAI).code == 3


def test_a_redirect_is_not_followed_and_is_no_page(web: Web) -> None:
    found = asked(web, MOVED, "--json")

    [answer] = [json.loads(line) for line in found.out.splitlines()]
    assert (found.code, answer["may_train"]) == (3, False)
    assert web.asked() == [MOVED]


def test_urls_come_from_a_file_too_and_are_spelled_one_way(web: Web) -> None:
    path = web.root / "urls.txt"
    path.write_text(f"HTTP://A.example:80/open#top\n{NOAI}\n")

    found = asked(web, "--urls", str(path), "--json")

    answers = [json.loads(line) for line in found.out.splitlines()]
    assert [one["url"] for one in answers] == [OPEN, NOAI]


def test_people_read_what_each_page_came_to(web: Web) -> None:
    found = asked(web, OPEN, CLOSED)

    assert f"{OPEN}\n" in found.out
    assert "Disallow: /closed" in found.out


def test_hosts_are_told_who_asks(web: Web) -> None:
    contact = "https://curator.example/bot"
    asked(web, OPEN, "--contact", contact, "--mail", "ada@curator.example")

    agents = {(hit.user_agent, hit.headers.get("From")) for hit in web.hits()}
    assert len(agents) == 1
    [(agent, sender)] = agents
    assert agent.startswith("Estovers/")
    assert agent.endswith(f"(+{contact})")
    assert sender == "ada@curator.example"


def test_a_check_that_breaks_off_is_no_answer(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> int:
        raise ArchiveFault("the disk is full")

    monkeypatch.setattr(Diary, "exchange", full)

    found = asked(web, OPEN)

    assert (found.code, found.out) == (74, "")
    assert "the disk is full" in found.err


def test_a_fault_in_between_is_raised_and_not_an_empty_answer(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(Diary, "exchange", broken)

    found = asked(web, OPEN)

    assert (found.code, found.out) == (70, "")


def test_nobody_is_asked_before_every_url_is_one(web: Web) -> None:
    found = asked(web, OPEN, "ftp://a.example/")

    assert found.code == 64
    assert "ftp://a.example/ cannot be asked for" in found.err
    assert web.hits() == []


def test_no_urls_are_no_answers() -> None:
    reach = Reach({"a.example": ("127.0.0.1", 9)}, is_live=False)

    assert check.as_json(check.check([], contact=None, mail=None, reach=reach)) == ""
