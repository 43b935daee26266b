"""A record is read back as it was written; one that is malformed is refused; one of changed sources says so."""

import json
import re

import pytest

from scripts.timings import records
from scripts.timings.cases import CASES
from scripts.timings.records import RecordError, committed, load, save, when
from tests.timings.planted import record

FIRST = CASES[0]


def test_a_record_is_read_back_as_it_was_written(tmp_path):
    path = save(record(refused=("dense/3 × 3 in tf32: no kernel",)), tmp_path)
    assert path.name == "cpu-invented-processor.json"
    assert load(path) == record(refused=("dense/3 × 3 in tf32: no kernel",))
    assert len(path.read_text().splitlines()) > len(record().results), "one number a line, for readable diffs"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def change(**values):
    return lambda body: body | values


def in_first_result(**values):
    return lambda body: body | {"results": [body["results"][0] | values, *body["results"][1:]]}


def without(name):
    return lambda body: {key: value for key, value in body.items() if key != name}


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (lambda body: [body], "the file holds one JSON object"),
        (change(schema=2), "schema must be 1. Got 2"),
        (without("mode"), "it has no 'mode'"),
        (change(mode="fast"), "mode must be one of full, quick. Got fast"),
        (change(kind="tpu"), "kind must be cpu or cuda. Got tpu"),
        (change(device=""), "device must be a text"),
        (change(threads=0), "threads must be a whole number, at least 1. Got 0"),
        (change(batch=0), "batch must be a whole number, at least 1. Got 0"),
        (change(threads=True), "threads must be a whole number, at least 1. Got True"),
        (change(date="yesterday"), "date is UTC to the second. Got yesterday"),
        (change(sources="abc"), "sources is a SHA-256. Got abc"),
        (change(versions={"python": "3.11"}), "versions must name python, numpy, torch"),
        (change(flops={}), "flops must map names to float"),
        (change(flops={"float32": -1.0}), "the ceiling float32 must be a positive number. Got -1.0"),
        (change(bandwidth="fast"), "the ceiling bandwidth must be a positive number. Got fast"),
        (change(bandwidth=float("nan")), "the ceiling bandwidth must be a positive number. Got nan"),
        (change(results=[]), "results must be a list with entries"),
        (in_first_result(seconds=0), "seconds must be positive. Got 0"),
        (in_first_result(seconds=float("inf")), "seconds must be positive. Got inf"),
        (in_first_result(iqr=-1), "iqr must not be negative. Got -1"),
        (in_first_result(samples=0), "samples must be at least 1. Got 0"),
        (in_first_result(memory=1.5), "memory must be bytes. Got 1.5"),
        (in_first_result(case="dense/4 × 4"), "a result must belong to one of the cases. Got dense/4 × 4"),
        (in_first_result(implementation="jax"), "implementation must be known. Got jax"),
        (in_first_result(direction="sideways"), "direction must be forward or backward. Got sideways"),
        (in_first_result(format="float8"), "each format needs its ceiling. Got float8"),
        (in_first_result(unit="ms"), "a result has case, implementation, direction, format, seconds"),
        (lambda body: body | {"results": body["results"] + body["results"][:1]}, "no result may stand twice"),
    ],
)
def test_a_malformed_record_is_refused_with_its_file_and_the_cause(tmp_path, fault, cause):
    path = save(record(), tmp_path)
    path.write_text(json.dumps(fault(json.loads(path.read_text()))))
    with pytest.raises(RecordError, match=f"{re.escape(str(path))} is no record of timings: .*{re.escape(cause)}"):
        load(path)


@pytest.mark.parametrize("text", ["", "{", "null", '{"schema": 1}'])
def test_a_file_that_is_cut_off_is_refused(tmp_path, text):
    path = tmp_path / "cpu-x.json"
    path.write_text(text)
    with pytest.raises(RecordError, match=r"cpu-x\.json is no record of timings"):
        load(path)


def test_a_record_of_other_sources_is_stale():
    assert not record().stale
    assert record(sources="0" * 64).stale


def test_a_record_of_a_batch_answers_for_cases_of_that_batch():
    many = record(batch=8, cases={case.key: case.batched(8).recipe for case in CASES})
    assert many.find(FIRST, "library", "forward").seconds > 0
    assert record(batch=8).find(FIRST, "library", "forward") is None


def test_a_number_of_a_case_that_has_changed_is_not_shown():
    assert record().find(FIRST, "library", "forward").seconds > 0
    other = record(cases={case.key: case.recipe for case in CASES} | {FIRST.key: "(1, 64, 28, 28) -> conv"})
    assert other.find(FIRST, "library", "forward") is None
    assert other.find(CASES[1], "library", "forward") is not None
    assert record().find(FIRST, "library", "forward", "tf32") is None


def test_processors_come_before_gpus(folders):
    for kind, device, batch in (("cuda", "A GPU", 32), ("cuda", "A GPU", 1), ("cpu", "Z", 1), ("cpu", "B", 1)):
        save(record(kind=kind, device=device, batch=batch), folders.committed)
    assert [one.name for one in committed()] == ["B", "Z", "A GPU", "A GPU, batch of 32"]


def test_the_committed_records_of_the_repository_are_records(monkeypatch):
    for one in committed(records.ROOT / "docs" / "data" / "timings"):
        assert one.mode == "full", f"{one.file_name}: only full records are committed"


@pytest.mark.parametrize("word", ["never", "auto", "always"])
def test_timings_is_one_of_three_words(monkeypatch, word):
    monkeypatch.setenv("TIMINGS", word)
    assert when() == word


def test_another_word_is_refused_and_none_means_never(monkeypatch):
    monkeypatch.setenv("TIMINGS", "sometimes")
    with pytest.raises(RecordError, match=r"TIMINGS must be one of never, auto, always. Got 'sometimes'"):
        when()
    monkeypatch.delenv("TIMINGS")
    assert when() == "never"


def test_pictures_depend_on_the_records_that_may_be_shown(folders, monkeypatch):
    empty = records.digest_of_files()
    save(record(), folders.quick)
    assert records.digest_of_files() == empty, "TIMINGS=never does not look at quick records"
    monkeypatch.setenv("TIMINGS", "auto")
    quick = records.digest_of_files()
    save(record(), folders.committed)
    assert len({empty, quick, records.digest_of_files()}) == 3
