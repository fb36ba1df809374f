"""What a stack says, and that saying it again says the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.network.notation.expansion import read_stack
from cnnkit.network.notation.reading import read_layer
from cnnkit.network.notation.spec import FORMS, NUMBERED
from cnnkit.network.notation.word import Word

counts = st.integers(1, 2**31 - 1).map(str)
paddings = st.lists(st.integers(0, 99).map(str), min_size=1, max_size=4).filter(lambda p: len(p) != 3).map("x".join)


@st.composite
def layers(draw: st.DrawFn, largest: int = 2**31 - 1) -> str:
    """A word the notation allows: some settings, each once, in any order; no number above `largest`."""
    numbers = st.integers(1, min(largest, 99)).map(str)
    sizes = st.one_of(numbers, st.tuples(numbers, numbers).map("x".join))
    counts = st.integers(1, largest).map(str)
    name = draw(st.sampled_from(sorted(FORMS)))
    form = FORMS[name]
    volumes = st.tuples(counts, counts, counts).map("x".join)
    forms = {"": st.just(""), "padding": paddings, "border": paddings, "shape": st.one_of(counts, sizes, volumes)}
    word = name + draw(forms.get(form.size, sizes))
    if form.counts:
        word += ("-" if form.size else "") + draw(counts)
    keys = draw(st.lists(st.sampled_from([*form.settings] or [""]), unique_by=lambda key: form.settings.get(key, "")))
    for key in filter(None, keys):
        lengths = st.tuples(counts, st.sampled_from(["", "ms"])).map("".join) if key in ("hop", "win") else counts
        number = paddings if key == "p" else lengths if key in ("g", "m", "hop", "win", "fft") else sizes
        word += f":{key}" + (draw(number) if key in NUMBERED else "")
    return word


inputs = st.one_of(
    st.tuples(st.integers(5, 2**31 - 1), st.integers(1, 2**31 - 1), counts).map("{0[0]}x{0[1]}x{0[2]}".format),
    st.tuples(counts, counts).map("@".join),
    counts,
)


@given(inputs, st.lists(layers(), max_size=8))
def test_a_printed_stack_reads_back_as_itself(start: str, words: list[str]) -> None:
    spec = read_stack([start, *words])
    again = read_stack([str(spec)])
    assert again == spec
    assert str(again) == str(spec)
    assert hash(again) == hash(spec)


@given(layers())
def test_every_setting_knows_its_place(text: str) -> None:
    spec = read_layer(Word(f"{text}", f"28x28 {text}", 6))
    for setting, part in zip(spec.settings, text.split(":")[1:], strict=True):
        assert spec.word_of(setting.target).text == part
    assert spec.word_of("nothing").text == text


def test_equal_stacks_may_be_written_differently() -> None:
    one, other = read_stack(["28x28 conv3x3-8:s2x2:p1"]), read_stack(["28x28x1", "conv3-8:s2:p1x1x1x1"])
    assert one == other
    assert not one != other  # noqa: SIM202
    assert not one.layers[0] != other.layers[0]  # noqa: SIM202


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("conv3x3-64", "conv3-64"),
        ("conv3x5-64:s2x1:d1x1:nobias", "conv3x5-64:s2x1:d1:nobias"),
        ("tconv2-64:op1x0:p1", "tconv2-64:op1x0:p1"),
        ("dwconv3:m2:same-lower", "dwconv3:m2:same-lower"),
        ("avgpool3:ceil:s2", "avgpool3:ceil:s2"),
        ("mfcc13:pad-end:hop512", "mfcc13:pad-end:hop512"),
        ("spectrogram:win25ms:fft0512", "spectrogram:win25ms:fft512"),
        ("avgpool-to7x7", "avgpool-to7"),
        ("maxpool-to7x5", "maxpool-to7x5"),
        ("upsample2x2:bilinear", "upsample2:bilinear"),
        ("pad1x1x1x1", "pad1"),
        ("pad0x1x0x1", "pad0x1x0x1"),
        ("crop1x2", "crop1x2"),
        ("reshape7x7", "reshape7x7x1"),
        ("reshape784", "reshape784"),
        ("prelu:channels", "prelu:channels"),
        ("fc0010", "fc10"),
        ("gap", "gap"),
    ],
)
def test_layers_are_printed_briefly(written: str, printed: str) -> None:
    assert str(read_layer(Word(written))) == printed


def test_every_example_is_in_the_notation() -> None:
    for name, form in FORMS.items():
        assert read_layer(Word(form.example)).name == name
