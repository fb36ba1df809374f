"""The account of one input: told at once by a report, kept by a recorder, the same in the end."""

from __future__ import annotations

import json
import pickle
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from cnnkit.cli.outputs import Delivery
from cnnkit.cli.report import Report
from cnnkit.cli.work.account import Recorder, account_of
from cnnkit.errors import ArgumentError, InputError, MisfitError

Run = Callable[..., Any]
Start = Callable[..., "subprocess.Popen[str]"]


def work(item: str, report: Report) -> None:
    report.note(item, ["mixed to mono", "mixed to mono"])
    report.rate(8000 + len(item))
    report.explain("5 + 6 = 11")
    report.record(input=item, shape=[2, 3])
    report.show("2x3")
    report.wrote(f"wrote {item}", Delivery(f"out/{item}", "replaced"), "2x3")
    report.frame = "frame 2 of 3"
    if item == "b.png":
        raise InputError("it is damaged", "get it again")
    if item == "c.png":
        raise ArgumentError("no such word", "use another")


def test_what_is_recorded_is_told_later_as_it_would_have_been_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for is_recorded in (False, True):
        report = Report("pool")
        for item in ("a.png", "b.png"):
            account = account_of(item, work, Recorder(report) if is_recorded else report)
            report.take_over(item, pickle.loads(pickle.dumps(account)))
        told.append((capsys.readouterr(), report.folders))
    assert told[0] == told[1]
    (out, err), folders = told[0]
    assert out == "2x3\n2x3\n"
    assert err.count("mixed to mono") == 2
    assert "error: b.png: frame 2 of 3: it is damaged\nhint: get it again\n" in err
    assert folders == {"out"}


def test_an_object_of_json_has_what_was_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report("pool", as_json=True)
    account = account_of("a.png", work, Recorder(report))
    report.take_over("a.png", account)
    report.close()
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert result == {"input": "a.png", "shape": [2, 3], "explanation": ["5 + 6 = 11"]}


def test_a_recorder_keeps_no_facts_that_nobody_wants() -> None:
    assert "record" not in {name for name, _, _ in account_of("a.png", work, Recorder(Report("pool"))).events}


def test_wrong_usage_is_no_fault_of_the_input() -> None:
    fault = account_of("c.png", work, Recorder(Report("pool"))).fault
    assert fault == ("no such word", "use another", True, "")


def test_a_long_item_shows_nothing_of_itself() -> None:
    assert Recorder(Report("mfcc")).progress_of("a.wav")(1, 2) is None


def test_a_layer_that_does_not_fit_keeps_its_caret(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(item: str, report: Report) -> None:
        report.remark("of all")
        raise MisfitError("fc after a 4x4x8 volume", "add gap before it", "4x4x1 conv3-8 fc10\n              ^^^^")

    report = Report("run")
    account = pickle.loads(pickle.dumps(account_of("a.png", fail, Recorder(report))))
    report.begin(1)
    report.take_over("a.png", account)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "of all",
        "error: a.png: fc after a 4x4x8 volume",
        "  4x4x1 conv3-8 fc10",
        "                ^^^^",
        "hint: add gap before it",
    ]
    assert not account.fault.is_usage
