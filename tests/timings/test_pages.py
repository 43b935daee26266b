"""What pages show: the same for the same record, words where there is none, and a refusal where it is malformed."""

import dataclasses

import pytest

from scripts.site import cache, figures
from scripts.site.errors import PageError
from scripts.site.functions import expand_with
from scripts.site.page import Page
from scripts.site.runner import PageRun
from scripts.timings.cases import CASES, FAMILIES, family
from scripts.timings.records import save
from tests.timings.planted import record, results

PAGE = "docs/chapters/00-planted.md"
MACROS = (
    'timings("grouped")', 'timing_table("forward")', 'timing_table("backward")', 'timing_table("memory")',
    "timing_ceilings()", 'timing_bounds("float32")', 'timing_bounds("tf32")', 'timing_bounds("16-bit")',
    "timing_sources()",
)  # fmt: skip


def said(*codes, page=PAGE):
    markdown = "# T\n\n" + "\n\n".join(f"[[= {code} =]]" for code in codes) + "\n"
    return expand_with(Page(page, markdown), PageRun()).markdown


def cells(text, start):
    """The cells of the row of a table that begins with `start`."""
    row = next(line for line in text.splitlines() if line.replace("\u00a0", " ").startswith(f"| {start} |"))
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_a_family_stands_beside_its_plain_case(folders):
    save(record(), folders.committed)
    text = said('timings("grouped")')
    assert cells(text, "variant") == [
        "variant", "MMAC", "MB", "NumPy, ms", "torch primitives, ms", "torch, ms", "share of MACs", "share of time",
    ]  # fmt: skip
    one, many = family("grouped")[0], family("grouped")[-1]
    seconds = [2e-11 * case.macs + 1e-11 * case.nbytes() for case in (one, many)]
    row = cells(text, "groups 32")
    assert row[1:3] == ["14.5", "3.2"]
    assert float(row[5]) == pytest.approx(1e3 * seconds[1], abs=0.005)
    assert row[6:] == ["3.1%", f"{100 * seconds[1] / seconds[0]:.1f}%"]
    assert "Invented Processor, 1 thread; Python 3.11.0, NumPy 2.0.0, torch 2.6.0; 3 May 2026." in text
    assert "[How it is measured](../timings.md)" in text
    assert "Out of date" not in text


def test_a_share_without_a_kernel_of_torch_compares_the_twins(folders):
    save(record(), folders.committed)
    text = said('timings("deformable")')
    assert cells(text, "deformable 3 × 3")[5] == "–"
    plain, deformable = family("deformable")[:2]
    share = (3 * deformable.macs + deformable.nbytes()) / (3 * plain.macs + plain.nbytes())
    assert cells(text, "deformable 3 × 3")[7] == f"{100 * share:.0f}%"
    assert "the share of time is that of our form of torch primitives" in text


def test_each_device_has_a_tab_and_gpus_have_columns_for_their_formats(folders):
    gpu = record(
        kind="cuda", device="Invented GPU", flops={"float32": 1e13, "tf32": 1e14},
        versions=record().versions | {"cuda": "12"},
        results=tuple(r for r in results() + results(form="tf32") if r.implementation != "numpy"),
    )  # fmt: skip
    many = dataclasses.replace(
        gpu, batch=32, cases={case.key: case.batched(32).recipe for case in CASES},
        results=tuple(result._replace(seconds=2 * result.seconds) for result in gpu.results),
    )  # fmt: skip
    for one in (record(), gpu, many):
        save(one, folders.committed)
    text = said('timings("grouped")')
    assert '=== "Invented Processor"\n\n    | variant |' in text
    assert '=== "Invented GPU"\n\n    | variant |' in text
    assert '=== "Invented GPU, batch of 32"\n\n    | variant |' in text
    assert "| variant | MMAC | MB | float32, µs | tf32, µs | share of MACs | share of time |" in text
    assert "CUDA 12" in text
    assert said("timing_gpu()").endswith("Measured GPUs: Invented GPU.\n")
    forward = said('timing_table("forward")')
    assert "### Invented GPU\n" in forward
    rows = [line for line in forward.splitlines() if line.startswith("| grouped: groups\u00a032 |")]
    one, case = gpu.find(family("grouped")[-1], "library", "forward"), family("grouped")[-1]
    shown = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert shown[1][1] == f"{case.macs / 1e6:.1f}"
    assert shown[1][3] == f"{1e6 * one.seconds:,.0f}"
    assert shown[2][1] == f"{32 * case.macs / 1e6:.0f}"
    assert shown[2][3] == f"{2e6 * one.seconds:,.0f}"
    assert said("timing_ceilings()").count("Invented GPU") == 2


def test_a_sentence_may_speak_of_a_gpu_and_a_batch(folders):
    save(record(), folders.committed)
    assert said('timing_ratio("grouped", "groups 32", gpu=8)').endswith("an unmeasured share\n")
    assert said("timing_device(gpu=8)").endswith("no GPU yet (`make timings` measures one)\n")
    formed = tuple(
        result._replace(format=form, seconds=scale * result.seconds if "groups 32" in result.case else result.seconds)
        for result in results()
        for form, scale in (("float32", 1), ("bfloat16", 2))
    )
    many = record(
        kind="cuda", device="Invented GPU", batch=8, flops={"float32": 1e13, "bfloat16": 1e14}, results=formed,
        cases={case.key: case.batched(8).recipe for case in CASES},
    )  # fmt: skip
    save(many, folders.committed)
    first, last = family("grouped")[0], family("grouped")[-1]
    share = many.find(last, "library", "forward").seconds / many.find(first, "library", "forward").seconds
    assert said('timing_ratio("grouped", "groups 32", gpu=8)').endswith(f"{100 * share:.1f}%\n")
    assert said('timing_ratio("grouped", "groups 32", gpu=8, form="bfloat16")').endswith(f"{200 * share:.1f}%\n")
    assert "Invented GPU, batch of 8, GPU; Python 3.11.0" in said("timing_device(gpu=8)")


def test_without_a_record_pages_say_so_in_words_and_counts_stay(folders):
    text = said(*MACROS, *(f'timings("{name}")' for name in FAMILIES), "timing_device()")
    assert cells(text, "groups 32") == ["groups\u00a032", "14.5", "3.2", "3.1%"]
    assert "No time has been measured yet: `make timings` does it on your machine." in text
    assert "no machine yet" in text
    assert "No GPU has been measured yet." in said("timing_gpu()")
    sentence = said(
        'timing_ratio("grouped", "groups 32")', 'timing_ms("dense", "1 × 1")', 'timing_floor("dense", "1 × 1")'
    )
    assert sentence.split("\n\n")[1:] == ["an unmeasured share", "an unmeasured time", "an unmeasured number of\n"]
    assert said('timing_ratio("grouped", "groups 32", of="macs")').endswith("3.1%\n")


def test_numbers_for_sentences(folders):
    save(record(), folders.committed)
    dense, pointwise = (next(c for c in CASES if c.key == f"dense/{name}") for name in ("3 × 3", "1 × 1"))
    seconds = {c.name: 2e-11 * c.macs + 1e-11 * c.nbytes() for c in (dense, pointwise)}
    over = seconds["1 × 1"] / pointwise.floor(1e11, 1e10)
    assert said('timing_ms("dense", "3 × 3")').endswith(f"{1e3 * seconds['3 × 3']:.2f} ms\n")
    assert said('timing_floor("dense", "1 × 1")').endswith(f"{over:.1f}\n")
    assert said('timing_ratio("dense", "1 × 1")').endswith(f"{100 * seconds['1 × 1'] / seconds['3 × 3']:.0f}%\n")
    assert said('timing_ratio("dense", "1 × 1", of="weights")').endswith("11%\n")


def test_a_stale_record_is_called_out_of_date_and_a_quick_one_quick(folders):
    save(record(sources="0" * 64, mode="quick"), folders.committed)
    for code in ('timings("grouped")', 'timing_table("forward")', "timing_device()"):
        assert "a quick measurement. **Out of date**: the measured code has changed since" in said(code)


def test_a_malformed_record_stops_the_page_with_line_and_cause(folders):
    save(record(), folders.committed).write_text('{"schema": 7}')
    with pytest.raises(PageError, match=rf"^{PAGE}:3: .*cpu-invented-processor\.json is no record.*schema must be 1"):
        said('timings("grouped")')


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ('timings("gruped")', "no family of timings is called 'gruped'"),
        ('timing_ratio("grouped", "groups 3")', "the family 'grouped' has no case 'groups 3'; it has 'groups 1', "),
        ('timing_ratio("grouped", "groups 2", of="joules")', "of is time, macs, bytes or weights, not 'joules'"),
        ('timing_table("sideways")', "there are the tables forward, backward, memory, not 'sideways'"),
        ('timing_bounds("float8")', "the format is one of float32, tf32, 16-bit, not 'float8'"),
    ],
)
def test_a_misspelt_name_stops_the_page(code, cause):
    with pytest.raises(PageError, match=f"^{PAGE}:3: .*{cause}"):
        said(code)


def test_a_link_to_the_page_timings_starts_where_the_page_stands():
    assert "](timings.md)" in said('timings("grouped")', page="docs/preface.md")
    assert "](../../timings.md)" in said('timings("grouped")', page="docs/labs/deep/x.md")


def test_pages_and_pictures_are_the_same_for_the_same_record(folders, monkeypatch):
    monkeypatch.setenv("HANDBOOK_CACHE", "off")
    save(record(), folders.committed)

    def everything():
        return said(*MACROS), figures.drawing("timings", "roofline"), figures.drawing("timings", "cost_against_macs")

    first = everything()
    save(record(mode="quick", device="Another"), folders.quick)
    assert everything() == first


@pytest.mark.parametrize("name", ["roofline", "cost_against_macs"])
def test_a_picture_names_every_operator_once_and_says_so_when_nothing_was_measured(folders, monkeypatch, name):
    monkeypatch.setenv("HANDBOOK_CACHE", "off")
    assert "No time has been measured yet." in figures.drawing("timings", name)
    save(record(), folders.committed)
    drawing = figures.drawing("timings", name)
    for operator in {case.operator for case in CASES}:
        assert drawing.count(f">{operator}<") == 1, operator


def test_a_picture_is_drawn_anew_when_the_record_changes(folders, monkeypatch, tmp_path):
    monkeypatch.setenv("HANDBOOK_CACHE", str(tmp_path / "cache"))
    drawings = {figures.drawing("timings", "roofline")}
    for flops in (1e11, 2e11):
        save(record(flops={"float32": flops}), folders.committed)
        cache.begin_build()
        drawings.add(figures.drawing("timings", "roofline"))
    assert len(drawings) == 3
