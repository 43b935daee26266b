"""What the page "Port a layer" shows: spellings, weight layouts, and the way from each framework to each other.

All of it is what `reference_impl.frameworks` says, which tests/frameworks compares with the frameworks; the programs
are run.
"""

import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from reference_impl.frameworks import Layer, layer
from reference_impl.frameworks.differences import DIFFERENCES, VERSIONS
from reference_impl.frameworks.layer import DATA_FORMATS
from scripts.site import programs, tabs
from scripts.site.page import EXPECTED_OUTPUT, Block

FRAMEWORKS = ("torch", "keras", "tensorflow", "jax", "onnx")
EXAMPLE: dict[str, Any] = {"x": (1, 2, 6, 8), "w": (3, 2, 3, 3)}
SAME = {"stride": 2, "padding": "same", "bias": False}
# Sizes that all differ tell the axes of a weight apart.
LETTERS = {5: "C_in", 7: "C_out", 2: "k_H", 3: "k_W", 55: "m·C_in", 1: "1", 11: "m"}
WEIGHTS = {
    "ordinary": ((1, 5, 9, 9), (7, 5, 2, 3), {}),
    "depthwise": ((1, 5, 9, 9), (55, 1, 2, 3), {"kind": "depthwise"}),
    "transposed": ((1, 5, 9, 9), (5, 7, 2, 3), {"kind": "conv_transpose"}),
}
# What may be asked of a framework: the words for it, and a layer that asks for it.
ASKED = {
    "`same` with a stride, on an even size": ((1, 2, 8, 8), (4, 2, 3, 3), SAME),
    "pads that differ at both ends": ((1, 2, 8, 8), (4, 2, 3, 3), {"padding": ((1, 2), (0, 1))}),
    "causal padding over one axis": ((1, 2, 8), (4, 2, 3), {"padding": "causal"}),
    "a stride together with a dilation": ((1, 2, 9, 9), (4, 2, 3, 3), {"stride": 2, "dilation": 2}),
    "a depthwise layer over one axis": ((1, 2, 9), (4, 1, 3), {"kind": "depthwise"}),
    "a depthwise layer with stride and dilation": (
        (1, 2, 9, 9), (4, 1, 3, 3), {"kind": "depthwise", "stride": 2, "dilation": 2},
    ),
    "groups of a transposed layer": ((1, 4, 5, 5), (4, 2, 3, 3), {"kind": "conv_transpose", "groups": 2}),
    "`output_padding` of the stride or more, with a dilation": (
        (1, 2, 5), (2, 3, 3), {"kind": "conv_transpose", "stride": 2, "dilation": 4, "output_padding": 3},
    ),
}  # fmt: skip


def file(framework: str) -> Any:
    """The file of a framework."""
    return import_module(f"reference_impl.frameworks.{framework}")


def spelled(x: Sequence[int], w: Any, **options: Any) -> str:
    """A table of how each framework spells a layer, or refuses it."""
    rows = ["| framework | written |", "|:--|:--|"]
    for name in FRAMEWORKS:
        rows.append(f"| {programs.NAMES[name]} | {_spelling(name, x, w, {'bias': False} | options)} |")
    return "\n".join(rows)


def _spelling(name: str, x: Sequence[int], w: Any, options: dict[str, Any]) -> str:
    return _called(name, programs.described(name, x, w, options))


def _called(name: str, given: Layer) -> str:
    try:
        return f"`{file(name).call(given)}`".replace("'", '"')
    except ValueError as refused:
        return _rule(refused)


def _rule(refused: ValueError) -> str:
    return f"{str(refused).partition(': ')[2].partition(' Got ')[0]}"


def data_layouts() -> str:
    """A table of how each framework spells a plain layer on an input with channels first, and with channels last."""
    rows = ["| framework | channels first | channels last |", "|:--|:--|:--|"]
    for name in FRAMEWORKS:
        both = (layer((1, 2, 6, 8), (3, 2, 3, 3), data_format=layout, bias=False) for layout in DATA_FORMATS)
        rows.append(f"| {programs.NAMES[name]} | {' | '.join(_called(name, given) for given in both)} |")
    return "\n".join(rows)


def weight_layouts() -> str:
    """A table of the axes of a weight in each framework, for ordinary, depthwise and transposed layers."""
    rows = [f"| framework | {' | '.join(WEIGHTS)} |", "|:--|:--|:--|:--|"]
    for name in FRAMEWORKS:
        rows.append(f"| {programs.NAMES[name]} | {' | '.join(_layout(name, kind) for kind in WEIGHTS)} |")
    return "\n".join(rows)


def _layout(name: str, kind: str) -> str:
    x, w, options = WEIGHTS[kind]
    shape = file(name).weight_to(programs.described(name, x, w, options), np.zeros(w, "float32")).shape
    return f"({', '.join(LETTERS[size] for size in shape)})"


def differences() -> str:
    """A table of everything that frameworks do otherwise, with the releases it was found with."""
    rows = ["| framework | what it does |", "|:--|:--|"]
    for fact in DIFFERENCES:
        releases = ", ".join(f"{package} {release}" for package, release in VERSIONS[fact.framework].items())
        rows.append(f"| {releases} | {fact.says} |".replace("_", r"\_").replace("*", r"\*"))
    return "\n".join(rows)


def pairs(page: str) -> str:
    """A section for each way from one framework to another."""
    ways = ((a, b) for a in FRAMEWORKS for b in FRAMEWORKS if a != b)
    return "\n\n".join(_way(page, a, b) for a, b in ways)


def _way(page: str, a: str, b: str) -> str:
    from_, to = programs.NAMES[a], programs.NAMES[b]
    code = moved(a, b)
    printed = tabs.printed(page, Block(0, 0, "", code))
    if printed not in ("", "largest difference: 0.0\n"):
        raise ValueError(f"from {from_} to {to}: {printed}")
    return f"""<div class="port" data-from="{from_}" data-to="{to}" markdown>

### From {from_} to {to}

| of a layer | {from_} | {to} |
|:--|:--|:--|
{chr(10).join(_compared(a, b))}

{chr(10).join(_refusals(a, b))}

```python
{code}```

{EXPECTED_OUTPUT}
```text
largest difference: 0.0
```

</div>"""


def _compared(a: str, b: str) -> Iterator[str]:
    first, second = ("(N, H, W, C)" if name in programs.LAST else "(N, C, H, W)" for name in (a, b))
    yield f"| input here | {first} | {second} |"
    for kind in WEIGHTS:
        yield f"| {kind} weight | {_layout(a, kind)} | {_layout(b, kind)} |"
    for kind, text in (("conv", "ordinary, transposed"), ("depthwise", "depthwise")):
        yield f"| {text}: move by | | `{permutation(a, b, kind)}` |"
    x, w, options = ASKED["`same` with a stride, on an even size"]
    yield f"| `same`, stride two, even size | {_spelling(a, x, w, options)} | {_spelling(b, x, w, options)} |"


def _refusals(a: str, b: str) -> Iterator[str]:
    """What the one has and the other has not."""
    refused = []
    for words, (x, w, options) in ASKED.items():
        there, here = (_spelling(name, x, w, options) for name in (a, b))
        if there.startswith("`") and not here.startswith("`"):
            refused.append(f"- {words}: {here}")
    yield "What has no words there:\n" if refused else ""
    yield from refused


def permutation(a: str, b: str, kind: str) -> str:
    """The expression that brings a weight over two axes from the one layout into the other."""
    first, second = (name in programs.LAST for name in (a, b))
    if first == second:
        return "w"
    if kind == "depthwise":
        move = "w.reshape(C_in, m, k_H, k_W).transpose(2, 3, 0, 1)"
        return move if second else "w.transpose(2, 3, 0, 1).reshape(m * C_in, 1, k_H, k_W)"
    return "w.transpose(2, 3, 1, 0)" if second else "w.transpose(3, 2, 0, 1)"


def moved(a: str, b: str) -> str:
    """A program that computes one layer in both, its weight carried over."""
    x, w = EXAMPLE["x"], EXAMPLE["w"]
    layers = [programs.described(name, x, w, SAME) for name in (a, b)]
    imports = {line for name in (a, b) for line in programs.imports(name, layers[0], SAME)}
    shape = file(a).weight_to(layers[0], np.zeros(w, "float32")).shape
    move = permutation(a, b, "conv")
    lines = [
        *sorted(imports, key=lambda line: (line[:4] == "from", line)),
        "",
        programs.array("x", x, 7, "(N, C, H, W)"),
        f"# {_layout(a, 'ordinary')} in {programs.NAMES[a]}",
        programs.array("w", shape, 5, ""),
        *_run(a, layers[0], "before"),
        "",
        *([f"w = {move}"] if move != "w" else []),
        f"# {_layout(b, 'ordinary')} in {programs.NAMES[b]}",
        *_run(b, layers[1], "after"),
        'print("largest difference:", float(np.abs(after - before).max()))',
    ]
    return "\n".join(programs.folded(line) for line in lines) + "\n"


def _run(name: str, given: Layer, result: str) -> Iterator[str]:
    """The lines of one framework, from x with channels first and its own w."""
    line = file(name).call(given).replace("'", '"')
    last = "np.moveaxis(x, 1, -1)"
    if name == "torch":
        yield "tensors = torch.from_numpy(x), torch.from_numpy(w)"
        names = {"x": "tensors[0]", "w": "tensors[1]"}
        line = re.sub(r"\b[xw]\b", lambda found: names[found[0]], line)
        yield f"{result} = {line}.numpy()"
    elif name == "keras":
        yield f"layer = {line}"
        yield f"layer.build({(None, *given.input_size, given.in_channels)})"
        yield "layer.set_weights([w])"
        yield f"{result} = np.moveaxis(layer({last}), -1, 1)"
    elif name == "tensorflow":
        line = re.sub(r"\bx\b", last, line, count=1)
        yield f"{result} = {line}"
        yield f"{result} = np.moveaxis({result}, -1, 1)"
    elif name == "jax":
        yield f"{result} = {line}"
    else:
        *lines, _ = programs.in_onnx(given, line)
        yield from lines
        yield f'{result} = session.run(None, {{"x": x, "w": w}})[0]'
