"""The pieces that chapters draw with: they show the arrays that they are given, and a phone can read them."""

import re

import matplotlib
import numpy as np
import pytest

from reference_impl.receptive_field import Layer, receptive_field
from scripts.figures import style
from scripts.figures.data import PHONE, batch, clip, memory, named_axes, strip, time_arrow
from scripts.figures.maps import SHADES, heat, taps_in_time
from scripts.figures.style import canvas, tensor
from scripts.site.svg import themed_svg


def svg_of(draw):
    with matplotlib.rc_context(style.RC):
        figure, ax = canvas(PHONE, 8)
        box = draw(ax)
        return themed_svg(figure), box


def labels(svg):
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_a_strip_has_a_row_for_each_channel_and_its_name():
    ecg = np.array([[0, 3, 9], [1, -1, 4]])
    svg, box = svg_of(lambda ax: strip(ax, ecg, (2, 1), names=("lead I", "lead II"), cell=0.8))
    assert labels(svg) == ["0", "3", "9", "1", "−1", "4", "lead I", "lead II"]
    assert (box.left[0], box.top[1]) == (2, 1)
    assert (box.right[0], box.bottom[1]) == pytest.approx((2 + 3 * 0.8, 1 + 2 * 0.8))


def test_axes_and_time_are_named():
    def draw(ax):
        box = strip(ax, (2, 3), (2, 1))
        named_axes(ax, box, across="T", down="C")
        time_arrow(ax, box)

    assert labels(svg_of(draw)[0]) == ["T", "C", "time"]


def test_small_frames_of_a_clip_are_cells_and_large_ones_photographs():
    frames = [np.full((3, 4), number) for number in range(3)]
    svg, box = svg_of(lambda ax: clip(ax, frames, (0, 0), width=2, gap=0.5, values=True))
    assert labels(svg) == ["0"] * 12 + ["1"] * 12 + ["2"] * 12
    assert box.right[0] == 3 * 2 + 2 * 0.5
    assert svg_of(lambda ax: clip(ax, [np.eye(20)] * 2, (0, 0)))[0].count("<image") == 2


def test_samples_of_a_batch_stand_below_each_other():
    seen = []

    def sample(ax, number, at):
        seen.append((number, at))
        return tensor(ax, (3, 2, 2), at, offset=(0.5, 0.5))

    svg, box = svg_of(
        lambda ax: batch(ax, 3, lambda number, at: sample(ax, number, at), (1, 1), gap=0.25, text="N = 3")
    )
    assert seen == [(0, (1, 1)), (1, (1, 3.25)), (2, (1, 5.5))]
    assert box.bottom[1] == 7.5
    assert labels(svg) == ["N = 3"]


def test_memory_shows_the_steps_of_an_array():
    array = np.arange(12).reshape(2, 2, 3)
    steps = dict(zip("CHW", (step // array.itemsize for step in array.strides), strict=True))
    svg, box = svg_of(lambda ax: memory(ax, array.ravel().tolist(), (0.3, 4), steps=steps, cell=0.9))
    assert labels(svg) == [*map(str, range(12)), "W: 1", "H: 3", "C: 6"]
    assert box.right[0] == pytest.approx(0.3 + 12 * 0.9)


def test_a_heat_map_has_a_path_for_each_shade_and_two_colours_around_zero():
    array = np.array([[0, 0.5, 1], [-1, -1, 0]])
    svg, box = svg_of(lambda ax: heat(ax, array, (0, 0), 3))
    filled = re.findall(r"fill:var\(--fig-(input|accent)\)(?:;opacity:([\d.]+))?", svg)
    assert {(name, float(shade or 1)) for name, shade in filled} == {("accent", 1), ("input", 0.5), ("input", 1)}
    assert box.bottom == (1.5, 2)
    many = np.random.default_rng(0).random((30, 30))
    assert svg_of(lambda ax: heat(ax, many, (0, 0), 3))[0].count("<path") <= SHADES + 2


def input_dots(svg):
    """The fill of each input dot, from left to right; dots that look alike are one path."""
    paths = re.findall(r'<path d="([^"]*)"[^>]*fill:var\(--fig-([\w-]+)\);stroke:var\(--fig-input\)', svg)
    return [fill for _, fill in sorted((float(x), fill) for d, fill in paths for x in re.findall(r"M ?([\d.]+)", d))]


@pytest.mark.parametrize("layers", [[(2, 1), (2, 2), (2, 4)], [(3, 1), (2, 3)], [(3, 2)]])
def test_the_filled_inputs_are_the_receptive_field_of_the_last_output(layers):
    svg, _ = svg_of(lambda ax: taps_in_time(ax, 16, layers, (0, 0), width=9))
    dots = input_dots(svg)
    assert len(dots) == 16
    reached = [place for place, fill in enumerate(dots) if fill == "input"]
    field = receptive_field([Layer(taps, dilation=dilation) for taps, dilation in layers])
    assert 16 - reached[0] == field.size
    if layers[0][1] == 1:  # without gaps
        assert len(reached) == field.size


def test_same_padding_looks_both_ways():
    svg, _ = svg_of(lambda ax: taps_in_time(ax, 5, [(3, 1)], (0, 0), width=9, padding="same"))
    dots = input_dots(svg)
    assert dots == ["paper", "paper", "paper", "input", "input"]
