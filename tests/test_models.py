"""The page "Models, counted": what was recorded is what the handbook answers, and the hand counts are right."""

import pytest

from reference_impl.summary import summarize_torch, summary_totals
from scripts import fingerprints
from scripts.models import FAMILIES, peers
from scripts.models.causes import CAUSES
from scripts.models.counted import counted
from scripts.site import model_tables

RECORDED = model_tables._read("models.json")["families"]
PEERS = model_tables._read("model_peers.json")


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_is_answered_as_recorded_and_both_fields_agree(name):
    found, recorded = counted(name), RECORDED[name]
    for key in ("parameters", "macs", "by numel", "derived", "measured"):
        assert found[key] == recorded[key]
    assert [list(shape) for shape in found["shapes"]] == recorded["shapes"]
    assert found["parameters"] == found["by numel"]
    assert found["derived"] == found["measured"] or None in (found["derived"], found["measured"])


def test_at_least_25_families_are_recorded_and_most_are_measured():
    assert list(RECORDED) == list(FAMILIES) == list(PEERS["families"])
    assert len(FAMILIES) >= 25
    assert sum(row["measured"] is not None for row in RECORDED.values()) >= 23


@pytest.mark.parametrize("name", CAUSES)
def test_what_counters_differ_about_counts_as_by_hand(name):
    make, shapes, by_hand = CAUSES[name]
    assert summary_totals(summarize_torch(make(), shapes))["macs"] == by_hand


def test_other_counters_were_asked_of_these_models():
    assert PEERS["models"] == fingerprints.of_behaviour(peers.MODELS), "a model has changed: scripts/models/peers.py"


def test_a_counter_that_is_not_here_gives_no_answer():
    def absent(_model, _inputs):
        raise ModuleNotFoundError("No module named 'fvcore'")

    with pytest.raises(ModuleNotFoundError):
        peers.asked(absent, *FAMILIES["gated"])


def test_parameters_of_other_counters_are_ours_but_for_shared_weights():
    differs = {
        (name, peer)
        for name, answers in PEERS["families"].items()
        for peer, answer in answers.items()
        if not isinstance(answer, str) and answer[0] != RECORDED[name]["parameters"]
    }
    assert differs == {("captioner", "torchinfo")}  # the table of words is the last layer too


def test_tables_name_every_model_and_mark_what_agrees():
    assert len(model_tables.counted_table().splitlines()) == 2 + len(FAMILIES) == 2 + model_tables.families()
    bold = [line.count("**") // 2 for line in model_tables.peers_table().splitlines()]
    assert sum(bold) == sum(map(model_tables.agreeing, model_tables.PEERS))
    assert "**4,320**" in model_tables.causes_table()
    assert model_tables.peer_version("torchinfo") == PEERS["versions"]["torchinfo"]
