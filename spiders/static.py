"""One host of a static web: its folder, and the answer to each request for a path of it."""

import email.utils
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from stat import S_ISREG
from typing import Final
from urllib.parse import unquote_to_bytes

from pipeline.errors import InputFault
from spiders.static_rules import (
    REDIRECTS,
    HeaderRule,
    Redirect,
    RedirectRule,
    fields_for,
    parse_headers,
    parse_redirects,
    redirect_for,
)

_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*")
_RULE_FILES: Final = frozenset({"_headers", "_redirects"})
_CACHED_SIZE: Final = 256 * 1024
# Not the module's own functions: they also read this machine's files, so that a page
# would have another type elsewhere.
_TYPES: Final = mimetypes.MimeTypes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One host: its folder with every symbolic link resolved, and its rules."""

    root: Path
    headers: tuple[HeaderRule, ...]
    redirects: tuple[RedirectRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it came. Field names are in lower case."""

    method: str
    target: str
    host: str
    version: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back, without the fields that frame it."""

    status: int
    fields: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    body: bytes
    fields: tuple[tuple[str, str], ...]


def load_sites(directory: Path) -> Mapping[str, Site]:
    """Return the hosts of a folder by name; folders that begin with a dot are none.

    Raises InputFault where the folder, a host's name or a rule file has a fault.
    """
    if not directory.is_dir():
        raise InputFault(f"{directory}: no such folder. Name the folder of the hosts.")
    folders = sorted(
        entry
        for entry in directory.iterdir()
        if entry.is_dir() and not entry.name.startswith(".")
    )
    if not folders:
        raise InputFault(f"{directory}: no host in it. Make a folder such as a.example.")
    return {folder.name: _load_site(folder, within=directory) for folder in folders}


def answer(site: Site, request: Request) -> Answer:
    """Return what a static host answers to a request for one of its paths."""
    raw, _, query = request.target.partition("?")
    path = decode_path(raw)
    if path is None:
        return _not_found(site)
    file = _find(site, path)
    rule = redirect_for(path, rules=site.redirects, exists=file is not None)
    if rule is not None:
        plain = _by_rule(site, request, rule=rule, query=query)
    elif file is not None:
        plain = _with_file(file, request)
    else:
        plain = _not_found(site)
    return overlaid(plain, fields_for(path, rules=site.headers))


def decode_path(raw: str) -> str | None:
    """Return the path that percent-encoded octets spell, or None where it may name no file.

    Dot segments, hidden files (``.well-known`` apart), rule files, an encoded slash, a
    backslash, control characters and octets that are not UTF-8 name none.
    """
    try:
        segments = [
            unquote_to_bytes(segment.encode("latin-1")).decode()
            for segment in raw.split("/")
        ]
    except UnicodeError:
        return None
    if len(segments) == 1 or segments[0] or not all(map(_is_public, segments[1:-1])):
        return None
    return "/".join(segments) if not segments[-1] or _is_public(segments[-1]) else None


def plain_answer(status: int, text: str) -> Answer:
    """Return an answer whose body is one line of plain text."""
    fields = (("Content-Type", "text/plain; charset=utf-8"),)
    return Answer(status=status, fields=fields, body=f"{text}\n".encode())


def overlaid(plain: Answer, fields: tuple[tuple[str, str], ...]) -> Answer:
    """Return an answer with fields that replace those of the same name."""
    said = {name.lower() for name, _ in fields}
    kept = tuple(field for field in plain.fields if field[0].lower() not in said)
    return replace(plain, fields=kept + fields)


def _is_public(segment: str) -> bool:
    hidden = segment.startswith(".") and segment != ".well-known"
    # File systems that ignore case would find _HEADERS.
    private = hidden or segment.casefold() in _RULE_FILES
    return bool(segment) and not private and not re.search(r"[/\\\x00-\x1f\x7f]", segment)


def _load_site(folder: Path, *, within: Path) -> Site:
    if not _HOST.fullmatch(folder.name):
        raise InputFault(
            f"{folder}: {folder.name!r} is not a host name. Rename the folder: lower-case"
            " letters, digits, hyphens and dots; other letters in their xn-- spelling."
        )
    if not folder.resolve().is_relative_to(within.resolve()):
        raise InputFault(f"{folder}: a link that leaves {within}. Copy the folder instead.")
    headers, redirects = folder / "_headers", folder / "_redirects"
    site = Site(
        root=folder.resolve(),
        headers=parse_headers(_text_of(headers), source=str(headers)),
        redirects=parse_redirects(_text_of(redirects), source=str(redirects)),
    )
    for rule in site.redirects:
        _verify_target(site, rule, source=redirects)
    return site


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig") if path.is_file() else ""
    except UnicodeDecodeError as error:
        raise InputFault(
            f"{path}: not UTF-8 ({error.reason}). Save it as UTF-8."
        ) from error


def _verify_target(site: Site, rule: RedirectRule, *, source: Path) -> None:
    if rule.status in REDIRECTS or not rule.target or "/:" in rule.target:
        return
    path = decode_path(rule.target)
    if path is None or _find(site, path) is None:
        raise InputFault(
            f"{source}: no file for the target {rule.target} ({rule.status}). Add the file"
            " or write - for an empty body."
        )


def _find(site: Site, path: str) -> _File | None:
    names = (
        (f"{path}index.html",)
        if path.endswith("/")
        else (path, f"{path}.html", f"{path}/index.html")
    )
    found = (_load_file(site, name) for name in names)
    return next((file for file in found if file is not None), None)


def _load_file(site: Site, name: str) -> _File | None:
    try:
        place = Path(f"{site.root}{name}").resolve(strict=True)
        seen = place.stat()
        if not S_ISREG(seen.st_mode) or not _is_within(site, place):
            return None
        read = _read_file if seen.st_size <= _CACHED_SIZE else _read_file.__wrapped__
        return read(place, name, (seen.st_mtime_ns, seen.st_size, seen.st_ino))
    except OSError:
        return None


def _is_within(site: Site, place: Path) -> bool:
    # A symbolic link may lead out of the folder, or to what the folder keeps to itself.
    return place.is_relative_to(site.root) and all(
        map(_is_public, place.relative_to(site.root).parts)
    )


@lru_cache(maxsize=1024)
def _read_file(place: Path, name: str, version: tuple[int, int, int]) -> _File:
    body = place.read_bytes()
    modified = email.utils.formatdate(version[0] // 10**9, usegmt=True)
    fields = (
        ("Content-Type", _type_of(name)),
        ("ETag", f'"{sha256(body).hexdigest()[:32]}"'),
        ("Last-Modified", modified),
    )
    return _File(body=body, fields=fields)


def _type_of(name: str) -> str:
    guess, coding = _TYPES.guess_type(name)
    if coding is not None:
        return f"application/{coding}"
    guess = guess or "application/octet-stream"
    return f"{guess}; charset=utf-8" if guess.startswith("text/") else guess


def _by_rule(site: Site, request: Request, *, rule: Redirect, query: str) -> Answer:
    if rule.status in REDIRECTS:
        added = f"?{query}" if query and not re.search("[?#]", rule.target) else ""
        return Answer(status=rule.status, fields=(("Location", rule.target + added),))
    path = decode_path(rule.target)
    file = _find(site, path) if path else None
    if rule.status == HTTPStatus.OK:
        return _with_file(file, request) if file else _not_found(site)
    return _with_body(rule.status, file)


def _with_file(file: _File, request: Request) -> Answer:
    known = dict(file.fields)
    if _is_current(known["ETag"], known["Last-Modified"], asked=request.fields):
        return Answer(status=304, fields=file.fields[1:])
    return Answer(status=200, fields=file.fields, body=file.body)


def _with_body(status: int, file: _File | None) -> Answer:
    if file is None:
        return Answer(status=status, fields=(("Content-Type", "text/plain"),))
    return Answer(status=status, fields=file.fields[:1], body=file.body)


def _not_found(site: Site) -> Answer:
    file = _find(site, "/404.html")
    return _with_body(404, file) if file else plain_answer(404, "No such page.")


def _is_current(etag: str, modified: str, *, asked: Mapping[str, str]) -> bool:
    """Say whether the client's copy still holds (RFC 9110 section 13.2.2, 3 and 4)."""
    tags = asked.get("if-none-match")
    if tags is not None:
        listed = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return "*" in listed or etag in listed
    since = asked.get("if-modified-since", "")
    try:
        return _instant(modified) <= _instant(since)
    except ValueError:
        return False


def _instant(date: str) -> float:
    return email.utils.parsedate_to_datetime(date).timestamp()
