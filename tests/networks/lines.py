"""A layer table as lines of text, in the manner of a paper's table, so that a test can hold it beside one.

`conv2 conv 96>256 5x5 /2 +1 d2 g2 bias norm relu`: name, kind, channels, taps, stride, padding, dilation, groups, what
follows. Strides, dilations and groups of 1 and padding of 0 are left out; one number stands for equal axes; `+0:1`
pads one cell at the end. The paths of a join are indented below it.
"""

from reference_impl.networks import Operation, Parallel


def lines_of(parts):
    """Every layer and join of the parts, one line each."""
    found = []
    for part in parts:
        if isinstance(part, Operation):
            found.append(line_of(part))
        else:
            assert isinstance(part, Parallel)
            found.append(" ".join(filter(None, (part.name, part.join, part.activation))))
            for path in part.paths:
                found += ["  path", *(f"    {line}" for line in lines_of(path))]
    return found


def line_of(layer):
    """One layer; each of its window's tuples must have one entry an axis."""
    window = (layer.stride, layer.padding, layer.dilation)
    windowless = layer.kind in ("linear", "channel_shuffle", "adaptive_mean_pool")
    assert {len(values) for values in window} == {0 if windowless else len(layer.kernel_size)}
    pairs = [str(low) if low == high else f"{low}:{high}" for low, high in layer.padding]
    words = [layer.name, layer.kind, f"{layer.in_channels}>{layer.out_channels}", "x".join(map(str, layer.kernel_size))]
    words += [short("/", layer.stride, 1), short("+", pairs, 0), short("d", layer.dilation, 1)]
    words += ["" if layer.groups == 1 else f"g{layer.groups}", "bias" * layer.bias, "norm" * layer.norm]
    return " ".join(filter(None, [*words, layer.activation]))


def short(sign, values, usual):
    """Nothing for the usual value, one number where all axes agree, else one an axis."""
    texts = [str(value) for value in values]
    if set(texts) <= {str(usual)}:
        return ""
    return sign + (texts[0] if len(set(texts)) == 1 else "x".join(texts))


def lines(text):
    """The lines of an expected table: without its own indentation and without empty lines."""
    rows = [row for row in text.splitlines() if row.strip()]
    margin = min(len(row) - len(row.lstrip()) for row in rows)
    return [row[margin:].rstrip() for row in rows]


def head(channels, classes, kernel="1x1", bias=" bias"):
    """The end of most networks: the mean of each channel, one dense layer."""
    return [f"pool adaptive_mean_pool {channels}>{channels} {kernel}", f"fc linear {channels}>{classes}{bias}"]
