"""Single layers: shape, parameters and work, added up on paper, then counted one by one."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.data.recipes.recipe import Recipe
from cnnkit.errors import NotationError, SizeError
from cnnkit.geometry.framing import FRAMINGS
from cnnkit.geometry.window import Window, place
from cnnkit.network.layer import LayerShape, resolve
from cnnkit.network.layer_shape import layer_shape
from cnnkit.network.notation.reading import read_layer
from cnnkit.network.notation.spec import FORMS
from cnnkit.network.notation.word import Word
from cnnkit.network.receptive_field import ITSELF
from cnnkit.network.volume import Shape, Vector, Volume, Waveform

IMAGE = Volume(28, 28, 4)
SOUND = Waveform(51200, 22050)


def step(text: str, shape: Shape = IMAGE) -> LayerShape:
    return layer_shape(resolve(read_layer(Word(text))), shape)


@pytest.mark.parametrize(
    ("text", "shape", "output", "parameters", "macs"),
    [
        # The lecture's sum: 3*3*3 weights and 1 bias for each of 64 kernels, on 224*224 positions.
        ("conv3-64", Volume(224, 224, 3), Volume(224, 224, 64), (27 + 1) * 64, 224 * 224 * 64 * 27),
        ("conv3-64:nobias", Volume(224, 224, 3), Volume(224, 224, 64), 27 * 64, 224 * 224 * 64 * 27),
        ("conv3x5-8:valid", IMAGE, Volume(26, 24, 8), (3 * 5 * 4 + 1) * 8, 26 * 24 * 8 * 60),
        ("conv3-8:s2", IMAGE, Volume(14, 14, 8), (36 + 1) * 8, 14 * 14 * 8 * 36),
        ("conv3-8:d2:valid", IMAGE, Volume(24, 24, 8), (36 + 1) * 8, 24 * 24 * 8 * 36),
        ("conv3-8:full", IMAGE, Volume(30, 30, 8), (36 + 1) * 8, 30 * 30 * 8 * 36),
        ("conv3-8:g2", IMAGE, Volume(28, 28, 8), (18 + 1) * 8, 28 * 28 * 8 * 18),
        ("conv3-8:g4", IMAGE, Volume(28, 28, 8), (9 + 1) * 8, 28 * 28 * 8 * 9),
        ("conv3-8:p0x1x0x1:s2", IMAGE, Volume(14, 14, 8), (36 + 1) * 8, 14 * 14 * 8 * 36),
        ("dwconv3", IMAGE, Volume(28, 28, 4), (9 + 1) * 4, 28 * 28 * 4 * 9),
        ("dwconv3:m3:nobias", IMAGE, Volume(28, 28, 12), 9 * 12, 28 * 28 * 12 * 9),
        # Every input sample meets every weight once.
        ("tconv2-8:s2", IMAGE, Volume(56, 56, 8), (16 + 1) * 8, 28 * 28 * 4 * 8 * 4),
        ("tconv3-8:s2:p1:op1", IMAGE, Volume(56, 56, 8), (36 + 1) * 8, 28 * 28 * 4 * 8 * 9),
        ("tconv3-8:g2:valid", IMAGE, Volume(30, 30, 8), (18 + 1) * 8, 28 * 28 * 4 * 8 * 9 // 2),
        ("maxpool2", IMAGE, Volume(14, 14, 4), 0, 0),
        ("avgpool3:s2", IMAGE, Volume(13, 13, 4), 0, 0),
        ("avgpool3:s2:ceil", IMAGE, Volume(14, 14, 4), 0, 0),
        ("maxpool3:s2:same", IMAGE, Volume(14, 14, 4), 0, 0),
        ("gap", IMAGE, Vector(4), 0, 0),
        ("gmp", IMAGE, Vector(4), 0, 0),
        ("flatten", IMAGE, Vector(3136), 0, 0),
        ("flatten", Vector(7), Vector(7), 0, 0),
        ("fc10", Vector(3136), Vector(10), 31370, 31360),
        ("fc10:nobias", Vector(3136), Vector(10), 31360, 31360),
        ("bn", IMAGE, IMAGE, 8, 0),
        ("bn", Vector(7), Vector(7), 14, 0),
        ("relu", IMAGE, IMAGE, 0, 0),
        ("softmax", Vector(7), Vector(7), 0, 0),
        ("mfcc13", SOUND, Volume(100, 13, 1), 0, 0),
        ("mfcc13:valid", SOUND, Volume(97, 13, 1), 0, 0),
        ("mfcc13:center", SOUND, Volume(101, 13, 1), 0, 0),
        ("logmel40:hop256:win1024:valid", SOUND, Volume(197, 40, 1), 0, 0),
        ("mfcc20:psf:hop160:win400", Waveform(16000, 16000), Volume(99, 20, 1), 0, 0),
        ("mfcc20:psf:hop10ms:win25ms", Waveform(16000, 16000), Volume(99, 20, 1), 0, 0),
        # 10 ms are 220.5 samples, which are 221, as for cnnkit mfcc.
        ("mel64:hop10ms", SOUND, Volume(232, 64, 1), 0, 0),
        ("spectrogram", SOUND, Volume(100, 1025, 1), 0, 0),
        ("spectrogram:win400", SOUND, Volume(100, 257, 1), 0, 0),
        ("spectrogram:win400:fft400", SOUND, Volume(100, 201, 1), 0, 0),
        ("spectrogram:win400:fft511", SOUND, Volume(100, 256, 1), 0, 0),
        ("waveform", SOUND, Volume(1, 51200, 1), 0, 0),
        # Learned: one slope, or one a channel; a scale and a shift for each channel.
        ("prelu", IMAGE, IMAGE, 1, 0),
        ("prelu:channels", IMAGE, IMAGE, 4, 0),
        ("prelu", Vector(7), Vector(7), 1, 0),
        ("prelu:channels", Vector(7), Vector(7), 7, 0),
        ("layernorm", IMAGE, IMAGE, 8, 0),
        ("layernorm", Vector(7), Vector(7), 14, 0),
        ("groupnorm2", IMAGE, IMAGE, 8, 0),
        ("groupnorm2", Vector(8), Vector(8), 16, 0),
        ("groupnorm4", Volume(1, 2, 4), Volume(1, 2, 4), 8, 0),
        ("instancenorm", IMAGE, IMAGE, 0, 0),
        ("lrn", IMAGE, IMAGE, 0, 0),
        *((word, IMAGE, IMAGE, 0, 0) for word in ("leakyrelu", "elu", "gelu", "silu", "hardswish", "dropout")),
    ],
)
def test_layers_by_hand(text: str, shape: Shape, output: Shape, parameters: int, macs: int) -> None:
    found = step(text, shape)
    assert (found.output, found.parameters, found.macs) == (output, parameters, macs)
    assert found.input == shape


def _multiplications(kind: str, size: int, k: int, stride: int, groups: int, depth: int, kernels: int) -> int:
    """Count them where they happen: an input sample, a weight, a kernel of the same group."""
    window = Window((k, k), (stride, stride))
    channels = [
        (c, n) for c, n in product(range(depth), range(kernels)) if c * groups // depth == n * groups // kernels
    ]
    if kind == "tconv":
        return size * size * k * k * len(channels)
    output = place((size, size), window, "same").output
    return output[0] * output[1] * k * k * len(channels)


@pytest.mark.parametrize("kind", ["conv", "tconv"])
@pytest.mark.parametrize("k", [1, 3, 4])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_work_and_weights_counted_one_by_one(kind: str, k: int, stride: int, groups: int) -> None:
    found = step(f"{kind}{k}-8:s{stride}:g{groups}", Volume(6, 6, 4))
    assert found.macs == _multiplications(kind, 6, k, stride, groups, 4, 8)
    assert found.parameters == _multiplications("tconv", 1, k, stride, groups, 4, 8) + 8


def test_the_placement_is_the_one_the_loops_use() -> None:
    found = step("conv3-8:s2:d2:same-lower", Volume(27, 20, 4))
    assert found.placement == place((27, 20), Window((3, 3), (2, 2), (2, 2)), "same-lower")


def test_receptive_fields() -> None:
    assert step("conv3x5-8").field == (ITSELF[0].through_window(3, 1, 1), ITSELF[1].through_window(5, 1, 2))
    assert step("relu").field == ITSELF
    assert step("mfcc13", SOUND).field == ITSELF
    for text in ("gap", "gmp", "flatten"):
        assert step(text).field is None


@pytest.mark.parametrize("name", FORMS)
def test_every_layer_has_a_shape_or_says_what_it_takes(name: str) -> None:
    for shape in (IMAGE, Vector(7), SOUND):
        try:
            found = step(FORMS[name].example, shape)
        except NotationError as error:
            assert error.hint  # noqa: PT017
        else:
            assert min(found.output) > 0


@pytest.mark.parametrize(
    ("text", "shape", "problem", "under_carets", "hint"),
    [
        ("fc10", Volume(13, 13, 32), "fc after a 13x13x32 volume", "fc10", "flatten (5408 values) or gap (32 values)"),
        ("fc10", Volume(1, 1, 1), "fc after a 1x1x1 volume", "fc10", "flatten (1 value) or gap (1 value)"),
        (
            "conv3-8",
            Vector(784),
            "conv after 784 values without rows and columns",
            "conv3-8",
            "put conv before any flatten",
        ),
        ("gap", Vector(1), "gap after 1 value without rows and columns", "gap", "begin with rows x columns x depth"),
        (
            "conv3-8",
            SOUND,
            "conv after a waveform of 51200 samples",
            "conv3-8",
            "put mfcc13, logmel40 or waveform before it",
        ),
        ("flatten", SOUND, "flatten after a waveform", "flatten", "put mfcc13"),
        ("relu", SOUND, "relu after a waveform", "relu", "put mfcc13"),
        ("mfcc13", IMAGE, "mfcc takes a waveform, not 28x28x4", "mfcc13", "51200@22050"),
        ("logmel40", Vector(7), "logmel takes a waveform, not 7", "logmel40", "51200@22050"),
        ("mfcc13:valid", Waveform(100, 8000), "finds no frame of 2048 samples in 100", "mfcc13:valid", "pad-end"),
        ("conv3-64:g2", Volume(8, 8, 3), "2 groups do not divide the depth 3 and the 64 kernels", "g2", ":g1"),
        ("conv3-6:s2:g8", Volume(8, 8, 8), "8 groups do not divide the depth 8 and the 6 kernels", "g8", ":g2"),
        ("tconv3-9:g2", IMAGE, "2 groups do not divide the depth 4 and the 9 kernels", "g2", ":g1"),
        ("conv3-8:valid", Volume(2, 5, 1), "window of 3x3 does not fit an input of 2x5", "conv3-8:valid", "2x5"),
        ("maxpool3", Volume(5, 2, 1), "window of 3x3 does not fit an input of 5x2", "maxpool3", "5x2"),
        ("conv3-8:d4:valid", Volume(8, 8, 1), "spanning 9x9", "d4", "a dilation of at most 3x3"),
        ("conv9-8:d4:valid", Volume(8, 8, 1), "spanning 33x33", "conv9-8:d4:valid", "a window of at most 8x8"),
        ("conv3x1-8:d9x4:valid", Volume(8, 8, 1), "spanning 19x1", "d9x4", "a dilation of at most 3x4"),
        ("tconv3-8:s2:p1:op2", IMAGE, "output padding 2 is not below the stride 2", "op2", "smaller"),
        ("tconv3-8:s2:op1", IMAGE, "padding same already fixes the size", "op1", "leave output padding out"),
        ("tconv3-8:p30", IMAGE, "padding 30x30x30x30 cuts off all", "p30", "less padding"),
        (
            "dwconv3:m2147483647",
            IMAGE,
            "28x28x8589934588, is too large",
            "dwconv3:m2147483647",
            "2147483647",
        ),
        ("conv3-8:p2147483647", IMAGE, "is too large", "conv3-8:p2147483647", "2147483647"),
        ("waveform", IMAGE, "waveform takes a waveform, not 28x28x4", "waveform", "51200@22050"),
        ("mel64:hop1ms", Waveform(100, 400), "1ms is less than 1 sample at 400 Hz", "hop1ms", "more milliseconds"),
        ("spectrogram:fft512", SOUND, "an FFT of 512 samples cuts off frames of 2048", "fft512", ":fft2048"),
        ("spectrogram:win400:fft300", SOUND, "an FFT of 300 samples cuts off", "fft300", ":fft512"),
        ("groupnorm3", IMAGE, "3 groups do not divide the depth 4", "groupnorm3", "use groupnorm2"),
        ("groupnorm32", IMAGE, "32 groups do not divide the depth 4", "groupnorm32", "use groupnorm4"),
        ("instancenorm", Volume(1, 1, 8), "takes single values from their own mean", "instancenorm", "leave it out"),
        ("groupnorm8", Volume(1, 1, 8), "groupnorm8 after 1x1x8 takes single values", "groupnorm8", "leave it out"),
        ("groupnorm8", Vector(8), "groupnorm8 after 8 takes single values", "groupnorm8", "leave it out"),
        ("instancenorm", Vector(8), "instancenorm after 8 values without rows", "instancenorm", "put instancenorm"),
        ("lrn", Vector(8), "lrn after 8 values without rows", "lrn", "put lrn before"),
    ],
)
def test_what_does_not_fit_is_pointed_at(text: str, shape: Shape, problem: str, under_carets: str, hint: str) -> None:
    with pytest.raises(NotationError, match=problem) as caught:
        step(text, shape)
    error = caught.value
    assert hint in error.hint
    assert error.text[error.start : error.start + error.length] == under_carets


@given(
    st.integers(1, 99_999),
    st.integers(1, 48_000),
    st.sampled_from(["7", "400", "512", "1ms", "10ms", "25ms"]),
    st.sampled_from(["1", "160", "10ms", "16ms"]),
    st.sampled_from(sorted(FRAMINGS)),
)
def test_features_have_the_shapes_of_recipes(samples: int, rate: int, length: str, hop: str, framing: str) -> None:
    lengths = [int(text) if text.isdigit() else text for text in (length, hop)]
    settings = f":win{length}:hop{hop}:{framing}"
    for word, kind in ((f"mfcc13{settings}", "mfcc"), (f"spectrogram{settings}", "spectrogram"), ("waveform",) * 2):
        recipe = Recipe("", *lengths, framing=framing, kind=kind, empty_bands="allow")
        try:
            expected = recipe.plan(samples, rate).shape
        except SizeError:
            if kind == "spectrogram":
                with pytest.raises(NotationError):
                    step(word, Waveform(samples, rate))
            continue
        assert step(word, Waveform(samples, rate)).output == expected
