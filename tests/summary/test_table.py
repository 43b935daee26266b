"""The summary of a layer table: rows, totals, text, command."""

import runpy
import sys

import pytest

from reference_impl.networks import Network, convolution, network
from reference_impl.summary import main, seen_size, spelled, summarize, summary_text, summary_totals


def test_rows_hold_shape_parameters_macs_bytes_and_field():
    conv = convolution("conv", 3, 8, (3, 5), stride=(2, 1), padding=0, bias=True)
    (row,) = summarize(Network("one", (2, 3, 9, 11), (conv,)), itemsize=2)
    assert row == {
        "name": "conv",
        "kind": "conv",
        "input_shape": (2, 3, 9, 11),
        "output_shape": (2, 8, 4, 7),
        "parameters": 3 * 3 * 5 * 8 + 8,
        "macs": 2 * 8 * 4 * 7 * 45,
        "activation_bytes": 2 * 8 * 4 * 7 * 2,
        "receptive_field": (3, 5),
    }


def test_joins_have_rows_without_costs():
    rows = {row["name"]: row for row in summarize("resnet50")}
    assert (rows["block1_1"]["kind"], rows["block1_1"]["macs"], rows["block1_1"]["parameters"]) == ("add", 0, 0)
    assert rows["block1_1.shortcut"]["macs"] == 56 * 56 * 64 * 256


def test_totals_are_sums():
    totals = summary_totals(summarize("resnet50"))
    assert (totals["parameters"], totals["macs"]) == (25_557_032, 4_089_184_256)
    assert summary_totals([]) == {"parameters": 0, "macs": 0, "activation_bytes": 0}


def test_another_input_shape_changes_macs_not_parameters():
    small, large = (summary_totals(summarize("vgg16", input_shape=(n, 3, 224, 224))) for n in (1, 3))
    assert (large["macs"], large["parameters"]) == (3 * small["macs"], small["parameters"])


def test_the_text_has_separators_and_totals():
    text = summary_text(summarize("vgg16"))
    lines = text.splitlines()
    assert lines[0].split()[0] == "layer"
    assert "138,357,544" in lines[-1]
    assert "15,470,264,320" in lines[-1]
    assert len(lines) == 1 + 1 + 21 + 1 + 1
    assert max(map(len, lines)) <= 120


def test_cells_are_spelled():
    assert [spelled(value) for value in (None, "conv", (3, 7), 1234)] == ["–", "conv", "3 × 7", "1,234"]
    assert seen_size(None) is None


def test_the_command_prints_the_table(capsys):
    assert main(["resnet50"]) == 0
    assert "25,557,032" in capsys.readouterr().out


def test_the_command_takes_a_shape_and_an_itemsize(capsys):
    assert main(["resnet18", "--input-shape", "2,3,64,96", "--itemsize", "2"]) == 0
    out = capsys.readouterr().out
    assert "2 × 64 × 32 × 48" in out
    assert f"{2 * 64 * 32 * 48 * 2:,}" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["resnet49"], "summarize: name must be one of alexnet, "),
        (["resnet50", "--itemsize", "0"], "summarize: itemsize must be at least 1. Got itemsize=0"),
        (["resnet50", "--input-shape", "1,3"], "summarize: input_shape must be (N, C, *S)"),
        (
            ["resnet50", "--input-shape", "1,3,a"],
            "reference_impl: --shape must be whole numbers with commas. Got shape='1,3,a'",
        ),
    ],
)
def test_the_command_says_what_is_wrong(arguments, message, capsys):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


def test_the_module_runs_as_a_program(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["summary", "vgg11"])
    with pytest.raises(SystemExit) as done:
        runpy.run_module("reference_impl.summary", run_name="__main__")
    assert done.value.code == 0
    assert "132,863,336" in capsys.readouterr().out


def test_refusals():
    with pytest.raises(ValueError, match=r"summarize: name must be one of alexnet, .*\. Got name='resnet49'"):
        summarize("resnet49")
    with pytest.raises(TypeError, match=r"summarize: table must be a Network or the name of one\. Got table=50"):
        summarize(50)
    with pytest.raises(ValueError, match=r"summarize: itemsize must be at least 1\. Got itemsize=0"):
        summarize(network("vgg11"), itemsize=0)
    with pytest.raises(ValueError, match=r"summary_text: there must be at least one row\. Got rows=\[\]"):
        summary_text([])
