import pytest

from pipeline.consent import robots, second_reader
from pipeline.model import Disagreement


def _compared(
    body: bytes, path: str = "/doc", token: str = "ConsentBot"
) -> Disagreement | None:
    url = f"https://site.example{path}"
    ours = robots.settle(robots.read(body), url=url, token=token)
    return second_reader.compare(body, url=url, token=token, ours=ours)


def _all_of(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def test_two_readers_that_agree_give_no_disagreement() -> None:
    assert _compared(b"User-agent: *\nDisallow: /") is None


def test_a_disagreement_says_who_said_what() -> None:
    body = _all_of("User-agent: Consent", "Disallow: /")

    assert _compared(body) == Disagreement(
        reader="protego",
        url="https://site.example/doc",
        token="ConsentBot",
        ours=True,
        theirs=False,
        cause="token prefix match",
    )


@pytest.mark.parametrize(
    ("cause", "body", "path", "token"),
    [
        (
            "token prefix match",
            _all_of("User-agent: cur", "Allow: /", "", "User-agent: *", "Disallow: /"),
            "/doc",
            "curatorbot",
        ),
        (
            "token with version or remark",
            _all_of("User-agent: ConsentBot/2.0", "Disallow: /"),
            "/doc",
            "ConsentBot",
        ),
        (
            "token with version or remark",
            _all_of("User-agent: * all robots", "Disallow: /"),
            "/doc",
            "ConsentBot",
        ),
        (
            "one-character token",
            _all_of("User-agent: *", "Disallow: /", "", "User-agent: a", "Allow: /"),
            "/doc",
            "a",
        ),
        (
            "line ends",
            _all_of("User-agent: *", "Disallow: /", "# note\u2028Allow: /"),
            "/doc",
            "ConsentBot",
        ),
        (
            "byte order mark",
            b"\xef\xbb\xbf\xef\xbb\xbfUser-agent: *\nDisallow: /",
            "/doc",
            "ConsentBot",
        ),
        (
            "escaped reserved octet",
            _all_of("User-agent: *", "Disallow: /", "Allow: /d?v"),
            "/d%3Fv",
            "ConsentBot",
        ),
        ("size limit", b"User-agent: *\nAllow: /\n#" + b"x" * 2**19, "/doc", "ConsentBot"),
        ("NUL or damaged key", b"User-agent: *\nDisallow\0: /", "/doc", "ConsentBot"),
        ("UTF-16", "User-agent: *\nDisallow: /".encode("utf-16"), "/doc", "ConsentBot"),
        (
            "split group",
            _all_of("User-agent: *", "License: x", "User-agent: GPTBot", "Disallow: /"),
            "/doc",
            "ConsentBot",
        ),
        (
            "name in a wildcard or a User-Agent header",
            _all_of("User-agent: *bot", "Disallow: /"),
            "/doc",
            "ConsentBot",
        ),
        (
            "dot segments",
            _all_of("User-agent: *", "Disallow: /secret"),
            "/open/%2e%2E/secret",
            "ConsentBot",
        ),
        (
            "misspelt key or missing colon",
            _all_of("User-agent: *", "Disallow /a b"),
            "/a%20b",
            "ConsentBot",
        ),
        (
            "octets that are not UTF-8",
            b"User-agent: *\nDisallow: /caf\xe9",
            "/cafe",
            "ConsentBot",
        ),
        (
            "index page",
            _all_of("User-agent: *", "Disallow: /", "Allow: /index.html"),
            "/",
            "ConsentBot",
        ),
        (
            "pattern without a slash",
            _all_of("User-agent: *", "Disallow: https://site.example/z"),
            "/https://site.example/z",
            "ConsentBot",
        ),
        (
            "dollar sign",
            _all_of("User-agent: *", "Disallow: /a$"),
            "/a$b",
            "ConsentBot",
        ),
        (
            "octets of reserved characters",
            _all_of("User-agent: *", "Disallow: /a?b", "Allow: /a*bc"),
            "/a?bcd",
            "ConsentBot",
        ),
    ],
)
def test_each_known_difference_is_found_by_its_name(
    cause: str, body: bytes, *, path: str, token: str
) -> None:
    found = _compared(body, path, token)

    assert found is not None
    assert found.cause == cause


def test_two_differences_at_once_are_named_together() -> None:
    body = _all_of("User-agent: ConsentBot/2.0", "Disallow: /secret")

    found = _compared(body, "/open/../secret")

    assert found is not None
    assert found.cause == "token with version or remark + dot segments"


def test_a_product_bomb_is_not_given_to_protego() -> None:
    agents = [f"User-agent: bot-{number}" for number in range(600)]
    rules = [f"Disallow: /{number}" for number in range(600)]

    url = "https://site.example/"
    assert second_reader.ask(_all_of(*agents, *rules), url=url, token="a") is None


@pytest.mark.parametrize("opening", ["User agent", "# \u2028User-agent:"])
def test_a_product_bomb_that_only_protego_sees_is_not_given_to_it(opening: str) -> None:
    agents = [f"{opening} bot-{number}" for number in range(600)]
    rules = [f"Disallow: /{number}" for number in range(600)]

    url = "https://site.example/"
    assert second_reader.ask(_all_of(*agents, *rules), url=url, token="a") is None


def test_a_url_that_protego_cannot_read_has_no_answer() -> None:
    url = "https://[site.example/a?b"

    assert second_reader.ask(b"User-agent: *\nDisallow: /", url=url, token="a") is None
