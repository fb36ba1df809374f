"""Networks are made once for each shape of inputs, and say once how they came about."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import cnnkit
from cnnkit.cli.network import loading
from cnnkit.cli.network.loading import Recipe, own_input, program_for, ready_for, say_once, stack_of
from cnnkit.cli.report import Report
from cnnkit.errors import InputError, MisfitError, SizeError
from cnnkit.network.volume import Volume, Waveform
from tests.cases.trained import trained_network, written


@pytest.fixture(autouse=True)
def nothing_is_kept() -> Iterator[None]:
    yield
    loading._networks.clear()
    loading._programs.clear()
    loading._latest.clear()
    loading._models.clear()
    loading._trained.clear()
    loading.speaks = False


def test_a_network_and_its_program_are_made_once_for_a_shape() -> None:
    recipe = Recipe(("conv3-2", "relu"))
    first = ready_for(recipe, Volume(4, 5, 1))
    assert ready_for(recipe, Volume(4, 5, 1)) is first
    assert ready_for(recipe, Volume(5, 4, 1)) is not first
    assert program_for(recipe, Volume(4, 5, 1), (), 1) is program_for(recipe, Volume(4, 5, 1), (), 1)
    for rows in range(3, 30):
        ready_for(recipe, Volume(rows, 3, 1))
    assert len(loading._networks) <= loading.MOST_SHAPES


def test_large_networks_are_kept_for_one_shape_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "MOST_BYTES", 100)
    for rows in (3, 4, 5):
        program_for(Recipe(("conv3-8",)), Volume(rows, 3, 1), (), 1)
    assert len(loading._networks) == len(loading._programs) == 1


def test_inputs_of_several_shapes_share_weights_that_fit_all(monkeypatch: pytest.MonkeyPatch) -> None:
    made, real = [], loading.learned
    monkeypatch.setattr(loading, "learned", lambda *values, **settings: made.append(1) or real(*values, **settings))
    for rows in (3, 4, 5):
        ready_for(Recipe(("conv3-8", "gap")), Volume(rows, 3, 1))
    assert len(made) == 1
    for rows in (3, 4):
        ready_for(Recipe(("flatten", "fc2")), Volume(rows, 3, 1))
    assert len(made) == 3


class Given(NamedTuple):
    """A model as far as its input is looked at."""

    inputs: tuple[Any, ...]


class Sides(NamedTuple):
    shape: tuple[int | str | None, ...] | None


@pytest.mark.parametrize(
    ("sides", "expected"),
    [
        (("n", 3, 64, 48), Volume(64, 48, 3)),
        ((1, 64, 48, 3), Volume(64, 48, 3)),
        ((1, 3, "h", "w"), None),
        ((1, 784), None),
        (None, None),
    ],
)
def test_the_image_that_a_model_takes(sides: tuple[int | str | None, ...] | None, expected: Volume | None) -> None:
    loading._models["net.onnx"] = Given((Sides(sides),))
    assert own_input(Recipe(model="net.onnx")) == expected
    cured = "--resize 64x48 --rgb brings it to 64x48x3, which net.onnx was made for" if expected else "as it was"
    assert loading._cured("as it was", Recipe(model="net.onnx"), Volume(9, 9, 1)) == cured


def test_layers_that_do_not_fit_are_a_fault_of_the_input_with_a_caret() -> None:
    with pytest.raises(MisfitError) as caught:
        stack_of(Recipe(("conv3-8", "fc10")), Volume(4, 6, 3))
    assert caught.value.pointer == "4x6x3 conv3-8 fc10\n              ^^^^"
    assert "gap (8 values)" in caught.value.hint


def test_an_input_that_looks_depth_first_is_taken_as_it_is() -> None:
    assert stack_of(Recipe(("conv3-8",)), Volume(3, 224, 224)).output == Volume(3, 224, 8)


@pytest.mark.parametrize(
    ("words", "given", "cure"),
    [
        ("vgg16", Volume(300, 451, 1), "224x224x3, and this is 300x451x1: --resize 224 --rgb makes it that"),
        ("lenet5", Volume(32, 32, 3), "32x32x1, and this is 32x32x3: --grey makes it that"),
        ("m5", Waveform(8000, 16000), "8000@8000, and this is 8000@16000: --sample-rate 8000 makes it that"),
        ("lenet5", Volume(32, 32, 1), ""),
        ("conv3-8", Volume(7, 7, 1), ""),
    ],
)  # fmt: skip
def test_the_size_that_a_network_was_made_for_is_said(words: str, given: Volume | Waveform, cure: str) -> None:
    assert loading._size_notes(Recipe((words,)), given) == ([f"{words} was made for {cure}"] if cure else [])
    assert (own_input(Recipe((words,))) is None) == (words == "conv3-8")


def test_absurd_weights_are_refused_before_they_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnkit import memory

    memory.limit("1M")
    with pytest.raises(SizeError, match=r"100x1000000 weights for fc1000000 takes .*fewer kernels or units"):
        ready_for(Recipe(("flatten", "fc1000000")), Volume(10, 10, 1))


def test_a_dry_run_draws_no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "learned", None)
    ready = ready_for(Recipe(("vgg16",)), Volume(224, 224, 3), is_dry=True)
    assert (ready.stack.parameters, ready.notes) == (138_357_544, ())


def test_notes_are_said_once_and_by_the_first_process_alone(capsys: pytest.CaptureFixture[str]) -> None:
    say_once(["a"], Report("run"))
    loading.speaks = True
    say_once(["b"], Report("run"))
    say_once(["c"], Report("run"))
    assert capsys.readouterr().err == "b\n"


def test_layers_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "net.txt").write_text("conv3-2\nrelu\n")
    assert len(stack_of(Recipe((f"@{tmp_path}/net.txt", "gap")), Volume(4, 4, 1)).layers) == 3


def test_a_sound_is_not_to_be_resized_for_a_network_by_name(here: Any, tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parents[3] / "examples" / "song.wav", tmp_path)
    for network, code in (("squeezenet1.1", 0), ("alexnet", 1)):
        ran = here("run", "song.wav", network, cwd=tmp_path)
        assert ran.code == code
        assert "--resize" not in ran.err
    assert "--sample-rate 16000" in here("run", "song.wav", "vggish", "-n", cwd=tmp_path).err


def trained_recipe(path: Path) -> Recipe:
    return Recipe(loading.read_trained(str(path)).layers, trained=str(path))


def test_a_trained_network_is_ready_with_its_weights(tmp_path: Path) -> None:
    network = trained_network()
    recipe = trained_recipe(written(tmp_path / "net.safetensors", network))
    assert recipe.title == "net.safetensors"
    assert own_input(recipe) == Volume(6, 5, 3)
    ready = ready_for(recipe, Volume(6, 5, 3))
    assert (ready.notes, next(node.name for node in ready.network.graph.nodes)) == ((), "input")
    image = np.random.default_rng(0).integers(0, 256, (1, 6, 5, 3)).astype(np.float32)
    (found,) = program_for(recipe, Volume(6, 5, 3), (), 1).run(image)[ready.network.graph.output]
    given = {number: parts for number, parts in network.learned.items() if number}
    wanted = cnnkit.run((image[0] - 90) / 40, *network.layers, weights=given)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "cure"),
    [(Volume(7, 5, 3), "--resize 6x5 brings it there"), (Volume(6, 5, 1), "--rgb brings it there"),
     (Volume(12, 12, 1), "--resize 6x5 --rgb brings it there"), (Volume(6, 5, 4), "--rgb brings it there")],
)  # fmt: skip
@pytest.mark.parametrize("is_dry", [False, True])
def test_an_input_of_another_shape_is_told_what_the_network_was_trained_on(
    shape: Volume, cure: str, is_dry: bool, tmp_path: Path
) -> None:
    recipe = trained_recipe(written(tmp_path / "net.safetensors", trained_network()))
    with pytest.raises(SizeError, match=f"net.safetensors was trained on 6x5x3, and this is {shape.text}") as error:
        ready_for(recipe, shape, is_dry=is_dry)
    assert error.value.hint == cure


def test_a_sound_of_another_length_is_told_how_many_samples_it_should_have(tmp_path: Path) -> None:
    network = trained_network("4000@8000", ("mfcc13", "conv3-2", "flatten", "fc2"))
    recipe = trained_recipe(written(tmp_path / "net.safetensors", network))
    assert ready_for(recipe, Waveform(4000, 8000)).network.stack.output == (2,)
    with pytest.raises(SizeError, match="was trained on 4000@8000, and this is 6000@8000") as error:
        ready_for(recipe, Waveform(6000, 8000))
    assert error.value.hint == "cut it, or pad it with silence, to 4,000 samples"
    with pytest.raises(SizeError, match="and this is 6000@16000") as error:
        ready_for(recipe, Waveform(6000, 16000))
    assert error.value.hint == "--sample-rate 8000 brings it there"


def test_an_image_of_a_sound_is_not_resized(tmp_path: Path) -> None:
    recipe = trained_recipe(written(tmp_path / "net.safetensors", trained_network()))._replace(is_of_features=True)
    with pytest.raises(SizeError, match="was trained on 6x5x3, and this is 9x5x3") as error:
        ready_for(recipe, Volume(9, 5, 3))
    assert error.value.hint == "give a sound as long as those in training, with the same --features"


def test_a_file_whose_weights_are_not_those_of_its_layers_is_at_fault(tmp_path: Path) -> None:
    path = written(tmp_path / "net.safetensors", trained_network(), layers=["conv3-2", "relu", "flatten", "fc4"])
    with pytest.raises(InputError, match="the weights of fc4 are 60x4, and 60x2 are given") as error:
        ready_for(trained_recipe(path), Volume(6, 5, 3))
    assert error.value.problem.startswith(f"--model {path}: ")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "net.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0{")
    with pytest.raises(InputError, match=r"^--model .*net\.safetensors: "):
        loading.read_trained(str(tmp_path / "net.safetensors"))
