"""``cnnkit shape`` as a user runs it: what is printed where, and with which exit code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cnnkit.cli.shape import EXAMPLE
from cnnkit.geometry.stack import shape

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
        "hint: did you mean :s2?\n"
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
        "notes": [],
    }
    assert facts["layers"][3]["output"] == [4]
    assert facts["layers"][4]["receptive_field"] == "all"
    assert facts["layers"][4]["jump"] is None
    stack = shape("28x27x1 conv3-32:s2x1:d1x2 tconv2-4:s2 bn gap fc10")
    assert facts["totals"] == {"output": [10], "parameters": stack.parameters, "macs": stack.macs}


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
        words = [word for word in line.split()[2:] if word not in ("--json", "--quiet")]
        expected = words.index("--expect") if "--expect" in words else len(words)
        assert shape(*words[:expected]).parameters > 0


def test_the_reader_of_a_pipe_may_go_away() -> None:
    command = f"'{sys.executable}' -m cnnkit shape 28x28 conv3-8 x900 | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split()[0] == "layer"
    assert done.stderr == ""
