"""A stand-in for the Hugging Face Hub: what of its HTTP interface an upload asks for.

It keeps one commit of each repository and what was stored of large files, in memory. The
Hub's other store for large files, Xet, has a protocol of its own that this does not speak.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar, Final
from urllib.parse import urlsplit

TOKEN: Final = "hf_writes"
_OID: Final = "1" * 40
LARGE: Final = (".parquet", ".tree")
"""Endings of files that are sent to the store of large files."""


@dataclass(slots=True)
class Repository:
    """What a repository holds, and how."""

    visibility: str
    files: dict[str, bytes] = field(default_factory=dict)
    large: set[str] = field(default_factory=set)
    summaries: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Hub:
    """The Hub: its repositories, its store, and what goes wrong in it."""

    address: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    store: dict[str, bytes] = field(default_factory=dict)
    spoils: str | None = None
    """A path whose bytes change when they are committed."""


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve a hub over loopback."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: ClassVar[Hub]

    def do_GET(self) -> None:
        found = re.fullmatch(r"/api/datasets/([^/]+/[^/]+)/tree/main", self._path())
        info = re.fullmatch(r"/api/datasets/([^/]+/[^/]+)(/revision/main)?", self._path())
        if found and found[1] in self.hub.repositories:
            self._answer(_tree(self.hub.repositories[found[1]]))
        elif info and info[1] in self.hub.repositories:
            repository = self.hub.repositories[info[1]]
            siblings = [{"rfilename": name} for name in repository.files]
            self._answer({"id": info[1], "sha": "0" * 40, "siblings": siblings})
        else:
            self._answer({"error": "Not found"}, status=404)

    def do_PUT(self) -> None:
        body = self._body()
        digest = self._path().rpartition("/")[2]
        fits = sha256(body).hexdigest() == digest
        if fits:
            self.hub.store[digest] = body
        self._answer({}, status=200 if fits else 400)

    def do_POST(self) -> None:
        body, path = self._body(), self._path()
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._answer({"error": "You may not"}, status=403)
        elif path == "/api/repos/create":
            self._create(json.loads(body))
        elif path == "/api/validate-yaml":
            self._answer({"errors": [], "warnings": []})
        elif path.endswith("/preupload/main"):
            self._answer(_preupload(json.loads(body)))
        elif path.endswith("/info/lfs/objects/batch"):
            self._answer(self._batch(json.loads(body)))
        elif found := re.fullmatch(r"/api/datasets/([^/]+/[^/]+)/commit/main", path):
            self._commit(found[1], body)
        else:
            self._answer({"error": "Not found"}, status=404)

    def _create(self, asked: Mapping[str, str]) -> None:
        name = f"{asked['organization']}/{asked['name']}"
        url = f"{self.hub.address}/datasets/{name}"
        if name in self.hub.repositories:
            self._answer({"error": "It is there", "url": url}, status=409)
            return
        self.hub.repositories[name] = Repository(asked.get("visibility", "public"))
        self._answer({"url": url, "name": name})

    def _batch(self, asked: Mapping[str, list[dict[str, object]]]) -> dict[str, object]:
        objects = [
            {
                **each,
                "actions": {"upload": {"href": f"{self.hub.address}/store/{each['oid']}"}},
            }
            for each in asked["objects"]
        ]
        return {"transfer": "basic", "objects": objects}

    def _commit(self, name: str, body: bytes) -> None:
        repository = self.hub.repositories[name]
        place = f"{self.hub.address}/datasets/{name}"
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            match line["key"]:
                case "header":
                    repository.summaries.append(value["summary"])
                case "file":
                    data = base64.b64decode(value["content"])
                    repository.files[value["path"]] = data
                case "lfsFile":
                    repository.files[value["path"]] = self.hub.store[value["oid"]]
                    repository.large.add(value["path"])
                case "deletedFile":
                    del repository.files[value["path"]]
                case other:
                    raise AssertionError(f"the Hub knows no {other}")
        if self.hub.spoils is not None:
            repository.files[self.hub.spoils] += b"!"
        self._answer(
            {"success": True, "commitOid": _OID, "commitUrl": f"{place}/commit/{_OID}"}
        )

    def _path(self) -> str:
        return urlsplit(self.path).path

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, value: object, *, status: int = 200) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _preupload(asked: Mapping[str, list[dict[str, str]]]) -> dict[str, object]:
    files = [
        {
            "path": each["path"],
            "uploadMode": "lfs" if each["path"].endswith(LARGE) else "regular",
            "shouldIgnore": False,
        }
        for each in asked["files"]
    ]
    return {"files": files}


def _tree(repository: Repository) -> list[dict[str, object]]:
    return [
        {
            "type": "file",
            "path": path,
            "size": len(data),
            "oid": sha1(b"blob %d\0" % len(data) + data).hexdigest(),
            **({"lfs": _large(data)} if path in repository.large else {}),
        }
        for path, data in sorted(repository.files.items())
    ]


def _large(data: bytes) -> dict[str, object]:
    return {"oid": sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
