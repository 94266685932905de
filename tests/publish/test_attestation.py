"""Attestations: what was signed is read back, and nothing else is, by no other key."""

import json
from base64 import b64decode, b64encode
from functools import cache

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st
from in_toto_attestation.v1 import statement as in_toto
from in_toto_attestation.v1 import statement_pb2

from pipeline.errors import InputFault, SignatureFault
from pipeline.ledger.leaf import Json, canonical
from pipeline.model import digest_of
from pipeline.publish.attestation import (
    PAYLOAD_TYPE,
    PREDICATE_TYPE,
    Key,
    Statement,
    fingerprint,
    keygen,
    load_key,
    public_of,
    sign,
    verify,
)

KEY: Key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER: Key = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = public_of(KEY)

SUBJECTS = {
    "dataset/CC-BY-4.0/part-0.parquet": digest_of(b"rows"),
    "card/card.json": digest_of(b"card"),
    "card/é.md": digest_of(b"words"),
}
PREDICATE: dict[str, Json] = {
    "release": digest_of(b"release"),
    "trees": {"documents": {"size": 12, "root": "ab" * 32}},
    "curators": ["Ines Thorne", "Osric Venn"],
}
ENVELOPE = sign(SUBJECTS, PREDICATE, KEY)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def payload_of(envelope: bytes) -> bytes:
    return b64decode(json.loads(envelope)["payload"])


def enveloped(payload: bytes, key: Key) -> bytes:
    """An envelope as DSSE 1.0 describes it, made without the library."""
    kind = PAYLOAD_TYPE.encode()
    signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
    signature: dict[str, Json] = {
        "keyid": fingerprint(public_of(key)),
        "sig": b64encode(key.sign(signed)).decode(),
    }
    facts: dict[str, Json] = {
        "payload": b64encode(payload).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [signature],
    }
    return canonical(facts) + b"\n"


def test_what_was_signed_is_read_back() -> None:
    assert verify(ENVELOPE, PUBLIC) == Statement(subjects=SUBJECTS, predicate=PREDICATE)


@pytest.mark.law
@given(
    st.dictionaries(TEXT, st.binary(max_size=3).map(digest_of), min_size=1, max_size=4),
    st.dictionaries(TEXT, st.integers(0, 9) | TEXT | st.none(), min_size=1, max_size=4),
)
def test_anything_that_is_signed_is_read_back(
    subjects: dict[str, str], predicate: dict[str, Json]
) -> None:
    envelope = sign(subjects, predicate, KEY)

    assert verify(envelope, PUBLIC) == Statement(subjects=subjects, predicate=predicate)


def test_the_same_words_give_the_same_bytes() -> None:
    turned = dict(reversed(SUBJECTS.items()))

    again = sign(turned, dict(reversed(PREDICATE.items())), load_key(pem_of(KEY)))

    assert again == ENVELOPE
    # Of this key and these words on every machine.
    assert digest_of(ENVELOPE) == (
        "sha256:35ffcda6063c770a2ab49bef88994de511d3347a0fdf811b05b006f3b44bd710"
    )


@pytest.mark.conformance
def test_the_envelope_is_that_of_dsse() -> None:
    assert enveloped(payload_of(ENVELOPE), KEY) == ENVELOPE


@pytest.mark.conformance
def test_the_signature_is_that_of_the_preauth_encoding() -> None:
    facts = json.loads(ENVELOPE)
    payload = b64decode(facts["payload"])
    signature = b64decode(facts["signatures"][0]["sig"])
    signed = b"DSSEv1 28 application/vnd.in-toto+json %d " % len(payload) + payload

    KEY.public_key().verify(signature, signed)
    with pytest.raises(InvalidSignature):
        KEY.public_key().verify(signature, payload)


@pytest.mark.conformance
def test_the_statement_is_that_of_in_toto() -> None:
    parsed = json_format.Parse(payload_of(ENVELOPE), statement_pb2.Statement())

    statement = in_toto.Statement.copy_from_pb(parsed)
    statement.validate()

    assert statement.pb.predicate_type == PREDICATE_TYPE
    assert [(one.name, dict(one.digest)) for one in statement.pb.subject] == [
        (name, {"sha256": SUBJECTS[name].removeprefix("sha256:")})
        for name in sorted(SUBJECTS)
    ]
    assert json_format.MessageToDict(statement.pb.predicate) == PREDICATE


def flipped(data: bytes, at: int, by: int) -> bytes:
    changed = bytearray(data)
    changed[at % len(data)] ^= by
    return bytes(changed)


@pytest.mark.law
@given(st.integers(0, len(ENVELOPE)), st.integers(1, 255))
def test_no_flipped_byte_passes(at: int, by: int) -> None:
    with pytest.raises(SignatureFault, match=r"^the attestation fails "):
        verify(flipped(ENVELOPE, at, by), PUBLIC)


def test_no_other_letter_anywhere_passes() -> None:
    for at in range(len(ENVELOPE)):
        with pytest.raises(SignatureFault, match=r"^the attestation fails "):
            verify(flipped(ENVELOPE, at, 1), PUBLIC)


@pytest.mark.law
@given(st.integers(0, 600), st.integers(0, 60), st.binary(max_size=60))
def test_no_bytes_raise_anything_else(at: int, out: int, put: bytes) -> None:
    changed = ENVELOPE[:at] + put + ENVELOPE[at + out :]
    if changed == ENVELOPE:
        return

    with pytest.raises(SignatureFault):
        verify(changed, PUBLIC)


SIGNED = json.loads(ENVELOPE)
[SIGNATURE] = SIGNED["signatures"]
SAID = json.loads(payload_of(ENVELOPE))


def resigned(**changes: Json) -> bytes:
    """What the holder of the key signs that is no statement of ours."""
    return enveloped(canonical({**SAID, **changes}), KEY)


FORGED = {
    "nothing": (b"", "(form): it does not end with a line break"),
    "no-json": (b"{\n", "(form): Expecting"),
    "list": (b"[]\n", "(form): it is not a DSSE envelope with one signature"),
    "spaced": (
        json.dumps(SIGNED).encode() + b"\n",
        "(form): it is not in the canonical form",
    ),
    "two-line-breaks": (ENVELOPE + b"\n", "(form): it is not in the canonical form"),
    "more": (canonical({**SIGNED, "more": 1}) + b"\n", "(form): it says other things"),
    "more-in-the-signature": (
        canonical({**SIGNED, "signatures": [{**SIGNATURE, "more": 1}]}) + b"\n",
        "(form): it says other things",
    ),
    "another-type": (
        canonical({**SIGNED, "payloadType": "text/plain"}) + b"\n",
        "(form): it says other things",
    ),
    "unsigned": (
        canonical({**SIGNED, "signatures": []}) + b"\n",
        "(form): it is not a DSSE envelope with one signature",
    ),
    "signed-twice": (
        canonical({**SIGNED, "signatures": [SIGNATURE, SIGNATURE]}) + b"\n",
        "(form): it is not a DSSE envelope with one signature",
    ),
    "no-base64": (
        canonical({**SIGNED, "payload": "e30*"}) + b"\n",
        "(form): ",
    ),
    "another-key": (
        sign(SUBJECTS, PREDICATE, OTHER),
        f"(key): it names the key {fingerprint(public_of(OTHER))}, and yours is sha256:",
    ),
    "under-a-false-name": (
        sign(SUBJECTS, PREDICATE, OTHER).replace(
            fingerprint(public_of(OTHER)).encode(), fingerprint(PUBLIC).encode()
        ),
        "(signature): the statement is not the one that was signed.",
    ),
    "another-statement": (
        canonical({**SIGNED, "payload": b64encode(b"{}").decode()}) + b"\n",
        "(signature): the statement is not the one that was signed.",
    ),
    "short-signature": (
        canonical({**SIGNED, "signatures": [{**SIGNATURE, "sig": "AAAA"}]}) + b"\n",
        "(signature): the statement is not the one that was signed.",
    ),
    "another-predicate": (
        resigned(predicateType="https://slsa.dev/provenance/v1"),
        f"(statement): it is not a statement of {PREDICATE_TYPE}.",
    ),
    "another-statement-type": (
        resigned(_type="https://in-toto.io/Statement/v0.1"),
        f"(statement): it is not a statement of {PREDICATE_TYPE}.",
    ),
    "subjects-out-of-order": (
        resigned(subject=SAID["subject"][::-1]),
        f"(statement): it is not a statement of {PREDICATE_TYPE}.",
    ),
    "subject-twice": (
        resigned(subject=[SAID["subject"][0], *SAID["subject"]]),
        f"(statement): it is not a statement of {PREDICATE_TYPE}.",
    ),
    "no-subjects": (resigned(subject=[]), "(statement): a statement has a subject and"),
    "no-list": (resigned(subject={}), "(statement): it has no subjects or says nothing"),
    "no-words": (resigned(predicate={}), "(statement): a statement has a subject and"),
    "no-digest": (
        resigned(subject=[{"name": "a", "digest": {"sha1": "00"}}]),
        "(statement): a subject has no name or no SHA-256.",
    ),
    "bad-digest": (
        resigned(subject=[{"name": "a", "digest": {"sha256": "00"}}]),
        "(statement): 'sha256:00' is not a digest.",
    ),
    "spaced-statement": (
        enveloped(json.dumps(SAID).encode(), KEY),
        "(statement): it is not in the canonical form of RFC 8785.",
    ),
    "control": (
        canonical({**SIGNED, "signatures": [{**SIGNATURE, "keyid": "\x1b[2J"}]}) + b"\n",
        "(key): it names the key \\x1b[2J, and yours",
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_what_fails_is_named(name: str) -> None:
    envelope, why = FORGED[name]

    with pytest.raises(SignatureFault) as fault:
        verify(envelope, PUBLIC)

    assert str(fault.value).startswith(f"the attestation fails {why}")
    assert "ask the curator" in str(fault.value)
    assert fault.value.exit_code == 7


@pytest.mark.parametrize(
    ("subjects", "predicate"),
    [
        ({}, PREDICATE),
        (SUBJECTS, {}),
        ({"a": "sha1:00"}, PREDICATE),
        ({"a": digest_of(b"").upper()}, PREDICATE),
        (SUBJECTS, {"a": 2**53}),
        (SUBJECTS, {"a": "\ud800"}),
    ],
    ids=["no-subjects", "no-words", "sha-1", "upper-case", "too-large", "half-pair"],
)
def test_what_cannot_be_attested_is_not_signed(
    subjects: dict[str, str], predicate: dict[str, Json]
) -> None:
    with pytest.raises(ValueError, match=r"statement|digest|integer|codepoints"):
        sign(subjects, predicate, KEY)


def test_a_new_key_signs() -> None:
    private, public = keygen()
    key = load_key(private)

    envelope = sign(SUBJECTS, PREDICATE, key)

    assert public_of(key) == public
    assert verify(envelope, public).predicate == PREDICATE
    assert private.startswith("-----BEGIN PRIVATE KEY-----\n")
    assert public.startswith("-----BEGIN PUBLIC KEY-----\n")


def test_no_two_keys_are_the_same() -> None:
    assert keygen() != keygen()


def test_a_fingerprint_is_the_digest_of_the_key_in_der() -> None:
    der = b64decode("".join(PUBLIC.splitlines()[1:-1]))

    assert fingerprint(PUBLIC) == digest_of(der)
    assert json.loads(ENVELOPE)["signatures"][0]["keyid"] == fingerprint(PUBLIC)


def pem_of(key: Key) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@cache
def other_keys() -> dict[str, str]:
    curve = generate_private_key(SECP256R1())
    locked = KEY.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"tide")
    )
    return {
        "nothing": "",
        "half-pair": "\ud800",
        "words": "The tide comes twice.",
        "cut": pem_of(KEY)[:60],
        "locked": locked.decode(),
        "curve": curve.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        ).decode(),
        "curve-public": curve.public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        .decode(),
    }


@pytest.mark.parametrize("name", [*other_keys(), "public"])
def test_what_is_no_private_key_is_refused(name: str) -> None:
    text = {**other_keys(), "public": PUBLIC}[name]

    with pytest.raises(InputFault, match="not an Ed25519 private key"):
        load_key(text)


@pytest.mark.parametrize("name", [*other_keys(), "private"])
def test_what_is_no_public_key_is_refused(name: str) -> None:
    text = {**other_keys(), "private": pem_of(KEY)}[name]

    with pytest.raises(InputFault, match="not an Ed25519 public key"):
        fingerprint(text)
    with pytest.raises(InputFault, match="not an Ed25519 public key"):
        verify(ENVELOPE, text)


def test_a_private_key_is_not_repeated_in_a_fault() -> None:
    text = pem_of(KEY)

    with pytest.raises(InputFault) as fault:
        load_key(text.replace("PRIVATE KEY", "PRIVATE CAY"))

    assert text.splitlines()[1] not in str(fault.value)
    assert load_pem_public_key(PUBLIC.encode()) == KEY.public_key()
