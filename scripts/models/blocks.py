"""The parts that make a receptive field: pyramids, dilation, shifts, windows of attention; each returns a map."""

from functools import reduce

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import weight_norm


def conv(i, o, k=3, s=1, **options):
    return nn.Sequential(nn.Conv2d(i, o, k, s, k // 2, bias=False, **options), nn.BatchNorm2d(o), nn.ReLU(inplace=True))


class UNet(nn.Module):
    def __init__(self, c=4):
        super().__init__()
        self.down1, self.down2, self.middle = conv(3, c), conv(c, 2 * c), conv(2 * c, 4 * c)
        self.up2, self.up1 = nn.ConvTranspose2d(4 * c, 2 * c, 2, 2), nn.ConvTranspose2d(2 * c, c, 2, 2)
        self.merge2, self.merge1, self.head = conv(4 * c, 2 * c), conv(2 * c, c), nn.Conv2d(c, 2, 1)

    def forward(self, x):
        one = self.down1(x)
        two = self.down2(F.max_pool2d(one, 2))
        low = self.middle(F.max_pool2d(two, 2))
        two = self.merge2(torch.cat([two, self.up2(low)], 1))
        return self.head(self.merge1(torch.cat([one, self.up1(two)], 1)))


class FeaturePyramid(nn.Module):
    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList([conv(3, 4, 3, 2), conv(4, 8, 3, 2), conv(8, 16, 3, 2)])
        self.lateral = nn.ModuleList([nn.Conv2d(c, 6, 1) for c in (4, 8, 16)])
        self.smooth = nn.Conv2d(6, 6, 3, padding=1)

    def forward(self, x):
        maps = []
        for stage in self.stages:
            maps.append(x := stage(x))
        top = self.lateral[2](maps[2])
        for level in (1, 0):
            top = self.lateral[level](maps[level]) + F.interpolate(top, size=maps[level].shape[-2:])
        return self.smooth(top)


class ResNetD(nn.Module):
    """Three 3 × 3 layers for a stem; shortcuts that average before they project."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(conv(3, 4, 3, 2), conv(4, 4), conv(4, 8), nn.MaxPool2d(3, 2, 1))
        self.body = nn.Sequential(conv(8, 4, 1), conv(4, 4, 3, 2), nn.Conv2d(4, 16, 1), nn.BatchNorm2d(16))
        self.shortcut = nn.Sequential(nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False), nn.Conv2d(8, 16, 1))

    def forward(self, x):
        x = self.stem(x)
        return F.relu(self.body(x) + self.shortcut(x))


class ConvNeXtBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.depthwise, self.norm = nn.Conv2d(c, c, 7, padding=3, groups=c), nn.LayerNorm(c)
        self.wide, self.narrow = nn.Linear(c, 4 * c), nn.Linear(4 * c, c)
        self.scale = nn.Parameter(torch.full((c,), 1e-6))

    def forward(self, x):
        y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        return x + (self.scale * self.narrow(F.gelu(self.wide(y)))).permute(0, 3, 1, 2)


class ConformerConvolution(nn.Module):
    """The convolution module of a Conformer: (N, T, C) inside, gated, depthwise over time."""

    def __init__(self, c=6):
        super().__init__()
        self.norm, self.gate = nn.LayerNorm(c), nn.Conv1d(c, 2 * c, 1)
        self.depthwise, self.batch = nn.Conv1d(c, c, 15, padding=7, groups=c), nn.BatchNorm1d(c)
        self.out = nn.Conv1d(c, c, 1)

    def forward(self, x):
        y = self.norm(x.transpose(1, 2)).transpose(1, 2)
        y = self.depthwise(F.glu(self.gate(y), dim=1))
        return x + self.out(F.silu(self.batch(y)))


class WaveNet(nn.Module):
    """Dilated causal layers with gates, residual and skip paths."""

    def __init__(self, c=4, dilations=(1, 2, 4, 8)):
        super().__init__()
        self.first, self.dilations = nn.Conv1d(1, c, 1), dilations
        self.gates = nn.ModuleList([weight_norm(nn.Conv1d(c, 2 * c, 2, dilation=d)) for d in dilations])
        self.residual = nn.ModuleList([nn.Conv1d(c, c, 1) for _ in dilations])
        self.skip = nn.ModuleList([nn.Conv1d(c, 5, 1) for _ in dilations])

    def forward(self, x):
        x, skips = self.first(x), []
        for d, gate, residual, skip in zip(self.dilations, self.gates, self.residual, self.skip, strict=True):
            filtered, gated = gate(F.pad(x, (d, 0))).chunk(2, 1)
            y = filtered.tanh() * gated.sigmoid()
            x = x + residual(y)
            skips.append(skip(y))
        return F.relu(reduce(torch.add, skips))


class Focus(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = conv(12, 8)

    def forward(self, x):
        parts = x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]
        return self.conv(torch.cat(parts, 1))


class PooledPyramid(nn.Module):
    """ASPP: dilated layers beside the mean of the whole map."""

    def __init__(self, c=4, rates=(2, 4, 6)):
        super().__init__()
        self.branches = nn.ModuleList([nn.Conv2d(c, c, 1), *(nn.Conv2d(c, c, 3, padding=r, dilation=r) for r in rates)])
        self.image, self.out = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(c, c, 1)), nn.Conv2d(5 * c, c, 1)

    def forward(self, x):
        image = F.interpolate(self.image(x), size=x.shape[-2:], mode="bilinear", align_corners=False)
        return self.out(torch.cat([*(branch(x) for branch in self.branches), image], 1))


class Inception(nn.Module):
    def __init__(self, c=6):
        super().__init__()
        self.one, self.three = conv(c, 4, 1), nn.Sequential(conv(c, 3, 1), conv(3, 4))
        self.deep = nn.Sequential(conv(c, 3, 1), conv(3, 4), conv(4, 4))
        self.pool = nn.Sequential(nn.MaxPool2d(3, 1, 1), conv(c, 4, 1))

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.deep(x), self.pool(x)], 1)


class SuperResolution(nn.Module):
    def __init__(self, c=8, factor=3):
        super().__init__()
        self.head, self.body = nn.Conv2d(3, c, 5, padding=2), nn.Conv2d(c, c, 3, padding=1)
        self.up, self.factor = nn.Conv2d(c, 3 * factor**2, 3, padding=1), factor

    def forward(self, x):
        y = F.pixel_shuffle(self.up(torch.tanh(self.body(torch.tanh(self.head(x))))), self.factor)
        return y + F.interpolate(x, scale_factor=self.factor, mode="bicubic", align_corners=False)


class SqueezeExcitation(nn.Module):
    """A MobileNetV3 block: the mean of the map scales every channel."""

    def __init__(self, c=6):
        super().__init__()
        self.wide, self.depthwise = conv(4, c, 1), conv(c, c, 5, 2, groups=c)
        self.squeeze, self.narrow = nn.Sequential(nn.Conv2d(c, 2, 1), nn.ReLU(), nn.Conv2d(2, c, 1)), conv(c, 4, 1)

    def forward(self, x):
        x = F.hardswish(self.depthwise(self.wide(x)))
        return self.narrow(x * F.hardsigmoid(self.squeeze(x.mean((2, 3), keepdim=True))))


class VisionTransformer(nn.Module):
    def __init__(self, c=8):
        super().__init__()
        self.patch, self.position = nn.Conv2d(3, c, 4, 4), nn.Parameter(torch.zeros(1, 12, c))
        self.layer = nn.TransformerEncoderLayer(c, 2, 16, batch_first=True, norm_first=True)

    def forward(self, x):
        tokens = self.patch(x).flatten(2).transpose(1, 2) + self.position
        return self.layer(tokens).transpose(1, 2).unflatten(2, (3, 4))


class ShiftedWindows(nn.Module):
    """Attention inside windows of 4 × 4 that are shifted by two cells."""

    def __init__(self, c=8):
        super().__init__()
        self.patch, self.qkv, self.out = nn.Conv2d(3, c, 2, 2), nn.Linear(c, 3 * c), nn.Linear(c, c)

    def forward(self, x):
        x = self.patch(x).permute(0, 2, 3, 1).roll((-2, -2), (1, 2))
        n, h, w, c = x.shape
        windows = x.view(n, h // 4, 4, w // 4, 4, c).transpose(2, 3).reshape(-1, 16, c)
        q, k, v = self.qkv(windows).chunk(3, -1)
        y = self.out((q @ k.transpose(1, 2) / c**0.5).softmax(-1) @ v)
        y = y.view(n, h // 4, w // 4, 4, 4, c).transpose(2, 3).reshape(n, h, w, c)
        return y.roll((2, 2), (1, 2)).permute(0, 3, 1, 2)


class TemporalShift(nn.Module):
    """Channels written into slices of zeros, one step earlier and one later."""

    def __init__(self, c=8):
        super().__init__()
        self.conv = nn.Conv1d(c, c, 3, padding=1)

    def forward(self, x):
        y = torch.zeros_like(x)
        y[:, :2, :-1] = x[:, :2, 1:]
        y[:, 2:4, 2:] = x[:, 2:4, :-2]
        y[:, 4:] = x[:, 4:]
        return self.conv(y)


class Vocoder(nn.Module):
    """HiFi-GAN: transposed layers, then residual blocks of several dilations, averaged."""

    def __init__(self, c=4):
        super().__init__()
        self.first = weight_norm(nn.Conv1d(6, c, 7, padding=3))
        self.up = weight_norm(nn.ConvTranspose1d(c, c, 8, 4, 2))
        self.blocks = nn.ModuleList([weight_norm(nn.Conv1d(c, c, 3, padding=d, dilation=d)) for d in (1, 3, 5)])
        self.last = weight_norm(nn.Conv1d(c, 1, 7, padding=3))

    def forward(self, x):
        x = self.up(F.leaky_relu(self.first(x), 0.1))
        x = reduce(torch.add, [x + block(F.leaky_relu(x, 0.1)) for block in self.blocks]) / 3
        return torch.tanh(self.last(F.leaky_relu(x)))
