"""A picture that moves, in Chromium: one frame at a time, stopped by its box, still on paper and without motion."""

import matplotlib
import pytest

from scripts.figures import style
from scripts.figures.sweeps import sweep
from scripts.site import figures
from scripts.site.errors import ROOT
from scripts.site.svg import themed_svg

TURN, FRAMES, STANDING = 900, 4, 2  # milliseconds that a frame is seen; frames of the picture; the one that stands
SEEN = """() => {
  const frames = [...document.querySelectorAll(".frame")].filter((f) => getComputedStyle(f).visibility === "visible");
  const marks = getComputedStyle(document.querySelector(".still")).display;
  const pause = getComputedStyle(document.querySelector(".handbook-pause")).display;
  return { frames: [...new Set(frames.map((f) => +f.style.getPropertyValue("--frame")))], marks, pause };
}"""
AT = """(time) => document.getAnimations().forEach((animation) => {
  animation.pause();
  animation.currentTime = time;
})"""


@pytest.fixture
def page(context, monkeypatch):
    with matplotlib.rc_context(style.RC):
        svg = themed_svg(sweep((6,), (3,), shown=STANDING))
    monkeypatch.setattr(figures, "drawing", lambda *_: svg)
    shown = figures.picture("docs/chapters/90-x.md", "any", "A kernel of three taps on its way over six cells.")
    css = (ROOT / "docs" / "assets" / "css" / "figures.css").read_text()
    page = context.new_page()
    page.set_content(f"<style>{css}</style><body data-md-color-scheme='default'>{shown}")
    return page


def test_frames_take_turns_one_at_a_time(page):
    page.emulate_media(reduced_motion="no-preference")
    turns = []
    for turn in range(2 * FRAMES):
        page.evaluate(AT, (turn + 0.5) * TURN)
        seen = page.evaluate(SEEN)
        turns.append(seen["frames"])
        assert seen["marks"] == "none"
    assert turns == [[number] for number in range(FRAMES)] * 2


def test_the_box_stops_the_picture_and_lets_it_go_on(page):
    page.emulate_media(reduced_motion="no-preference")
    states = "() => [...new Set(document.getAnimations().map((animation) => animation.playState))]"
    assert page.evaluate(states) == ["running"]
    page.get_by_label("pause").check()
    assert page.evaluate(states) == ["paused"]
    page.get_by_label("pause").uncheck()
    assert page.evaluate(states) == ["running"]


@pytest.mark.parametrize("media", [{"reduced_motion": "reduce"}, {"media": "print"}])
def test_without_motion_and_on_paper_one_frame_stands_with_the_marks_of_all(page, media):
    page.emulate_media(**media)
    assert page.evaluate("() => document.getAnimations().length") == 0
    seen = page.evaluate(SEEN)
    assert seen["frames"] == [STANDING]
    assert seen["marks"] != "none"
    assert seen["pause"] == "none"
