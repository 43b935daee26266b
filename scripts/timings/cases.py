"""The fixed table of what is measured: layers of real networks, in families that answer one question each.

The first case of a family is the plain operation that the others replace.
"""

from dataclasses import dataclass, replace
from math import prod

from scripts.timings.operations import (
    Shape,
    Step,
    conv,
    conv_transpose,
    deform_conv,
    output_shape,
    step_bytes,
    step_macs,
)


@dataclass(frozen=True)
class Case:
    """One layer, or one way to do the work of a layer.

    Attributes:
        family: The cases that it is compared with.
        name: What it does, as tables show it.
        origin: The layer of a network that has this shape.
        input_shape: (N, C_in, *S).
        steps: Its operations, each fed by the one before.
        operator: The operator of the handbook that it stands for, as plots label it.
    """

    family: str
    name: str
    origin: str
    input_shape: Shape
    steps: tuple[Step, ...]
    operator: str

    @property
    def key(self) -> str:
        """Its name in a record."""
        return f"{self.family}/{self.name}"

    @property
    def recipe(self) -> str:
        """Its shapes and options in one line: a record of another recipe is a record of another case."""
        steps = (
            " ".join(
                [step.kind, *filter(None, [str(step.weight or "")]), *(f"{k}={v}" for k, v in step.options.items())]
            )
            for step in self.steps
        )
        return f"{self.input_shape} -> {', '.join(steps)}"

    def batched(self, samples: int) -> "Case":
        """The same layer on so many times the samples."""
        return replace(self, input_shape=(samples * self.input_shape[0], *self.input_shape[1:]))

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The input shape of each step, and the output shape of the last."""
        shapes = [self.input_shape]
        for step in self.steps:
            shapes.append(output_shape(shapes[-1], step))
        return tuple(shapes)

    @property
    def macs(self) -> int:
        """Multiply–accumulates of all steps."""
        return sum(step_macs(shape, step) for shape, step in zip(self.shapes, self.steps, strict=False))

    def nbytes(self, itemsize: int = 4) -> int:
        """Bytes that all steps must move at least."""
        return sum(step_bytes(shape, step, itemsize) for shape, step in zip(self.shapes, self.steps, strict=False))

    @property
    def weights(self) -> int:
        """Numbers in all weights."""
        return sum(prod(step.weight) for step in self.steps if step.weight)

    def floor(self, flops: float, bandwidth: float, itemsize: int = 4) -> float:
        """Seconds below which no machine with these ceilings gets: per step the larger of arithmetic and traffic.

        Args:
            flops: Floating-point operations a second.
            bandwidth: Bytes a second.
            itemsize: Bytes of one number.
        """
        pairs = list(zip(self.shapes, self.steps, strict=False))
        return sum(
            max(2 * step_macs(shape, step) / flops, step_bytes(shape, step, itemsize) / bandwidth)
            for shape, step in pairs
        )


SAME = {"padding": 1}
SHUFFLE = Step("channel_shuffle", options={"groups": 3})


def _family(family: str, origin: str, shape: Shape, *variants: tuple[str, str, tuple[Step, ...]]) -> list[Case]:
    return [Case(family, name, origin, shape, steps, operator) for name, operator, steps in variants]


CASES: tuple[Case, ...] = (
    *_family(
        "dense", "ResNet-50, conv2_x", (1, 64, 56, 56),
        ("3 × 3", "dense 3 × 3", (conv(64, 64, 3, 3, **SAME),)),
        ("3 × 3, stride 2", "dense 3 × 3", (conv(64, 64, 3, 3, **SAME, stride=2),)),
        ("1 × 1", "pointwise", (conv(64, 64, 1, 1),)),
        ("5 × 5", "dense 5 × 5", (conv(64, 64, 5, 5, padding=2),)),
        ("7 × 7", "dense 7 × 7", (conv(64, 64, 7, 7, padding=3),)),
    ),
    *_family(
        "one channel", "a grey photograph of 427 × 640", (1, 1, 427, 640),
        ("3 × 3", "one channel", (conv(1, 1, 3, 3, **SAME),)),
        ("7 × 7", "one channel", (conv(1, 1, 7, 7, padding=3),)),
        ("1 × 7, then 7 × 1", "two passes", (conv(1, 1, 1, 7, padding=(0, 3)), conv(1, 1, 7, 1, padding=(3, 0)))),
        ("25 × 25", "one channel", (conv(1, 1, 25, 25, padding=12),)),
        (
            "1 × 25, then 25 × 1", "two passes",
            (conv(1, 1, 1, 25, padding=(0, 12)), conv(1, 1, 25, 1, padding=(12, 0))),
        ),
    ),
    *_family(
        "bottleneck", "ResNet-50, conv2_x", (1, 256, 56, 56),
        ("3 × 3", "dense 3 × 3", (conv(256, 256, 3, 3, **SAME),)),
        (
            "1 × 1 down, 3 × 3, 1 × 1 up", "bottleneck",
            (conv(64, 256, 1, 1), conv(64, 64, 3, 3, **SAME), conv(256, 64, 1, 1)),
        ),
    ),
    *_family(
        "pointwise", "ResNet-50, conv2_x", (1, 256, 56, 56),
        ("3 × 3", "dense 3 × 3", (conv(64, 256, 3, 3, **SAME),)),
        ("1 × 1", "pointwise", (conv(64, 256, 1, 1),)),
    ),
    *_family(
        "spatially separable", "Inception-v3, 17 × 17 modules", (1, 192, 17, 17),
        ("7 × 7", "dense 7 × 7", (conv(192, 192, 7, 7, padding=3),)),
        (
            "1 × 7, then 7 × 1", "spatially separable",
            (conv(192, 192, 1, 7, padding=(0, 3)), conv(192, 192, 7, 1, padding=(3, 0))),
        ),
    ),
    *_family(
        "depthwise separable", "MobileNet-v1, 14 × 14 layers", (1, 512, 14, 14),
        ("3 × 3", "dense 3 × 3", (conv(512, 512, 3, 3, **SAME),)),
        ("depthwise 3 × 3", "depthwise", (conv(512, 1, 3, 3, **SAME, groups=512),)),
        ("pointwise 1 × 1", "pointwise", (conv(512, 512, 1, 1),)),
        (
            "depthwise, then pointwise", "depthwise separable",
            (conv(512, 1, 3, 3, **SAME, groups=512), conv(512, 512, 1, 1)),
        ),
    ),
    *_family(
        "grouped", "ResNeXt-50 (32 × 4d), conv2_x", (1, 128, 56, 56),
        ("groups 1", "dense 3 × 3", (conv(128, 128, 3, 3, **SAME),)),
        ("groups 2", "grouped", (conv(128, 64, 3, 3, **SAME, groups=2),)),
        ("groups 8", "grouped", (conv(128, 16, 3, 3, **SAME, groups=8),)),
        ("groups 32", "grouped", (conv(128, 4, 3, 3, **SAME, groups=32),)),
    ),
    *_family(
        "shuffled", "ShuffleNet-v1 (g = 3), stage 2", (1, 240, 28, 28),
        ("1 × 1", "pointwise", (conv(60, 240, 1, 1),)),
        ("1 × 1, groups 3", "pointwise grouped", (conv(60, 80, 1, 1, groups=3),)),
        ("1 × 1, groups 3, shuffle", "grouped and shuffled", (conv(60, 80, 1, 1, groups=3), SHUFFLE)),
    ),
    *_family(
        "dilated", "DeepLab v3 on ResNet-50, last stage", (1, 512, 33, 33),
        ("rate 1", "dense 3 × 3", (conv(512, 512, 3, 3, padding=1),)),
        ("rate 2", "dilated", (conv(512, 512, 3, 3, padding=2, dilation=2),)),
        ("rate 4", "dilated", (conv(512, 512, 3, 3, padding=4, dilation=4),)),
    ),
    *_family(
        "transposed", "DCGAN generator, 16 × 16 to 32 × 32", (1, 256, 16, 16),
        ("transposed 4 × 4, stride 2", "transposed", (conv_transpose(256, 128, 4, 4, stride=2, padding=1),)),
        (
            "nearest neighbour, then 3 × 3", "resize-convolution",
            (Step("nearest_resize", options={"factor": 2}), conv(128, 256, 3, 3, **SAME)),
        ),
        (
            "3 × 3, then pixel shuffle", "sub-pixel",
            (conv(512, 256, 3, 3, **SAME), Step("pixel_shuffle", options={"factor": 2})),
        ),
    ),
    *_family(
        "text", "TextCNN, 300-d embeddings, 56 words", (8, 300, 56),
        ("width 3", "1-D", (conv(100, 300, 3),)),
        ("width 4", "1-D", (conv(100, 300, 4),)),
        ("width 5", "1-D", (conv(100, 300, 5),)),
    ),
    *_family(
        "audio", "WaveNet, 64 channels", (1, 64, 8000),
        ("width 2, dilation 1", "1-D", (conv(64, 64, 2),)),
        ("width 2, dilation 512", "1-D dilated", (conv(64, 64, 2, dilation=512),)),
    ),
    *_family(
        "video", "R3D-18, conv2_x, on 8 frames of half the size", (1, 64, 8, 28, 28),
        ("3 × 3 × 3", "3-D", (conv(64, 64, 3, 3, 3, **SAME),)),
        (
            "1 × 3 × 3, then 3 × 1 × 1", "pseudo-3-D",
            (conv(64, 64, 1, 3, 3, padding=(0, 1, 1)), conv(64, 64, 3, 1, 1, padding=(1, 0, 0))),
        ),
        (
            "(2+1)D with 144 channels between", "(2+1)D",
            (conv(144, 64, 1, 3, 3, padding=(0, 1, 1)), conv(64, 144, 3, 1, 1, padding=(1, 0, 0))),
        ),
    ),
    *_family(
        "strides in 3-D", "R3D-18, first layer of conv3_x, on 8 frames of half the size", (1, 64, 8, 28, 28),
        ("stride 1", "3-D", (conv(128, 64, 3, 3, 3, **SAME),)),
        ("stride (1, 2, 2)", "3-D", (conv(128, 64, 3, 3, 3, **SAME, stride=(1, 2, 2)),)),
        ("stride 2", "3-D", (conv(128, 64, 3, 3, 3, **SAME, stride=2),)),
    ),
    *_family(
        "volume", "C3D, conv2a, on 8 frames", (1, 64, 8, 56, 56),
        ("3 × 3 on each frame", "dense 3 × 3", (conv(128, 64, 1, 3, 3, padding=(0, 1, 1)),)),
        ("3 × 3 × 3", "3-D", (conv(128, 64, 3, 3, 3, **SAME),)),
    ),
    *_family(
        "deformable", "ResNet-50, conv4_x", (1, 256, 14, 14),
        ("3 × 3", "dense 3 × 3", (conv(256, 256, 3, 3, **SAME),)),
        ("deformable 3 × 3", "deformable", (deform_conv(256, 256, 3, 3, **SAME, modulated=False),)),
        ("modulated deformable 3 × 3", "deformable v2", (deform_conv(256, 256, 3, 3, **SAME, modulated=True),)),
    ),
)  # fmt: skip

FAMILIES = tuple(dict.fromkeys(case.family for case in CASES))


def family(name: str) -> tuple[Case, ...]:
    """The cases of a family, the plain one first.

    Raises:
        ValueError: for a name that is no family.
    """
    if name not in FAMILIES:
        raise ValueError(f"no family of timings is called {name!r}; there are {', '.join(FAMILIES)}")
    return tuple(case for case in CASES if case.family == name)
