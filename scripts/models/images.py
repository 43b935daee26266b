"""Models of images: how people write them, not how a table would."""

import torch
from torch import nn
from torch.nn import functional as F


class UNet(nn.Module):
    """Two levels, transposed layers, skips by concatenation."""

    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList([self.double_conv(3, 8), self.double_conv(8, 16)])
        self.middle, self.pool = self.double_conv(16, 32), nn.MaxPool2d(2)
        self.up = nn.ModuleList([nn.ConvTranspose2d(32, 16, 2, 2), nn.ConvTranspose2d(16, 8, 2, 2)])
        self.join = nn.ModuleList([self.double_conv(32, 16), self.double_conv(16, 8)])
        self.head = nn.Conv2d(8, 2, 1)

    @staticmethod
    def double_conv(i, o):
        layers = []
        for width in (i, o):
            layers += [nn.Conv2d(width, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True)]
        return nn.Sequential(*layers)

    def forward(self, x):
        skips = []
        for block in self.down:
            x = block(x)
            skips.append(x)
            x = self.pool(x)
        x = self.middle(x)
        for up, join, skip in zip(self.up, self.join, skips[::-1], strict=True):
            x = join(torch.cat([skip, up(x)], 1))
        return self.head(x)


class FPN(nn.Module):
    """A pyramid with lateral 1×1 layers and nearest upsampling; returns a dictionary."""

    def __init__(self):
        super().__init__()
        widths = (8, 16, 32)
        self.stem = nn.Conv2d(3, 8, 7, 2, 3)
        self.stages = nn.ModuleList([nn.Conv2d(8, 8, 3, 1, 1), nn.Conv2d(8, 16, 3, 2, 1), nn.Conv2d(16, 32, 3, 2, 1)])
        self.lateral = nn.ModuleList([nn.Conv2d(w, 12, 1) for w in widths])
        self.out = nn.ModuleList([nn.Conv2d(12, 12, 3, padding=1) for _ in widths])

    def forward(self, x):
        maps, x = [], F.relu(self.stem(x))
        for stage in self.stages:
            x = F.relu(stage(x))
            maps.append(x)
        top = self.lateral[2](maps[2])
        found = {"p4": self.out[2](top)}
        for level in (1, 0):
            top = self.lateral[level](maps[level]) + F.interpolate(top, size=maps[level].shape[-2:], mode="nearest")
            found[f"p{level + 2}"] = self.out[level](top)
        return found


class ConvNeXt(nn.Module):
    """Depthwise 7×7, channels moved last, LayerNorm and Linear, a learned scale."""

    class Block(nn.Module):
        def __init__(self, d):
            super().__init__()
            self.dw, self.norm = nn.Conv2d(d, d, 7, padding=3, groups=d), nn.LayerNorm(d)
            self.up, self.down, self.gamma = nn.Linear(d, 4 * d), nn.Linear(4 * d, d), nn.Parameter(torch.ones(d))

        def forward(self, x):
            y = self.norm(self.dw(x).permute(0, 2, 3, 1))
            return x + (self.gamma * self.down(F.gelu(self.up(y)))).permute(0, 3, 1, 2)

    def __init__(self, d=16):
        super().__init__()
        self.stem = nn.Conv2d(3, d, 4, 4)
        self.blocks = nn.Sequential(*[self.Block(d) for _ in range(3)])
        self.head = nn.Linear(d, 10)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)).mean([-2, -1]))


class MobileNetV3(nn.Module):
    """Inverted residuals with squeeze-and-excitation by 1×1 convolutions, hard-swish."""

    class Block(nn.Module):
        def __init__(self, i, e, o, k, s):
            super().__init__()
            self.expand = nn.Sequential(nn.Conv2d(i, e, 1, bias=False), nn.BatchNorm2d(e), nn.Hardswish())
            self.dw = nn.Sequential(nn.Conv2d(e, e, k, s, k // 2, groups=e, bias=False), nn.BatchNorm2d(e))
            self.fc1, self.fc2 = nn.Conv2d(e, e // 4, 1), nn.Conv2d(e // 4, e, 1)
            self.project = nn.Sequential(nn.Conv2d(e, o, 1, bias=False), nn.BatchNorm2d(o))
            self.same = i == o and s == 1

        def forward(self, x):
            y = self.dw(self.expand(x))
            scale = F.hardsigmoid(self.fc2(F.relu(self.fc1(F.adaptive_avg_pool2d(y, 1)))))
            y = self.project(scale * y)
            return x + y if self.same else y

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.Hardswish())
        self.body = nn.Sequential(self.Block(8, 16, 8, 3, 1), self.Block(8, 24, 12, 5, 2))
        self.classifier = nn.Sequential(nn.Linear(12, 32), nn.Hardswish(), nn.Dropout(0.2), nn.Linear(32, 7))

    def forward(self, x):
        return self.classifier(torch.flatten(F.adaptive_avg_pool2d(self.body(self.stem(x)), 1), 1))


class Detector(nn.Module):
    """Focus, cross-stage parts, heads with anchors; an auxiliary head in training only; returns a list."""

    def __init__(self):
        super().__init__()
        self.focus, self.down = nn.Conv2d(12, 16, 3, 1, 1), nn.Conv2d(16, 32, 3, 2, 1)
        self.left, self.right, self.merge = nn.Conv2d(32, 16, 1), nn.Conv2d(32, 16, 1), nn.Conv2d(32, 32, 1)
        self.heads = nn.ModuleList([nn.Conv2d(c, 3 * 7, 1) for c in (16, 32)])
        self.aux = nn.Sequential(nn.Conv2d(32, 8, 3), nn.ReLU(), nn.Conv2d(8, 4, 1))
        self.anchors = torch.ones(2, 3, 2)  # neither parameter nor buffer
        self.log = []

    def forward(self, x):
        x = torch.cat([x[..., i::2, j::2] for j in (0, 1) for i in (0, 1)], 1)
        a = F.silu(self.focus(x))
        b = F.silu(self.down(a))
        b = self.merge(torch.cat([self.left(b), self.right(b)], 1))
        found = []
        for level, (head, y) in enumerate(zip(self.heads, (a, b), strict=True)):
            n, _, h, w = y.shape
            y = head(y).view(n, 3, 7, h, w).permute(0, 1, 3, 4, 2)
            found.append(
                torch.cat(
                    [y[..., :2].sigmoid(), y[..., 2:4].exp() * self.anchors[level].view(1, 3, 1, 1, 2), y[..., 4:]], -1
                )
            )
        self.log.append(found)
        return (found, self.aux(b)) if self.training else found


class Discriminator(nn.Module):
    """Patches judged, spectral norm on every layer."""

    def __init__(self, norm):
        super().__init__()
        layers = []
        for i, o in ((3, 8), (8, 16)):
            layers += [norm(nn.Conv2d(i, o, 4, 2, 1)), nn.LeakyReLU(0.2)]
        self.body = nn.Sequential(*layers, norm(nn.Conv2d(16, 1, 4, 1, 1)))

    def forward(self, x):
        return self.body(x)


class SqueezedResNet(nn.Module):
    """ResNet-D downsampling, a layer that pads by hand, weights standardised in a functional call."""

    class StandardConv(nn.Conv2d):
        def forward(self, input):  # noqa: A002  (the name of the method it overrides)
            w = self.weight
            w = (w - w.mean((1, 2, 3), keepdim=True)) / (w.std((1, 2, 3), keepdim=True) + 1e-5)
            return F.conv2d(F.pad(input, (0, 1, 0, 1)), w, self.bias, self.stride, 0, self.dilation, self.groups)

    def __init__(self):
        super().__init__()
        self.a = self.StandardConv(3, 8, 3, stride=2)
        self.b, self.short = (
            nn.Conv2d(8, 16, 3, 2, 1),
            nn.Sequential(nn.AvgPool2d(2, 2, ceil_mode=True), nn.Conv2d(8, 16, 1)),
        )
        self.shared = nn.Conv2d(16, 16, 3, padding=1, groups=4)

    def forward(self, x):
        x = F.relu(self.a(x))
        x = F.relu(self.b(x) + self.short(x))
        for _ in range(3):
            x = x + self.shared.forward(x)
        return x
