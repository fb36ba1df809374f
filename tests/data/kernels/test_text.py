"""What may be given for a kernel, and what is said when it cannot be read."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.data.kernels.kernel import Kernel
from cnnkit.data.kernels.presets import PRESETS
from cnnkit.data.kernels.search import OTHER_WORDS
from cnnkit.data.kernels.text import kernel, kernels
from cnnkit.errors import ArgumentError


def test_a_kernel_is_returned_as_it_is() -> None:
    mine = Kernel(np.ones((2, 2)), "mine")
    assert kernel(mine) is mine


@pytest.mark.parametrize("spec", [[[1, 2], [3, 4]], ((1, 2), (3, 4)), np.array([[1, 2], [3, 4]], dtype=np.int8)])
def test_arrays_and_nested_sequences(spec: object) -> None:
    made = kernel(spec)  # type: ignore[arg-type]
    np.testing.assert_array_equal(made.weights, [[1, 2], [3, 4]])
    assert made.name == "kernel"


def test_arrays_of_many_kernels() -> None:
    assert kernel(np.ones((3, 3, 2, 8))).weights.shape == (3, 3, 2, 8)


@pytest.mark.parametrize("spec", [[1, 2, 3], [[1, 2], [3]], None, 5, b"sobel", {"a": 1}, [["a"]]])
def test_what_is_no_grid_is_refused(spec: object) -> None:
    with pytest.raises(ArgumentError, match=r"dimensions|real numbers"):
        kernel(spec)  # type: ignore[arg-type]


def test_written_rows_with_comments() -> None:
    made = kernel("# the cross of Roberts\n 1 0  # upper left\n 0 -1\n# end")
    np.testing.assert_array_equal(made.weights, [[1, 0], [0, -1]])
    assert made.name == kernel("1,0;-0,-1.0").name == "k2x2-584d"


@pytest.mark.parametrize("name", list(PRESETS))
def test_every_preset_by_its_name(name: str) -> None:
    made = kernel(name)
    assert made.name == name
    np.testing.assert_array_equal(made.weights, PRESETS[name].make())
    assert (made.detects, made.source) == (PRESETS[name].detects, PRESETS[name].source)


@pytest.mark.parametrize(
    ("text", "name", "preset", "values"),
    [
        ("sobel:45", "sobel45", "sobel", {"angle": 45.0}),
        ("sobel:-45", "sobel-45", "sobel", {"angle": -45.0}),
        ("sobel:-0", "sobel0", "sobel", {"angle": 0.0}),
        ("sobel:angle=22.5", "sobel-angle22.5", "sobel", {"angle": 22.5}),
        ("gaussian:2", "gaussian2", "gaussian", {"sigma": 2.0}),
        ("gaussian:2,size=7", "gaussian2-size7", "gaussian", {"sigma": 2.0, "size": 7}),
        ("gaussian:sigma=2,size=7", "gaussian-sigma2-size7", "gaussian", {"sigma": 2.0, "size": 7}),
        ("gaussian:size=7,sigma=2", "gaussian-size7-sigma2", "gaussian", {"sigma": 2.0, "size": 7}),
        ("gaussian:1/2", "gaussian0.5", "gaussian", {"sigma": 0.5}),
        ("gaussian:sigma=1e4,size=5", "gaussian-sigma10000-size5", "gaussian", {"sigma": 1e4, "size": 5}),
        ("sobel:1e30", "sobel1e30", "sobel", {"angle": 1e30}),
        ("box:6/2", "box3", "box", {"size": 3}),
        ("box:5.0", "box5", "box", {"size": 5}),
        ("  Gaussian : Sigma = 2 ".replace("Sigma", "sigma"), "gaussian-sigma2", "gaussian", {"sigma": 2.0}),
        ("gaussian:2x1", "gaussian2x1", "gaussian", {"sigma": (2.0, 1.0)}),
        (
            "gaussian:sigma=1/2x1.50,size=5x9",
            "gaussian-sigma0.5x1.5-size5x9",
            "gaussian",
            {"sigma": (0.5, 1.5), "size": (5, 9)},
        ),
        ("box:size=3x5", "box-size3x5", "box", {"size": (3, 5)}),
        ("mean: 3 x 5 ", "mean3x5", "mean", {"size": (3, 5)}),
        ("box:3x3", "box3", "box", {"size": 3}),
        ("sobel:size=5", "sobel-size5", "sobel", {"size": 5}),
        ("sobel:90,size=7", "sobel90-size7", "sobel", {"angle": 90.0, "size": 7}),
        ("laplacian:alpha=1/3", "laplacian-alpha0.333333", "laplacian", {"alpha": 1 / 3}),
        ("sobel-y:5", "sobel-y5", "sobel-y", {"size": 5}),
        ("laplacian:0.2", "laplacian0.2", "laplacian", {"alpha": 0.2}),
        ("Sobel_X", "sobel-x", "sobel-x", {}),
        ("mexican hat", "mexican-hat", "mexican-hat", {}),
        ("edge # of everything", "edge", "edge", {}),
        ("edge\n", "edge", "edge", {}),
    ],
)
def test_settings_and_the_name_they_make(text: str, name: str, preset: str, values: dict[str, float]) -> None:
    made = kernel(text)
    assert made.name == name
    np.testing.assert_array_equal(made.weights, PRESETS[preset].make(**values))


@pytest.mark.parametrize(
    ("text", "problem", "hint"),
    [
        ("", "the kernel is empty", "sobel"),
        (" \n\t ", "the kernel is empty", "sobel"),
        ("# nothing but a comment", "the kernel is empty", "sobel"),
        ("@weights.txt", "'@weights.txt': @FILE is read by the command line", "read the file yourself"),
        ("gausian", "unknown kernel 'gausian'", "did you mean gaussian? cnnkit kernels"),
        ("Sobell:3", "unknown kernel 'Sobell'", "did you mean sobel? cnnkit kernels"),
        ("blur", "unknown kernel 'blur'", "did you mean gaussian (blurs, smooths, denoises: near neighbours"),
        (
            "vertical",
            "unknown kernel 'vertical'",
            "sobel-x (vertical edges: brightness that rises to the right)? cnnkit kernels vertical",
        ),
        ("Horizontal edges", "unknown kernel 'Horizontal edges'", "sobel-y (horizontal edges: brightness that rises d"),
        ("vertcal", "unknown kernel 'vertcal'", "cnnkit kernels vertical lists others"),
        (
            "denoise",
            "unknown kernel 'denoise'",
            "did you mean box (blurs, smooths, denoises: the mean of a rectangle)?",
        ),
        ("zzz", "unknown kernel 'zzz'", "cnnkit kernels lists all"),
        ("k" * 100, "unknown kernel 'k{37}\\.\\.\\.'", "cnnkit kernels lists all"),
        ("nan", "unknown kernel 'nan'", "cnnkit kernels"),
        ("sobel45", "unknown kernel 'sobel45'", "sobel:45"),
        ("sobel 45", "unknown kernel 'sobel 45'", "sobel:45"),
        ("weights.txt", "unknown kernel 'weights.txt'", "write @weights.txt"),
        ("sobel; prewitt", "'sobel' in row 1, column 1 is not a number", "1/9"),
        ("identity:3", "identity has no settings", "write identity alone"),
        ("gaussian:", "sigma has no value", "gaussian:sigma=1"),
        ("gaussian:sigma=", "sigma has no value", "gaussian:sigma=1"),
        ("gaussian:2,", "'' is not a setting", "write gaussian:2"),
        ("gaussian:2,7", "'7' is not a setting", "write gaussian:2,size=7, or gaussian:2x7 for rows and columns"),
        ("sobel:3x3", "'3x3' for angle has 2 numbers, not 1", "write sobel:size=3"),
        ("sobel:45,5", "'5' is not a setting", "write sobel:45,size=5"),
        ("laplacian:0.2,3", "'3' is not a setting", "write laplacian:0.2"),
        ("sobel:45:size=5", "'45:size=5' cannot be read", "write sobel:45,size=5"),
        ("gaussian:sigma=(2,1)", r"'sigma=\(2,1\)' cannot be read", "write gaussian:sigma=2x1 (rows x columns)"),
        ("gaussian:[2, 1.5],size=5", "cannot be read", "write gaussian:2x1.5,size=5"),
        ("gaussian:sigma=2X1", "'sigma=2X1' cannot be read", "write gaussian:sigma=2x1"),
        ("sobel:size=(5,5)", "'5x5' for size has 2 numbers", "write sobel:size=5"),
        ("sobel:angle=x", "'x' for angle is not a number", "1/9"),
        ("unsharp:sigma=1x2", "has 2 numbers", "write unsharp:sigma=1"),
        ("log:sigma=2x1", "has 2 numbers", "write log:sigma=2"),
        ("sobel:4x5", "has 2 numbers", "write sobel:size=5"),
        ("laws:L5E5", "'L5E5' is no number", "write laws:rows=1,columns=2"),
        ("edges", "unknown kernel 'edges'", "did you mean edge ("),
        ("blurr", "unknown kernel 'blurr'", "did you mean gaussian ("),
        ("canny", "unknown kernel 'canny'", "there is no Canny: use edge, or sobel-x and sobel-y with --combine"),
        *((f"sobel{number}", "unknown kernel", "colon: sobel:size=5") for number in ("5", " 5", "5x5")),
        ("gaussian5", "unknown kernel", "colon: gaussian:size=5"),
        ("gaussian5x5", "unknown kernel", "colon: gaussian:size=5x5"),
        ("gaussian2", "unknown kernel", "colon: gaussian:2"),
        ("box5", "unknown kernel", "colon: box:size=5"),
        ("sobel-x5", "unknown kernel", "colon: sobel-x:size=5"),
        ("laplacian9", "unknown kernel", "did you mean laplacian"),
        ("medianBlur", "unknown kernel", "--type median"),
        ("erode", "unknown kernel", "--type min"),
        ("Dilate", "unknown kernel", "--type max"),
        ("sobel-x+sobel-y", "is 2 kernels", "write -k sobel-x -k sobel-y, and for one result --combine magnitude"),
        ("sobel:0,Sobel:90", "is 2 kernels", "write -k sobel:0 -k Sobel:90"),
        ("uniform_filter", "unknown kernel", "did you mean box ("),
        ("GaussianBlur", "unknown kernel", "did you mean gaussian ("),
        ("gaussian:radius=2", "no setting 'radius'", "did you mean sigma?"),
        ("gaussian:std=2", "no setting 'std'", "did you mean sigma?"),
        ("kante", "unknown kernel", "cnnkit kernels lists all"),
        ("gaussian:sigm=2", "gaussian has no setting 'sigm'", "did you mean sigma?"),
        ("gaussian:=2", "gaussian has no setting ''", "its settings are sigma, size"),
        ("gaussian:sigma=2,sigma=3", "sigma is given twice", "once"),
        ("gaussian:2,sigma=3", "sigma is given twice", "once"),
        ("gaussian:sigma=wide", "'wide' for sigma is not a number", "1/9"),
        ("gaussian:sigma=2=3", "'2=3' for sigma is not a number", "1/9"),
        ("gaussian:sigma=nan", "'nan' for sigma is not finite", "1e300"),
        ("gaussian:sigma=1/0", "'1/0' for sigma divides by zero", "other than 0"),
        ("gaussian:sigma=0", "sigma 0 is below 0.01", "from 0.01 to 10000"),
        ("gaussian:size=2.5", "'2.5' for size is not a whole number", "size as 3 or 5"),
        ("sobel:size=3x5", "'3x5' for size has 2 numbers, not 1", "write sobel:size=3"),
        ("box:3x5x7", "'3x5x7' for size has 3 numbers, not 1 or 2", "write box:size=3x5"),
        ("box:0x3", "size 0 is below 1", "from 1 to 1001"),
        ("box:3x", "'3x' for size is not a number", "1/9"),
        ("box:3x1.5", "'1.5' for size is not a whole number", "size as 3 or 5"),
        ("gaussian:0x2", "sigma 0 is below 0.01", "from 0.01 to 10000"),
        ("laplacian:1.1", "alpha 1.1 is above 1", "from 0 to 1"),
        ("sobel:size=4", "size 4 is even", "use 3 or 5"),
        ("sobel:size=33", "size 33 is above 31", "from 3 to 31"),
        ("box:1002", "size 1002 is above 1001", "from 1 to 1001"),
        ("box:1e300", r"size 1e\+300 is above 1001", "from 1 to 1001"),
    ],
)
def test_refused_with_cure(text: str, problem: str, hint: str) -> None:
    with pytest.raises(ArgumentError, match=problem) as caught:
        kernel(text)
    assert hint in caught.value.hint


def test_hints_for_other_words_name_presets() -> None:
    assert set(OTHER_WORDS.values()) <= set(PRESETS)
    assert not set(OTHER_WORDS) & set(PRESETS)


def test_kernels_lists_every_preset_in_order() -> None:
    assert [preset.name for preset in kernels()] == list(PRESETS)


ANYTHING = st.text(max_size=60)
ALMOST_ROWS = st.text(alphabet="0123456789./eE+-,; \n\t#*()[]@:=x\N{MINUS SIGN}", max_size=60)
ALMOST_NAMES = st.builds(
    "{}{}{}".format, st.sampled_from(sorted(PRESETS)), st.sampled_from(["", ":", " "]), st.text(max_size=20)
)
ALMOST_SETTINGS = st.sampled_from([preset for preset in kernels() if preset.parameters]).flatmap(
    lambda preset: st.lists(
        st.builds("{}={}".format, st.sampled_from(list(preset.parameters)), st.floats() | st.integers() | ALMOST_ROWS),
        max_size=4,
    ).map(lambda items: f"{preset.name}:{','.join(items)}")
)


def _made_or_refused(text: str) -> Kernel | ArgumentError:
    try:
        return kernel(text)
    except ArgumentError as error:
        return error


@settings(derandomize=True, max_examples=600, deadline=None)
@given(ANYTHING | ALMOST_ROWS | ALMOST_NAMES | ALMOST_SETTINGS)
def test_any_text_is_a_kernel_or_an_argument_error(text: str) -> None:
    made = _made_or_refused(text)
    if isinstance(made, ArgumentError):
        assert made.problem
        assert made.hint
        assert len(str(made)) < 300
    else:
        assert np.isfinite(made.weights).all()
        assert max(made.size) <= 1001
        assert re.fullmatch(r"[A-Za-z0-9.-]+", made.name)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=3), min_size=1, max_size=4)
)
def test_any_finite_weights_are_read_back_exactly(rows: list[list[float]]) -> None:
    text = "; ".join(" ".join(map(repr, row)) for row in rows)
    np.testing.assert_array_equal(kernel(text).weights, rows)
