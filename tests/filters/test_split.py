"""Each host belongs to one part of a corpus, and stays there."""

from collections import Counter

import pytest

from pipeline.filters.split import Shares, Split, split_of

HOSTS = [f"host{n}.example" for n in range(4000)]


def test_hosts_are_where_they_were_when_this_was_written() -> None:
    found = {host: split_of(host, seed=1, shares=Shares()) for host in HOSTS[:100]}

    moved = {host: split for host, split in found.items() if split is not Split.TRAIN}
    assert moved == {
        "host11.example": Split.VALIDATION,
        "host54.example": Split.VALIDATION,
        "host57.example": Split.VALIDATION,
        "host59.example": Split.VALIDATION,
        "host91.example": Split.TEST,
    }


def test_the_shares_are_nearly_met() -> None:
    shares = Shares(train=80, validation=15, test=5)

    found = Counter(split_of(host, seed=7, shares=shares) for host in HOSTS)

    assert abs(found[Split.TRAIN] / len(HOSTS) - 0.80) < 0.02
    assert abs(found[Split.VALIDATION] / len(HOSTS) - 0.15) < 0.02
    assert abs(found[Split.TEST] / len(HOSTS) - 0.05) < 0.01


def test_another_seed_is_another_split() -> None:
    one, other = (
        [split_of(host, seed=seed, shares=Shares()) for host in HOSTS] for seed in (1, 2)
    )

    assert one != other


@pytest.mark.parametrize(
    ("shares", "split"),
    [
        (Shares(train=1, validation=0, test=0), Split.TRAIN),
        (Shares(train=0, validation=3, test=0), Split.VALIDATION),
        (Shares(train=0, validation=0, test=100), Split.TEST),
    ],
)
def test_a_part_that_has_all_has_all(shares: Shares, split: Split) -> None:
    assert {split_of(host, seed=1, shares=shares) for host in HOSTS[:200]} == {split}


@pytest.mark.parametrize(("train", "test"), [(0, 0), (90, -1), (-90, 5)])
def test_shares_that_are_none_are_refused(train: int, test: int) -> None:
    with pytest.raises(ValueError, match="none may be negative, and one is needed"):
        Shares(train=train, validation=0, test=test)
