"""The words of a command line, read before any work."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnkit.cli import options
from cnnkit.cli.network.checks import check_network, files_of, look_ahead, read_words, writes_files
from cnnkit.cli.network.loading import Recipe
from cnnkit.cli.network.run import Looks, Settings
from cnnkit.errors import ArgumentError, NotationError


def test_inputs_and_layers_are_parted_and_kept_for_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "given", {"words": ["a.png", "conv3-2", "relu"], "seed": 3})
    settings = Settings(weights=["edges=sobel-x", "net.npz"], seed=3)
    recipe, inputs = read_words(["a.png", "conv3-2", "relu"], settings, "low:3")
    assert inputs == ["a.png"]
    assert recipe == Recipe(("conv3-2", "relu"), ("edges=sobel-x", "net.npz"), "", 3, None, "auto", ("edges", "low"))
    assert options.given == {"seed": 3, "inputs": ["a.png"], "layers": ["conv3-2", "relu"]}


@pytest.mark.parametrize(
    ("words", "expected"),
    [((), (0, False)), (("conv3-8", "relu", "x3"), (4, False)), (("mfcc13", "gap"), (2, True)), (("m5",), (19, True)),
     (("mark:a", "relu", "add:a"), (2, False))],
)  # fmt: skip
def test_layers_are_counted_and_networks_that_hear_are_known(
    words: tuple[str, ...], expected: tuple[int, bool]
) -> None:
    assert look_ahead(Recipe(words)) == expected


def test_layers_that_cannot_be_read_are_refused_whatever_the_input() -> None:
    with pytest.raises(NotationError, match="unknown layer"):
        look_ahead(Recipe(("conv3-8", "rleu")))
    with pytest.raises(NotationError, match="mark:a is never used"):
        look_ahead(Recipe(("conv3-8", "mark:a")))
    assert look_ahead(Recipe(("conv3-8", "mark:a"), named=("a",))) == (1, False)


def test_what_is_to_be_looked_at_is_not_written_unless_it_is_asked_for() -> None:
    results = options.Results()
    assert writes_files(Looks(), results)
    assert not writes_files(Looks(top=5), results)
    assert writes_files(Looks(top=5), results._replace(output="y.npy"))
    assert not writes_files(Looks(where="1:0"), results._replace(out_dir=Path("made")))


def test_files_that_a_network_is_made_of_are_known(tmp_path: Path) -> None:
    for name in ("net.txt", "w.npz", "k.txt"):
        (tmp_path / name).touch()
    recipe = Recipe((f"@{tmp_path}/net.txt",), (f"{tmp_path}/w.npz", f"1=@{tmp_path}/k.txt", "2=edge"))
    assert [Path(name).name for name in files_of(recipe)] == ["net.txt", "k.txt", "w.npz"]


def test_an_input_alone_has_no_layers() -> None:
    from cnnkit.cli.inputs import Source

    with pytest.raises(ArgumentError, match="no layers are given"):
        check_network(Recipe(), [Source("a.png")])
    check_network(Recipe(("relu",)), [Source("a.png")])
