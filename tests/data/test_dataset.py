"""Labels and splits: by hand, against a search through all divisions, and what stays as it is."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.data.dataset import Shares, _sizes, folder_labels, read_split, split
from cnnkit.errors import ArgumentError

SPLITS = ["80:10:10", "80:20", "1:1:1", "7:2:1", "1:2", "0.5:0.25:0.25", "33:33:34"]


def files_of(*counts: int) -> tuple[list[str], list[int]]:
    """Files of classes, by the number of files in each."""
    names = [f"set/class{label}/{number}.png" for label, count in enumerate(counts) for number in range(count)]
    return names, np.repeat(np.arange(len(counts)), counts).tolist()


def test_shares() -> None:
    assert read_split("80:10:10") == (Fraction(8, 10), Fraction(1, 10), Fraction(1, 10))
    assert read_split("80:10:10") == read_split("8:1:1") == read_split("0.8:0.1:0.1")
    assert read_split("2:1") == (Fraction(2, 3), Fraction(1, 3))


@pytest.mark.parametrize(
    "text", ["", "80", "80:10:5:5", "80:0:20", "80:-20", "80:x", "80:", "1e3:1", "nan:1", "8:123456"]
)
def test_what_is_no_split(text: str) -> None:
    with pytest.raises(ArgumentError, match=r"split .* \(give 2 or 3 shares above 0: 80:20"):
        read_split(text)


@pytest.mark.parametrize(
    ("counts", "text", "sizes"),
    [
        ([10, 10], "80:10:10", [[8, 1, 1], [8, 1, 1]]),
        ([100], "80:20", [[80, 20]]),
        ([7], "80:10:10", [[5, 1, 1]]),  # 5.6, 0.7, 0.7
        ([3, 3], "1:1:1", [[1, 1, 1], [1, 1, 1]]),
        ([5, 5], "80:10:10", [[4, 0, 1], [4, 1, 0]]),  # 0.5 of each: together one in validation, one in test
        ([1, 1, 1, 97], "80:10:10", [[1, 0, 0], [1, 0, 0], [1, 0, 0], [77, 10, 10]]),
        ([1] * 4, "50:50", [[1, 0]] * 4),  # no class is left without training
        ([1], "80:20", [[1, 0]]),
        ([2], "80:10:10", [[2, 0, 0]]),
    ],
)
def test_sizes_by_hand(counts: list[int], text: str, sizes: list[list[int]]) -> None:
    assert _sizes(counts, read_split(text)).tolist() == sizes


def rounded(count: int, shares: Shares, ups: tuple[int, ...]) -> list[int]:
    return [int(count * share) + (part in ups) for part, share in enumerate(shares)]


def gain(count: int, shares: Shares, sizes: list[int]) -> Fraction:
    """The sum of the remainders that were rounded up."""
    remainders = [count * share - int(count * share) for share in shares]
    return sum((r for r, share, n in zip(remainders, shares, sizes, strict=True) if n > int(count * share)), Fraction())


def best_gain(counts: list[int], shares: Shares, totals: list[int]) -> Fraction | None:
    """Of all divisions by rounding up or down, with these totals and a file of each class for training, the best."""
    choices = []
    for count in counts:
        ups = combinations(range(len(shares)), count - sum(rounded(count, shares, ())))
        choices.append([sizes for up in ups if (sizes := rounded(count, shares, up))[0]])
    fitting = [one for one in product(*choices) if np.sum(one, axis=0).tolist() == totals]
    gains = [sum(gain(n, shares, sizes) for n, sizes in zip(counts, one, strict=True)) for one in fitting]
    return Fraction(max(gains)) if gains else None


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.sampled_from(SPLITS))
def test_no_other_division_is_nearer(counts: list[int], text: str) -> None:
    shares = read_split(text)
    sizes = _sizes(counts, shares)
    assert sizes.sum(axis=1).tolist() == counts
    assert sizes[:, 0].min() >= 1
    totals = _sizes([sum(counts)], shares)[0].tolist()
    best = best_gain(counts, shares, totals)
    if best is not None:  # else the classes' files for training are too many
        assert sizes.sum(axis=0).tolist() == totals
        assert sum(gain(n, shares, one) for n, one in zip(counts, sizes.tolist(), strict=True)) == best
    else:
        assert sizes.sum(axis=0)[0] >= totals[0]


def test_the_split_itself_is_always_the_same() -> None:
    """These were dealt once: no machine, release or order may change them."""
    files, labels = files_of(5, 5)
    assert split(files, labels, read_split("60:20:20"), 0).tolist() == FIRST
    assert split(files, labels, read_split("60:20:20"), 1).tolist() != FIRST
    moved = [f"/elsewhere/{file}" for file in files]
    assert split(moved, labels, read_split("60:20:20"), 0).tolist() == FIRST


FIRST = [2, 0, 0, 1, 0, 0, 0, 0, 1, 2]


@given(st.permutations(range(23)), st.integers(0, 5))
def test_the_order_of_files_does_not_matter(order: list[int], seed: int) -> None:
    files, labels = files_of(9, 14)
    parts = split(files, labels, read_split("7:2:1"), seed)
    mixed = split([files[i] for i in order], [labels[i] for i in order], read_split("7:2:1"), seed)
    np.testing.assert_array_equal(mixed, parts[order])


def test_samples_of_a_file_stay_together() -> None:
    files, labels = files_of(10, 10)
    once = split(files, labels, read_split("80:10:10"), 3)
    many = split(np.repeat(files, 7).tolist(), np.repeat(labels, 7), read_split("80:10:10"), 3)
    np.testing.assert_array_equal(many, np.repeat(once, 7))
    assert many.dtype == np.int8


def test_a_file_more_moves_few() -> None:
    files, labels = files_of(50, 50)
    before = split(files, labels, read_split("80:10:10"), 0)
    after = split([*files, "set/class0/new.png"], [*labels, 0], read_split("80:10:10"), 0)
    assert (before != after[:-1]).sum() <= 2


def test_without_labels_all_files_are_one_class() -> None:
    parts = split(files_of(10, 20)[0], None, read_split("80:10:10"))
    assert np.bincount(parts).tolist() == [24, 3, 3]


def test_seeds_deal_fairly() -> None:
    """Over 400 seeds, each of 20 files is in validation for a quarter of them: 100, with a deviation of 8.7."""
    files, _ = files_of(20)
    counts: Counter[int] = Counter()
    for seed in range(400):
        counts.update(np.flatnonzero(split(files, None, read_split("3:1"), seed)).tolist())
    assert len(counts) == 20
    assert 60 < min(counts.values()) <= max(counts.values()) < 140


def test_names_that_are_no_text() -> None:
    assert split(["a/\udcff.png", "a/b.png"], None, read_split("1:1")).tolist() in ([0, 1], [1, 0])


def test_a_file_with_two_labels() -> None:
    with pytest.raises(ArgumentError, match=r"samples of a/1\.png have labels 0 and 1"):
        split(["a/1.png", "a/1.png"], [0, 1], read_split("1:1"))


def test_labels_are_sorted_names_of_folders() -> None:
    labels = folder_labels(["x/b/1.png", "x/a/1.png", "y/b/2.png", "B/3.png"])
    assert labels.classes == ("B", "a", "b")
    assert labels.numbers.tolist() == [2, 1, 2, 0]
    assert labels.numbers.dtype == np.int64


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["cat/1.png", "x/cat/2.png"], "2 of 2 files are in the folder cat: labels are names of folders, at least two"),
        (["1.png", "2.png", "3.png"], "3 of 3 files are named without a folder"),
        (["1.png", "cat/2.png"], "1 of 2 files are named without a folder"),
    ],
)
def test_folders_that_are_no_classes(files: list[str], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        folder_labels(files)
    assert error.value.problem.startswith(message)
    assert "into a folder of its own" in error.value.hint
