"""The command `python -m reference_impl.summary`: what it prints, its help, its exit status."""

import runpy
import sys

import pytest

from reference_impl.networks import NETWORKS
from reference_impl.summary import main, summarize, summary_text


def test_the_table_has_a_line_a_layer_between_rules_and_columns_that_line_up(capsys):
    assert main(["alexnet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split("  ")[0] == "layer"
    assert [line.split()[0] for line in lines[2:-2]] == [
        *("conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool5", "fc6", "fc7", "fc8")
    ]
    assert lines[1] == lines[-2] == "-" * len(lines[0])
    # columns of numbers end, columns of words begin, where their headings do
    for heading in ("parameters", "MACs", "activation bytes"):
        end = lines[0].index(heading) + len(heading)
        assert all(line[end - 1].isdigit() and line[end : end + 1] in ("", " ") for line in (*lines[2:-2], lines[-1]))
    for heading in ("kind", "output shape"):
        start = lines[0].index(heading)
        assert all(line[start - 2 : start] == "  " and line[start] != " " for line in lines[2:-2])
    assert not any(line.endswith(" ") for line in lines)


def test_the_numbers_of_alexnets_first_layer_and_totals(capsys):
    main(["alexnet"])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    # 96 kernels of 3·11² with a bias, 55² places, 4 bytes a number
    assert lines[2] == [
        "conv1",
        "conv",
        "1",
        "×",
        "96",
        "×",
        "55",
        "×",
        "55",
        "34,944",
        "105,415,200",
        "1,161,600",
        "11",
    ]
    cells = (
        290_400,
        69_984,
        186_624,
        43_264,
        64_896,
        64_896,
        43_264,
        9_216,
        4_096,
        4_096,
        1_000,
    )  # of the figure's maps
    assert lines[-1] == ["total", "60,965,224", "724,406,816", f"{4 * sum(cells):,}"]


@pytest.mark.parametrize(
    ("options", "size"), [([], 4), (["--itemsize", "4"], 4), (["--itemsize", "1"], 1), (["--itemsize", "8"], 8)]
)
def test_a_number_takes_four_bytes_unless_said_otherwise(options, size, capsys):
    assert main(["vgg11", *options]) == 0
    row = capsys.readouterr().out.splitlines()[2].split()
    assert row[-2] == f"{size * 64 * 224 * 224:,}"


def test_the_command_prints_what_summary_text_gives(capsys):
    main(["r3d_18", "--input-shape", " 2, 3,8 ,64,48", "--itemsize", "2"])
    assert (
        capsys.readouterr().out == summary_text(summarize("r3d_18", input_shape=(2, 3, 8, 64, 48), itemsize=2)) + "\n"
    )
    main(["r3d_18"])
    assert capsys.readouterr().out == summary_text(summarize("r3d_18")) + "\n"


def test_the_help_names_every_network_and_says_what_the_options_mean(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "1000")
    with pytest.raises(SystemExit) as done:
        main(["--help"])
    assert done.value.code == 0
    words = " ".join(capsys.readouterr().out.split())
    usage = (
        "usage: python -m reference_impl.summary [-h] [--shape N,C,H,W] [--itemsize ITEMSIZE] [--depth DEPTH] "
        "[--set NAME=VALUE] name What each layer costs: of a named network, or of any torch model that Python can "
        "import. positional arguments: name package.module:model, a torch module or a function that makes one; or "
        "one of "
    )
    assert words.startswith(usage + f"{', '.join(NETWORKS)} options: ")
    assert words.endswith(
        "--shape N,C,H,W, --input-shape N,C,H,W of the input, channels first; once for each input of a model, in "
        "place of a named network's own --itemsize ITEMSIZE bytes of one number of a named network (4: float32) "
        "--depth DEPTH levels of modules to show --set NAME=VALUE an argument of the function that makes the model"
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "the following arguments are required: name"),
        (["vgg16", "vgg19"], "unrecognized arguments: vgg19"),
        (["vgg16", "--itemsize", "four"], "argument --itemsize: invalid int value: 'four'"),
        (["vgg16", "--input-shape"], "argument --shape/--input-shape: expected one argument"),
    ],
)
def test_a_misused_command_ends_with_status_2_and_its_usage(arguments, problem, capsys):
    with pytest.raises(SystemExit) as done:
        main(arguments)
    shown = capsys.readouterr()
    assert (done.value.code, shown.out) == (2, "")
    assert shown.err.startswith("usage: python -m reference_impl.summary [-h]")
    assert shown.err.endswith(f"python -m reference_impl.summary: error: {problem}\n")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            ["vgg16", "--input-shape", "1,3,,8"],
            "reference_impl: --shape must be whole numbers with commas. Got shape='1,3,,8'",
        ),
        (["vgg16", "--input-shape", "1,3,8,-8"], "reference_impl: --shape must be whole numbers with commas"),
        (["vgg16", "--input-shape", "1x3x8x8"], "reference_impl: --shape must be whole numbers with commas. Got"),
        (
            ["vgg16", "--input-shape", "1,4,224,224"],
            "summarize: the input must have the layer's channels and axes. Got",
        ),
        (["vgg16", "--itemsize", "-1"], "summarize: itemsize must be at least 1. Got itemsize=-1"),
    ],
)
def test_what_cannot_be_summed_up_ends_with_status_2_and_one_line(arguments, problem, capsys):
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(problem)
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize(("arguments", "status", "start"), [(["vgg13"], 0, "layer "), (["vgg14"], 2, "")])
def test_python_dash_m_prints_the_table_and_ends_with_its_status(arguments, status, start, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["summary.py", *arguments])
    monkeypatch.delitem(sys.modules, "reference_impl.summary")
    with pytest.raises(SystemExit) as done:
        runpy.run_module("reference_impl.summary", run_name="__main__", alter_sys=True)
    assert done.value.code == status
    shown = capsys.readouterr()
    assert shown.out.startswith(start)
    assert ("133,047,848" in shown.out) is (status == 0)
    assert ("Got name='vgg14'" in shown.err) is (status == 2)


def test_importing_the_module_prints_nothing(capsys):
    runpy.run_module("reference_impl.summary.__main__", run_name="reference_impl.summary.__main__")
    assert capsys.readouterr() == ("", "")


MODELS = """
import torch
from torch import nn

ready = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())
number = 3

class Pair(nn.Module):
    def __init__(self, width=4, name="none"):
        super().__init__()
        self.kind = name
        self.body = nn.Sequential(nn.Conv2d(6, width, 1), nn.Conv2d(width, 2, 1))

    def forward(self, a, b):
        return self.body(torch.cat((a, b), 1))

def numbered(rate=0.5):
    return nn.Conv1d(2, int(torch.linspace(0, rate, 3)[-1].item() * 8), 3)
"""


@pytest.fixture
def models(tmp_path, monkeypatch):
    (tmp_path / "shop_of_models.py").write_text(MODELS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    sys.modules.pop("shop_of_models", None)


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (["shop_of_models:ready", "--shape", "1,3,8,8"], ["Sequential", "  0", "  1"]),
        (["shop_of_models:Pair", "--shape", "1,3,8,8", "--shape", "1,3,8,8", "--depth", "1"], ["Pair", "  body"]),
        (["shop_of_models:numbered", "--shape", "1,2,9"], ["Conv1d"]),
        (["torch.nn:Linear", "--set", "in_features=3", "--set", "out_features=4", "--shape", "7,3"], ["Linear"]),
    ],
)
@pytest.mark.usefixtures("models")
def test_any_model_that_can_be_imported_is_shown_as_a_tree(arguments, lines, capsys):
    assert main(arguments) == 0
    shown = capsys.readouterr().out.splitlines()
    ends = [place for place, line in enumerate(shown) if set(line) == {"-"}]
    assert [line[: len(lines[at])] for at, line in enumerate(shown[ends[0] + 1 : ends[1]])] == lines
    assert shown[ends[1] + 1].startswith("parameters: ")


@pytest.mark.usefixtures("models")
def test_settings_are_literals_or_text(capsys):
    pair = ["shop_of_models:Pair", "--shape", "1,3,2,2", "--shape", "1,3,2,2"]
    assert main([*pair, "--set", "width=16", "--set", "name=layer norm"]) == 0
    assert f"parameters: {16 * 7 + 2 * 17} " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            ["shop_of_models:ready"],
            "reference_impl: a model needs --shape, once for each of its inputs. Got name='shop",
        ),
        (
            ["shop_of_models:lost", "--shape", "1"],
            "reference_impl: the model must be in the module. Got name='shop_of_m",
        ),
        (
            ["shop_of_models:number", "--shape", "1"],
            "reference_impl: the model must be a torch module or make one. Got n",
        ),
        (["no_such_package:lost", "--shape", "1"], "No module named 'no_such_package'"),
        (
            ["shop_of_models:Pair", "--shape", "1,3,8"],
            "summarize_torch: the model must run on these inputs, but the mode",
        ),
        (
            ["shop_of_models:Pair", "--shape", "1", "--set", "4"],
            "reference_impl: --set must be NAME=VALUE. Got set='4'",
        ),
        (
            ["shop_of_models:ready", "--shape", "1,3,8,8", "--depth", "-1"],
            "summary_tree: depth must be at least 0. Got d",
        ),
        (
            ["vgg16", "--shape", "1,3,8,8", "--shape", "1,3,8,8"],
            "reference_impl: a named network takes one --shape. Got",
        ),
    ],
)
@pytest.mark.usefixtures("models")
def test_a_model_that_cannot_be_shown_ends_with_status_2_and_one_line(arguments, problem, capsys):
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert shown.err.startswith(problem)
