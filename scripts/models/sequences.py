"""Models of sequences: patches, speech, sound, words."""

import torch
from torch import nn
from torch.nn import functional as F


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
            for layer in block.children():
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


class Recogniser(nn.Module):
    """A CRNN: convolutions shrink a line of text to one row, two recurrent layers read it both ways."""

    def __init__(self, d=12, letters=11):
        super().__init__()
        self.body = nn.Sequential(
            *(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d((8, 2))),
        )
        self.read, self.out = nn.GRU(16, d, 2, bidirectional=True, batch_first=True), nn.Linear(2 * d, letters)

    def forward(self, x):
        return self.out(self.read(self.body(x).squeeze(2).transpose(1, 2))[0])
