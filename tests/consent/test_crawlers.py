import json
from dataclasses import fields
from pathlib import Path

import pytest

from pipeline.consent import crawlers
from pipeline.model import Evidence, Line, Statement
from pipeline.vocab import Preference, Signal

REGISTRY = (
    Path(__file__).resolve().parents[2] / "../shared/robots/crawlers/ai-crawlers.json"
)
ROBOTS = Evidence(source="https://site.example/robots.txt", locator="file", status=200)
PURPOSES = [
    field.name
    for field in fields(crawlers.Crawlers)
    if field.name not in {"source", "revision", "date"}
]


def names(purpose: str) -> tuple[str, ...]:
    found: tuple[str, ...] = getattr(crawlers.load(), purpose)
    return found


@pytest.mark.parametrize(
    "token",
    [
        "GPTBot",
        "ClaudeBot",
        "CCBot",
        "AI2Bot",
        "Kangaroo Bot",
        "Google-Extended",
        "Applebot-Extended",
        "anthropic-ai",
        "Diffbot",
        "GoogleOther",
    ],
    ids=str,
)
def test_a_crawler_of_training_is_a_training_token(token: str) -> None:
    assert token in crawlers.training_tokens(crawlers.load())


@pytest.mark.parametrize(
    "token",
    [
        "OAI-SearchBot",
        "ChatGPT-User",
        "Claude-SearchBot",
        "Claude-User",
        "PerplexityBot",
        "Perplexity-User",
        "Applebot",
        "DuckAssistBot",
        "MistralAI-User",
        "meta-externalfetcher",
        "Scrapy",
    ],
    ids=str,
)
def test_a_crawler_of_search_or_of_a_person_is_not(token: str) -> None:
    assert token not in crawlers.training_tokens(crawlers.load())


def test_a_policy_token_is_a_training_token_as_soon_as_it_is_listed() -> None:
    known = crawlers.load()

    assert known.policy_tokens == ()
    assert crawlers.training_tokens(known)[0] == known.control[0]


def test_each_name_has_one_purpose_whatever_its_case() -> None:
    every = [name.casefold() for purpose in PURPOSES for name in names(purpose)]

    assert len(every) == len(set(every))


@pytest.mark.skipif(not REGISTRY.exists(), reason="the registry is not here")
def test_every_name_of_the_registry_is_classified_and_no_other() -> None:
    registry = {name.casefold() for name in json.loads(REGISTRY.read_text("utf-8"))}

    ours = {name.casefold() for purpose in PURPOSES for name in names(purpose)}

    assert ours == registry


def test_a_refused_crawler_is_a_refusal_of_training_with_its_line() -> None:
    line = Line(number=2, key="disallow", value="/", text="Disallow: /")

    said = crawlers.refusals([("GPTBot", line)], robots=ROBOTS)

    assert said == (
        Statement(
            signal=Signal.AI_CRAWLER,
            preference=Preference.DISALLOWED,
            evidence=(
                Evidence(
                    source="https://site.example/robots.txt",
                    locator="line 2, in the group of GPTBot",
                    line=2,
                    quote="Disallow: /",
                    clause="RFC 9309 section 2.2.1, group of an AI training crawler "
                    "(practice: arXiv 2407.14933, arXiv 2504.06219)",
                    status=200,
                    parser="crawlers/1",
                ),
            ),
            note="refuses GPTBot",
        ),
    )


def test_a_refusal_without_a_line_names_the_group() -> None:
    (statement,) = crawlers.refusals([("CCBot", None)], robots=ROBOTS)

    assert statement.evidence[0].locator == "group of CCBot"


def test_no_refused_crawler_says_nothing() -> None:
    assert crawlers.refusals([], robots=ROBOTS) == ()


def test_a_line_that_keeps_many_crawlers_out_is_one_refusal() -> None:
    line = Line(number=9, key="disallow", value="/", text="Disallow: /")
    names = ["GPTBot", "CCBot", "ClaudeBot", "Bytespider", "Amazonbot", "Diffbot"]

    (said,) = crawlers.refusals([(name, line) for name in names], robots=ROBOTS)

    assert said.note == "refuses GPTBot, CCBot, ClaudeBot, Bytespider and 2 more"
