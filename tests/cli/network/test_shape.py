"""``cnnkit shape`` as a user runs it: what is printed where, and with which exit code."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

from cnnkit.cli.network.shape import EXAMPLE, EXAMPLES
from cnnkit.errors import NotationError
from cnnkit.files.stacks import StackFiles
from cnnkit.network.shape import shape
from cnnkit.network.text.relations import GUIDE

ROOT = Path(__file__).resolve().parents[3]
CHW, HWC = ("--input-layout", "chw"), ("--input-layout", "hwc")


Run = Callable[..., "subprocess.CompletedProcess[str]"]


def apart(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "cnnkit", "shape", *words]
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture
def run(here: Callable[..., Any]) -> Run:
    """The command in this process, which takes a tenth of the time."""

    def started(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
        ran = here("shape", *words, cwd=cwd)
        return subprocess.CompletedProcess(words, ran.code, ran.text, ran.err)

    return started


def test_the_table_and_nothing_else() -> None:
    done = apart("28x28x1", "conv3-32", "x2", "maxpool2")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{shape('28x28x1 conv3-32 conv3-32 maxpool2')}\n"


def test_words_in_one_quoted_argument(run: Run) -> None:
    assert run("28x28x1 conv3-32 maxpool2").stdout == run("28x28x1", "conv3-32", "maxpool2").stdout


def test_no_words_show_a_worked_example_and_what_to_try_next(run: Run) -> None:
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    first, *rest = done.stdout.splitlines()
    assert first == f"$ cnnkit shape {' '.join(EXAMPLE)}"
    assert str(shape(*EXAMPLE)) in done.stdout
    assert rest[-2].endswith(":")
    following = rest[-1].split()
    assert following[:2] == ["cnnkit", "shape"]
    shape(*following[2:])


def test_a_mistake_is_three_lines_and_a_hint(run: Run) -> None:
    done = run("28x28x1", "conv3-32:stride2", "relu")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: unknown setting 'stride2' for conv\n"
        "  28x28x1 conv3-32:stride2 relu\n"
        "                   ^^^^^^^\n"
        "hint: write conv3-32:s2\n"
    )


def test_bytes_that_are_no_text() -> None:
    done = apart("28x28x1", "conv\udcff3-8")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "  28x28x1 conv?3-8\n              ^\n" in done.stderr


@pytest.mark.parametrize("expected", ["14x14x32", "6272"])
def test_an_expectation_that_is_met(run: Run, expected: str) -> None:
    words = ("flatten",) if "x" not in expected else ()
    done = run("28x28x1", "conv3-32", "maxpool2", *words, "--expect", expected)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("layer")


def test_an_expectation_that_is_not_met() -> None:
    done = apart("28x28x1", "conv3-32", "maxpool2", "--expect", "14x15x32")
    assert done.returncode == 1
    assert done.stdout.startswith("layer")
    assert done.stderr == "error: the stack ends in 14x14x32, not in 14x15x32\nhint: columns 14, not 15\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("28x28", "--expect", "big"), "'big' is not a shape"),
        (("28x28", "--expect", "28x0"), "shape 0 is below 1"),
        (("--expect", "28x28"), "--expect has no stack to check"),
        (("28x28", "--explode"), "no such option"),
        (("28x28 conv3-8", "--want", "big"), "'big' is not a size"),
        (("28x28 conv3-8", "--want", "7x7x8"), "'7x7x8' has 3 numbers, not 1 or 2"),
        (("28x28 fc10", "--want", "7"), "fc after a 28x28x1 volume"),
        (("28x28 conv3-8", "--code", "caffe"), "unknown framework 'caffe'"),
        (("28x28 conv3-8", "--code", "torch", "--want", "7"), "--want and --code print different things"),
        (("28x28 conv3-8", "--code", "torch", "--explain"), "--code and --explain print different things"),
        (("28x28 conv3-8", "--layout", "hwc"), "unknown layout 'hwc'"),
        (("28x28 conv3-8", "--input-layout", "nchw"), "unknown input layout 'nchw'"),
        (("28x28 conv3-8", "--batch", "0"), "--batch: 0 is not 1 or more"),
        (("--want", "7"), "--want has no stack to solve"),
        (("--code", "torch"), "--code has no stack to print"),
        (("--show-stack",), "--show-stack has no stack to print"),
        (CHW, "--input-layout has no stack to read"),
        (("",), "word 1 is empty"),
    ],
)
def test_wrong_usage(run: Run, words: tuple[str, ...], message: str) -> None:
    done = run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr.splitlines()[0]
    assert done.stderr.splitlines()[-1].startswith("hint: ")


def test_quiet_says_nothing_but_errors(run: Run) -> None:
    assert run("28x28", "conv3-8", "--quiet").stdout == ""
    assert run("-q").stdout == ""
    done = run("28x28", "conv3-8", "--expect", "28x28", "-q")
    assert (done.returncode, done.stdout) == (1, "")
    assert "error: the stack ends in 28x28x8, not in 28x28x1" in done.stderr


def test_json(run: Run) -> None:
    done = run("28x27x1", "conv3-32:s2x1:d1x2", "tconv2-4:s2", "bn", "gap", "fc10", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    facts = json.loads(done.stdout)
    assert (facts["schema"], facts["command"]) == (1, "shape")
    assert facts["input"] == [28, 27, 1]
    assert facts["layers"][0] == {
        "layer": "conv3-32:s2x1:d1x2",
        "name": "conv",
        "output": [14, 27, 32],
        "kernel": [3, 3],
        "stride": [2, 1],
        "dilation": [1, 2],
        "padding": [0, 1, 2, 2],
        "parameters": 320,
        "macs": 108864,
        "receptive_field": [3, 5],
        "jump": [2, 1],
        "start": [1, 0],
        "notes": ["PyTorch has no same padding with a stride; pad by 0x1x2x2 before it there"],
    }
    assert facts["layers"][1]["jump"] == [1, 0.5]
    assert facts["layers"][2] == {
        "layer": "bn",
        "name": "bn",
        "output": [28, 54, 4],
        "parameters": 8,
        "macs": 0,
        "receptive_field": [3, 5],
        "jump": [1, 0.5],
        "start": [1, 0],
        "notes": [],
    }
    assert facts["layers"][3]["output"] == [4]
    assert facts["layers"][4]["receptive_field"] == "all"
    assert facts["layers"][4]["jump"] is None
    stack = shape("28x27x1 conv3-32:s2x1:d1x2 tconv2-4:s2 bn gap fc10")
    assert facts["totals"] == {
        "output": [10],
        "parameters": stack.parameters,
        "macs": stack.macs,
        "activations": 28 * 27 + 14 * 27 * 32 + 2 * 28 * 54 * 4 + 4 + 10,
        "activation_bytes": 4 * stack.activations,
        "parameter_bytes": 4 * stack.parameters,
    }
    assert facts["stack"] == stack.notation
    assert facts["batch"] == 1


def test_json_of_a_sound_and_of_a_field_that_is_not_followed(run: Run) -> None:
    facts = json.loads(run("51200@22050", "mfcc13", "tconv65-1:s65", "--json").stdout)
    assert facts["input"] == {"samples": 51200, "rate": 22050}
    assert facts["layers"][0]["output"] == [100, 13, 1]
    assert facts["layers"][1]["receptive_field"] == [None, None]
    assert facts["layers"][1]["jump"] == [None, None]


def test_json_of_a_vector_and_of_layers_without_windows(run: Run) -> None:
    words = ("784", "reshape28x28", "avgpool-to5", "upsample2:bilinear", "pad0x1x0x1", "prelu:channels", "reshape121")
    facts = json.loads(run(*words, "--json", "--explain").stdout)
    assert (facts["input"], facts["totals"]["output"]) == ([784], [121])
    assert facts["stack"] == "784 reshape28x28x1 avgpool-to5 upsample2:bilinear pad0x1x0x1 prelu:channels reshape121"
    assert [layer["name"] for layer in facts["layers"]] == [
        "reshape", "avgpool-to", "upsample", "pad", "prelu", "reshape"
    ]  # fmt: skip
    assert [layer["output"] for layer in facts["layers"]] == [
        [28, 28, 1], [5, 5, 1], [10, 10, 1], [11, 11, 1], [11, 11, 1], [121]
    ]  # fmt: skip
    assert facts["layers"][1]["explanation"][1]["name"] == "largest window"
    assert facts["totals"]["activations"] == 784 + 25 + 100 + 121 + 121
    assert "kernel" not in facts["layers"][1]


@pytest.mark.parametrize("features", ["mfcc13", "mel64", "logmel40", "spectrogram", "waveform"])
def test_features_have_the_shape_that_mfcc_prints(run: Run, features: str) -> None:
    kind = features.rstrip("0123456789")
    count = {"mfcc": ["--n-mfcc", "13"], "mel": ["--n-mels", "64"], "logmel": ["--n-mels", "40"]}.get(kind, [])
    settings = [] if kind == "waveform" else ["--hop-length", "10ms", "--frame-length", "25ms", "--framing", "center"]
    command = [sys.executable, "-m", "cnnkit", "mfcc", "examples/song.wav", "--print-shape", "--features", kind]
    printed = subprocess.run(
        [*command, *count, *settings], cwd=ROOT, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
    ).stdout.strip()
    word = features if kind == "waveform" else f"{features}:hop10ms:win25ms:center"
    assert run("examples/song.wav", word, "--expect", printed, "-q").returncode == 0


def test_json_of_the_worked_example(run: Run) -> None:
    assert json.loads(run("--json").stdout)["totals"]["output"] == [10]


def test_json_keeps_standard_output_whole_when_the_expectation_is_not_met(run: Run) -> None:
    done = run("28x28", "--json", "--expect", "1x1")
    assert done.returncode == 1
    assert json.loads(done.stdout)["input"] == [28, 28, 1]


def test_help_shows_words_and_examples_line_by_line(run: Run) -> None:
    done = run("--help")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    examples = [line.strip() for line in lines if line.strip().startswith("cnnkit shape ")]
    assert len(examples) >= 4
    for line in examples:
        words = line.split()[2:]
        first = next((number for number, word in enumerate(words) if word.startswith("--")), len(words))
        assert shape(*words[:first]).parameters > 0


@pytest.mark.parametrize("line", [line.strip() for line in EXAMPLES.splitlines() if "cnnkit shape" in line])
def test_examples_of_the_help_run(run: Run, line: str, tmp_path: Path) -> None:
    assert run(*line.split()[2:], cwd=tmp_path).returncode == 0


def test_show_stack_prints_words_that_give_the_stack_again(run: Run, tmp_path: Path) -> None:
    done = run("tinyvgg", "softmax", "--show-stack")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1
    (tmp_path / "net.txt").write_text(done.stdout)
    assert run(f"@{tmp_path / 'net.txt'}").stdout == run("tinyvgg", "softmax").stdout


def test_files_are_read_from_their_headers(run: Run) -> None:
    done = run("examples/image.png", "conv3-8")
    assert done.stdout.splitlines()[1].split()[:2] == ["input", "320x480x3"]
    done = run("examples/song.wav", "mfcc13:hop512", "conv3-32")
    assert done.stdout.splitlines()[1].split()[:2] == ["input", "51200@22050"]
    assert "100 frames at hop 512 and 22,050 Hz are 2.32 s" in done.stdout


def test_a_file_that_is_not_there_is_an_input_that_failed(run: Run) -> None:
    done = run("examples/imag.png", "conv3-8")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("error: examples/imag.png: there is no such file\nhint: did you mean examples/image.png?\n")


def test_a_mistake_in_a_file_is_pointed_at_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "net.txt").write_text("conv3-8\nrleu  # no\n")
    done = run("28x28", f"@{tmp_path / 'net.txt'}")
    assert done.returncode == 2
    assert done.stderr == (
        f"error: {tmp_path / 'net.txt'}, line 2: unknown layer 'rleu'\n  rleu  # no\n  ^^^^\nhint: write relu\n"
    )


def test_explain_is_the_table_and_the_arithmetic(run: Run) -> None:
    done = run("28x28", "conv3-8", "--explain")
    assert (done.returncode, done.stderr) == (0, "")
    stack = shape("28x28 conv3-8")
    assert done.stdout.startswith(str(stack).split("\n\n")[0])
    assert stack.explain() in done.stdout
    assert "= 3 * 3 * 1 / 1 * 8 + 8 = 80" in done.stdout


def test_want_lists_the_choices(run: Run) -> None:
    done = run("224x224x3", "conv7-64", "--want", "112")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[3:5]] == ["conv7-64:s2", "conv7-64:s2:p3"]
    assert "same padding, whatever the kernel, gives" in done.stdout
    assert max(map(len, lines)) <= 80


def test_want_that_cannot_be_is_an_expectation_not_met(run: Run) -> None:
    done = run("28x28", "conv3-8", "--want", "99x99")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == "hint: to enlarge, use a tconv: tconv2-8:s2 makes 56x56"


def test_json_is_whole_when_the_wanted_size_is_out_of_reach(run: Run) -> None:
    done = run("28x28", "conv3-8", "--want", "99x98", "--json")
    assert done.returncode == 1
    want = json.loads(done.stdout)["want"]
    assert (want["size"], want["choices"]) == ([99, 98], [])
    assert [choice["output"] for choice in want["same"]] == [[28, 28], [14, 14], [10, 10], [7, 7]]
    assert done.stderr.startswith("error: no conv of a usual size makes 99x98 of 28x28")


@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_code_is_all_that_is_printed(run: Run, framework: str) -> None:
    done = run("tinyvgg", "--code", framework)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{shape('tinyvgg').code(framework)}\n"


def test_layout_and_batch(run: Run) -> None:
    done = run("28x27", "conv3-8", "flatten", "--layout", "nchw", "--batch", "8")
    assert done.stdout == f"{shape('28x27 conv3-8 flatten', layout='nchw', batch=8)}\n"
    assert done.stdout.splitlines()[2].split()[1] == "8x8x28x27"


@pytest.mark.parametrize(
    ("words", "output", "parameters"),
    [
        (("8x1x98x40", "conv3-32"), [98, 40, 32], 320),
        (("8x98x40x1", "conv3-32"), [98, 40, 32], 320),
        (("8x3x224x224", "conv3-64"), [224, 224, 64], 1792),
        (("8x224x224x3", "conv3-64"), [224, 224, 64], 1792),
        (("8x64x56x56", "conv3-64"), [56, 56, 64], 36928),
        (("8x56x56x64", "conv3-64"), [56, 56, 64], 36928),
        (("8x3x98x40", "conv3-32", "--input-layout", "chw"), [98, 40, 32], 896),
        (("8x98x40x3", "conv3-32", "--input-layout", "hwc"), [98, 40, 32], 896),
    ],
)
def test_the_cure_of_an_input_with_its_batch_gives_what_was_meant(
    words: tuple[str, ...], output: list[int], parameters: int
) -> None:
    start, layer, *layout = words
    with pytest.raises(NotationError, match="has 4 numbers") as caught:
        shape(start, layer, input_layout=layout[-1] if layout else "")
    size, batch = re.findall(r"write (\S+?),.* and --batch (\d+)$", caught.value.hint)[0]
    stack = shape(size, layer, batch=int(batch), input_layout=layout[-1] if layout else "")
    assert (list(stack.output), stack.parameters, stack.batch) == (output, parameters, 8)
    assert "input: " not in str(stack)


def test_an_input_layout_settles_what_looks_depth_first(run: Run, tmp_path: Path) -> None:
    np.save(tmp_path / "maps.npy", np.zeros((4, 100, 256), np.uint8))
    np.save(tmp_path / "photo.npy", np.zeros((3, 224, 224), np.uint8))
    note = "input: read as {}; if it is depth first, add --input-layout chw for {}, else hwc\n"
    for start, sides, last in (
        ("4x100x256", "4 rows, 100 columns, depth 256", "100x256x4"),
        (f"{tmp_path}/maps.npy", "4 rows, 100 columns, depth 256", "100x256x4"),
        (f"{tmp_path}/photo.npy", "3 rows, 224 columns, depth 224", "224x224x3"),
    ):
        plain, first, kept = (
            str(shape(start, "conv3-8", input_layout=layout, files=StackFiles())) for layout in ("", "chw", "hwc")
        )
        assert note.format(sides, last) in plain
        assert "input: " not in first + kept
        assert first.splitlines()[1].split()[1] == last
        assert kept.splitlines()[1] == plain.splitlines()[1]
    assert run(start, "conv3-8").stdout == f"{plain}\n"
    assert run(start, "conv3-8", *CHW).stdout == f"{first}\n"
    # where no table is printed, the note goes to standard error
    other = run(start, "conv3-8", "--code", "torch")
    assert (other.stdout[:12], other.stderr) == ("import torch", note.format(sides, last))
    assert run(start, "conv3-8", "--show-stack", "-q").stderr == ""
    facts = json.loads(run(start, "conv3-8", "--json").stdout)
    assert (facts["input_layout"], facts["notes"]) == ("hwc", [note.format(sides, last)[7:-1]])
    facts = json.loads(run(start, "conv3-8", "--json", *CHW).stdout)
    assert (facts["input_layout"], facts["notes"], facts["input"]) == ("chw", [], [224, 224, 3])


def test_words_that_look_depth_first_are_refused_with_two_cures(run: Run) -> None:
    done = run("3x224x224", "conv3-8")
    assert done.returncode == 2
    size, layout = re.findall(r"write (\S+): .* add --input-layout (.+)$", done.stderr.splitlines()[-1])[0]
    assert shape(size, "conv3-8").output == shape("3x224x224 conv3-8", input_layout="chw").output == (224, 224, 8)
    assert shape("3x224x224 conv3-8", input_layout=layout).output == (3, 224, 8)


@pytest.mark.parametrize("start", ["lenet5", "examples/image.png", "28x27", "51200@22050", "conv3-8"])
def test_a_network_and_an_image_know_their_own_layout(start: str) -> None:
    if start == "conv3-8":
        with pytest.raises(NotationError, match="begins with a layer"):
            shape(start, input_layout="chw")
    else:
        stack, files = start.replace("examples", str(ROOT / "examples")), StackFiles()
        assert shape(stack, input_layout="chw", files=files).input == shape(stack, files=files).input


def test_json_has_what_every_option_adds(run: Run) -> None:
    done = run(
        *("28x28 conv3-8", "--json", "--explain", "--want", "14", "--code", "torch", "--expect", "28x28x8"),
        *("--batch", "2"),
    )
    facts = json.loads(done.stdout)
    assert facts["batch"] == 2
    assert facts["totals"]["macs"] == facts["layers"][0]["macs"] == 2 * 28 * 28 * 8 * 9
    assert facts["layers"][0]["explanation"][0] == {
        "name": "reach",
        "symbol": "e",
        "symbols": "d * (k - 1) + 1",
        "numbers": "1 * (3 - 1) + 1",
        "value": 3,
        "source": GUIDE,
    }
    assert facts["want"]["size"] == [14, 14]
    assert facts["want"]["choices"][0] == {
        "layer": "conv3-8:s2",
        "kernel": [3, 3],
        "stride": [2, 2],
        "padding": [0, 1, 0, 1],
        "unseen": [0, 0],
    }
    assert facts["want"]["same"][1]["output"] == [14, 14]
    assert facts["code"]["framework"] == "torch"
    assert facts["code"]["text"].startswith("import torch\n")
    assert facts["expect"] == {"output": [28, 28, 8], "met": True}


def test_every_key_of_the_json_is_documented(run: Run) -> None:
    stack = "51200@22050 mfcc13 conv3-8 fc10".replace(" fc10", " flatten fc10")
    shown = run(*stack.split(), "--json", "--explain", "--code", "keras", "--expect", "10").stdout
    wanted = run("28x28", "conv3-8", "--json", "--want", "14").stdout
    page = (ROOT / "docs" / "shape.md").read_text().partition("## JSON")[2]

    def keys(value: object) -> set[str]:
        if isinstance(value, dict):
            return set(value) | {key for item in value.values() for key in keys(item)}
        return {key for item in value for key in keys(item)} if isinstance(value, list) else set()

    assert {key for key in keys([json.loads(shown), json.loads(wanted)]) if f"`{key}`" not in page} == set()


def test_json_of_a_graph_has_its_edges_and_what_is_held_at_once(run: Run) -> None:
    words = ("8x8x2", "mark:in", "conv3-2", "mark:a", "from:in", "conv1-2", "cat:a:.")
    found = json.loads(run(*words, "--json", "--explain").stdout)
    assert [one["inputs"] for one in found["layers"]] == [[0], [0], [1, 2]]
    assert [one["layer"] for one in found["layers"]] == ["conv3-2", "conv1-2", "cat:a:."]
    assert found["stack"] == " ".join(words)
    totals = found["totals"]
    assert (totals["held_values"], totals["held_bytes"], totals["held_layer"]) == (512, 2048, 3)
    chain = json.loads(run("8x8x2", "conv3-2", "--json").stdout)
    assert "inputs" not in chain["layers"][0]
    assert "held_values" not in chain["totals"]


def test_a_graph_is_drawn_and_its_branches_need_no_quotes(run: Run, tmp_path: Path) -> None:
    done = run("8x8x2", "mark:in", "conv3-2", "add:in", "--figure", str(tmp_path / "graph.svg"))
    assert done.returncode == 0
    assert (tmp_path / "graph.svg").stat().st_size > 1000


def test_the_reader_of_a_pipe_may_go_away() -> None:
    command = f"'{sys.executable}' -m cnnkit shape 28x28 conv3-8 x900 | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split()[0] == "layer"
    assert done.stderr == ""


def test_what_of_a_sound_was_mixed_is_said_and_told_in_json(run: Run, tmp_path: Path) -> None:
    stereo = str(tmp_path / "stereo.wav")
    soundfile.write(stereo, np.zeros((51200, 2)), 22050)
    note = f"{stereo}: 2 channels mixed to one (their mean)"
    done = run(stereo, "mfcc13")
    assert done.stderr == f"{note}\n"
    assert " 100x13x1 " in done.stdout
    done = run(stereo, "mfcc13", "--json")
    assert (done.stderr, json.loads(done.stdout)["notes"]) == ("", [note])
    assert run(stereo, "mfcc13", "-q").stderr == ""


NET = ("28x28x1", "conv3-32", "relu", "maxpool2", "flatten", "fc10")


@pytest.mark.parametrize(
    "more", [(), ("--json",), ("--quiet",), ("--expect", "10"), ("--code", "torch"), ("--explain",), ("--show-stack",)]
)
def test_a_figure_is_drawn_beside_what_is_printed(run: Run, tmp_path: Path, more: tuple[str, ...]) -> None:
    done = run(*NET, *more, "--figure", "net.svg", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout == run(*NET, *more, cwd=tmp_path).stdout
    assert done.stderr == ("" if {*more} & {"--json", "--quiet"} else "wrote net.svg  figure\n")
    assert (tmp_path / "net.svg").read_text().startswith("<?xml")


def test_a_figure_of_the_worked_example(run: Run, tmp_path: Path) -> None:
    done = run("--figure", "net.png", cwd=tmp_path)
    assert (done.stdout, done.stderr) == (run(cwd=tmp_path).stdout, "wrote net.png  figure\n")
    assert run(*EXAMPLE, "--figure", "same.png", "-q", cwd=tmp_path).returncode == 0
    with Image.open(tmp_path / "net.png") as one, Image.open(tmp_path / "same.png") as other:
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_an_expectation_that_is_not_met_is_drawn(run: Run, tmp_path: Path) -> None:
    done = run(*NET, "--expect", "11", "--figure", "net.png", "-q", cwd=tmp_path)
    assert done.returncode == 1
    assert (tmp_path / "net.png").exists()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((*NET, "--figure", "net.gif"), 2, "--figure net.gif names no format of a figure"),
        ((*NET, "--figure", "no/net.png"), 1, "there is no folder "),
        (("photo.png", "conv3-8", "--figure", "photo.png"), 2, "--figure photo.png is photo.png too"),
        (("photo.png conv3-8", "--figure", "./photo.png"), 2, "--figure ./photo.png is photo.png too"),
        ((*NET, "--figure", "mine.svg"), 1, "mine.svg exists and was not made by cnnkit"),
        ((*NET, "--figure", "net.png", "--want", "big"), 2, "'big' is not a size"),
        ((*NET, "--figure", "net.png", "--code", "caffe"), 2, "unknown framework 'caffe'"),
        (("28x28", "conv9:valid", "--figure", "net.png"), 2, "conv has no number"),
    ],
)
def test_a_figure_that_is_refused(run: Run, tmp_path: Path, words: tuple[str, ...], code: int, message: str) -> None:
    (tmp_path / "photo.png").write_bytes((Path(__file__).parents[3] / "examples" / "image.png").read_bytes())
    (tmp_path / "mine.svg").write_text("<svg/>")
    done = run(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr.splitlines()[0]
    assert done.stderr.splitlines()[-1].startswith("hint: ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.svg", "photo.png"]
    assert (tmp_path / "mine.svg").read_text() == "<svg/>"


def test_a_figure_of_somebody_else_is_replaced_by_force(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.svg").write_text("<svg/>")
    assert run(*NET, "--figure", "mine.svg", "-f", cwd=tmp_path).stderr == "replaced mine.svg  figure\n"
    assert "made by cnnkit" in (tmp_path / "mine.svg").read_text()
