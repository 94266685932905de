"""What every test goes by: no network but loopback, and how hard the laws are tried."""

import os
import socket
from ipaddress import ip_address

import pytest
from hypothesis import settings

# What a commit is checked by gives the same answer each time it is asked; chance is for
# `make deep`, whose finds become tests of their own.
settings.register_profile("dev", max_examples=50, deadline=None, derandomize=True)
settings.register_profile("ci", max_examples=200, deadline=None, derandomize=True)
settings.register_profile("deep", max_examples=5000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

_LOCAL_NAMES = frozenset({None, "", "localhost", b"localhost"})


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that looks up a name or connects anywhere but to this machine."""
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, _guarded(name))
    lookup = socket.getaddrinfo

    def guarded(host: object, *arguments: object, **options: object) -> object:
        if host not in _LOCAL_NAMES and not _is_loopback(host):
            pytest.fail(f"a test looked up {host!r}")
        return lookup(host, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", guarded)


def _guarded(name: str) -> object:
    original = getattr(socket.socket, name)

    def connect(self: socket.socket, address: object) -> object:
        if isinstance(address, tuple) and not _is_loopback(address[0]):
            pytest.fail(f"a test connected to {address!r}")
        return original(self, address)

    return connect


def _is_loopback(host: object) -> bool:
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if text == "localhost":
        return True
    try:
        return ip_address(socket.inet_ntoa(socket.inet_aton(text))).is_loopback
    except OSError:
        pass
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return address.is_loopback
