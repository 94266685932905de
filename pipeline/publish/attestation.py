"""Attestations: what a curator signs of a release, so that anyone can check who said it.

An in-toto Statement (version 1) in a DSSE envelope, signed with Ed25519. The statement is
canonical JSON and the signature has no chance in it: the same release under the same key
gives the same bytes. The envelope has one spelling, so that a change anywhere is noticed,
also where a signature alone would not cover it.

A signature shows that the holder of a key said these words, and not who that is: whoever
reads it has the public key, or its fingerprint, from elsewhere.
"""

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, Signature, SSlibKey

from pipeline.errors import InputFault, SignatureFault
from pipeline.ledger.leaf import Json, canonical, parse_canonical
from pipeline.publish.terminal import visible

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
"""What the envelope holds (in-toto attestation framework, Statement layer v1)."""

PREDICATE_TYPE: Final = "https://estovers.example/attestation/release/v1"
"""What we say of a release. It is a name: nothing is to be fetched from it."""

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
"""The media type of a statement in an envelope (DSSE 1.0)."""

Key: TypeAlias = Ed25519PrivateKey
"""A curator's private key."""

_NOT_PRIVATE: Final = (
    "this is not an Ed25519 private key in PEM (PKCS#8, without a password). Give the one "
    "that estovers keygen wrote."
)
_NOT_PUBLIC: Final = (
    "this is not an Ed25519 public key in PEM. Give the one that the curator published "
    "beside the card."
)
_REMEDY: Final = (
    "Do not rely on it: ask the curator for the attestation, and for the fingerprint of "
    "the key by another way."
)

_SCHEME: Final = "ed25519"
_DIGEST: Final = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The files of a release with their digests (``sha256:…``), and what is said of it."""

    subjects: Mapping[str, str]
    predicate: Mapping[str, Json]

    @property
    def payload(self) -> bytes:
        """The statement as it is signed, subjects in the order of their names.

        Raises ValueError where there is no subject, a digest is none, nothing is said or
        JSON cannot carry it.
        """
        if not self.subjects or not self.predicate:
            raise ValueError("a statement has a subject and says something of it")
        return canonical(
            {
                "_type": STATEMENT_TYPE,
                "subject": [
                    {"name": name, "digest": {"sha256": _digits(digest)}}
                    for name, digest in sorted(self.subjects.items())
                ],
                "predicateType": PREDICATE_TYPE,
                "predicate": self.predicate,
            }
        )


def keygen() -> tuple[str, str]:
    """Return a new private and public key as PEM: PKCS#8, not encrypted, and SPKI.

    The private one is to be written so that nobody else can read it (mode 0600).
    """
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private.decode("ascii"), public_of(key)


def load_key(text: str) -> Key:
    """Return the private key that a PEM text holds.

    Raises InputFault, which never repeats the text, for any other.
    """
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InputFault(_NOT_PRIVATE) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InputFault(_NOT_PRIVATE)
    return key


def public_of(key: Key) -> str:
    """Return the public key of a private one, as PEM."""
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return public.decode("ascii")


def fingerprint(public: str) -> str:
    """Return ``sha256:`` and the digest of a public key, to be compared by eye.

    It is that of the key in DER: ``openssl pkey -pubin -outform DER | sha256sum``. Raises
    InputFault where the PEM text holds no Ed25519 public key.
    """
    return _fingerprint(_load_public(public))


def sign(subjects: Mapping[str, str], predicate: Mapping[str, Json], key: Key) -> bytes:
    """Return the envelope in which ``key`` says ``predicate`` of the files of a release.

    ``subjects`` are digests (``sha256:…``) by name. The same arguments give the same bytes
    (RFC 8032 section 5.1.6). Raises ValueError as ``Statement.payload`` does.
    """
    payload = Statement(subjects=subjects, predicate=predicate).payload
    envelope = Envelope(payload, PAYLOAD_TYPE, {})
    envelope.sign(CryptoSigner(key, _named(key.public_key())))
    return _written(envelope)


def verify(envelope: bytes, public: str) -> Statement:
    """Return what the holder of a public key, given as PEM, signed in ``envelope``.

    Raises SignatureFault where the bytes are not exactly an envelope of ours, were signed
    with another key or are not what was signed; InputFault where the PEM text holds no
    Ed25519 public key.
    """
    key = _named(_load_public(public))
    try:
        read = _envelope_of(envelope)
    except ValueError as error:
        raise _fault("form", f"{error}.") from error
    [signer] = read.signatures
    if signer != key.keyid:
        raise _fault("key", f"it names the key {signer}, and yours is {key.keyid}.")
    try:
        read.verify([key], threshold=1)
    except VerificationError as error:
        why = "the statement is not the one that was signed."
        raise _fault("signature", why) from error
    try:
        return _statement_of(read.payload)
    except ValueError as error:
        raise _fault("statement", f"{error}.") from error


def _envelope_of(data: bytes) -> Envelope:
    if data[-1:] != b"\n":
        raise ValueError("it does not end with a line break")
    match parse_canonical(data[:-1]):
        case {
            "payload": str(payload),
            "signatures": [{"keyid": str(keyid), "sig": str(sig)}],
        }:
            signature = Signature(keyid, b64decode(sig, validate=True).hex())
            read = Envelope(
                b64decode(payload, validate=True), PAYLOAD_TYPE, {keyid: signature}
            )
        case _:
            raise ValueError("it is not a DSSE envelope with one signature")
    if _written(read) != data:
        raise ValueError("it says other things than an envelope of a statement does")
    return read


def _written(envelope: Envelope) -> bytes:
    facts: Mapping[str, Json] = envelope.to_dict()
    return canonical(facts) + b"\n"


def _statement_of(payload: bytes) -> Statement:
    match parse_canonical(payload):
        case {"subject": [*subjects], "predicate": Mapping() as predicate}:
            files = dict(map(_subject, subjects))
            found = Statement(subjects=files, predicate=predicate)
        case _:
            raise ValueError("it has no subjects or says nothing of them")
    if found.payload != payload:
        raise ValueError(f"it is not a statement of {PREDICATE_TYPE}")
    return found


def _subject(value: Json) -> tuple[str, str]:
    match value:
        case {"name": str(name), "digest": {"sha256": str(digits)}}:
            return name, f"sha256:{digits}"
        case _:
            raise ValueError("a subject has no name or no SHA-256")


def _digits(digest: str) -> str:
    found = _DIGEST.fullmatch(digest)
    if found is None:
        raise ValueError(f"{digest!r} is not a digest")
    return found[1]


def _load_public(text: str) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InputFault(_NOT_PUBLIC) from error
    if not isinstance(key, Ed25519PublicKey):
        raise InputFault(_NOT_PUBLIC)
    return key


def _named(key: Ed25519PublicKey) -> SSlibKey:
    """Return a key as the library takes it; its id is the fingerprint."""
    return SSlibKey.from_crypto(key, _fingerprint(key), _SCHEME)


def _fingerprint(key: Ed25519PublicKey) -> str:
    encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"sha256:{sha256(encoded).hexdigest()}"


def _fault(check: str, why: str) -> SignatureFault:
    return SignatureFault(visible(f"the attestation fails ({check}): {why} {_REMEDY}"))
