# ---
# jupyter:
#   handbook:
#     description: Handwritten digits move in one of eight directions. Convolution over one frame, over stacked frames, in 3-D, pseudo-3D and (2+1)D at equal parameters, several seeds; then the motion starts later, the clip is longer, the digit faster.
#     learn: what sharing weights along time is good for, and what stacked frames cannot do
#     minutes: 1
#     chapters: [chapters/06-conv3d.md, chapters/14-3-pseudo3d.md]
# ---

# %% [markdown]
# # Which way is it moving?
#
# A digit moves over a small canvas in one of [[= CLASSES | words =]] directions, and networks say in which: [[= kinds | words =]] of them, with about equally many parameters. They differ in
# what they do along time. On clips like those of the training, all that see more than one frame are right nearly always. They part where the motion starts later than it did there.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from reference_impl.separable.video_layers import Conv2Plus1d, Pseudo3d

device = "cuda" if torch.cuda.is_available() else "cpu"
print("runs on", torch.cuda.get_device_name() if device == "cuda" else "the CPU")

# %% [markdown]
# ## Clips
#
# The canvas is a ring along both axes: what leaves at the right comes in at the left, and the digit begins anywhere. So a single frame says nothing about the direction.
# The digit moves one pixel a frame, [[= MOVES | words =]] times, and rests before and after. `start` is the frame from which it moves. Each pixel has noise
# on it, new in each frame. No picture of a digit is in both the training and the test clips.

# %%
FRAMES, SIDE, MOVES = 8, 12, 4
NOISE = 0.1
DIRECTIONS = np.array(
    [(0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1)]
)  # rows down, columns right
ARROWS = "→↗↑↖←↙↓↘"
CLASSES = len(DIRECTIONS)
digits = np.random.default_rng(0).permutation(load_digits().images / 16)
to_train, to_test = digits[:1200], digits[1200:]


def clips(images, count, seed, start=0, frames=FRAMES, speed=1):
    """Clips (N, 1, T, H, W) and the number of each one's direction; start=None draws one for each clip."""
    rng = np.random.default_rng(seed)
    label = np.arange(count) % CLASSES
    sheet = np.zeros((count, SIDE, SIDE))
    sheet[:, :8, :8] = images[rng.integers(len(images), size=count)]
    begins = rng.integers(frames - MOVES, size=count) if start is None else np.full(count, start)
    moved = speed * np.clip(np.arange(frames) - begins[:, None], 0, MOVES)  # (N, T)
    place = rng.integers(SIDE, size=(count, 1, 2)) + moved[..., None] * DIRECTIONS[label][:, None]  # (N, T, 2)
    rows, columns = np.moveaxis((np.arange(SIDE) - place[..., None]) % SIDE, 2, 0)  # (N, T, SIDE) each
    x = sheet[np.arange(count)[:, None, None, None], rows[..., None], columns[..., None, :]]
    x = x + rng.normal(0, NOISE, x.shape)
    return torch.tensor(x[:, None], dtype=torch.float32, device=device), torch.tensor(label, device=device)


shown = [clips(to_test, CLASSES, 3), clips(to_test, CLASSES, 3, start=3)]
print(tuple(shown[0][0].shape))

# %% alt="Two rows of eight small grey pictures: a digit that moves one pixel to the upper right in each of the first frames and then rests; below the same digit, which rests in the first frames and then moves in the same way."
fig, axes = plt.subplots(2, FRAMES, figsize=(9, 3))
for row, (clip, label), start in zip(axes, shown, (0, 3)):
    for frame, axis in enumerate(row):
        axis.imshow(clip[1, 0, frame].cpu().numpy(), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        axis.set_xticks([])
        axis.set_yticks([])
        if start <= frame < start + MOVES:
            axis.set_xlabel(ARROWS[label[1]])
    row[0].set_title(f"moves from frame {start}", loc="left", fontsize=11)
fig.tight_layout()

# %% [markdown]
# ## Networks at equal budgets
#
# Each has two convolutions with batch normalisation and a ReLU behind them. Then it takes the largest answer of each channel over all places and times, and ends with one linear
# layer. The first kernel is 5 × 5 in space with a stride of 2, the second 3 × 3. Where time is an axis, both have three taps along it and no padding.
#
# - **One frame**: a 2-D network that sees the frame in the middle. It is the control.
# - **Stacked**: a 2-D network whose input channels are the frames.
# - **3-D**: [kernels over time and space](../chapters/06-conv3d.md).
# - **Pseudo-3D** (variant A) and **(2+1)D**: [a kernel over space, then one over time](../chapters/14-3-pseudo3d.md), with normalisation and a ReLU between the two as well.
#
# Each is as wide as brings its parameters nearest to those of the 3-D network.


# %%
class Frame(nn.Module):
    """The frame in the middle, as an image."""

    def forward(self, x):
        return x[:, :, x.shape[2] // 2].contiguous()


class Stack(nn.Module):
    """The frames as channels."""

    def forward(self, x):
        return x[:, 0]


class Largest(nn.Module):
    """The largest value of each channel, wherever it stands."""

    def forward(self, x):
        return x.flatten(2).amax(2)


def on_images(first, channels, width):
    """Two layers over images; `first` makes images of clips."""
    layers = [nn.Conv2d(channels, width, 5, 2, 2), nn.BatchNorm2d(width), nn.ReLU()]
    layers += [nn.Conv2d(width, width, 3, 1, 1), nn.BatchNorm2d(width), nn.ReLU()]
    return nn.Sequential(first, *layers, Largest(), nn.Linear(width, CLASSES))


def after(channels):
    """What stands behind a convolution over clips."""
    return nn.Sequential(nn.BatchNorm3d(channels), nn.ReLU())


def on_clips(layer, width, *, behind=after, **options):
    """Two layers over clips, each followed by what `behind` makes."""
    first = layer(1, width, (3, 5, 5), (1, 2, 2), (0, 2, 2), **options)
    second = layer(width, width, (3, 3, 3), 1, (0, 1, 1), **options)
    return nn.Sequential(first, behind(width), second, behind(width), Largest(), nn.Linear(width, CLASSES))


def nothing(_channels):
    """Pseudo3d brings what stands behind it."""
    return nn.Identity()


NETWORKS = {
    "one frame": lambda width: on_images(Frame(), 1, width),
    "stacked": lambda width: on_images(Stack(), FRAMES, width),
    "3-D": lambda width: on_clips(nn.Conv3d, width),
    "pseudo-3D": lambda width: on_clips(Pseudo3d, width, behind=nothing, after=after),
    "(2+1)D": lambda width: on_clips(Conv2Plus1d, width, between=after),
}
kinds = len(NETWORKS)


def parameters(network):
    """How many numbers it learns."""
    return sum(p.numel() for p in network.parameters())


def macs(network):
    """Multiply–accumulates for one clip."""
    network = network.to(device).eval()
    with FlopCounterMode(display=False) as counted, torch.no_grad():
        network(torch.zeros(1, 1, FRAMES, SIDE, SIDE, device=device))
    return counted.get_total_flops() // 2


budget = parameters(NETWORKS["3-D"](8))
widths = {
    name: min(range(2, 40), key=lambda width: abs(parameters(make(width)) - budget)) for name, make in NETWORKS.items()
}
weights = {name: parameters(make(widths[name])) for name, make in NETWORKS.items()}
work = {name: macs(make(widths[name])) for name, make in NETWORKS.items()}
times_macs = work["3-D"] / work["stacked"]
off_budget = max(abs(count / budget - 1) for count in weights.values())
assert off_budget < 0.1
for name in NETWORKS:
    print(f"{name:10} {widths[name]:3} channels {weights[name]:6,} parameters {work[name]:9,} MACs a clip")

# %% [markdown]
# The count of parameters that lies farthest from the budget differs from it by [[= off_budget | fmt(".1%") =]]. The MACs are not equal: a 2-D network makes one picture of a clip for each channel, the others one for each
# place of the window along time. The 3-D network takes [[= times_macs | fmt(".1f") =]] times the MACs of the stacked one.
#
# ## Trained on clips that move at once
#
# All train on clips that move from the first frame on, with the same settings, for [[= SEEDS | words =]] seeds. A seed draws the weights, the clips and their order.

# %%
SEEDS, TRAINING, EPOCHS, BATCH, RATE = 3, 1536, 4, 32, 0.01


def trained(name, seed, start=0):
    """A network of this name after training on clips that move from frame `start`."""
    torch.manual_seed(seed)
    network = NETWORKS[name](widths[name]).to(device)
    x, label = clips(to_train, TRAINING, seed, start)
    steps = EPOCHS * len(x) // BATCH
    optimizer = torch.optim.Adam(network.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(x)).split(BATCH):
            loss = nn.functional.cross_entropy(network(x[batch]), label[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def right(network, x, label):
    """Share of the clips whose direction it says."""
    with torch.no_grad():
        return float((network(x).argmax(1) == label).float().mean())


found = {name: [trained(name, seed) for seed in range(SEEDS)] for name in NETWORKS}

# %%
CLIPS = 800
STARTS = range(FRAMES - MOVES)
tests = [clips(to_test, CLIPS, 100 + start, start) for start in STARTS]
scores = {name: np.array([[right(one, *test) for test in tests] for one in ones]) for name, ones in found.items()}


def spread(values):
    """Lowest and highest, as text."""
    return f"{min(values):.1%} to {max(values):.1%}"


at_once = {name: spread(table[:, 0]) for name, table in scores.items()}
for name, text in at_once.items():
    print(f"{name:10} {text}")

chance = 1 / CLASSES
control = float(scores["one frame"].mean())
deviation = (chance * (1 - chance) / (CLIPS * len(STARTS))) ** 0.5
seeing = [name for name in NETWORKS if name != "one frame"]
lowest_at_once = float(min(scores[name][:, 0].min() for name in seeing))
assert abs(control - chance) < 3 * deviation
assert lowest_at_once > 0.9

# %% [markdown]
# The control guesses: over these tests and those below it is right in [[= control | fmt(".1%") =]] of the clips, and chance is [[= chance | fmt(".1%") =]]. The lowest result of the others, over all
# seeds, is [[= lowest_at_once | fmt(".1%") =]]. On these clips stacked frames will do: [[= at_once["stacked"] =]], beside [[= at_once["3-D"] =]] of the 3-D network and [[= at_once["(2+1)D"] =]] of (2+1)D,
# with the fewest MACs of the four.
#
# ## The motion starts later
#
# The same networks, not trained again, on clips that rest first. The clip has the same length, the digit moves as often; only when is new.

# %%
for start in STARTS:
    print(f"moves from frame {start}")
    for name in seeing:
        print(f"    {name:10} {spread(scores[name][:, start])}")

late = {name: spread(table[:, -1]) for name, table in scores.items()}
along_time = [name for name in seeing if name != "stacked"]
assert all(scores[name][:, -1].min() > scores["stacked"][:, -1].max() + 0.1 for name in along_time)
assert scores["stacked"][:, -1].max() < scores["stacked"][:, 0].min() - 0.2

# %% alt="Five lines over the frame from which the digit moves. One frame stays at the dotted line of chance. Stacked falls from nearly all right to less than half. 3-D, pseudo-3D and (2+1)D begin as high and fall much less, 3-D least."
COLOURS = {"one frame": "#808080", "stacked": "#c76b00", "3-D": "#3b82c4", "pseudo-3D": "#b0468f", "(2+1)D": "#2f9e6e"}
fig, axis = plt.subplots(figsize=(6.4, 3.6))
for place, (name, table) in enumerate(scores.items()):
    mean = table.mean(0)
    bars = np.abs(np.array([table.min(0), table.max(0)]) - mean)
    at = np.array(STARTS) + 0.04 * (place - 2)  # beside each other
    axis.errorbar(at, mean, bars, marker="o", markersize=4, capsize=3, color=COLOURS[name], label=name)
axis.axhline(chance, linestyle=":", color="#808080")
axis.set_xticks(STARTS)
axis.set_ylim(0, 1.02)
axis.set_xlabel("frame from which the digit moves (trained: 0)")
axis.set_ylabel("share right")
axis.legend(frameon=False, fontsize=10)
fig.tight_layout()

# %% [markdown]
# Points are means over the seeds, bars reach from the lowest to the highest. For the latest start the stacked network is right in [[= late["stacked"] =]] of the clips, the 3-D one in
# [[= late["3-D"] =]], (2+1)D in [[= late["(2+1)D"] =]], pseudo-3D in [[= late["pseudo-3D"] =]].
#
# A stack of frames has weights of its own for each frame, so what it learnt about the first frames does not hold for the last ones. A convolution along time has the same weights in every
# frame: what moves later is answered later, and the largest answer is taken wherever it stands. The three fall a little all the same. A late clip is not only a shifted one: it rests
# first, and no clip of the training did.
#
# ## Trained on all starts
#
# Can data stand in for shared weights? The stacked and the 3-D network again, trained on as many clips whose motion starts anywhere:

# %%
any_start = {
    name: np.array([[right(trained_one, *test) for test in tests] for trained_one in ones])
    for name, ones in ((name, [trained(name, seed, None) for seed in range(SEEDS)]) for name in ("stacked", "3-D"))
}
for name, table in any_start.items():
    print(f"{name:8} all starts: {spread(table.mean(1))}, the latest: {spread(table[:, -1])}")

cured = spread(any_start["stacked"].mean(1))
shared = spread(any_start["3-D"].mean(1))
assert any_start["stacked"][:, -1].min() > 0.8
assert any_start["stacked"].mean(1).max() < any_start["3-D"].mean(1).min()

# %% [markdown]
# Mostly. The stacked network is now right in [[= cured =]] of the clips of all starts, the 3-D one in [[= shared =]]. Whatever seeds one compares, the 3-D network is ahead.
#
# ## Longer clips, faster digits
#
# Two more tests of the networks that were trained on early motion: clips of twice the length, and digits that move two pixels a frame.

# %%
longer = clips(to_test, CLIPS, 200, None, frames=2 * FRAMES)
faster = clips(to_test, CLIPS, 300, speed=2)
in_longer = {name: [right(one, *longer) for one in found[name]] for name in along_time}
in_faster = {name: [right(one, *faster) for one in found[name]] for name in seeing}
for name in seeing:
    text = spread(in_longer[name]) if name in in_longer else "does not run"
    print(f"{name:10} longer: {text:15} faster: {spread(in_faster[name])}")

try:
    found["stacked"][0](longer[0])
    refused = ""
except RuntimeError as error:
    refused = str(error)
assert "channels" in refused
assert min(map(min, in_longer.values())) > 0.75
lowest_longer = min(map(min, in_longer.values()))
highest_faster = max(map(max, in_faster.values()))
assert highest_faster < lowest_at_once

# %% [markdown]
# The stacked network cannot take a longer clip: its first layer has [[= FRAMES | words =]] input channels, and torch refuses more. The lowest result of the others is [[= lowest_longer | fmt(".1%") =]]. All
# lose at another speed: the best of them is right in [[= highest_faster | fmt(".1%") =]] there. Sharing weights along time says nothing about speed.
#
# ## What a kernel has learnt
#
# Each kernel in the first layer of the 3-D network spans three frames. Take the mean of its answers, behind normalisation and ReLU, to the test clips of each direction, and divide the
# largest of these means by that of the opposite direction. Printed is the kernel of each seed with the largest ratio. The same for the kernels over space of the pseudo-3D network, which see
# one frame:


# %%
def answers(layers):
    """Mean answer of each channel to each direction: (directions, channels)."""
    x, label = tests[0]
    with torch.no_grad():
        means = layers(x).mean((2, 3, 4))
    return torch.stack([means[label == direction].mean(0) for direction in range(CLASSES)]).cpu().numpy()


def most_tuned(table):
    """The channel with the largest ratio between the direction it answers most and the opposite one; and the ratio."""
    best = table.argmax(0)
    channels = np.arange(table.shape[1])
    ratios = table[best, channels] / table[(best + CLASSES // 2) % CLASSES, channels]
    return int(ratios.argmax()), float(ratios.max())


tuned = [most_tuned(answers(network[:2])) for network in found["3-D"]]
space_alone = []
for network in found["pseudo-3D"]:
    first = network[0]
    space_alone.append(most_tuned(answers(nn.Sequential(first.spatial, first.after_spatial)))[1])
print("3-D kernels:          ", *(f"{ratio:.2f}" for _, ratio in tuned))
print("kernels over one frame:", *(f"{ratio:.2f}" for ratio in space_alone))
lowest_ratio, highest_alone = min(ratio for _, ratio in tuned), max(space_alone)
assert lowest_ratio > 1.4
assert highest_alone < 1.2

# %% alt="Three grey squares of five by five cells, one for each frame of a kernel, in which bright and dark cells change place from frame to frame; beside them bars, one for each direction, of which some are clearly longer than those of the opposite directions."
channel, ratio = tuned[0]
kernel = found["3-D"][0][0].weight[channel, 0].detach().cpu().numpy()  # (T, H, W)
means = answers(found["3-D"][0][:2])[:, channel]
most = float(np.abs(kernel).max())
fig, axes = plt.subplots(1, 4, figsize=(9, 2.5), width_ratios=(1, 1, 1, 1.7))
for frame, axis in enumerate(axes[:3]):
    axis.imshow(kernel[frame], cmap="gray", vmin=-most, vmax=most, interpolation="nearest")
    axis.set_title(f"frame {frame}", fontsize=11)
    axis.axis("off")
axes[3].bar(range(CLASSES), means, color="#c76b00")
axes[3].set_xticks(range(CLASSES), list(ARROWS))
axes[3].set_ylabel("mean answer")
fig.tight_layout()

# %% [markdown]
# In every seed a kernel answers one direction much more than the opposite one: the smallest of these ratios is [[= lowest_ratio | fmt(".2f") =]]. That of the kernel drawn, of the first seed, is
# [[= ratio | fmt(".2f") =]]. Its pattern changes from frame to frame. For kernels over one frame the largest ratio is [[= highest_alone | fmt(".2f") =]]: such a kernel answers shapes, and
# a direction comes in only with the pass over time.
