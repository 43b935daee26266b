"""TIMINGS rules what is measured and shown: never, where nothing fits, always."""

import pytest

from scripts.timings import records
from scripts.timings.__main__ import main
from scripts.timings.choice import ensure, fits, shown
from scripts.timings.device import device_name, versions
from scripts.timings.records import RecordError, save
from tests.timings.planted import record

ENSURED = "--ensure makes quick records for this machine's pages: no --batch, --seconds or --into\n"


def mine(**changes):
    """A record that fits this machine."""
    return record(device=device_name("cpu"), versions=versions("cpu"), **changes)


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)


def measured(asked):
    """A stand-in for measuring, which notes what was asked of it."""
    return lambda kind: asked.append(kind) or mine(mode="quick")


def test_never_shows_the_committed_records_alone_and_measures_nothing(folders):
    save(mine(mode="quick"), folders.quick)
    asked = []
    assert ensure(measured(asked)) == asked == shown() == []
    save(record(), folders.committed)
    assert shown() == [record()]


def test_auto_measures_once_where_no_record_fits(folders, monkeypatch):
    monkeypatch.setenv("TIMINGS", "auto")
    save(record(), folders.committed)
    asked = []
    assert [path.parent for path in ensure(measured(asked))] == [folders.quick]
    assert asked == ["cpu"]
    assert ensure(measured(asked)) == []
    assert shown() == [mine(mode="quick"), record()], "this machine first, other devices beside it"


@pytest.mark.parametrize(
    "change",
    [
        {"sources": "0" * 64},
        {"device": "Another"},
        {"versions": {"python": "3.11.0", "numpy": "2.0.0", "torch": "2.6.0"}},
    ],
)
def test_a_record_of_other_sources_device_or_versions_does_not_fit(change):
    assert fits(mine(), "cpu")
    assert not fits(record(**({"device": device_name("cpu"), "versions": versions("cpu")} | change)), "cpu")


def test_auto_measures_nothing_where_the_committed_record_fits(folders, monkeypatch):
    monkeypatch.setenv("TIMINGS", "auto")
    save(mine(), folders.committed)
    save(mine(mode="quick"), folders.quick)
    asked = []
    assert ensure(measured(asked)) == asked == []
    assert shown() == [mine()], "a full record is preferred, and stands once"


def test_auto_measures_again_where_the_record_is_stale(folders, monkeypatch):
    monkeypatch.setenv("TIMINGS", "auto")
    stale = mine(sources="0" * 64)
    save(stale, folders.committed)
    save(mine(mode="quick", sources="1" * 64), folders.quick)
    asked = []
    ensure(measured(asked))
    assert asked == ["cpu"]
    assert shown() == [mine(mode="quick"), stale]


def test_always_measures_and_prefers_what_was_measured(folders, monkeypatch):
    monkeypatch.setenv("TIMINGS", "always")
    save(mine(), folders.committed)
    asked = []
    ensure(measured(asked))
    assert asked == ["cpu"]
    assert shown() == [mine(mode="quick"), mine()]


def test_a_damaged_quick_record_is_measured_again(folders, monkeypatch):
    monkeypatch.setenv("TIMINGS", "auto")
    save(mine(mode="quick"), folders.quick).write_text("{")
    asked = []
    ensure(measured(asked))
    assert asked == ["cpu"]


def test_a_damaged_committed_record_is_refused(folders, monkeypatch):
    save(record(), folders.committed).write_text("{")
    with pytest.raises(RecordError, match=r"cpu-invented-processor\.json is no record of timings"):
        shown()


def test_quick_records_lie_outside_the_repository(monkeypatch, tmp_path):
    monkeypatch.delenv("HANDBOOK_TIMINGS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert records.quick_folder() == tmp_path / "convolution-handbook" / "timings"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert not records.quick_folder().is_relative_to(records.ROOT)


# --- the command ------------------------------------------------------------------------------------------------------


def test_a_gpu_that_is_not_there_is_a_clear_error(folders, capsys):
    assert main(["--device", "cuda"]) == 2
    message = capsys.readouterr().err
    assert message.startswith("--device cuda: torch finds no CUDA device on this machine (torch ")
    assert not folders.committed.exists()


def test_no_threads_are_refused(capsys):
    assert main(["--threads", "0"]) == 2
    assert capsys.readouterr().err == "--threads must be at least 1. Got 0\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--batch", "0"], "--batch must be at least 1. Got 0\n"),
        (["--seconds", "0"], "--seconds must be positive and finite. Got 0.0\n"),
        (["--seconds", "nan"], "--seconds must be positive and finite. Got nan\n"),
        (["--ensure", "--batch", "8"], ENSURED),
        (["--ensure", "--seconds", "2"], ENSURED),
        (["--ensure", "--into", "here"], ENSURED),
    ],
)
def test_options_without_meaning_are_refused(capsys, options, message):
    assert main(options) == 2
    assert capsys.readouterr().err == message


def test_an_unknown_word_in_timings_is_refused(monkeypatch, capsys):
    monkeypatch.setenv("TIMINGS", "sometimes")
    assert main(["--ensure"]) == 2
    assert "TIMINGS must be one of never, auto, always. Got 'sometimes'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "place", "mode", "seconds"),
    [
        (["--quick"], "quick", "quick", 0.005),
        (["--quick", "--seconds", "0.5"], "quick", "quick", 0.5),
        ([], "committed", "full", 1.0),
        (["--seconds", "0.1"], "committed", "full", 0.1),
    ],
)
def test_the_command_writes_a_record(folders, monkeypatch, capsys, options, place, mode, seconds):
    efforts = []
    monkeypatch.setattr(
        "scripts.timings.__main__.measured",
        lambda kind, effort, count, batch: efforts.append(effort) or record(mode=effort.mode),
    )
    assert main(options) == 0
    assert [(effort.mode, effort.seconds) for effort in efforts] == [(mode, seconds)]
    assert [path.name for path in getattr(folders, place).iterdir()] == ["cpu-invented-processor.json"]
    assert "cpu-invented-processor.json" in capsys.readouterr().out
