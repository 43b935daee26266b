"""Networks in the style of public models: their field is derived, and measuring finds the same."""

from fractions import Fraction

import pytest
from torch import nn

from scripts.models.blocks import (
    ConformerConvolution,
    ConvNeXtBlock,
    FeaturePyramid,
    Focus,
    Inception,
    PooledPyramid,
    ResNetD,
    ShiftedWindows,
    SqueezeExcitation,
    SuperResolution,
    TemporalShift,
    UNet,
    VisionTransformer,
    Vocoder,
    WaveNet,
)
from tests.receptive_field.compare import same_both_ways

# size counts padding; None for the stride where no recurrence describes the model
FAMILIES = {
    "U-Net": (UNet(), (1, 3, 24, 32), (26, 26), (1, 1)),
    "feature pyramid": (FeaturePyramid(), (1, 3, 32, 48), (23, 23), (2, 2)),
    "ResNet-D": (ResNetD(), (1, 3, 37, 48), (23, 23), (8, 8)),
    "ConvNeXt": (nn.Sequential(nn.Conv2d(3, 8, 4, 4), *map(ConvNeXtBlock, (8, 8))), (1, 3, 48, 64), (52, 52), (4, 4)),
    "Conformer": (nn.Sequential(ConformerConvolution(), ConformerConvolution()), (1, 6, 40), 29, 1),
    "WaveNet": (WaveNet(), (1, 1, 40), 16, 1),
    "YOLO Focus": (Focus(), (1, 3, 16, 20), (6, 6), (2, 2)),
    "ASPP": (PooledPyramid(), (1, 4, 15, 18), (21, 24), (1, 1)),
    "Inception": (nn.Sequential(Inception(), nn.Conv2d(16, 2, 1)), (1, 6, 9, 12), (5, 5), (1, 1)),
    "super-resolution": (SuperResolution(), (1, 3, 9, 12), (9, 9), (Fraction(1, 3), Fraction(1, 3))),
    "squeeze and excitation": (SqueezeExcitation(), (1, 4, 13, 16), (17, 19), (2, 2)),
    "vision transformer": (VisionTransformer(), (1, 3, 12, 16), (12, 16), (0, 0)),
    "shifted windows": (ShiftedWindows(), (1, 3, 16, 32), (16, 32), None),
    "temporal shift": (TemporalShift(), (1, 8, 20), 6, 1),
    "vocoder": (Vocoder(), (1, 6, 20), 12, Fraction(1, 4)),
}


@pytest.mark.parametrize(("model", "shape", "size", "stride"), FAMILIES.values(), ids=FAMILIES)
def test_the_field_of_a_family_is_derived_and_measured_alike(model, shape, size, stride):
    field = same_both_ways(model, shape)
    assert field.size == size
    assert (field.field and field.field.stride) == stride
