"""The words of a command line, read before any work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cnnkit.cli import options
from cnnkit.cli.network.checks import (
    check_network,
    files_of,
    labels_of,
    look_ahead,
    prepared_as_trained,
    read_words,
    writes_files,
)
from cnnkit.cli.network.loading import Recipe
from cnnkit.cli.network.run import Looks, Sets, Settings
from cnnkit.cli.options import Sounds
from cnnkit.cli.pictures import Reading
from cnnkit.data.preparation import read_preparation
from cnnkit.errors import ArgumentError, InputError, NotationError
from tests.cases.trained import LAYERS, trained_network, written


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


def test_a_network_that_was_trained_has_layers_of_its_own(tmp_path: Path) -> None:
    path = str(written(tmp_path / "net.safetensors", trained_network()))
    recipe, inputs = read_words(["a.png"], Settings(model=path), None)
    assert (inputs, recipe.words, recipe.model, recipe.trained) == (["a.png"], LAYERS, None, path)
    assert files_of(recipe) == [path]
    assert labels_of(Looks(top=2), Sets(), recipe) == {0: "cat", 1: "dog"}
    for settings, problem in (
        (Settings(model=path, weights=["1=edge"]), "--model and --weights are both given"),
        (Settings(model=path), "--model and layers are both given"),
    ):
        with pytest.raises(ArgumentError, match=problem):
            read_words(["a.png", *(["relu"] if not settings.weights else [])], settings, None)


def reading(**settings: Any) -> Reading:
    return Reading(Sounds(), None, read_preparation(**settings))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"grey": True, "resize": [6, 5], "fit": "cover", "scale": 0.5}),
        ({"rgb": True}, {"rgb": True, "resize": [6, 5], "fit": "cover", "scale": 0.5}),
        ({"resize": 8}, {"grey": True, "resize": [8, 8], "fit": "stretch", "scale": 0.5}),
        ({"crop": 4}, {"grey": True, "resize": [6, 5], "fit": "cover", "crop": [4, 4], "scale": 0.5}),
        ({"scale": "1/255"}, {"grey": True, "resize": [6, 5], "fit": "cover", "scale": 1 / 255}),
    ],
)
def test_inputs_are_prepared_as_in_training_but_for_what_is_asked_for(
    given: dict[str, Any], expected: dict[str, Any], tmp_path: Path
) -> None:
    network = trained_network(preparation={"grey": True, "resize": [6, 5], "fit": "cover", "scale": 0.5})
    recipe = Recipe(LAYERS, trained=str(written(tmp_path / "net.safetensors", network)))
    found = prepared_as_trained(recipe, reading(**given))
    assert found.preparation is not None
    assert found.preparation.settings == expected
    assert prepared_as_trained(Recipe(LAYERS), reading(**given)) == reading(**given)


def test_sounds_become_what_they_were_in_training(tmp_path: Path) -> None:
    network = trained_network(sound={"features": "mfcc", "sample_rate": 8000, "raw": ["x"]})
    recipe = Recipe(LAYERS, trained=str(written(tmp_path / "net.safetensors", network)))
    assert prepared_as_trained(recipe, reading()).sound == Sounds("mfcc", sample_rate=8000)
    other = reading()._replace(sound=Sounds(sample_rate=16000))
    assert prepared_as_trained(recipe, other).sound == Sounds("mfcc", sample_rate=16000)


@pytest.mark.parametrize(
    "changes",
    [
        {"preparation": {"foo": 1}}, {"preparation": {"resize": [[1]]}}, {"preparation": {"scale": []}},
        {"preparation": {"normalise": 5}}, {"preparation": {"grey": True, "rgb": True}}, {"sound": {"foo": 1}},
        {"sound": {"features": 5}}, {"sound": {"features": "nose"}}, {"sound": {"dialect": ["kaldi"]}},
        {"sound": {"channel": 3}}, {"sound": {"sample_rate": "8000"}},
    ],
)  # fmt: skip
def test_a_preparation_that_cannot_be_read_is_an_error(changes: dict[str, Any], tmp_path: Path) -> None:
    path = written(tmp_path / "net.safetensors", trained_network(), **changes)
    with pytest.raises(InputError, match="what it says of the preparation of inputs cannot be read"):
        prepared_as_trained(Recipe(LAYERS, trained=str(path)), reading())
