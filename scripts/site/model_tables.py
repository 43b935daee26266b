"""Tables of the page "Models, counted", from the recorded answers that tests/test_models.py asks for again."""

import json
from pathlib import Path
from typing import Any

from scripts.models.causes import CAUSES
from scripts.site.tables import table

DATA = Path(__file__).parents[2] / "docs/data"
PEERS = ("torchinfo", "fvcore", "ptflops")


def counted_table() -> str:
    """Every family: shapes, parameters, multiply–accumulates, the window of the middle output, seconds."""
    rows = [
        {
            "model": name,
            "input": ", ".join(_by(shape) for shape in row["shapes"]),
            "parameters": row["parameters"],
            "MACs": row["macs"],
            "window, derived": _by(row["derived"]),
            "window, measured": _by(row["measured"]),
            "s": f"{row['summary seconds'] + row['measured seconds']:.2f}",
        }
        for name, row in _read("models.json")["families"].items()
    ]
    return table(rows, align={"s": "right", "window, derived": "right", "window, measured": "right"})


def peers_table() -> str:
    """Every family: our multiply–accumulates and those of other counters, the ones equal to ours in bold."""
    ours, peers = _read("models.json")["families"], _read("model_peers.json")["families"]
    return _beside({name: row["macs"] for name, row in ours.items()}, peers, "here")


def causes_table() -> str:
    """One thing at a time: the products by hand, and what the counters say, in bold where it is that."""
    by_hand = {name: macs for name, (_, _, macs) in CAUSES.items()}
    return _beside(by_hand, _read("model_peers.json")["causes"], "by hand")


def peer_version(name: str) -> str:
    """The version of a counter that gave the recorded answers."""
    return str(_read("model_peers.json")["versions"][name]).partition("+")[0]


def agreeing(name: str) -> int:
    """For how many of the families a counter's multiply–accumulates are ours."""
    ours, peers = _read("models.json")["families"], _read("model_peers.json")["families"]
    return sum(_macs(peers[family][name]) == row["macs"] for family, row in ours.items())


def families() -> int:
    """How many families there are."""
    return len(_read("models.json")["families"])


def _beside(right: dict[str, int], peers: dict[str, Any], heading: str) -> str:
    rows = [
        {"model": name, heading: f"{macs:,}"} | {peer: _marked(_macs(peers[name][peer]), macs) for peer in PEERS}
        for name, macs in right.items()
    ]
    return table(rows, align=dict.fromkeys((heading, *PEERS), "right"))


def _macs(answer: Any) -> int | str:
    """The multiply–accumulates in a counter's answer, or the name of its error."""
    return answer if isinstance(answer, str) else answer[1]


def _marked(answer: int | str, right: int) -> str:
    if isinstance(answer, str):
        return answer
    return f"**{answer:,}**" if answer == right else f"{answer:,}"


def _by(sizes: Any) -> str:
    return " × ".join(map(str, sizes)) if sizes else "–"


def _read(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))
