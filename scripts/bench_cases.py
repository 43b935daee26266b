"""What `scripts.bench` measures: one line a case, and for each operator the rivals that compute the same."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

Rivals = dict[str, Callable[[], Any]]
TOLERANCE = 2e-3  # of the largest number, in float32
BLOCK_BYTES = 1 << 20  # of columns that stay in the second-level cache


def convolution(
    x_shape: tuple[int, ...], w_shape: tuple[int, ...], *, beside_scipy: bool = False, **options: Any
) -> Rivals:
    """`conv` and its twin beside torch and onnx.reference; beside scipy, which takes seconds, where asked."""
    x, w = _operands(x_shape, w_shape)
    rivals = _three_ways("conv", (x, w), options) | {"onnx.reference": _onnx("Conv", x, w, options)}
    if beside_scipy:
        rivals["scipy"] = lambda: _scipy(x, w, options.get("padding", 0))
    return _agreeing(rivals) | ({} if "groups" in options else _products_alone(x, w, options))


def _products_alone(x: Any, w: Any, options: dict[str, Any]) -> Rivals:
    """The multiplications and nothing else: one block of columns that lies ready in the cache, again and again.

    A block has no other result than its own; there are as many of them as the whole convolution has columns.
    """
    import numpy as np
    import torch

    from reference_impl.conv import im2col

    columns, matrix = im2col(x[:1], w.shape[2:], **options)[0], w.reshape(len(w), -1)  # (C·∏K, ∏O), (C_out, C·∏K)
    cells = min(columns.shape[1], max(256, BLOCK_BYTES // columns[:, 0].nbytes))
    rounds = -(-len(x) * columns.shape[1] // cells)
    block = np.ascontiguousarray(columns[:, :cells])
    sums = np.empty((len(w), cells), dtype=x.dtype)
    matrix_torch, block_torch, sums_torch = map(torch.from_numpy, (matrix, block, np.empty_like(sums)))

    def again(multiply: Callable[[], Any]) -> Any:
        for _ in range(rounds - 1):
            multiply()
        return multiply()

    return {
        "np.matmul alone": lambda: again(lambda: np.matmul(matrix, block, out=sums)),
        "torch.mm alone": lambda: again(lambda: torch.mm(matrix_torch, block_torch, out=sums_torch)),
    }


def transposed(x_shape: tuple[int, ...], w_shape: tuple[int, ...], **options: Any) -> Rivals:
    """`conv_transpose` and its twin beside torch and onnx.reference."""
    x, w = _operands(x_shape, w_shape)
    rivals = _three_ways("conv_transpose", (x, w), options)
    return _agreeing(rivals | {"onnx.reference": _onnx("ConvTranspose", x, w, options)})


def deformable(x_shape: tuple[int, ...], w_shape: tuple[int, ...], **options: Any) -> Rivals:
    """`deform_conv` and its twin beside four gathers in plain torch. torch itself has no kernel for it."""
    import numpy as np
    import torch

    from reference_impl.arithmetic import conv_output_shape

    x, w = _operands(x_shape, w_shape)
    outputs = conv_output_shape(x_shape, w_shape, **options)[2:]
    offset_shape = (x.shape[0], 2 * int(w[0, 0].size), *outputs)
    offset = np.random.default_rng(1).normal(size=offset_shape).astype(np.float32)
    tensors = [torch.from_numpy(array) for array in (x, w, offset)]
    rivals = _three_ways("deform_conv", (x, w, offset), options)
    return _agreeing(rivals | {"plain gathers in torch": lambda: _deformable_by_gathers(*tensors, **options)})


def _three_ways(kind: str, arrays: Sequence[Any], options: dict[str, Any]) -> Rivals:
    """What the timings measure too: torch's own kernel, the NumPy form and the torch form."""
    import torch

    from scripts.timings.implementations import LIBRARY, NUMPY, TWIN

    tensors = [torch.from_numpy(array) for array in arrays]
    ways = {"torch": (LIBRARY, tensors), kind: (NUMPY, arrays), f"{kind}_torch": (TWIN, tensors)}
    return {
        name: partial(implementation.runs[kind], *operands, **options)
        for name, (implementation, operands) in ways.items()
        if kind in implementation.runs
    }


def rearranged(x_shape: tuple[int, ...], what: str, **options: Any) -> Rivals:
    """What only moves numbers: `pixel_shuffle` or `channel_shuffle` and its twin beside torch's own."""
    return _agreeing(_three_ways(what, _operands(x_shape, ())[:1], options))


def columns(x_shape: tuple[int, ...], kernel_size: int | tuple[int, ...], **options: Any) -> Rivals:
    """`im2col` and its twin beside torch's own."""
    import torch
    import torch.nn.functional as F  # noqa: N812

    from reference_impl.conv import im2col
    from reference_impl.conv.torch import im2col_torch

    x, _ = _operands(x_shape, ())
    tensor = torch.from_numpy(x)
    return _agreeing(
        {
            "torch": lambda: F.unfold(tensor, kernel_size, **options),
            "im2col": lambda: im2col(x, kernel_size, **options),
            "im2col_torch": lambda: im2col_torch(tensor, kernel_size, **options),
        }
    )


def _operands(x_shape: tuple[int, ...], w_shape: tuple[int, ...]) -> tuple[Any, Any]:
    """Random input and weight in float32."""
    import numpy as np

    rng = np.random.default_rng(0)
    x, w = (rng.normal(size=shape).astype(np.float32) for shape in (x_shape, w_shape))
    return x, w


def _agreeing(rivals: Rivals) -> Rivals:
    """The rivals, once they were seen to agree: a fast wrong answer is no rival."""
    import numpy as np

    results = {name: np.asarray(call()) for name, call in rivals.items()}
    first_name, first = next(iter(results.items()))
    for name, result in results.items():
        if result.shape != first.shape or not np.allclose(result, first, rtol=0, atol=TOLERANCE * np.abs(first).max()):
            raise ArithmeticError(f"bench: {name} and {first_name} disagree. Got shapes={result.shape}, {first.shape}")
    return rivals


def _onnx(operator: str, x: Any, w: Any, options: dict[str, Any]) -> Callable[[], Any]:
    """The same operator in the reference evaluator of the ONNX project."""
    from onnx import TensorProto, helper
    from onnx.reference import ReferenceEvaluator

    axes = x.ndim - 2
    attributes = {
        "strides": [options.get("stride", 1)] * axes,
        "pads": [options.get("padding", 0)] * 2 * axes,
        "dilations": [options.get("dilation", 1)] * axes,
        "group": options.get("groups", 1),
    }
    node = helper.make_node(operator, ["x", "w"], ["y"], **attributes)
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in "xw"]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([node], "one_operator", inputs, [output])
    evaluator = ReferenceEvaluator(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)]))
    return lambda: next(iter(evaluator.run(None, {"x": x, "w": w})))


def _scipy(x: Any, w: Any, padding: int) -> Any:
    """scipy.signal.correlate, once for every image and filter: it knows no channels."""
    import numpy as np
    from scipy.signal import correlate

    padded = np.pad(x, [(0, 0), (0, 0), *[(padding, padding)] * (x.ndim - 2)])
    return np.stack([[correlate(image, one, mode="valid")[0] for one in w] for image in padded])


def _deformable_by_gathers(x: Any, w: Any, offset: Any, *, padding: int = 0) -> Any:
    """Deformable convolution as it is often written: read the four neighbours of every tap by index, then mix."""
    import torch

    (n, c, height, width), (_, _, k_h, k_w), (o_h, o_w) = x.shape, w.shape, offset.shape[2:]
    taps = offset.reshape(n, k_h, k_w, 2, o_h, o_w)
    rows = torch.arange(o_h)[:, None] + torch.arange(k_h)[:, None, None, None] - padding + taps[:, :, :, 0]
    columns = torch.arange(o_w) + torch.arange(k_w)[:, None, None] - padding + taps[:, :, :, 1]
    total = x.new_zeros(n, c, k_h, k_w, o_h, o_w)
    for down in (0, 1):
        for right in (0, 1):
            i, j = rows.floor() + down, columns.floor() + right
            share = (1 - (rows - i).abs()) * (1 - (columns - j).abs())
            share = share * ((i >= 0) & (i < height) & (j >= 0) & (j < width))
            cell = i.clamp(0, height - 1).long() * width + j.clamp(0, width - 1).long()
            read = x.flatten(2).gather(2, cell.flatten(1)[:, None].expand(-1, c, -1))
            total += read.reshape(total.shape) * share[:, None]
    return torch.einsum("ncuvij,ocuv->noij", total, w)


CASES: dict[str, Callable[[], Rivals]] = {
    "3x3, 8×64×56×56": partial(convolution, (8, 64, 56, 56), (64, 64, 3, 3), padding=1, beside_scipy=True),
    "3x3 stride 2, 8×64×56×56": partial(convolution, (8, 64, 56, 56), (128, 64, 3, 3), padding=1, stride=2),
    "3x3 dilation 2, 8×64×56×56": partial(convolution, (8, 64, 56, 56), (64, 64, 3, 3), padding=2, dilation=2),
    "3x3, 8×256×14×14": partial(convolution, (8, 256, 14, 14), (256, 256, 3, 3), padding=1),
    "7x7 stride 2, 8×3×224×224": partial(convolution, (8, 3, 224, 224), (64, 3, 7, 7), padding=3, stride=2),
    "1x1, 8×64×56×56": partial(convolution, (8, 64, 56, 56), (64, 64, 1, 1)),
    "depthwise 3x3, 8×128×56×56": partial(convolution, (8, 128, 56, 56), (128, 1, 3, 3), padding=1, groups=128),
    "32 groups 3x3, 8×128×56×56": partial(convolution, (8, 128, 56, 56), (128, 4, 3, 3), padding=1, groups=32),
    "9 taps in time, 8×64×4000": partial(convolution, (8, 64, 4000), (64, 64, 9), padding=4),
    "3x3x3, 2×32×8×56×56": partial(convolution, (2, 32, 8, 56, 56), (32, 32, 3, 3, 3), padding=1),
    "transposed 4x4 stride 2, 8×64×28×28": partial(transposed, (8, 64, 28, 28), (64, 64, 4, 4), stride=2, padding=1),
    "deformable 3x3, 4×64×56×56": partial(deformable, (4, 64, 56, 56), (64, 64, 3, 3), padding=1),
    "im2col 3x3, 8×64×56×56": partial(columns, (8, 64, 56, 56), 3, padding=1),
    "pixel shuffle by 2, 8×64×56×56": partial(rearranged, (8, 64, 56, 56), "pixel_shuffle", factor=2),
    "channel shuffle of 4 groups, 8×64×56×56": partial(rearranged, (8, 64, 56, 56), "channel_shuffle", groups=4),
}
