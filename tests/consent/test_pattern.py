import pytest

from pipeline.consent import pattern


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://site.example", "/"),
        ("https://site.example?q=1", "/?q=1"),
        ("https://site.example/#top", "/"),
        ("https://u:p@site.example:8443/a", "/a"),
        ("https://site.example/open/../secret/1", "/secret/1"),
        ("https://site.example/open/%2e%2E/secret/", "/secret/"),
        ("https://site.example/a/./b/..", "/a/"),
        ("https://site.example/../../x", "/x"),
        ("https://site.example//a//b", "//a//b"),
        ("https://site.example/a?back=/x/../y", "/a?back=/x/../y"),
        ("https://site.example/%70rivate", "/private"),
        ("https://site.example/caf\u00e9", "/caf%C3%A9"),
        ("https://site.example/caf%c3%a9", "/caf%C3%A9"),
        ("https://site.example/a%2fb%3Fc", "/a%2Fb%3Fc"),
        ("https://site.example/a b%20c", "/a%20b%20c"),
        ("https://site.example/100%", "/100%25"),
        ("https://site.example/price-in-$-and-*", "/price-in-%24-and-%2A"),
        ("https://site.example/\ud800", "/%ED%A0%80"),
    ],
)
def test_equivalent_urls_have_one_target(url: str, target: str) -> None:
    assert pattern.target_of(url) == target


@pytest.mark.parametrize(
    ("rule", "target", "covers"),
    [
        ("/", "/anything", True),
        ("/fish", "/fish.html", True),
        ("/fish", "/Fish", False),
        ("/fish", "/catfish", False),
        ("/fish/", "/fish", False),
        ("/fish*.php", "/fishheads/catfish.php?id=1", True),
        ("/fish*.php", "/fish.PHP", False),
        ("/*.php$", "/a.php", True),
        ("/*.php$", "/a.php?x", False),
        ("/a$", "/a", True),
        ("/a$", "/ab", False),
        ("/*a*ab$", "/aab", True),
        ("/*aab*ab$", "/aab", False),
        ("*", "/x", True),
        ("*.gif$", "/x.gif", True),
        ("/a***b", "/axb", True),
        ("/a*", "/a", True),
        ("/file-with-a-%2A.html", "/file-with-a-%2A.html", True),
        ("/file-with-a-%2A.html", "/file-with-a-x.html", False),
        ("/foo-%24", "/foo-%24", True),
        ("/a$b", "/a%24b", True),
        ("/d?v", "/d%3Fv", False),
        ("/caf\u00e9", "/caf%C3%A9", True),
        ("", "/x", False),
        ("$", "/", False),
        ("private", "/private", False),
        ("https://site.example/z", "/z", False),
    ],
)
def test_a_pattern_covers_what_section_2_2_says(
    rule: str, target: str, *, covers: bool
) -> None:
    assert pattern.matches(rule, target) is covers


@pytest.mark.parametrize(
    ("rule", "octets"),
    [("/", 1), ("/a*b$", 5), ("/%70rivate", 8), ("/caf\u00e9", 10), ("/a%2fb", 6)],
)
def test_specificity_counts_the_octets_of_the_encoded_pattern(
    rule: str, octets: int
) -> None:
    assert pattern.specificity(rule) == octets
