"""Pictures that move: index sets as the definition has them, one a frame, and one frame that stands on paper."""

import re

import matplotlib
import numpy as np
import pytest

from reference_impl.conv import conv_loops
from reference_impl.conv_transpose import conv_transpose_loops
from scripts.figures import style
from scripts.figures.index_sets import reads, writes
from scripts.figures.sweeps import sweep, sweep_transposed
from scripts.site import figures, moving, reviewed
from scripts.site.errors import ROOT
from scripts.site.svg import themed_svg

CONVOLUTIONS = [
    ((5, 6), (3, 2), {}),
    ((5, 6), (3, 2), {"stride": (2, 1), "padding": 1}),
    ((7, 8), (3, 3), {"dilation": (2, 3), "padding": [(1, 0), (2, 3)]}),
    ((8, 7), (3, 2), {"stride": 2, "padding": "same"}),
    ((7,), (3,), {"padding": "causal", "dilation": 2}),
    ((3, 4, 5), (2, 1, 3), {"stride": (1, 2, 2), "padding": (1, 0, 1)}),
]
TRANSPOSED = [
    ((2, 3), (3, 2), {"stride": 2}),
    ((2, 3), (3, 4), {"stride": (2, 3), "padding": 1, "output_padding": (1, 0)}),
    ((4,), (3,), {"stride": 2, "dilation": 2}),
    ((2, 2, 2), (2, 2, 3), {"stride": 2}),
]


def svg_of(draw, *sizes, **options):
    with matplotlib.rc_context(style.RC):
        return themed_svg(draw(*sizes, **options))


@pytest.mark.parametrize(("size", "kernel", "options"), CONVOLUTIONS)
def test_an_output_reads_the_cells_whose_impulse_reaches_it(size, kernel, options):
    sets, weights = reads(size, kernel, **options), np.ones((1, 1, *kernel))
    for cell in np.ndindex(size):
        impulse = np.zeros((1, 1, *size))
        impulse[(0, 0, *cell)] = 1
        reached = conv_loops(impulse, weights, **options)[0, 0]
        assert reached.shape == sets.small
        by_set = [int((cells == cell).all(axis=1).any()) for cells in sets.cells]
        assert by_set == reached.ravel().tolist()


@pytest.mark.parametrize(("size", "kernel", "options"), TRANSPOSED)
def test_an_input_writes_the_cells_that_its_impulse_reaches(size, kernel, options):
    sets, weights = writes(size, kernel, **options), np.ones((1, 1, *kernel))
    for number, cell in enumerate(np.ndindex(size)):
        impulse = np.zeros((1, 1, *size))
        impulse[(0, 0, *cell)] = 1
        written = conv_transpose_loops(impulse, weights, **options)[0, 0]
        assert written.shape == sets.large
        inside = [tuple(spot) for spot in sets.cells[number].tolist() if min(spot) >= 0]
        inside = [spot for spot in inside if all(index < end for index, end in zip(spot, sets.large, strict=True))]
        assert sorted(inside) == [tuple(map(int, spot)) for spot in np.argwhere(written)]


def test_a_transposed_convolution_that_has_no_way_back_is_refused():
    with pytest.raises(ValueError, match="the convolution back from"):
        sweep_transposed((3,), (2,), dilation=3, output_padding=2)


@pytest.mark.parametrize(("size", "kernel", "options"), CONVOLUTIONS)
def test_a_sweep_has_a_frame_for_each_output_that_says_its_index_set(size, kernel, options):
    svg, sets = svg_of(sweep, size, kernel, shown=1, **options), reads(size, kernel, **options)
    said = moving.shown(svg)
    assert len(said) == len(sets.cells) == int(moving.FRAMES.search(svg)[1])
    for number, text in enumerate(said):
        place, _, cells = text.partition(" with ")
        assert place == ",".join(map(str, np.unravel_index(number, sets.small)))
        assert [[int(index) for index in cell.split(",")] for cell in cells.split()] == sets.cells[number].tolist()
    assert set(re.findall(r'class="frame shown" style="--frame:(\d+)"', svg)) == {"1"}
    assert 'id="turn' not in svg


@pytest.mark.parametrize(("size", "kernel", "options"), TRANSPOSED)
def test_a_transposed_sweep_has_a_frame_for_each_input(size, kernel, options):
    svg = svg_of(sweep_transposed, size, kernel, **options)
    assert len(moving.shown(svg)) == np.prod(size)


def test_a_frame_multiplies_its_window_out():
    svg = svg_of(sweep, (3, 3), (2, 2), x=np.arange(9).reshape(3, 3), w=np.arange(4).reshape(2, 2) - 1)
    labels = re.findall(r">([^<>]*·[^<>]*)<", svg)
    assert labels[:2] == ["0·(−1) + 1·0 +", "3·1 + 4·2 = 11"]


def test_the_numbers_outside_are_those_of_the_padding_mode():
    svg = svg_of(sweep, (4,), (3,), padding=1, padding_mode="circular", x=np.array([5, 6, 7, 8]), w=np.ones(3, int))
    assert "8·1 + 5·1 + 6·1 = 19" in svg


def test_a_transposed_sweep_counts_who_writes_where():
    svg = svg_of(sweep_transposed, (3,), (3,), stride=2)
    assert re.findall(r">(\d)</text>", svg)[:7] == list("1121211")


def test_letters_of_a_sweep_are_legible_on_a_phone():
    svg = svg_of(sweep, (9, 9), (3, 3))
    width, letter = (float(re.search(rf'data-{name}="([\d.]+)"', svg)[1]) for name in ("width", "letter"))
    assert width <= 328  # a phone of 360 pixels without its margins
    assert letter >= 11


@pytest.mark.parametrize(
    ("size", "kernel", "cause"),
    [((4, 24), (2, 2), "numbers of 3 digits do not fit into cells"), ((9,), (9,), "is wider than a phone")],
)
def test_numbers_that_nobody_could_read_are_refused(size, kernel, cause):
    x, w = np.full(size, 100), np.ones(kernel, dtype=int)
    with pytest.raises(ValueError, match=cause):
        sweep(size, kernel, x=x, w=w)


def test_a_wrong_index_shows_in_what_a_reviewer_reads(monkeypatch):
    from scripts.figures import sweeps

    before = svg_of(sweep, (5,), (3,))
    sets = reads((5,), (3,))
    sets.cells[1, 2] += 1
    monkeypatch.setattr(sweeps, "reads", lambda *_, **__: sets)
    now = svg_of(sweep, (5,), (3,))
    changed = [pair for pair in zip(moving.shown(before), moving.shown(now), strict=True) if pair[0] != pair[1]]
    assert changed == [("1 with 1 2 3", "1 with 1 2 4")]


def test_what_is_kept_of_a_page_has_the_frames():
    expanded = type("Expanded", (), {"pictures": [svg_of(sweep, (4,), (3,))]})
    kept = reviewed._readable(expanded, reviewed.PLACE.pattern.replace("\\", "").replace("(d+)", "0"))
    assert "frame 0: 0 with 0 1 2\nframe 1: 1 with 1 2 3" in kept


def test_a_picture_that_moves_can_be_stopped_and_one_that_stands_has_nothing_to_stop(monkeypatch):
    monkeypatch.setattr(figures, "drawing", lambda *_: svg_of(sweep, (4,), (3,)))
    shown = figures.picture("docs/chapters/90-x.md", "any", "A kernel of three taps on four cells.")
    assert shown.count("handbook-pause") == 1
    assert "--frames:2;--turns:turns-2" in shown
    assert "@keyframes turns-2{0%{visibility:visible}50.0000%{visibility:hidden}}" in shown
    monkeypatch.setattr(figures, "drawing", lambda *_: svg_of(lambda: style.canvas(3, 3)[0]))
    assert "handbook-pause" not in figures.picture("docs/chapters/90-x.md", "any", "An empty sheet without cells.")


def test_motion_is_for_screens_of_readers_who_want_it():
    css = (ROOT / "docs" / "assets" / "css" / "figures.css").read_text()
    before, _, moving_part = css.partition("@media screen and (prefers-reduced-motion: no-preference)")
    assert "animation:" not in before
    assert "animation:" in moving_part
    assert re.search(r"\.frame \{\s*visibility: hidden", before)
    assert re.search(r"\.frame\.shown \{\s*visibility: visible", before)
