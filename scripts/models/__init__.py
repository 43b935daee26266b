"""Small models in the style of public ones, for the tests and for the page *Models, counted*."""

import warnings

from torch.nn.utils import parametrizations, spectral_norm, weight_norm

from reference_impl.networks import network
from reference_impl.networks.build import network_torch
from scripts.models import blocks, images, sequences


def older(norm, layer):
    """A norm of the first generation, which torch calls deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return norm(layer)


FAMILIES = {  # how to make it, and the shapes of its inputs
    "U-Net": (images.UNet, ((2, 3, 16, 24),)),
    "FPN": (images.FPN, ((1, 3, 32, 48),)),
    "ConvNeXt": (images.ConvNeXt, ((2, 3, 32, 48),)),
    "MobileNetV3": (images.MobileNetV3, ((1, 3, 32, 36),)),
    "vision transformer": (sequences.VisionTransformer, ((2, 3, 16, 24),)),
    "Conformer": (sequences.Conformer, ((2, 50, 80),)),
    "vocoder, older weight norm": (lambda: sequences.Vocoder(lambda layer: older(weight_norm, layer)), ((1, 20, 11),)),
    "vocoder, weight norm": (lambda: sequences.Vocoder(parametrizations.weight_norm), ((1, 20, 11),)),
    "text CNN": (sequences.TextCNN, ((2, 9),)),
    "detector": (images.Detector, ((1, 3, 32, 40),)),
    "discriminator, older spectral norm": (
        lambda: images.Discriminator(lambda layer: older(spectral_norm, layer)),
        ((1, 3, 32, 32),),
    ),
    "discriminator, spectral norm": (lambda: images.Discriminator(parametrizations.spectral_norm), ((1, 3, 32, 32),)),
    "mixer": (sequences.Mixer, ((2, 3, 16, 16),)),
    "captioner": (sequences.Captioner, ((2, 3, 32, 24), (2, 7))),
    "squeezed ResNet": (images.SqueezedResNet, ((1, 3, 30, 33),)),
    "gated": (sequences.Gated, ((1, 2, 12),)),
    "ResNet-D": (blocks.ResNetD, ((1, 3, 37, 48),)),
    "WaveNet": (blocks.WaveNet, ((1, 1, 40),)),
    "YOLO Focus": (blocks.Focus, ((1, 3, 16, 20),)),
    "ASPP": (blocks.PooledPyramid, ((1, 4, 15, 18),)),
    "Inception": (blocks.Inception, ((1, 6, 9, 12),)),
    "super-resolution": (blocks.SuperResolution, ((1, 3, 9, 12),)),
    "shifted windows": (blocks.ShiftedWindows, ((1, 3, 16, 32),)),
    "temporal shift": (blocks.TemporalShift, ((1, 8, 20),)),
    "text recogniser": (sequences.Recogniser, ((1, 1, 16, 40),)),
    "ResNet-18": (lambda: network_torch(network("resnet18")), ((1, 3, 64, 96),)),
}
