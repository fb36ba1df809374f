"""Programs for the frameworks: the text that was run, what it printed, and the same again where one is installed."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.errors import ArgumentError, CnnkitError, NotationError
from cnnkit.network.code.calls import LONGEST_LINE
from cnnkit.network.code.program import FRAMEWORKS, code
from cnnkit.network.shape import Stack, shape
from cnnkit.network.volume import Volume
from tests.cases.framework_numbers import KERAS, REARRANGED, TORCH, Measured, Rearranged
from tests.cases.public_stacks import STACKS
from tests.network.notation.test_spec import layers

STORED = {"torch": TORCH, "keras": KERAS}


def printed(text: str) -> list[str]:
    """What a program prints when it is run."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(text, "printed", "exec"), {})
    return out.getvalue().splitlines()


def expected_output(stack: Stack, framework: str) -> tuple[int, ...]:
    output = stack.output
    if isinstance(output, Volume) and framework == "torch":
        return stack.batch, output.depth, output.rows, output.columns
    return stack.batch, *output


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("case", STACKS, ids=lambda case: case.name)
def test_the_text_is_the_one_that_was_run_and_our_numbers_are_what_it_printed(case: object, framework: str) -> None:
    stack = shape(case.stack)  # type: ignore[attr-defined]
    measured: Measured = STORED[framework][case.name]  # type: ignore[attr-defined]
    assert hashlib.sha256(stack.code(framework).encode()).hexdigest()[:12] == measured.digest
    assert expected_output(stack, framework) == measured.output
    assert stack.parameters == measured.parameters
    assert measured.macs in (None, stack.macs)


def test_every_published_stack_was_run() -> None:
    assert set(TORCH) == set(KERAS) == {case.name for case in STACKS}


@pytest.mark.parametrize("framework", FRAMEWORKS)
@given(st.integers(5, 20), st.integers(5, 20), st.lists(layers(largest=4), min_size=1, max_size=4))
def test_any_stack_is_a_program_or_refused_with_its_place(
    framework: str, rows: int, columns: int, words: list[str]
) -> None:
    try:
        text = shape(f"{rows}x{columns}x4", *words).code(framework)
    except CnnkitError as error:
        assert isinstance(error, NotationError)  # noqa: PT017
        return
    ast.parse(text)
    assert "None" not in text


def test_a_sound_begins_with_its_features() -> None:
    text = code(shape("51200@22050 mfcc13:hop512 conv3-8"), "keras")
    assert text.splitlines()[0] == "# the input: mfcc13:hop512 of 51200 samples at 22050 Hz, from cnnkit.mfcc"
    assert "keras.Input((100, 13, 1))," in text


def test_other_features_say_what_they_are() -> None:
    text = code(shape("51200@22050 spectrogram:win25ms relu"), "torch")
    assert text.splitlines()[0] == "# the input: spectrogram:win25ms of 51200 samples at 22050 Hz"
    assert "torch.zeros(1, 1, 100, 513)" in text


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("case", REARRANGED, ids=lambda case: case.stack)
def test_the_programs_of_rarer_layers_are_those_that_were_run(case: Rearranged, framework: str) -> None:
    stack = shape(case.stack)
    digest = case.torch if framework == "torch" else case.keras
    assert hashlib.sha256(stack.code(framework).encode()).hexdigest()[:12] == digest
    assert (stack.output, stack.parameters) == (case.output, case.parameters)


@pytest.mark.parametrize(
    ("text", "framework", "problem", "hint"),
    [
        ("28x28 relu", "tf", "unknown framework 'tf'", "did you mean keras"),
        ("28x28 relu", "caffe", "unknown framework 'caffe'", "use one of torch, keras"),
        ("100@10", "torch", "an input alone is not a network", "add mfcc13 and layers"),
        ("100@10 mfcc13:win8", "keras", "an input alone is not a network", "add layers, as in relu"),
        ("28x28", "torch", "an input alone is not a network", "add layers, as in relu"),
        ("7x7x4 tconv3-4:g2", "keras", "no groups in a transposed convolution", "leave :g out"),
        ("7x7x4 tconv3-4:s2:d2", "keras", "no stride with a dilation in a transposed", "leave one out"),
        ("7x7x4 tconv3-4:s2:valid:op1", "keras", "no output padding beyond", "leave :op out"),
    ],
)
def test_what_cannot_be_written(text: str, framework: str, problem: str, hint: str) -> None:
    with pytest.raises(ArgumentError, match=problem) as caught:
        code(shape(text), framework)
    assert hint in caught.value.hint


def test_lines_are_not_long() -> None:
    for framework in FRAMEWORKS:
        for case in STACKS:
            assert max(map(len, code(shape(case.stack), framework).splitlines())) <= LONGEST_LINE + 10
