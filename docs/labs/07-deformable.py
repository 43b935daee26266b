# ---
# jupyter:
#   handbook:
#     description: A deformable convolution against an ordinary one on turned and scaled digits at equal parameters, several seeds; whether its taps turn with the digits, measured, and a task in which they have to.
#     learn: whether learnt offsets follow a turn and a scale, measured in two tasks
#     minutes: 1
#     chapters: [chapters/16-deformable.md]
# ---

# %% [markdown]
# # Do the taps follow?
#
# A [deformable convolution](../chapters/16-deformable.md) may move its taps. Give it digits that are turned and scaled: does it learn to turn its kernel with them? Here the digits' angles
# and scales are known, so it can be measured. In a network that names the digit they hardly follow. In a task whose answer lies in turned places they do.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import affine_grid, cross_entropy, grid_sample, pad
from torch.utils.flop_counter import FlopCounterMode

from reference_impl.conv.torch import conv_torch
from reference_impl.deform_conv.layers import DeformConv
from reference_impl.deform_conv.torch import deform_conv_torch

device = "cuda" if torch.cuda.is_available() else "cpu"
print("runs on", torch.cuda.get_device_name() if device == "cuda" else "the CPU")

# %% [markdown]
# ## Digits, turned and scaled
#
# Each picture is drawn on 17 × 17 cells, turned about its middle by an angle between minus and plus [[= MOST =]] degrees, and scaled by a factor between [[= SMALLEST | fmt(".2f") =]] and
# [[= LARGEST | fmt(".2f") =]]. Angles count anticlockwise. No picture of a digit is in both the training and the test set.

# %%
SIDE, MOST, SMALLEST = 17, 45, 0.75
LARGEST = 1 / SMALLEST
digits = load_digits()
order = np.random.default_rng(0).permutation(len(digits.target))
to_train, to_test = order[:1200], order[1200:]


def turned(chosen, angle, scale):
    """Pictures (N, 1, SIDE, SIDE) of the chosen digits, turned by angles in radians and scaled."""
    picture = torch.tensor(digits.images[chosen][:, None] / 16, dtype=torch.float32)
    c, s = np.cos(angle) / scale, np.sin(angle) / scale
    back = np.stack([np.stack([c, -s, 0 * c], 1), np.stack([s, c, 0 * c], 1)], 1)  # where a cell comes from, as (x, y)
    grid = affine_grid(torch.tensor(back, dtype=torch.float32), (len(chosen), 1, SIDE, SIDE), align_corners=True)
    return grid_sample(pad(picture, (2, 2, 2, 2)), grid, align_corners=True).to(device)


def drawn(count, seed):
    """Angles and scales, evenly spread (the scales on a logarithmic axis)."""
    rng = np.random.default_rng(seed)
    angle = np.deg2rad(rng.uniform(-MOST, MOST, count))
    return angle, np.exp(rng.uniform(np.log(SMALLEST), -np.log(SMALLEST), count))


copies = np.tile(to_train, 2)
x, label = turned(copies, *drawn(len(copies), 1)), torch.tensor(digits.target[copies], device=device)
angle, scale = drawn(len(to_test), 2)
x_test, label_test = turned(to_test, angle, scale), torch.tensor(digits.target[to_test], device=device)
print(tuple(x.shape), tuple(x_test.shape))

# %% [markdown]
# ## Naming the digit, at equal budgets
#
# Two networks, alike but for their third layer. It is a `DeformConv`, whose branch predicts the offsets, or an ordinary convolution with as many filters as bring the number of
# parameters nearest to that of the other. The branch is counted.

# %%
WIDTH = 16


def network(third, filters):
    """Two ordinary layers, the third one, and a linear layer over its 4 × 4 cells."""
    first = nn.Conv2d(1, WIDTH // 2, 3, padding=1), nn.BatchNorm2d(WIDTH // 2), nn.ReLU(), nn.MaxPool2d(2)
    second = nn.Conv2d(WIDTH // 2, WIDTH, 3, padding=1), nn.BatchNorm2d(WIDTH), nn.ReLU()
    behind = nn.BatchNorm2d(filters), nn.ReLU(), nn.Flatten(), nn.Linear(filters * 4 * 4, 10)
    return nn.Sequential(*first, *second, third, *behind).to(device)


def with_deformable():
    return network(DeformConv(WIDTH, WIDTH, (3, 3), stride=2, padding=1), WIDTH)


def with_ordinary(filters):
    return network(nn.Conv2d(WIDTH, filters, 3, stride=2, padding=1), filters)


def parameters(module):
    """How many numbers it learns."""
    return sum(p.numel() for p in module.parameters())


def macs(module):
    """Multiply–accumulates for one picture, those of the interpolation left out."""
    with FlopCounterMode(display=False) as counted, torch.no_grad():
        module.eval()(x_test[:1])
    return counted.get_total_flops() // 2


budget = parameters(with_deformable())
filters = min(range(WIDTH, 3 * WIDTH), key=lambda count: abs(parameters(with_ordinary(count)) - budget))
NETWORKS = {"deformable": with_deformable, "ordinary": lambda: with_ordinary(filters)}
weights = {name: parameters(make()) for name, make in NETWORKS.items()}
off_budget = abs(weights["ordinary"] / budget - 1)
assert off_budget < 0.05
for name, make in NETWORKS.items():
    print(f"{name:10} {weights[name]:6,} parameters {macs(make()):8,} MACs")

# %%
SEEDS, EPOCHS, BATCH, RATE = 3, 5, 64, 0.01


def trained(make, seed):
    """A network after training; the seed draws its weights and the order of the pictures."""
    torch.manual_seed(seed)
    module = make()
    optimizer = torch.optim.Adam(module.parameters())
    steps = EPOCHS * -(-len(x) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(x)).split(BATCH):
            loss = cross_entropy(module(x[batch]), label[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return module.eval()


def right(module):
    """Share of the test pictures whose digit it names."""
    with torch.no_grad():
        return float((module(x_test).argmax(1) == label_test).float().mean())


found = {name: [trained(make, seed) for seed in range(SEEDS)] for name, make in NETWORKS.items()}
shares = {name: [right(module) for module in modules] for name, modules in found.items()}
named = {name: f"{min(values):.1%} to {max(values):.1%}" for name, values in shares.items()}
for name, text in named.items():
    print(f"{name:10} {text}")

mean_deformable, mean_ordinary = (float(np.mean(shares[name])) for name in NETWORKS)
lowest, difference = min(map(min, shares.values())), abs(mean_deformable - mean_ordinary)
assert lowest > 0.85
overlap = max(map(min, shares.values())) < min(map(max, shares.values()))
ranges = "overlap, so these seeds show no gain by the offsets" if overlap else "do not overlap"

# %% [markdown]
# Over [[= SEEDS | words =]] seeds the deformable network names [[= named["deformable"] =]] of the test pictures, the ordinary one [[= named["ordinary"] =]]. Their means differ by
# [[= (100 * difference) | fmt(".2g") =]]% of the pictures. The two ranges [[= ranges =]]. The deformable network takes more MACs, and the interpolation is not among them.
#
# ## Where did the taps go?
#
# The nine taps of an output cell now read at other places. Take the matrix of two rows and two columns that brings their places at rest nearest to the new ones, by least squares: it
# says by what angle the kernel was turned, and how it was scaled. A kernel that is turned and scaled on purpose gives back what was put in:

# %%
AT_REST = np.array([(u, v) for u in (-1, 0, 1) for v in (-1, 0, 1)], dtype=float)  # (taps, rows and columns)


def turn_and_scale(moves):
    """Angle and scale of a kernel whose nine taps have moved by the offsets (…, 18)."""
    places = moves.reshape(*moves.shape[:-1], 9, 2) + AT_REST
    M = np.einsum("...ki,kj->...ij", places, AT_REST) / (AT_REST[:, 0] ** 2).sum()
    turn = np.arctan2(M[..., 1, 0] - M[..., 0, 1], M[..., 0, 0] + M[..., 1, 1])  # of the rotation nearest to M
    return turn, np.sqrt(np.abs(np.linalg.det(M)))


known = 1.5 * np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])  # anticlockwise, in rows and columns
back = turn_and_scale((AT_REST @ known.T - AT_REST).reshape(18))
assert np.allclose(back, (0.3, 1.5))


def offsets(module):
    """Offsets (N, 4, 4, 18) of its deformable layer for the test pictures."""
    third = next(place for place, layer in enumerate(module) if isinstance(layer, DeformConv))
    layer = module[third]
    with torch.no_grad():
        moves = conv_torch(module[:third](x_test), layer.offset_weight, layer.offset_bias, **layer.window)
    return moves.permute(0, 2, 3, 1).cpu().numpy()


def followed(true, seen):
    """Correlation with what is true, and the slope of the line through it."""
    return float(np.corrcoef(true, seen)[0, 1]), float(np.polyfit(true, seen, 1)[0])


def spread(values, form=".2f"):
    """Lowest and highest, as text."""
    return f"{min(values):{form}} to {max(values):{form}}".replace("-", "−")


middle = [offsets(module)[:, 2, 2] for module in found["deformable"]]  # an output cell in the middle
turns, scales = zip(*map(turn_and_scale, middle))
by_angle = [followed(angle, turn) for turn in turns]
by_scale = [followed(np.log(scale), np.log(one)) for one in scales]
for name, pairs in (("angle", by_angle), ("scale", by_scale)):
    print(f"{name}: correlation {spread([p[0] for p in pairs])}, slope {spread([p[1] for p in pairs])}")

moved = float(np.mean([np.abs(one).mean() for one in middle]))
slopes_named = [abs(slope) for _, slope in by_angle + by_scale]
steepest = max(slopes_named)
correlated = spread([r for r, _ in by_angle])
correlated_scale = spread([r for r, _ in by_scale])
assert steepest < 0.3
assert moved > 0.1

# %% [markdown]
# A kernel that follows would have a correlation and a slope of one. The taps do move, by [[= moved | fmt(".2g") =]] cells along an axis on average. But they hardly turn with the digit: the
# correlation with its angle is [[= correlated =]], with its scale (both in logarithms) [[= correlated_scale =]], and the steepest slope is [[= steepest | fmt(".2g") =]]. That was measured at
# one output cell near the middle, for pictures that were not trained on. Naming a digit does not need it: the ordinary network moves no tap at all.
#
# ## A task that asks for it
#
# Now the answer is known. The network sees [[= CHANNELS | words =]] digits at a time, turned by the same angle and scaled by the same factor. It has to give the grey values that nine places would
# have if the digits stood upright, at their own size. All it can do is move the taps of a deformable convolution whose weights are fixed: each of nine filters copies one tap. The offsets of a
# tap serve all channels. Nobody tells it an angle: the loss compares grey values.
#
# The branch has several layers here, and looks at the whole picture. The kernel has one output cell, at the corner, and taps that stand [[= APART | words =]] cells apart; a constant added to all
# offsets brings it to the middle.

# %%
CHANNELS, APART = 4, 4


class Reader(nn.Module):
    """Nine grey values of each channel of pictures (N, CHANNELS, SIDE, SIDE), read where its branch says."""

    def __init__(self):
        super().__init__()
        first = nn.Conv2d(CHANNELS, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.ReLU()
        second = nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.BatchNorm2d(32), nn.ReLU()
        third = nn.Flatten(), nn.Linear(32 * 5 * 5, 64), nn.BatchNorm1d(64), nn.ReLU()
        last = nn.Linear(64, 2 * 9)
        nn.init.zeros_(last.weight)  # no tap moves at first
        nn.init.zeros_(last.bias)
        self.branch = nn.Sequential(*first, *second, *third, last)
        self.register_buffer("copies", torch.eye(9).reshape(9, 1, 3, 3).repeat(CHANNELS, 1, 1, 1))

    def forward(self, pictures):
        moves = self.branch(pictures)[:, :, None, None] + APART  # (N, 18, 1, 1)
        how = {"stride": SIDE, "dilation": APART, "groups": CHANNELS}
        return deform_conv_torch(pictures, self.copies, moves, **how).flatten(1)


def tasks(chosen, count, seed):
    """Turned pictures, what nine places of the upright ones hold, angles and scales."""
    several = np.random.default_rng(seed).choice(chosen, (CHANNELS, count))
    angle, scale = drawn(count, seed + 1)
    pictures = torch.cat([turned(one, angle, scale) for one in several], 1)
    upright = torch.cat([turned(one, np.zeros(count), np.ones(count)) for one in several], 1)
    nine = slice(SIDE // 2 - APART, SIDE // 2 + APART + 1, APART)
    return pictures, upright[:, :, nine, nine].flatten(1), angle, scale


pictures, wanted, _, _ = tasks(to_train, 2400, 10)
pictures_test, wanted_test, angle_test, scale_test = tasks(to_test, 600, 20)


def reader(seed):
    """A Reader after training."""
    torch.manual_seed(seed)
    module = Reader().to(device)
    optimizer = torch.optim.Adam(module.parameters())
    steps = 10 * -(-len(pictures) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(10):
        for batch in torch.randperm(len(pictures)).split(BATCH):
            loss = ((module(pictures[batch]) - wanted[batch]) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return module.eval()


def error_of(module):
    """Mean squared error for the test pictures."""
    with torch.no_grad():
        return float(((module(pictures_test) - wanted_test) ** 2).mean())


at_rest = error_of(Reader().to(device).eval())
readers = [reader(seed) for seed in range(SEEDS)]
errors = [error_of(module) for module in readers]
with torch.no_grad():
    reading = [module.branch(pictures_test).cpu().numpy() / APART for module in readers]  # in steps of the kernel
turns_read, scales_read = zip(*map(turn_and_scale, reading))
read_angle = [followed(angle_test, turn) for turn in turns_read]
read_scale = [followed(np.log(scale_test), np.log(one)) for one in scales_read]
print(f"error {at_rest:.4f} with taps at rest, {min(errors):.4f} to {max(errors):.4f} after training")
for name, pairs in (("angle", read_angle), ("scale", read_scale)):
    print(f"{name}: correlation {spread([p[0] for p in pairs])}, slope {spread([p[1] for p in pairs])}")

less = at_rest / max(errors)
lowest_read = min(r for r, _ in read_angle + read_scale)
slope_angle, slope_scale = (spread([slope for _, slope in pairs]) for pairs in (read_angle, read_scale))
assert less > 10
assert lowest_read > 0.95
assert min(slope for _, slope in read_angle + read_scale) > 0.6
assert max(slope for _, slope in read_angle + read_scale) < 1

# %% [markdown]
# Here the taps follow. The lowest of all correlations is [[= lowest_read | fmt(".3f") =]], and for the worst seed the error is about [[= less | fmt(".0f") =]] times smaller than with taps at rest.
# They do not go all the way: the slope is [[= slope_angle =]] for the angle and [[= slope_scale =]] for the scale.

# %% alt="Two rows of four pictures of turned digits, each with a grid of nine orange dots joined by lines. In the upper row the grids are crumpled, with lines that cross. In the lower row they are nearly square and turn with the digit."
fig, axes = plt.subplots(2, 4, figsize=(8, 4.4))
wish = np.deg2rad([-40, -15, 15, 40])
LINES = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8)]
for row, angles, images, moves, step, centre in (
    (axes[0], angle, x_test, middle[0], 2, 8.5),  # a cell of the third layer's input is two cells of the picture
    (axes[1], angle_test, pictures_test, reading[0], APART, 8),
):
    for axis, target in zip(row, wish):
        n = int(np.abs(angles - target).argmin())
        places = centre + step * (moves[n].reshape(9, 2) + AT_REST)
        axis.imshow(images[n, 0].cpu().numpy(), cmap="gray", vmin=0, vmax=1.4, interpolation="nearest")
        for line in LINES:
            axis.plot(places[line, 1], places[line, 0], "o-", color="#ff8c1a", markersize=4, linewidth=1)
        axis.set_title(f"{np.rad2deg(angles[n]):.0f}°".replace("-", "−"))
        axis.axis("off")
fig.tight_layout()

# %% [markdown]
# Orange: where the nine taps of one output cell read; each picture says the angle of its digit. Above, the network that names digits; a cell of its third layer is two cells of the picture.
# Below, the one that reads places, with the first of its channels.

# %% alt="Two clouds of points over the true angle of the digit. Left, naming: the angle of the kernel stays in a flat band. Right, reading: the points lie along a line that rises nearly like the diagonal."
fig, axes = plt.subplots(1, 2, figsize=(8, 3.6), sharey=True)
for axis, title, true, seen in (
    (axes[0], "naming the digit", angle, turns[0]),
    (axes[1], "reading upright places", angle_test, turns_read[0]),
):
    axis.plot([-MOST, MOST], [-MOST, MOST], ":", color="#808080")
    axis.plot(np.rad2deg(true[:150]), np.rad2deg(seen[:150]), ".", color="#c76b00", markersize=5)
    axis.set_title(title)
    axis.set_xlabel("angle of the digit")
    axis.set_ylim(-1.2 * MOST, 1.2 * MOST)
axes[0].set_ylabel("angle of the kernel")
fig.tight_layout()

# %% [markdown]
# Dotted: a kernel that turns as far as the digit. Left and right the same operator sees the same range of angles: offsets that may follow need not do so. The two networks differ in their loss
# and in their branch, so this does not say which of the two makes the difference.
