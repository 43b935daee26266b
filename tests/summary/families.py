"""Small models in the style of public ones: how people write them, not how a table would."""

import warnings

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, spectral_norm, weight_norm


def older(norm, layer):
    """A norm of the first generation, which torch calls deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return norm(layer)


class UNet(nn.Module):
    """Two levels, transposed layers, skips by concatenation."""

    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList([self.double(3, 8), self.double(8, 16)])
        self.middle, self.pool = self.double(16, 32), nn.MaxPool2d(2)
        self.up = nn.ModuleList([nn.ConvTranspose2d(32, 16, 2, 2), nn.ConvTranspose2d(16, 8, 2, 2)])
        self.join = nn.ModuleList([self.double(32, 16), self.double(16, 8)])
        self.head = nn.Conv2d(8, 2, 1)

    @staticmethod
    def double(i, o):
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


class VisionTransformer(nn.Module):
    """Patches, a class token, torch's own encoder layers."""

    def __init__(self, d=16):
        super().__init__()
        self.patch = nn.Conv2d(3, d, 4, 4)
        self.token, self.place = nn.Parameter(torch.zeros(1, 1, d)), nn.Parameter(torch.zeros(1, 25, d))
        layer = nn.TransformerEncoderLayer(d, 4, 32, batch_first=True, norm_first=True, activation="gelu")
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(d, 10)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], 1) + self.place
        return self.head(self.encoder(x)[:, 0])


class Conformer(nn.Module):
    """Half-step feed-forward, self-attention, a convolution module with GLU, over 80 mel bands."""

    def __init__(self, d=16):
        super().__init__()
        self.sub = nn.Sequential(nn.Conv2d(1, d, 3, 2), nn.ReLU(), nn.Conv2d(d, d, 3, 2), nn.ReLU())
        self.proj = nn.Linear(d * 19, d)
        self.ff1 = nn.Sequential(nn.LayerNorm(d), nn.Linear(d, 4 * d), nn.SiLU(), nn.Linear(4 * d, d))
        self.ff2 = nn.Sequential(nn.LayerNorm(d), nn.Linear(d, 4 * d), nn.SiLU(), nn.Linear(4 * d, d))
        self.attend, self.norm = nn.MultiheadAttention(d, 4, batch_first=True), nn.LayerNorm(d)
        self.pw1, self.dw = nn.Conv1d(d, 2 * d, 1), nn.Conv1d(d, d, 15, padding=7, groups=d)
        self.bn, self.pw2 = nn.BatchNorm1d(d), nn.Conv1d(d, d, 1)

    def forward(self, mel):
        x = self.sub(mel.unsqueeze(1))
        x = self.proj(x.transpose(1, 2).flatten(2))
        x = x + 0.5 * self.ff1(x)
        y = self.norm(x)
        x = x + self.attend(y, y, y)[0]
        y = F.glu(self.pw1(x.transpose(1, 2)), 1)
        x = x + self.pw2(F.silu(self.bn(self.dw(y)))).transpose(1, 2)
        return x + 0.5 * self.ff2(x)


class Vocoder(nn.Module):
    """A HiFi-GAN generator: weight norm on everything, transposed layers, residual blocks of dilated layers."""

    def __init__(self, norm):
        super().__init__()
        self.pre, self.post = norm(nn.Conv1d(20, 16, 7, padding=3)), norm(nn.Conv1d(4, 1, 7, padding=3))
        self.ups = nn.ModuleList([norm(nn.ConvTranspose1d(16 >> i, 8 >> i, 16, 8, 4)) for i in range(2)])
        self.blocks = nn.ModuleList(
            [
                nn.ModuleList([norm(nn.Conv1d(8 >> i, 8 >> i, 3, dilation=d, padding=d)) for d in (1, 3, 5)])
                for i in range(2)
            ]
        )

    def forward(self, x):
        x = self.pre(x)
        for up, block in zip(self.ups, self.blocks, strict=True):
            x = up(F.leaky_relu(x, 0.1))
            for layer in block:
                x = x + layer(F.leaky_relu(x, 0.1))
        return torch.tanh(self.post(F.leaky_relu(x)))


class TextCNN(nn.Module):
    """Embedding, three widths, max over time."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(50, 16, padding_idx=0)
        self.convs = nn.ModuleList([nn.Conv1d(16, 8, k) for k in (3, 4, 5)])
        self.fc = nn.Linear(24, 2)

    def forward(self, tokens):
        x = self.embed(tokens).transpose(1, 2)
        return self.fc(torch.cat([F.relu(conv(x)).amax(-1) for conv in self.convs], 1))


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


class Mixer(nn.Module):
    """Tokens and channels mixed by einsum over parameters in lists and dictionaries."""

    def __init__(self, tokens=16, d=12):
        super().__init__()
        self.patch = nn.Conv2d(3, d, 4, 4)
        self.mix = nn.ParameterList([nn.Parameter(torch.randn(tokens, tokens)) for _ in range(2)])
        self.channel = nn.ParameterDict(
            {"in": nn.Parameter(torch.randn(d, 2 * d)), "out": nn.Parameter(torch.randn(2 * d, d))}
        )
        self.spare = nn.Parameter(torch.zeros(5))

    def forward(self, x):
        x = self.patch(x).flatten(2)
        for weight in self.mix:
            x = x + F.gelu(torch.einsum("nct,tu->ncu", x, weight))
        y = torch.einsum("nct,cd->ndt", x, self.channel["in"])
        return x + torch.einsum("ndt,dc->nct", F.gelu(y), self.channel["out"])


class Captioner(nn.Module):
    """Two inputs, an image and tokens: causal attention over words, then over the image; tied embedding."""

    def __init__(self, d=16, words=30):
        super().__init__()
        self.image = nn.Sequential(nn.Conv2d(3, d, 8, 8), nn.Flatten(2))
        self.words, self.out = nn.Embedding(words, d), nn.Linear(d, words, bias=False)
        self.out.weight = self.words.weight
        self.qkv, self.q, self.kv = nn.Linear(d, 3 * d), nn.Linear(d, d), nn.Linear(d, 2 * d)

    @staticmethod
    def heads(x):
        return x.unflatten(-1, (4, -1)).transpose(1, 2)

    def forward(self, image, tokens):
        seen, x = self.image(image).transpose(1, 2), self.words(tokens)
        q, k, v = (self.heads(part) for part in self.qkv(x).chunk(3, -1))
        x = x + F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
        k, v = (self.heads(part) for part in self.kv(seen).chunk(2, -1))
        scores = (self.heads(self.q(x)) @ k.transpose(-1, -2)).softmax(-1)
        return self.out(x + (scores @ v).transpose(1, 2).flatten(2))


class SqueezedResNet(nn.Module):
    """ResNet-D downsampling, a layer that pads by hand, weights standardised in a functional call."""

    class StandardConv(nn.Conv2d):
        def forward(self, x):
            w = self.weight
            w = (w - w.mean((1, 2, 3), keepdim=True)) / (w.std((1, 2, 3), keepdim=True) + 1e-5)
            return F.conv2d(F.pad(x, (0, 1, 0, 1)), w, self.bias, self.stride, 0, self.dilation, self.groups)

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


class Gated(nn.Module):
    """Asks for numbers: a learned temperature as a Python number, a branch on the data, a mask."""

    def __init__(self):
        super().__init__()
        self.conv, self.deep = nn.Conv1d(2, 4, 3, padding=1), nn.Conv1d(4, 4, 3, padding=1)
        self.temperature = nn.Parameter(torch.tensor(2.0))

    def forward(self, x):
        y = self.conv(x) / float(self.temperature)
        if y.abs().max() >= 0:
            y = self.deep(y)
        return y[:, y.isfinite().all(0).all(-1)] if False else y[y.isfinite()]


FAMILIES = {  # how to make it, and the shapes of its inputs
    "U-Net": (UNet, ((2, 3, 16, 24),)),
    "FPN": (FPN, ((1, 3, 32, 48),)),
    "ConvNeXt": (ConvNeXt, ((2, 3, 32, 48),)),
    "MobileNetV3": (MobileNetV3, ((1, 3, 32, 36),)),
    "vision transformer": (VisionTransformer, ((2, 3, 16, 24),)),
    "Conformer": (Conformer, ((2, 50, 80),)),
    "vocoder, older weight norm": (lambda: Vocoder(lambda layer: older(weight_norm, layer)), ((1, 20, 11),)),
    "vocoder, weight norm": (lambda: Vocoder(parametrizations.weight_norm), ((1, 20, 11),)),
    "text CNN": (TextCNN, ((2, 9),)),
    "detector": (Detector, ((1, 3, 32, 40),)),
    "discriminator, older spectral norm": (
        lambda: Discriminator(lambda layer: older(spectral_norm, layer)),
        ((1, 3, 32, 32),),
    ),
    "discriminator, spectral norm": (lambda: Discriminator(parametrizations.spectral_norm), ((1, 3, 32, 32),)),
    "mixer": (Mixer, ((2, 3, 16, 16),)),
    "captioner": (Captioner, ((2, 3, 32, 24), (2, 7))),
    "squeezed ResNet": (SqueezedResNet, ((1, 3, 30, 33),)),
    "gated": (Gated, ((1, 2, 12),)),
}
