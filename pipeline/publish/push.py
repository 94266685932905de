"""A published folder in a repository of the Hugging Face Hub, byte for byte."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha1, sha256
from pathlib import Path
from typing import Final

import httpx2
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils.tqdm import disable_progress_bars

from pipeline.errors import ArchiveFault, InputFault, UsageFault
from pipeline.publish import card

_CARD: Final = "card.json"
_KIND: Final = "dataset"
_REFUSED: Final = frozenset({401, 403})
_OF_THE_HUB: Final = frozenset({".gitattributes", "README.md"})
"""What the Hub itself may put into a repository that is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What stands in the repository now: so many files, under this commit."""

    url: str
    commit: str
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A repository, ``OWNER/NAME``, and the token that lets us write to it.

    A new repository is private unless ``is_public``; one that is there stays as it is.
    ``replaces`` lets go what stands there, though it is no published folder.
    """

    repository: str
    token: str
    is_public: bool = False
    replaces: bool = False


def push(folder: Path, place: Place) -> Pushed:
    """Put a published folder, and nothing else, into a repository in one commit.

    Files that stand there and are not in the folder go, so that what was removed from a
    corpus is not given on; commits before keep them. What the Hub then says of each file
    is held against its digest here. Raises InputFault where nothing was published,
    UsageFault where the repository cannot be written or holds something else,
    ArchiveFault where it could not be reached or holds other bytes afterwards.
    """
    made = _card_of(folder)
    disable_progress_bars()
    api = HfApi(token=place.token)
    with _faults_named(place.repository):
        api.create_repo(
            place.repository, repo_type=_KIND, private=not place.is_public, exist_ok=True
        )
        _verify_ours(_there(api, place), place)
        commit = api.upload_folder(
            repo_id=place.repository,
            folder_path=folder,
            repo_type=_KIND,
            commit_message=f"{made.name} {made.version}",
            commit_description=f"Release {made.release}.",
            delete_patterns="*",
        )
        _verify_same(folder, _there(api, place), place)
    return Pushed(
        url=f"{api.endpoint}/datasets/{place.repository}",
        commit=commit.oid,
        files=len(_files(folder)),
    )


def _card_of(folder: Path) -> card.Card:
    path = folder / _CARD
    try:
        return card.parse(path.read_text("utf-8"), source=str(path))
    except OSError as error:
        raise InputFault(
            f"{path}: there is no card here ({error.strerror}). Name a published folder."
        ) from error


def _there(api: HfApi, place: Place) -> dict[str, str]:
    """Return the files of a repository by path, each with its digest as the Hub has it."""
    found = api.list_repo_tree(place.repository, repo_type=_KIND, recursive=True)
    files = (each for each in found if isinstance(each, RepoFile))
    return {each.path: each.lfs.sha256 if each.lfs else each.blob_id for each in files}


def _verify_ours(there: dict[str, str], place: Place) -> None:
    if place.replaces or _CARD in there or there.keys() <= _OF_THE_HUB:
        return
    raise UsageFault(
        f"{place.repository}: holds {len(there)} files and is no published folder. Name "
        "another repository, or say --yes to have them replaced."
    )


def _verify_same(folder: Path, there: dict[str, str], place: Place) -> None:
    here = _files(folder)
    missing = [name for name, path in here.items() if there.get(name) not in _digests(path)]
    more = sorted(there.keys() - here.keys() - _OF_THE_HUB)
    if missing or more:
        raise ArchiveFault(
            f"{place.repository}: {[*missing, *more][0]} is not there as it was published, "
            f"one of {len(missing) + len(more)}. Run the command again."
        )


def _files(folder: Path) -> dict[str, Path]:
    return {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _digests(path: Path) -> tuple[str, str]:
    """Return how the Hub may name a file: by its SHA-256, or as a blob of git."""
    data = path.read_bytes()
    blob = sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False)
    return sha256(data).hexdigest(), blob.hexdigest()


@contextmanager
def _faults_named(repository: str) -> Iterator[None]:
    """Raise our errors where the library raises its own."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except HfHubHTTPError as error:
        if error.response.status_code in _REFUSED:
            raise UsageFault(
                f"{repository}: the token in HF_TOKEN may not write there. Make one that "
                "may, at https://huggingface.co/settings/tokens."
            ) from error
        raise _unreached(repository, error) from error
    except ValueError as error:
        raise UsageFault(f"{repository}: the Hub does not take this ({error}).") from error
    except (httpx2.HTTPError, OSError) as error:
        raise _unreached(repository, error) from error


def _unreached(repository: str, error: Exception) -> ArchiveFault:
    return ArchiveFault(
        f"{repository}: the Hub could not be written ({error}). Run the command again; "
        "what was sent is not sent twice."
    )
