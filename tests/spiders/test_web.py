"""The loopback web: what its hosts answer, what they never give away, what they log."""

import gzip
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from email.message import Message
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import InputFault
from spiders.static import decode_path
from spiders.static_rules import parse_headers, parse_redirects, redirect_for
from spiders.web import Served, parse_request, serve

ROOT = Path(__file__).resolve().parents[2]
SECRET = "not for the web"
ALPHABET = (
    "lower-case letters, digits, hyphens and dots; other letters in their xn-- spelling."
)

HEADERS = """\
# every page
/*
  Content-Usage: train-ai=n
/notes/:name
  X-Robots-Tag: noai
  Content-Type: text/plain; charset=ascii
/robots.txt
  Retry-After: 60
"""
REDIRECTS = """\
/old/*          /new/:splat
/away           https://b.example/x?y=1#z   308   # another host
/see            /notes/tide                 303
/exists         /elsewhere                  302
/exists-forced  /elsewhere                  302!
/blog/:year/:t  /archive/:t-of?y=:year      307
/app/*          /index.html                 200
/robots.txt     -                           503
/gone           none                        410
/private/*      /refusal.html               451
"""
FILES = {
    "index.html": "<h1>River</h1>",
    "about.html": "about",
    "plain": "plain",
    "notes/index.html": "notes",
    "notes/tide.html": "tide",
    "exists.html": "still here",
    "exists-forced.html": "never seen",
    "refusal.html": "a court said no",
    "404.html": "lost",
    "robots.txt": "User-agent: *",
    "private/letter.html": SECRET,
    ".well-known/tdmrep.json": "[]",
    ".env": SECRET,
    ".git/config": SECRET,
    "caf\u00e9/\u6cb3.html": "river in two scripts",
    "feed.xml": "<rss/>",
    "pic.svg": "<svg/>",
    "_headers": HEADERS,
    "_redirects": REDIRECTS,
}


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("web")
    write(folder / "a.example", FILES)
    write(folder / "b.example", {"index.html": "B"})
    write(folder, {"README.md": "no host", "outside.html": SECRET})
    (folder / "a.example" / "link.html").symlink_to(folder / "outside.html")
    (folder / "a.example" / "peek.html").symlink_to(folder / "a.example" / ".env")
    (folder / "a.example" / "inner.html").symlink_to(folder / "a.example" / "about.html")
    (folder / "a.example" / "page.html.gz").write_bytes(gzip.compress(b"page"))
    with serve(folder) as served:
        yield served


def ask(
    web: Served, path: str, *, host: str = "a.example", method: str = "GET", **fields: str
) -> tuple[int, Message, str]:
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=5)
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    connection.request(method, path, headers={"Host": host, **named})
    response = connection.getresponse()
    body = response.read().decode("utf-8", "replace")
    connection.close()
    return response.status, response.headers, body


def talk(web: Served, message: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", web.port), timeout=5) as stream:
        stream.sendall(message)
        return b"".join(iter(lambda: stream.recv(65536), b""))


def test_the_hosts_are_the_folders(web: Served) -> None:
    assert web.hosts == {"a.example", "b.example"}


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        pytest.param("b.example", (200, "B"), id="by-name"),
        pytest.param("B.Example:8080", (200, "B"), id="any-case-and-port"),
        pytest.param("c.example", (421, "This server does not speak for that host.\n")),
        pytest.param("..", (421, "This server does not speak for that host.\n")),
        pytest.param("", (421, "This server does not speak for that host.\n")),
    ],
)
def test_the_host_field_selects_the_folder(
    web: Served, host: str, expected: tuple[int, str]
) -> None:
    status, _, body = ask(web, "/", host=host)

    assert (status, body) == expected


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", "<h1>River</h1>"),
        ("/index.html", "<h1>River</h1>"),
        ("/about", "about"),
        ("/about.html?x=/../..", "about"),
        ("/plain", "plain"),
        ("/notes/", "notes"),
        ("/notes", "notes"),
        ("/notes/tide", "tide"),
        ("/inner", "about"),
        ("/.well-known/tdmrep.json", "[]"),
        ("/caf%C3%A9/%E6%B2%B3.html", "river in two scripts"),
        ("/caf%c3%a9/%e6%b2%b3", "river in two scripts"),
        ("/exists", "still here"),
        ("/app/any/where", "<h1>River</h1>"),
    ],
)
def test_a_path_finds_its_file(web: Served, path: str, body: str) -> None:
    status, _, found = ask(web, path)

    assert (status, found) == (200, body)


@pytest.mark.parametrize(
    "path",
    [
        "/link.html",
        "/peek.html",
        "/../outside.html",
        "/notes/../../outside.html",
        "/%2e%2e/outside.html",
        "/..%2foutside.html",
        "/..%5Coutside.html",
        "/.env",
        "/.git/config",
        "/_headers",
        "/_redirects",
        "/_HEADERS",
        "/%5fheaders",
        "/about.html%00",
        "/about.html%0a",
        "//about.html",
        "/notes//tide",
        "/./about.html",
        "/about.html/",
        "/caf%E9/",
        "/404/x",
        "/" + "a" * 5000,
    ],
)
def test_a_path_that_may_name_no_file_is_not_found(web: Served, path: str) -> None:
    status, _, body = ask(web, path)

    assert (status, body) == (404, "lost")


def test_a_host_without_a_page_for_it_says_not_found_itself(web: Served) -> None:
    status, fields, body = ask(web, "/nothing", host="b.example")

    assert (status, body) == (404, "No such page.\n")
    assert fields["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/about", "text/html; charset=utf-8"),
        ("/feed.xml", "text/xml; charset=utf-8"),
        ("/pic.svg", "image/svg+xml"),
        ("/page.html.gz", "application/gzip"),
        ("/plain", "application/octet-stream"),
        ("/.well-known/tdmrep.json", "application/json"),
        ("/notes/tide", "text/plain; charset=ascii"),
    ],
)
def test_the_content_type_follows_the_name_or_the_rule(
    web: Served, path: str, expected: str
) -> None:
    _, fields, _ = ask(web, path)

    assert fields.get_all("Content-Type") == [expected]


def test_head_answers_as_get_does_without_the_body(web: Served) -> None:
    _, got, _ = ask(web, "/about")
    status, fields, body = ask(web, "/about", method="HEAD")

    assert (status, body) == (200, "")
    assert {**dict(fields), "Date": ""} == {**dict(got), "Date": ""}
    assert fields["Content-Length"] == "5"


def test_a_client_with_the_current_copy_gets_304(web: Served) -> None:
    _, fields, _ = ask(web, "/about")
    etag, modified = fields["ETag"], fields["Last-Modified"]

    answers = [
        ask(web, "/about", If_None_Match=etag),
        ask(web, "/about", If_None_Match=f'"x", W/{etag}'),
        ask(web, "/about", If_None_Match="*"),
        ask(web, "/about", If_Modified_Since=modified),
    ]

    assert [(status, body) for status, _, body in answers] == [(304, "")] * 4
    assert {answer["ETag"] for _, answer, _ in answers} == {etag}


def test_a_client_with_another_copy_gets_the_page(web: Served) -> None:
    _, fields, _ = ask(web, "/about")

    answers = [
        ask(web, "/about", If_None_Match='"x"'),
        # The tag decides alone where both are given.
        ask(web, "/about", If_None_Match='"x"', If_Modified_Since=fields["Last-Modified"]),
        ask(web, "/about", If_Modified_Since="Thu, 01 Jan 1970 00:00:00 GMT"),
        ask(web, "/about", If_Modified_Since="yesterday"),
    ]

    assert [(status, body) for status, _, body in answers] == [(200, "about")] * 4


def test_a_page_that_changes_is_served_anew_under_another_tag(tmp_path: Path) -> None:
    write(tmp_path, {"a.example/index.html": "old"})
    with serve(tmp_path) as web:
        _, before, _ = ask(web, "/")
        write(tmp_path, {"a.example/index.html": "newer"})
        status, after, body = ask(web, "/", If_None_Match=before["ETag"])

    assert (status, body) == (200, "newer")
    assert after["ETag"] != before["ETag"]


def test_every_block_that_matches_adds_its_fields(web: Served) -> None:
    _, page, _ = ask(web, "/about")
    _, note, _ = ask(web, "/notes/tide")

    assert (page["Content-Usage"], page["X-Robots-Tag"]) == ("train-ai=n", None)
    assert (note["Content-Usage"], note["X-Robots-Tag"]) == ("train-ai=n", "noai")


@pytest.mark.parametrize(
    ("path", "status", "location"),
    [
        ("/old/a/b", 301, "/new/a/b"),
        ("/old/", 301, "/new/"),
        ("/old/a?q=1", 301, "/new/a?q=1"),
        ("/old/%0D%0ASet-Cookie:x", 301, None),
        ("/old/caf%C3%A9%20%3F", 301, "/new/caf%C3%A9%20%3F"),
        ("/away?q=1", 308, "https://b.example/x?y=1#z"),
        ("/see", 303, "/notes/tide"),
        ("/exists-forced", 302, "/elsewhere"),
        ("/blog/2024/tide", 307, "/archive/tide-of?y=2024"),
    ],
)
def test_a_redirect_names_where_to_go(
    web: Served, path: str, *, status: int, location: str | None
) -> None:
    answered, fields, body = ask(web, path)

    expected = (404, None) if location is None else (status, location)
    assert (answered, fields["Location"]) == expected
    assert body == ("lost" if location is None else "")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/robots.txt", (503, "")),
        ("/gone", (410, "")),
        ("/private/letter", (451, "a court said no")),
    ],
)
def test_a_status_holds_although_the_file_exists(
    web: Served, path: str, expected: tuple[int, str]
) -> None:
    status, fields, body = ask(web, path)

    assert (status, body) == expected
    assert fields["Retry-After"] == ("60" if path == "/robots.txt" else None)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("_headers", "  A: b", ("line 1", "before any path")),
        ("_headers", "/*\n  no colon", ("line 2", "Name: value")),
        ("_headers", "/*\n  Content-Length: 3", ("line 2", "computed by the server")),
        ("_headers", "# x\n/a\n\n/b\n  A: b", ("line 2", "no header field follows")),
        ("_headers", "a/*\n  A: b", ("line 1", "begins with /")),
        ("_headers", "/*/*\n  A: b", ("line 1", "twice")),
        ("_redirects", "/a", ("line 1", "two or three")),
        ("_redirects", "/a q=:x /b 301", ("line 1", "two or three")),
        ("_redirects", "/a /b 200 Country=nz", ("line 1", "two or three")),
        ("_redirects", "\n/a /b 418", ("line 2", "'418'", "301")),
        ("_redirects", "/a /b 301!!", ("line 1", "'301!!'")),
        ("_redirects", "a /b", ("line 1", "begins with /")),
        ("_redirects", "/a b", ("line 1", "begins with /")),
        ("_redirects", "/a - 301", ("line 1", "does not go with 301")),
        ("_redirects", "/a https://b.example/ 200", ("line 1", "does not go with 200")),
        ("_redirects", "/a javascript:x", ("line 1", "'javascript:x'")),
        ("_redirects", "/a/* /b/:name", ("line 1", "'name'", ":splat")),
        ("_redirects", "/a /missing.html 410", ("/missing.html", "Add the file")),
        ("_redirects", "/a /_redirects 200", ("/_redirects", "Add the file")),
    ],
)
def test_a_malformed_rule_stops_the_start_and_says_where(
    tmp_path: Path, *, name: str, text: str, words: tuple[str, ...]
) -> None:
    write(tmp_path, {f"a.example/{name}": text})

    with pytest.raises(InputFault) as caught, serve(tmp_path):
        pass

    assert [word for word in (name, *words) if word not in str(caught.value)] == []


def test_a_folder_that_is_no_web_stops_the_start(tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    write(bad, {"Not A Host/index.html": ""})
    latin = tmp_path / "latin"
    write(latin, {"a.example/index.html": ""})
    (latin / "a.example" / "_headers").write_bytes(b"/*\n  A: \xe9\n")
    away = tmp_path / "away"
    away.mkdir()
    (away / "a.example").symlink_to(latin / "a.example")
    empty = tmp_path / "empty"
    empty.mkdir()

    said = []
    for folder in (tmp_path / "absent", empty, bad, latin, away):
        with pytest.raises(InputFault) as caught, serve(folder):
            pass
        said.append(str(caught.value))

    assert [sentence.rpartition(". ")[2] for sentence in said] == [
        "Name the folder of the hosts.",
        "Make a folder such as a.example.",
        "Rename the folder: " + ALPHABET,
        "Save it as UTF-8.",
        "Copy the folder instead.",
    ]


def test_each_request_is_in_the_log_before_its_answer_comes(tmp_path: Path) -> None:
    write(tmp_path, {"a.example/index.html": "A"})
    log = tmp_path / "requests.jsonl"
    fields = {
        "User_Agent": "Estovers/0.1",
        "From": "curator@estovers.example",
        "Cookie": "a=b",
        "Accept_Encoding": "gzip",
        "If_None_Match": '"x"',
        "Referer": "http://a.example/",
        "X_Other": "not of interest",
    }

    seen = []
    with serve(tmp_path, log=log) as web:
        for path in ("/?q=1", "/%6Eothing"):
            ask(web, path, **fields)
            seen.append(json.loads(log.read_text().splitlines()[-1]))
        ask(web, "/", host="other.example")
        talk(web, b"nonsense\r\n\r\n")
    rest = [json.loads(line) for line in log.read_text().splitlines()[2:]]

    assert [entry["path"] for entry in seen] == ["/?q=1", "/%6Eothing"]
    assert seen[0]["time"] <= seen[1]["time"]
    assert {**seen[0], "time": 0} == {
        "time": 0,
        "host": "a.example",
        "method": "GET",
        "path": "/?q=1",
        "status": 200,
        "user_agent": "Estovers/0.1",
        "headers": {
            "From": "curator@estovers.example",
            "Referer": "http://a.example/",
            "Cookie": "a=b",
            "Accept-Encoding": "gzip",
            "If-None-Match": '"x"',
        },
    }
    assert [(entry["host"], entry["status"]) for entry in rest] == [
        ("other.example", 421),
        ("", 400),
    ]


def test_a_log_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    write(tmp_path, {"a.example/index.html": "A"})

    with (
        pytest.raises(InputFault, match="Name a file in a folder that exists"),
        serve(tmp_path, log=tmp_path / "absent" / "log"),
    ):
        pass


def test_requests_in_one_packet_are_answered_in_order(web: Served) -> None:
    head = b"GET %s HTTP/1.1\r\nHost: a.example\r\n%s\r\n"

    answers = talk(
        web, head % (b"/about", b"") + head % (b"/plain", b"Connection: close\r\n")
    )

    assert [
        part.rpartition(b"\r\n")[2] for part in answers.split(b"HTTP/1.1 200 OK")[1:]
    ] == [
        b"about",
        b"plain",
    ]


@pytest.mark.parametrize(
    ("message", "status"),
    [
        pytest.param(
            b"GET http://a.example/about HTTP/1.0\r\n\r\n", 200, id="absolute-target"
        ),
        pytest.param(b"GET /about HTTP/1.0\r\nHost: a.example\r\n\r\n", 200, id="http-1.0"),
        pytest.param(b"GET /\r\n\r\n", 400, id="no-version"),
        pytest.param(b"GET / HTTP/1.1\r\nbad line\r\n\r\n", 400, id="no-colon"),
        pytest.param(b"GET / HTTP/3\r\nHost: a.example\r\n\r\n", 400, id="no-such-version"),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1\r\n\r\nx",
            400,
            id="body",
        ),
        pytest.param(
            b"POST / HTTP/1.0\r\nHost: a.example\r\n\r\n", 405, id="a-method-that-writes"
        ),
        pytest.param(b"GET / HTTP/1.1\r\nX: " + b"x" * 66000, 431, id="endless-head"),
    ],
)
def test_a_connection_ends_with_the_right_status(
    web: Served, message: bytes, status: int
) -> None:
    assert talk(web, message).split(b" ")[1] == str(status).encode()


def test_the_server_is_not_reached_on_another_address(web: Served) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", web.port), timeout=5)


def test_the_server_ends_with_the_block(tmp_path: Path) -> None:
    write(tmp_path, {"a.example/index.html": "A"})

    with serve(tmp_path) as web:
        assert ask(web, "/")[0] == 200

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", web.port), timeout=5)


def test_the_server_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    write(tmp_path, {"a.example/index.html": "A"})
    program = (
        "import sys; from pathlib import Path; from spiders.web import serve\n"
        "with serve(Path(sys.argv[1])) as web:\n"
        "    print(web.port, flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as parent:
        assert parent.stdout is not None
        port = int(parent.stdout.readline())
        with socket.create_connection(("127.0.0.1", port), timeout=5) as stream:
            os.kill(parent.pid, signal.SIGKILL)
            last = stream.recv(1)

    assert last == b""


@pytest.mark.law
@given(st.text(alphabet=st.characters(max_codepoint=255)))
@example("/%2e%2e/x")
@example("/a/..%2f..%2fx")
@example("/%")
def test_no_path_climbs_out_of_its_folder(raw: str) -> None:
    path = decode_path("/" + raw)

    segments = path.split("/") if path is not None else ["", "x"]
    assert segments[0] == ""
    assert "" not in segments[1:-1]
    assert [s for s in segments if s.startswith(".") and s != ".well-known"] == []
    assert "\x00" not in "".join(segments)


@pytest.mark.law
@given(st.text(alphabet="/*:a1 -!#\t\nhtps.?=%é\x0b\u2028"))
def test_no_rule_file_raises_anything_but_an_input_fault(text: str) -> None:
    said = []
    for parse in (parse_headers, parse_redirects):
        try:
            parse(text, source="rules")
        except InputFault as fault:
            said.append(str(fault))

    assert [sentence for sentence in said if not sentence.startswith("rules, line ")] == []


@pytest.mark.law
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_location_never_splits_a_line(path: str) -> None:
    rules = parse_redirects("/* https://b.example/:splat", source="rules")

    redirect = redirect_for("/" + path, rules=rules, exists=False)

    assert redirect is not None
    assert redirect.target.isascii()
    assert redirect.target.isprintable()
    assert " " not in redirect.target


@pytest.mark.law
@given(st.binary())
def test_no_message_head_raises(head: bytes) -> None:
    request = parse_request(head)

    assert request is None or request.target.startswith("/")
