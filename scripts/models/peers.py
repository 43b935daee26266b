"""What torchinfo, fvcore and ptflops count for the families: recorded, because the build does not install them.

In a virtual environment of its own, with torch, torchinfo, fvcore and ptflops: `python -m scripts.models.peers`.
"""

import json
import warnings
from collections.abc import Callable
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import Any

import torch
from torch import nn

from scripts import fingerprints
from scripts.models import FAMILIES
from scripts.models.causes import CAUSES

RECORD = Path(__file__).parents[2] / "docs/data/model_peers.json"
MODELS = [Path(__file__).with_name(f"{name}.py") for name in ("__init__", "blocks", "causes", "images", "sequences")]


def by_torchinfo(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[int, int]:
    """Parameters and multiply–adds."""
    from torchinfo import summary  # type: ignore[import-not-found]

    found = summary(model, input_data=inputs, verbose=0)
    return found.total_params, found.total_mult_adds


def by_fvcore(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[int, int]:
    """Parameters and what it calls flops, multiply–adds of products."""
    from fvcore.nn import FlopCountAnalysis, parameter_count  # type: ignore[import-not-found]

    found = FlopCountAnalysis(model, inputs).unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    return parameter_count(model)[""], int(found.total())


def by_ptflops(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[int, int]:
    """Parameters and multiply–adds; a single layer must be in a container, or its hooks see no input."""
    from ptflops import get_model_complexity_info  # type: ignore[import-not-found]

    model = nn.Sequential(model) if len(inputs) == 1 else model
    names = model.forward.__code__.co_varnames[1 : 1 + len(inputs)]
    macs, parameters = get_model_complexity_info(
        model,
        (1,),
        input_constructor=lambda _: dict(zip(names, inputs, strict=True)),
        as_strings=False,
        print_per_layer_stat=False,
        ost=StringIO(),
    )
    return int(parameters), int(macs)


COUNTERS: dict[str, Callable[..., tuple[int, int]]] = {
    "torchinfo": by_torchinfo,
    "fvcore": by_fvcore,
    "ptflops": by_ptflops,
}


def asked(counter: Callable[..., tuple[int, int]], make: Callable[[], nn.Module], shapes: Any) -> list[int] | str:
    """What a counter says of a fresh model, or the name of its error."""
    torch.manual_seed(0)
    model = make().eval()
    embeds = any(isinstance(module, nn.Embedding) for module in model.modules())
    inputs = tuple(torch.zeros(s, dtype=torch.long if embeds and len(s) == 2 else None) for s in shapes)
    try:
        return list(counter(model, inputs))
    except ImportError:  # the program is not here, so nobody was asked
        raise
    except Exception as error:  # any failure of another program is what it answered
        return type(error).__name__


def record() -> dict[str, Any]:
    """All answers, with the versions that gave them."""
    torch.backends.mha.set_fastpath_enabled(False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answers = {
            table: {
                name: {peer: asked(counter, make, shapes) for peer, counter in COUNTERS.items()}
                for name, (make, shapes, *_) in models.items()
            }
            for table, models in (("families", FAMILIES), ("causes", CAUSES))
        }
    versions = {name: version(name) for name in ("torch", *COUNTERS)}
    return {"versions": versions, "models": fingerprints.of_behaviour(MODELS), **answers}


if __name__ == "__main__":
    RECORD.write_text(json.dumps(record(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
