"""Three ways to compute the steps of a case: NumPy, torch primitives, and the kernels torch itself brings.

Whatever is imported here is measured; `scripts/timings/sources.py` follows these imports to tell when it has changed.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (the name that every torch programme uses)

from reference_impl.conv import conv
from reference_impl.conv.torch import conv_torch
from reference_impl.conv_transpose import conv_transpose, nearest_resize, pixel_shuffle
from reference_impl.conv_transpose.torch import conv_transpose_torch
from reference_impl.deform_conv import deform_conv
from reference_impl.deform_conv.torch import deform_conv_torch
from reference_impl.grouped import channel_shuffle
from scripts.timings.operations import Step

Run = Callable[..., Any]  # run(x, *operands of the step, **options) -> result


class Implementation(NamedTuple):
    """One way to compute.

    Attributes:
        name: Its name in records.
        label: Its name in tables.
        torch: Whether it takes tensors, and can be differentiated.
        runs: Kind of step -> the function that computes it. A kind that is missing has no kernel there.
    """

    name: str
    label: str
    torch: bool
    runs: Mapping[str, Run]

    def computes(self, steps: Iterable[Step]) -> bool:
        """Whether it knows every one of these steps."""
        return all(step.kind in self.runs for step in steps)

    def compute(self, steps: Iterable[Step], x: Any, operands: Iterable[tuple[Any, ...]]) -> Any:
        """The result of the steps, each fed by the one before.

        Args:
            steps: What to do.
            x: The input of the first step.
            operands: For each step its weight, offsets and mask, as far as it has them.
        """
        for step, own in zip(steps, operands, strict=True):
            x = self.runs[step.kind](x, *own, **step.options)
        return x


def _modulated(deform: Run) -> Run:
    """Deformable convolution whose mask is one more operand."""
    return lambda x, w, offset, mask, **options: deform(x, w, offset, mask=mask, **options)


def _of_rank(name: str) -> Run:
    """The kernel of torch for as many spatial axes as the input has: conv1d, conv2d, conv3d."""
    kernels = {axes + 2: getattr(F, f"{name}{axes}d") for axes in (1, 2, 3)}
    return lambda x, *operands, **options: kernels[x.ndim](x, *operands, **options)


NUMPY = Implementation(
    "numpy",
    "NumPy",
    False,
    {
        "conv": conv,
        "conv_transpose": conv_transpose,
        "deform_conv": deform_conv,
        "deform_conv_v2": _modulated(deform_conv),
        "channel_shuffle": channel_shuffle,
        "nearest_resize": nearest_resize,
        "pixel_shuffle": pixel_shuffle,
    },
)
TWIN = Implementation(
    "twin",
    "torch primitives",
    True,
    {
        "conv": conv_torch,
        "conv_transpose": conv_transpose_torch,
        "deform_conv": deform_conv_torch,
        "deform_conv_v2": _modulated(deform_conv_torch),
        "channel_shuffle": channel_shuffle,
        "nearest_resize": nearest_resize,
        "pixel_shuffle": pixel_shuffle,
    },
)
LIBRARY = Implementation(
    "library",
    "torch",
    True,
    {
        "conv": _of_rank("conv"),
        "conv_transpose": _of_rank("conv_transpose"),
        "channel_shuffle": lambda x, groups: F.channel_shuffle(x, groups),
        "nearest_resize": lambda x, factor: F.interpolate(x, scale_factor=factor, mode="nearest"),
        "pixel_shuffle": lambda x, factor: F.pixel_shuffle(x, factor),
    },
)
IMPLEMENTATIONS = (NUMPY, TWIN, LIBRARY)


def as_array(result: Any) -> np.ndarray:
    """A result as a NumPy array, to compare those of different implementations."""
    return result.detach().cpu().numpy() if isinstance(result, torch.Tensor) else np.asarray(result)
