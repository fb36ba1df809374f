"""``cnnkit shape`` as a user runs it: what is printed where, and with which exit code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cnnkit.cli.shape import EPILOG, EXAMPLE
from cnnkit.network.shape import shape
from cnnkit.network.text.relations import GUIDE

ROOT = Path(__file__).resolve().parents[2]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cnnkit", "shape", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def test_the_table_and_nothing_else() -> None:
    done = run("28x28x1", "conv3-32", "x2", "maxpool2")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{shape('28x28x1 conv3-32 conv3-32 maxpool2')}\n"


def test_words_in_one_quoted_argument() -> None:
    assert run("28x28x1 conv3-32 maxpool2").stdout == run("28x28x1", "conv3-32", "maxpool2").stdout


def test_no_words_show_a_worked_example_and_what_to_try_next() -> None:
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    first, *rest = done.stdout.splitlines()
    assert first == f"$ cnnkit shape {' '.join(EXAMPLE)}"
    assert str(shape(*EXAMPLE)) in done.stdout
    assert rest[-2].endswith(":")
    following = rest[-1].split()
    assert following[:2] == ["cnnkit", "shape"]
    shape(*following[2:])


def test_a_mistake_is_three_lines_and_a_hint() -> None:
    done = run("28x28x1", "conv3-32:stride2", "relu")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: unknown setting 'stride2' for conv\n"
        "  28x28x1 conv3-32:stride2 relu\n"
        "                   ^^^^^^^\n"
        "hint: write conv3-32:s2\n"
    )


def test_bytes_that_are_no_text() -> None:
    done = run("28x28x1", "conv\udcff3-8")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "  28x28x1 conv?3-8\n              ^\n" in done.stderr


@pytest.mark.parametrize("expected", ["14x14x32", "6272"])
def test_an_expectation_that_is_met(expected: str) -> None:
    words = ("flatten",) if "x" not in expected else ()
    done = run("28x28x1", "conv3-32", "maxpool2", *words, "--expect", expected)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("layer")


def test_an_expectation_that_is_not_met() -> None:
    done = run("28x28x1", "conv3-32", "maxpool2", "--expect", "14x15x32")
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
        (("28x28 conv3-8", "--batch", "0"), "invalid value for '--batch'"),
        (("--want", "7"), "--want has no stack to solve"),
        (("--code", "torch"), "--code has no stack to print"),
        (("--show-stack",), "--show-stack has no stack to print"),
        (("",), "word 1 is empty"),
    ],
)
def test_wrong_usage(words: tuple[str, ...], message: str) -> None:
    done = run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr.splitlines()[0]
    assert done.stderr.splitlines()[-1].startswith("hint: ")


def test_quiet_says_nothing_but_errors() -> None:
    assert run("28x28", "conv3-8", "--quiet").stdout == ""
    assert run("-q").stdout == ""
    done = run("28x28", "conv3-8", "--expect", "28x28", "-q")
    assert (done.returncode, done.stdout) == (1, "")
    assert "error: the stack ends in 28x28x8, not in 28x28x1" in done.stderr


def test_json() -> None:
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


def test_json_of_a_sound_and_of_a_field_that_is_not_followed() -> None:
    facts = json.loads(run("51200@22050", "mfcc13", "tconv65-1:s65", "--json").stdout)
    assert facts["input"] == {"samples": 51200, "rate": 22050}
    assert facts["layers"][0]["output"] == [100, 13, 1]
    assert facts["layers"][1]["receptive_field"] == [None, None]
    assert facts["layers"][1]["jump"] == [None, None]


def test_json_of_the_worked_example() -> None:
    assert json.loads(run("--json").stdout)["totals"]["output"] == [10]


def test_json_keeps_standard_output_whole_when_the_expectation_is_not_met() -> None:
    done = run("28x28", "--json", "--expect", "1x1")
    assert done.returncode == 1
    assert json.loads(done.stdout)["input"] == [28, 28, 1]


def test_help_shows_words_and_examples_line_by_line() -> None:
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


@pytest.mark.parametrize("line", [line.strip() for line in EPILOG.splitlines() if "cnnkit shape" in line])
def test_examples_of_the_help_run(line: str) -> None:
    assert run(*line.split()[2:]).returncode == 0


def test_show_stack_prints_words_that_give_the_stack_again(tmp_path: Path) -> None:
    done = run("tinyvgg", "softmax", "--show-stack")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1
    (tmp_path / "net.txt").write_text(done.stdout)
    assert run(f"@{tmp_path / 'net.txt'}").stdout == run("tinyvgg", "softmax").stdout


def test_files_are_read_from_their_headers() -> None:
    done = run("examples/image.png", "conv3-8")
    assert done.stdout.splitlines()[1].split()[:2] == ["input", "320x480x3"]
    done = run("examples/song.wav", "mfcc13:hop512", "conv3-32")
    assert done.stdout.splitlines()[1].split()[:2] == ["input", "51200@22050"]
    assert "100 frames at hop 512 and 22,050 Hz are 2.32 s" in done.stdout


def test_a_file_that_is_not_there_is_an_input_that_failed() -> None:
    done = run("examples/imag.png", "conv3-8")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("error: examples/imag.png: there is no such file\nhint: did you mean examples/image.png?\n")


def test_a_mistake_in_a_file_is_pointed_at_there(tmp_path: Path) -> None:
    (tmp_path / "net.txt").write_text("conv3-8\nrleu  # no\n")
    done = run("28x28", f"@{tmp_path / 'net.txt'}")
    assert done.returncode == 2
    assert done.stderr == (
        f"error: {tmp_path / 'net.txt'}, line 2: unknown layer 'rleu'\n  rleu  # no\n  ^^^^\nhint: write relu\n"
    )


def test_explain_is_the_table_and_the_arithmetic() -> None:
    done = run("28x28", "conv3-8", "--explain")
    assert (done.returncode, done.stderr) == (0, "")
    stack = shape("28x28 conv3-8")
    assert done.stdout.startswith(str(stack).split("\n\n")[0])
    assert stack.explain() in done.stdout
    assert "= 3 * 3 * 1 / 1 * 8 + 8 = 80" in done.stdout


def test_want_lists_the_choices() -> None:
    done = run("224x224x3", "conv7-64", "--want", "112")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[3:5]] == ["conv7-64:s2", "conv7-64:s2:p3"]
    assert "same padding, whatever the kernel, gives" in done.stdout
    assert max(map(len, lines)) <= 80


def test_want_that_cannot_be_is_an_expectation_not_met() -> None:
    done = run("28x28", "conv3-8", "--want", "99x99")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == "hint: to enlarge, use a tconv: tconv2-8:s2 makes 56x56"


def test_json_is_whole_when_the_wanted_size_is_out_of_reach() -> None:
    done = run("28x28", "conv3-8", "--want", "99x98", "--json")
    assert done.returncode == 1
    want = json.loads(done.stdout)["want"]
    assert (want["size"], want["choices"]) == ([99, 98], [])
    assert [choice["output"] for choice in want["same"]] == [[28, 28], [14, 14], [10, 10], [7, 7]]
    assert done.stderr.startswith("error: no conv of a usual size makes 99x98 of 28x28")


@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_code_is_all_that_is_printed(framework: str) -> None:
    done = run("tinyvgg", "--code", framework)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{shape('tinyvgg').code(framework)}\n"


def test_layout_and_batch() -> None:
    done = run("28x27", "conv3-8", "flatten", "--layout", "nchw", "--batch", "8")
    assert done.stdout == f"{shape('28x27 conv3-8 flatten', layout='nchw', batch=8)}\n"
    assert done.stdout.splitlines()[2].split()[1] == "8x8x28x27"


def test_json_has_what_every_option_adds() -> None:
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


def test_every_key_of_the_json_is_documented() -> None:
    stack = "51200@22050 mfcc13 conv3-8 fc10".replace(" fc10", " flatten fc10")
    shown = run(*stack.split(), "--json", "--explain", "--code", "keras", "--expect", "10").stdout
    wanted = run("28x28", "conv3-8", "--json", "--want", "14").stdout
    page = (ROOT / "docs" / "shape.md").read_text().partition("## JSON")[2]

    def keys(value: object) -> set[str]:
        if isinstance(value, dict):
            return set(value) | {key for item in value.values() for key in keys(item)}
        return {key for item in value for key in keys(item)} if isinstance(value, list) else set()

    assert {key for key in keys([json.loads(shown), json.loads(wanted)]) if f"`{key}`" not in page} == set()


def test_the_reader_of_a_pipe_may_go_away() -> None:
    command = f"'{sys.executable}' -m cnnkit shape 28x28 conv3-8 x900 | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split()[0] == "layer"
    assert done.stderr == ""
