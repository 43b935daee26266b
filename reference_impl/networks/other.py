"""A network for sound and one that makes images: the WaveNet stack and the DCGAN generator."""

from itertools import pairwise
from typing import Any

from reference_impl.checks import whole
from reference_impl.networks.parts import Network, Parallel
from reference_impl.networks.words import convolution


def wavenet_stack(*, repeats: int = 1, channels: int = 32, length: int = 16000) -> Network:
    """Gated residual layers with k = 2 and dilation 1, 2, 4, …, 512, `repeats` times, over one second at 16 kHz.

    The paper gives no channel counts; 32 is our choice. The skip connections to the output are left out.

    Raises:
        ValueError: repeats, channels or length below 1.

    Source:
        van den Oord et al., "WaveNet", 2016, sections 2.1 to 2.4.

    Example:
        >>> [part.paths[0][0].paths[0][0].dilation[0] for part in wavenet_stack().parts]
        [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    """
    for name, value in (("repeats", repeats), ("channels", channels), ("length", length)):
        whole(name, value, least=1)
    parts = []
    for repeat in range(1, repeats + 1):
        for dilation in (2**power for power in range(10)):
            window = {"dilation": dilation, "padding": [(dilation, 0)], "bias": True, "axes": 1}
            gate = Parallel(
                "gate",
                (
                    (convolution("filter", channels, channels, 2, **window, activation="tanh"),),
                    (convolution("gate", channels, channels, 2, **window, activation="sigmoid"),),
                ),
                join="multiply",
            )
            mix = convolution("mix", channels, channels, 1, bias=True, axes=1, activation="")
            parts.append(Parallel(f"stack{repeat}_dilation{dilation}", ((gate, mix), ())))
    return Network("wavenet_stack", (1, channels, length), tuple(parts))


def dcgan_generator(*, noise: int = 100, width: int = 128) -> Network:
    """The DCGAN generator: a vector becomes 4, 8, 16, 32, 64 pixels a side by transposed 4×4 convolutions.

    Channels are those of the paper's figure 1; kernel, stride and padding those of PyTorch's DCGAN example.

    Raises:
        ValueError: noise or width below 1.

    Source:
        Radford, Metz & Chintala, 2016, figure 1; pytorch/examples, dcgan/main.py.

    Example:
        >>> dcgan_generator().parts[-1].out_channels
        3
    """
    for name, value in (("noise", noise), ("width", width)):
        whole(name, value, least=1)
    channels = (noise, 8 * width, 4 * width, 2 * width, width, 3)
    parts = []
    for index, (in_channels, out_channels) in enumerate(pairwise(channels), start=1):
        form: dict[str, Any] = {"stride": 1, "padding": 0} if index == 1 else {"stride": 2, "padding": 1}
        form |= {"activation": "tanh"} if index == 5 else {"norm": True}
        parts.append(convolution(f"up{index}", in_channels, out_channels, 4, kind="conv_transpose", **form))
    return Network("dcgan_generator", (1, noise, 1, 1), tuple(parts))
