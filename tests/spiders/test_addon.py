"""The add-on: somebody else's Scrapy project, which gets only what may be used."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from spiders.web import Served, serve
from tests.web import ROOT, Web

AGENT = "MyBot/1.0 (+https://my.example/bot)"
HOME = "http://a.example/"


def planted(folder: Path) -> Web:
    web = Web(folder)
    site = web.site("a.example").robots("User-agent: *\nDisallow: /closed\n")
    site.page("/", links=["/open", "/closed", "/noai", "/bare", "/old", "/trap", "/away"])
    site.page("/open").page("/closed").page("/noai", X_Robots_Tag="noai")
    site.page("/bare", "<p>No license is stated.</p>")
    site.redirect("/old", "/new").page("/new")
    site.redirect("/trap", "/closed/room").page("/closed/room")
    site.page("/busy", "later", status=500)
    site.redirect("/away", "http://down.example/")
    web.site("down.example").robots(status=503).page("/")
    return web


@pytest.fixture
def web(tmp_path: Path) -> Web:
    return planted(tmp_path)


@pytest.fixture
def served(web: Web) -> Iterator[Served]:
    with serve(web.folder, log=web.log) as served:
        yield served


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What a project's run came to."""

    seen: list[str]
    failed: Mapping[str, str]
    finish: str | None
    retries: int
    err: str


def crawl(served: Served, folder: Path, *urls: str, **settings: object) -> Project:
    given = {
        "ADDONS": {"spiders.addon.ConsentAddon": 500},
        "USER_AGENT": AGENT,
        "ESTOVERS_DELAY": 0.0,
        "ESTOVERS_DECISIONS": str(folder / "decisions.jsonl"),
        **settings,
    }
    reach = dict.fromkeys(served.hosts, ("127.0.0.1", served.port))
    done = subprocess.run(
        [
            sys.executable, "-m", "tests.spiders.project", json.dumps(reach),
            json.dumps(urls or [HOME]), json.dumps(given),
        ],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return Project(**json.loads(done.stdout), err=done.stderr)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A crawl of the whole web, the book it wrote and what its hosts were asked."""

    web: Web
    folder: Path
    found: Project


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder = tmp_path_factory.mktemp("whole")
    web = planted(folder)
    with serve(web.folder, log=web.log) as served:
        return Whole(web=web, folder=folder, found=crawl(served, folder))


def entries(folder: Path, kind: str) -> list[dict[str, object]]:
    lines = (folder / "decisions.jsonl").read_text("utf-8").splitlines()
    return [one for one in map(json.loads, lines) if one["entry"] == kind]


def urls(*paths: str) -> list[str]:
    return [f"http://a.example{path}" for path in paths]


def test_only_pages_that_may_be_used_reach_the_spider(whole: Whole) -> None:
    found = whole.found

    assert found.finish == "finished"
    assert found.seen == urls("/", "/new", "/open")
    assert dict(found.failed) == {
        url: f"TurnedAway: {url}: {reason}"
        for url, reason in (
            ("http://a.example/closed", "refused, robots.disallows"),
            ("http://a.example/closed/room", "refused, robots.disallows"),
            ("http://a.example/noai", "refused, preference.disallows"),
            ("http://a.example/bare", "refused, license.none-found"),
            ("http://down.example/", "deferred, robots.unreachable"),
        )
    }
    asked = whole.web.asked()
    assert not [url for url in asked if "/closed" in url]
    assert not [url for url in asked if "down.example" in url]


def test_every_request_has_its_leave_and_each_decision_its_evidence(
    whole: Whole,
) -> None:
    permits = [str(one["url"]) for one in entries(whole.folder, "permit")]
    decisions = entries(whole.folder, "decision")
    assert sorted(permits) == sorted(hit.url for hit in whole.web.hits())
    assert {hit.user_agent for hit in whole.web.hits()} == {AGENT}
    assert {str(one["decision"]) for one in entries(whole.folder, "permit")} <= {
        str(one["decision"]) for one in decisions if one["verdict"] == "admit"
    }
    [refusal] = [
        one for one in decisions
        if one["url"] == "http://a.example/closed" and one["stage"] == "acquisition"
    ]  # fmt: skip
    assert isinstance(refusal["evidence"], list)
    [evidence] = refusal["evidence"]
    assert (refusal["verdict"], refusal["reason"]) == ("refuse", "robots.disallows")
    assert evidence["source"] == "http://a.example/robots.txt"
    assert (evidence["line"], evidence["quote"]) == (2, "Disallow: /closed")
    outcomes = {str(one["url"]): one["outcome"] for one in entries(whole.folder, "outcome")}
    assert outcomes["http://a.example/noai"] == "refused"
    assert outcomes["http://a.example/open"] == "admitted"


def test_a_project_that_does_not_train_is_still_kept_to_robots_txt(
    web: Web, served: Served, tmp_path: Path
) -> None:
    found = crawl(served, tmp_path, ESTOVERS_USAGE=False)

    assert found.seen == urls("/", "/bare", "/new", "/noai", "/open")
    assert {url for url in found.failed if "a.example" in url} == set(
        urls("/closed", "/closed/room")
    )
    assert not [url for url in web.asked() if "/closed" in url]


@pytest.mark.parametrize(
    "agent",
    ["Mozilla/5.0 (compatible)", "My Bot/1.0 (+https://my.example/bot)"],
    ids=["no-page", "no-token"],
)
def test_without_a_name_and_a_page_nothing_starts(
    served: Served, tmp_path: Path, agent: str
) -> None:
    found = crawl(served, tmp_path, USER_AGENT=agent)

    assert (found.seen, found.failed, found.finish) == ([], {}, None)
    assert "hosts have to know who asks. Set USER_AGENT to a product token" in found.err
    assert not (tmp_path / "decisions.jsonl").exists()


def test_the_projects_own_token_is_the_one_that_robots_txt_addresses(
    web: Web, served: Served, tmp_path: Path
) -> None:
    web.site("a.example").robots("User-agent: MyBot\nDisallow: /open\n")

    by_agent = crawl(served, tmp_path, f"{HOME}open")
    by_setting = crawl(
        served, tmp_path, f"{HOME}open",
        USER_AGENT="Harvester/2 MyBot/1 (+https://my.example/bot)",
        ESTOVERS_PRODUCT_TOKEN="MyBot",
    )  # fmt: skip

    assert by_agent.seen == by_setting.seen == []
    assert web.asked() == []


def test_the_projects_licenses_are_the_ones_that_count(
    served: Served, tmp_path: Path
) -> None:
    found = crawl(served, tmp_path, ESTOVERS_LICENSES=["CC0-1.0"])

    assert found.seen == []
    assert found.failed == {HOME: f"TurnedAway: {HOME}: refused, license.not-allowed"}


def test_a_page_that_is_asked_for_twice_at_once_is_judged_twice(
    served: Served, tmp_path: Path
) -> None:
    page = f"{HOME}noai?twice"

    found = crawl(served, tmp_path, page, page, page)

    assert found.seen == []


def test_the_projects_middlewares_stay_and_none_takes_the_wires_place(
    served: Served, tmp_path: Path
) -> None:
    mine = {
        "tests.spiders.project.Picky": 300,
        "tests.spiders.project.Browser": 960,
    }

    found = crawl(
        served, tmp_path, f"{HOME}open", f"{HOME}browser", DOWNLOADER_MIDDLEWARES=mine
    )

    assert urls("/open")[0] in found.seen
    assert found.failed[f"{HOME}bare"] == "IgnoreRequest: not wanted"
    assert f"{HOME}browser" not in found.seen
    assert found.failed[f"{HOME}browser"].endswith("browser: refused, capture.none")


def test_a_spiders_own_settings_do_not_go_round_the_gate(
    web: Web, served: Served, tmp_path: Path
) -> None:
    found = crawl(served, tmp_path, CARELESS=True)

    assert found.seen == urls("/", "/new", "/open")
    assert not [url for url in web.asked() if "/closed" in url]


def test_retries_pass_the_gate_again(web: Web, served: Served, tmp_path: Path) -> None:
    found = crawl(served, tmp_path, f"{HOME}busy", RETRY_TIMES=2)

    assert found.retries == 2
    assert web.asked() == urls("/busy") * 3
    permits = [one["url"] for one in entries(tmp_path, "permit")]
    assert [url for url in permits if url == f"{HOME}busy"] == urls("/busy") * 3


def test_a_policy_file_that_cannot_be_asked_for_ends_the_page_and_not_the_crawl(
    web: Web, served: Served, tmp_path: Path
) -> None:
    breaker = {"tests.spiders.project.Breaker": 990}

    found = crawl(
        served, tmp_path, f"{HOME}open", f"{HOME}bare", DOWNLOADER_MIDDLEWARES=breaker
    )

    assert found.finish == "finished"
    assert found.failed == dict.fromkeys(urls("/open", "/bare"), "ValueError: broken")
    assert web.asked() == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_book_that_cannot_be_written_ends_the_crawl(
    web: Web, served: Served, tmp_path: Path
) -> None:
    found = crawl(
        served, tmp_path, HOME, "http://down.example/", ESTOVERS_DECISIONS="/dev/full"
    )

    assert found.finish == "the book cannot be written"
    assert found.seen == []
    assert "No space left on device" in found.failed[HOME]
    assert web.hits() == []
