# ---
# jupyter:
#   handbook:
#     description: Transposed convolutions, pixel shuffles and resize-convolutions in one small segmentation network at equal multiplications. The checkerboard of each, measured before and after training, and taken out again.
#     learn: which upsampler draws a checkerboard, whether training removes it, and what the cures cost
#     minutes: 1
#     chapters: [chapters/11-transposed.md, chapters/05-convolution-arithmetic.md]
# ---

# %% [markdown]
# # Upsampling and the checkerboard
#
# A network that marks every pixel first makes its maps small and then large again. Here [[= count | words =]] ways back up stand in the same small network,
# and are trained on the same pictures. Each is measured for the checkerboard that it draws, before training and after; then it is taken out.

# %%
import copy

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from reference_impl.arithmetic import conv_macs, conv_transpose_macs
from reference_impl.conv_transpose import overlap_map, unevenness
from reference_impl.conv_transpose.layers import ResizeConv, SubPixelConv

torch.set_num_threads(1)
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
ran_on = torch.cuda.get_device_name() if DEVICE.type == "cuda" else "one thread of the CPU"
print("ran on", ran_on)

# %% [markdown]
# The cells of this page ran on [[= ran_on =]]. With a GPU the same file takes it.
#
# ## The task
#
# Discs, squares and bars lie in noise that is as strong as [[= NOISE | fmt(".1f") =]] of their brightness. The network says for every pixel whether it belongs to a figure.


# %%
SIZE, NOISE = 32, 0.6


def pictures(number, seed):
    """So many noisy pictures (N, 1, H, W), and 1 where a figure lies."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    marked = np.zeros((number, SIZE, SIZE), bool)
    for picture in marked:
        for kind in rng.integers(0, 3, 2):
            (row, column), angle, size = rng.uniform(4, SIZE - 4, 2), rng.uniform(0, np.pi), rng.uniform(0, 1)
            along = (rows - row) * np.cos(angle) + (columns - column) * np.sin(angle)
            across = (columns - column) * np.cos(angle) - (rows - row) * np.sin(angle)
            disc = along**2 + across**2 < (3 + 3 * size) ** 2
            square = np.maximum(abs(along), abs(across)) < 2.5 + 2.5 * size
            bar = (abs(along) < 10) & (abs(across) < 1.5)
            picture |= (disc, square, bar)[kind]
    noisy = marked + rng.normal(0, NOISE, marked.shape)
    return [torch.tensor(a[:, None], dtype=torch.float32, device=DEVICE) for a in (noisy, marked)]


x_train, y_train = pictures(1024, seed=0)
x_test, y_test = pictures(256, seed=1)
share = float(y_test.mean())
tried = len(x_test)
print(f"{len(x_train)} pictures to train on, {tried} to test; {share:.0%} of the pixels are marked")

# %% [markdown]
# ## One price for all
#
# The encoder halves the map twice, to 8 × 8 cells. Two upsampling layers double it twice; the last one gives the answer, a number for each pixel that is positive
# where the network sees a figure. So nothing behind the layers smooths out what they draw.
#
# The layers are a transposed convolution of 3 × 3 at stride 2, one of 4 × 4, a convolution with a pixel shuffle ([[= cite("shi2016") =]]) from PyTorch's first weights and from ICNR
# ([[= cite("aitken2017") =]]), and a resize-convolution ([[= cite("odena2016") =]]). They cost differently for each channel, so the channels between the two layers are chosen to make
# the multiplications equal.


# %%
def shuffle(c_in, c_out):
    """A convolution and a pixel shuffle from the weights that a convolution starts with."""
    layer = SubPixelConv(c_in, c_out, factor=2)
    layer.conv.reset_parameters()
    return layer


def transposed(kernel):
    """A layer that doubles a map, for kernels of 3 × 3 and 4 × 4."""
    form = {"stride": 2, "padding": 1, "output_padding": kernel % 2}
    return lambda c_in, c_out: nn.ConvTranspose2d(c_in, c_out, kernel, **form)


DEEP = 16  # channels of the smallest map
WAYS = {  # the layer, and the channels between two of them
    "transposed 3 × 3": (transposed(3), 32),
    "transposed 4 × 4": (transposed(4), 18),
    "shuffle": (shuffle, 8),
    "shuffle, ICNR": (lambda c_in, c_out: SubPixelConv(c_in, c_out, factor=2), 8),
    "resize": (lambda c_in, c_out: ResizeConv(c_in, c_out, factor=2), 8),
    "resize, wide": (lambda c_in, c_out: ResizeConv(c_in, c_out, factor=2), 32),
}
count = len(WAYS)


def network(name, seed):
    """Encoder and decoder; the last three layers are the two upsamplers and what is between them."""
    torch.manual_seed(seed)
    up, between = WAYS[name]
    net = nn.Sequential(
        *(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, DEEP, 3, padding=1), nn.ReLU()),
        *(up(DEEP, between), nn.ReLU(), up(between, 1)),
    )
    return net.to(DEVICE, memory_format=torch.channels_last)


def macs(name):
    """Multiply–accumulates of the two upsamplers for one picture, by this handbook's formulas."""
    between = WAYS[name][1]
    total = 0
    for side, c_in, c_out in ((SIZE // 4, DEEP, between), (SIZE // 2, between, 1)):
        if name.startswith("transposed"):
            kernel = int(name[-1])
            form = {"stride": 2, "padding": 1, "output_padding": kernel % 2}
            total += conv_transpose_macs((1, c_in, side, side), (c_in, c_out, kernel, kernel), **form)
        elif name.startswith("shuffle"):
            total += conv_macs((1, c_in, side, side), (4 * c_out, c_in, 3, 3), padding=1)
        else:
            total += conv_macs((1, c_in, 2 * side, 2 * side), (c_out, c_in, 3, 3), padding=1)
    return total


macs_of, weights_of = {}, {}
for name in WAYS:
    decoder = network(name, seed=0)[-3:]
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        decoder(torch.zeros(1, DEEP, SIZE // 4, SIZE // 4, device=DEVICE))
    assert 2 * macs(name) == counter.get_total_flops()
    macs_of[name] = macs(name)
    weights_of[name] = sum(p.numel() for p in decoder.parameters() if p.ndim == 4)
    print(f"{name:17}{WAYS[name][1]:3} channels, {weights_of[name]:6,} weights, {macs_of[name]:8,} MACs")

equal_macs, equal_weights = macs_of["resize"], weights_of["shuffle"]
assert [name for name in WAYS if macs_of[name] != equal_macs] == ["resize, wide"]
assert [name for name in WAYS if weights_of[name] != equal_weights] == ["resize"]
fewer_weights = equal_weights // weights_of["resize"]
more_macs = macs_of["resize, wide"] // equal_macs

# %% [markdown]
# All but the wide one take [[= equal_macs =]] multiplications for the way up, and all but the narrow resize-convolution have [[= equal_weights =]] weights there. A resize-convolution
# multiplies at the large size. So it gets one in [[= fewer_weights | words =]] of the weights at equal multiplications, or [[= more_macs | words =]] times the
# multiplications at equal weights. It runs both ways here.
#
# ## Before training
#
# Count first. Where the stride does not divide the kernel, some outputs of a transposed convolution add up more products than their neighbours:

# %% alt="Two square maps of counts. Kernel 3 by 3: dark single cells in a grid between lighter ones, a checkerboard. Kernel 4 by 4: one even shade, lighter at the border."
fig, axes = plt.subplots(1, 2, figsize=(6, 2.9))
counted = {}
for axis, kernel in zip(axes, (3, 4)):
    overlaps = overlap_map((6, 6), kernel, stride=2, padding=1, output_padding=kernel % 2)
    counted[kernel] = unevenness(overlaps, (2, 2), border=2)
    axis.imshow(overlaps, cmap="Blues", vmin=0, vmax=4)
    axis.set_title(f"{kernel} × {kernel}: {overlaps[4:6, 4:6].ravel().tolist()}")
    axis.axis("off")
fig.tight_layout()
print({kernel: round(value, 2) for kernel, value in counted.items()})
assert counted[3] > 0.4
assert counted[4] == 0

# %% [markdown]
# The counts promise an even output for 4 × 4, if all its weights were alike. They are drawn at random. So give the whole network a picture without noise or figures and look at
# the answer far from the border, where it should be flat. The two layers double the map one after the other: what they draw repeats every [[= PERIOD | words =]] pixels.
#
# The measure: take the mean of each of the [[= (PERIOD * PERIOD) | words =]] phases of that period. Their standard deviation is the size of the pattern. It is given as a share of the standard deviation of the
# network's answers to test pictures, pixel by pixel: how large is the pattern beside what the network has to say? In the spectrum it is the energy at the frequencies
# of the stride, which the second assertion below checks.

# %%
PERIOD, SEEDS = 4, 5
flat = torch.zeros(1, 1, 2 * SIZE, 2 * SIZE, device=DEVICE)


def answers(net, x):
    """The answers of a network as an array (N, H, W)."""
    with torch.no_grad():
        return net(x)[:, 0].cpu().numpy()


def pattern(y):
    """Standard deviation of the phase means of a map (H, W)."""
    height, width = y.shape
    phases = y.reshape(height // PERIOD, PERIOD, width // PERIOD, PERIOD).mean(axis=(0, 2))
    return float(phases.std())


def checkerboard(net):
    """The pattern in the answer to an empty picture, beside the spread of the answers to real ones."""
    inside = SIZE // 2
    return pattern(answers(net, flat)[0, inside:-inside, inside:-inside]) / float(answers(net, x_test[:64]).std())


first = {name: [checkerboard(network(name, seed)) for seed in range(SEEDS)] for name in WAYS}
for name, drawn in first.items():
    print(f"{name:17}" + "".join(f"{value:6.2f}" for value in drawn))

starts_even = [name for name in WAYS if max(first[name]) < 1e-4]
assert starts_even == ["shuffle, ICNR", "resize", "resize, wide"]

drawn = answers(network("transposed 4 × 4", 0), x_test)[0]
energy = np.abs(np.fft.fft2(drawn) / drawn.size) ** 2
at_the_stride = energy[:: SIZE // PERIOD, :: SIZE // PERIOD].sum() - energy[0, 0]
assert np.isclose(pattern(drawn) ** 2, at_the_stride)

uneven = [name for name in WAYS if name not in starts_even]
least_start = min(min(first[name]) for name in uneven)
first_mean = {name: float(np.mean(first[name])) for name in WAYS}
three_start, four_start, shuffle_start = (first_mean[name] for name in uneven)
assert least_start > 0.2


# %% alt="Six square maps, the answers of untrained networks to an empty picture. Transposed 3 by 3, transposed 4 by 4 and shuffle show a regular pattern of light and dark cells; shuffle with ICNR and both resize-convolutions are even."
def show(axes, maps, scale):
    """Maps side by side in one colour scale, each under its name."""
    for axis, (name, y) in zip(axes, maps.items()):
        axis.imshow(y, cmap="PuOr", vmin=-scale, vmax=scale, interpolation="nearest")
        axis.set_title(name.replace("transposed ", "transposed\n").replace(", ", ",\n"), fontsize=11)
        axis.axis("off")


def empty(net):
    """The middle of the answer to an empty picture less its mean, beside the spread of the answers to real ones."""
    middle = answers(net, flat)[0, 24:40, 24:40]
    return (middle - middle.mean()) / answers(net, x_test[:64]).std()


fig, axes = plt.subplots(1, count, figsize=(9, 2.1))
show(axes, {name: empty(network(name, 0)) for name in WAYS}, scale=2)
fig.tight_layout()

# %% [markdown]
# Random weights undo what the counts promised. Over [[= SEEDS | words =]] draws, the pattern of the 4 × 4 layers begins at [[= four_start | fmt(".0%") =]] of that spread on average,
# that of the 3 × 3 layers at [[= three_start | fmt(".0%") =]], and a pixel shuffle from PyTorch's first weights at [[= shuffle_start | fmt(".0%") =]]: its phases have filters of their own. With ICNR the
# phases of a channel have the same filter, and a resize-convolution has one filter for all. They begin without.
#
# ## Training
#
# With one seed, all train on the same pictures in the same order, [[= BATCH | words =]] in each of [[= STEPS =]] steps. The pattern is measured on the way.

# %%
STEPS, BATCH = 100, 16
LOOKS = (0, 10, 20, 40, 70, STEPS)


def train(name, seed):
    """A trained network, and its checkerboard at some steps on the way."""
    net = network(name, seed)
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-2)
    order = np.random.default_rng(seed)
    trace = []
    for step in range(STEPS + 1):
        if step in LOOKS:
            trace.append(checkerboard(net))
        if step < STEPS:
            chosen = torch.from_numpy(order.integers(0, len(x_train), BATCH)).to(DEVICE)
            loss = nn.functional.binary_cross_entropy_with_logits(net(x_train[chosen]), y_train[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return net, trace


trained, traces = {}, {}
for name in WAYS:
    runs = [train(name, seed) for seed in range(SEEDS)]
    trained[name] = [net for net, _ in runs]
    traces[name] = np.array([trace for _, trace in runs])  # (seeds, looks)

last = {name: trace[:, -1].tolist() for name, trace in traces.items()}
for name, values in last.items():
    print(f"{name:17}" + "".join(f"{value:7.3f}" for value in values))

# %% alt="Lines of the checkerboard over training steps, with the range over the draws behind them, whole and closer. Shuffle and both transposed layers fall steeply from near one in the first steps and flatten out above zero; shuffle with ICNR rises from zero to a similar height; both resize-convolutions stay at zero."
COLOURS = dict(zip(WAYS, ("#d1601a", "#b05fb0", "#2f86c1", "#2e9a5a", "#808080", "#a0743c")))
fig, axes = plt.subplots(1, 2, figsize=(9, 3.6))
for axis, highest in zip(axes, (1.2, 0.24)):
    for name, trace in traces.items():
        line = {"linestyle": "--" if "wide" in name else "-", "color": COLOURS[name], "linewidth": 2}
        axis.plot(LOOKS, trace.mean(axis=0), label=name, **line)
        axis.fill_between(LOOKS, trace.min(axis=0), trace.max(axis=0), color=COLOURS[name], alpha=0.15, linewidth=0)
    axis.set_ylim(0, highest)
    axis.set_xlabel("steps of training")
axes[0].set_ylabel("checkerboard, share of the spread")
axes[0].legend(frameon=False)
axes[1].set_title("the same, closer")
fig.tight_layout()

# %%
last_mean = {name: float(np.mean(values)) for name, values in last.items()}
left = [name for name in WAYS if min(last[name]) > 1e-3]
assert left == [*uneven, "shuffle, ICNR"]
assert max(last["resize"] + last["resize, wide"]) < 1e-4
assert all(max(last[name]) < min(first[name]) for name in uneven)
least_left, most_left = min(last_mean[name] for name in left), max(last_mean[name] for name in left)
most_left_name = max(left, key=last_mean.get)
icnr_left = last_mean["shuffle, ICNR"]
fall = [first_mean[name] / last_mean[name] for name in uneven]
least_fall, most_fall = min(fall), max(fall)

# %% [markdown]
# In the layers that begin with it, training makes the pattern smaller: [[= least_fall | fmt(".2g") =]] to [[= most_fall | fmt(".2g") =]] times. It does not remove it. After
# training it is [[= (100 * least_left) | fmt(".2g") =]]% to [[= (100 * most_left) | fmt(".2g") =]]% of the spread on average, most in the layer *[[= most_left_name =]]*. And ICNR is a way to begin, no more: training pulls the phases
# apart, to [[= (100 * icnr_left) | fmt(".2g") =]]%. Only the resize-convolutions stay even, because away from the border none of their weights could do otherwise.
#
# ## Seen, and in the marks
#
# A test picture and the answers to it, and below them the answers to the empty picture, in colours of a scale that is [[= FINER | words =]] times as fine. Orange is no, violet is yes.

# %% alt="Two rows of maps, one column for each of six ways. Above, answers to a test picture of a disc and a bar: both pale on orange, blurred, with a grid of fine cells in the transposed and shuffled ones, smooth for the resize-convolutions. Below, the answers to an empty picture: regular patterns of four by four cells for the transposed layers and shuffles, nothing for the resize-convolutions."
FINER = 8
shown = 3
fig, axes = plt.subplots(2, count + 1, figsize=(9.5, 3.7))
picture, marks = (a[shown, 0].cpu().numpy() for a in (x_test, y_test))
for axis, (name, image) in zip(axes[:, 0], {"the picture": picture, "its figures": marks}.items()):
    axis.imshow(image, cmap="gray", vmin=-1, vmax=2)
    axis.set_title(name, fontsize=11)
    axis.axis("off")
nets = {name: of_seeds[0] for name, of_seeds in trained.items()}
scale = {name: answers(net, x_test).std() for name, net in nets.items()}
show(axes[0, 1:], {name: answers(net, x_test[shown : shown + 1])[0] / scale[name] for name, net in nets.items()}, 2)
show(axes[1, 1:], {name: empty(net) for name, net in nets.items()}, 2 / FINER)
for axis in axes[1, 1:]:
    axis.set_title("")
fig.tight_layout()

# %% [markdown]
# An empty picture is not what the network was trained for. So take the mean of the answers to all [[= tried =]] test pictures, whose figures lie anywhere, and look for the same pattern in
# it; and in the share of pictures in which a pixel was marked, beside its own mean.


# %%
def inner(y):
    """What is far from the border of a map of the size of the pictures."""
    return y[SIZE // 4 : -SIZE // 4, SIZE // 4 : -SIZE // 4]


in_answers, in_marks = {}, {}
for name, of_seeds in trained.items():
    given = [answers(net, x_test) for net in of_seeds]
    in_answers[name] = [pattern(inner(y.mean(axis=0))) / float(y.std()) for y in given]
    in_marks[name] = [pattern(inner((y > 0).mean(axis=0))) / float((y > 0).mean()) for y in given]
    print(f"{name:17} answers {np.mean(in_answers[name]):.3f}, marks {np.mean(in_marks[name]):.3f}")

in_truth = pattern(inner(y_test[:, 0].cpu().numpy().mean(axis=0))) / share
print(f"{'the figures':17} marks {in_truth:.3f}")
by_chance = max(in_answers["resize"] + in_answers["resize, wide"])
least_seen, most_seen = (float(extreme(np.mean(in_answers[name]) for name in left)) for extreme in (min, max))
assert least_seen > 2 * by_chance
marks_mean = {name: float(np.mean(values)) for name, values in in_marks.items()}
assert marks_mean["resize"] > min(marks_mean[name] for name in left)

# %% [markdown]
# On real pictures it is there as well: [[= (100 * least_seen) | fmt(".2g") =]]% to [[= (100 * most_seen) | fmt(".2g") =]]% of the spread, where the resize-convolutions reach [[= (100 * by_chance) | fmt(".2g") =]]% at most. That much
# the pictures themselves bring along.
#
# The marks do not tell the layers apart. The narrow resize-convolution draws no checkerboard, and its marks still repeat with [[= marks_mean["resize"] | fmt(".1%") =]] of their mean, those of the 4 × 4 layers with
# [[= marks_mean["transposed 4 × 4"] | fmt(".1%") =]]. Look for a checkerboard in the numbers before the threshold.
#
# ## How well they mark
#
# The overlap of the marks with the figures: pixels in both, divided by pixels in either (IoU), over all test pictures.


# %%
def overlap(net):
    """Pixels that are marked and belong to a figure, divided by those of which one of both is true."""
    marked, true = answers(net, x_test) > 0, y_test[:, 0].cpu().numpy() > 0
    return float((marked & true).sum() / (marked | true).sum())


scores = {name: [overlap(net) for net in of_seeds] for name, of_seeds in trained.items()}
mean = {name: float(np.mean(values)) for name, values in scores.items()}
spread = {name: max(values) - min(values) for name, values in scores.items()}
for name, values in scores.items():
    print(f"{name:17} {mean[name]:.3f}, from {min(values):.3f} to {max(values):.3f}")


def ahead(one, other):
    """With how many seeds the first is better than the second."""
    return sum(a > b for a, b in zip(scores[one], scores[other]))


# %% alt="Six rows of five dots, one for each seed, on an axis of overlap, with a bar at each mean."
fig, axis = plt.subplots(figsize=(7, 2.8))
for row, name in enumerate(reversed(WAYS)):
    axis.plot(scores[name], [row] * SEEDS, "o", color=COLOURS[name])
    axis.plot(mean[name], row, "|", color=COLOURS[name], markersize=20, markeredgewidth=2)
axis.set_yticks(range(count), reversed(WAYS))
axis.set_xlabel("overlap with the figures (IoU); the bar is the mean")
fig.tight_layout()

# %%
best = max(mean, key=mean.get)
icnr_ahead_of_plain = ahead("shuffle, ICNR", "shuffle")
icnr_ahead_of_resize = ahead("shuffle, ICNR", "resize")
four_ahead_of_three = ahead("transposed 4 × 4", "transposed 3 × 3")
wide_ahead = {name: ahead("resize, wide", name) for name in WAYS if name != "resize, wide"}
widest_name = max(spread, key=spread.get)
widest = spread[widest_name]
print("resize, wide, is ahead:", wide_ahead)
assert icnr_ahead_of_resize > SEEDS / 2

# %% [markdown]
# On average *[[= best =]]* marks best, at [[= mean[best] | fmt(".3f") =]]. Seed by seed:
#
# - ICNR is ahead of the same layer without it with [[= icnr_ahead_of_plain | words =]] of [[= SEEDS | words =]] seeds.
# - At equal multiplications, it is ahead of the resize-convolution with [[= icnr_ahead_of_resize | words =]]. [[= cite("aitken2017") =]] report smaller test errors at the same cost, too. It has [[= fewer_weights | words =]] times
#   the weights.
# - At equal weights, for [[= more_macs | words =]] times the multiplications, the wide resize-convolution is ahead of ICNR with [[= wide_ahead["shuffle, ICNR"] | words =]], and of the 4 × 4 layers with
#   [[= wide_ahead["transposed 4 × 4"] | words =]].
# - The 4 × 4 layers are ahead of the 3 × 3 layers with [[= four_ahead_of_three | words =]].
#
# The best and the worst seed of one and the same way lie up to [[= widest | fmt(".2f") =]] apart, most so for *[[= widest_name =]]*. [[= STEPS =]] steps on small pictures rank no upsamplers for other tasks.
#
# ## Taken out after training
#
# Away from the border, a layer keeps every even map even exactly when the phases of each kernel have the same sum, and those of a channel the same bias. So a trained network can be
# mended without any data: move the sums of the phases to their mean, by the same amount at each weight of a phase
# ([exercise 5 of chapter 11](../chapters/11-transposed.md#exercise-5-take-the-checkerboard-out-of-a-layer)).


# %%
def mended(net):
    """A copy of a network whose two upsamplers keep what is even even."""
    net = copy.deepcopy(net)
    for layer in (net[-3], net[-1]):
        with torch.no_grad():
            if isinstance(layer, nn.ConvTranspose2d):
                phases = [layer.weight[..., i::2, j::2] for i in (0, 1) for j in (0, 1)]
            else:
                phases = [layer.conv.weight[phase::4] for phase in range(4)]
                bias = layer.conv.bias.reshape(-1, 4)
                bias.copy_(bias.mean(dim=1, keepdim=True).expand_as(bias))
            sums = [phase.sum(dim=(-1, -2), keepdim=True) for phase in phases]
            for phase, own in zip(phases, sums):
                phase += (sum(sums) / 4 - own) / phase[0, 0].numel()
    return net


mended_scores = {}
for name in left:
    repaired = [mended(net) for net in trained[name]]
    assert max(checkerboard(net) for net in repaired) < 1e-4
    mended_scores[name] = [overlap(net) for net in repaired]
    print(f"{name:17} overlap {mean[name]:.3f} before, {np.mean(mended_scores[name]):.3f} after")

change = {name: float(np.mean(mended_scores[name])) - mean[name] for name in left}
assert max(change.values()) < 0
most_lost, least_lost = min(change.values()), max(change.values())
most_lost_name = min(change, key=change.get)
mended_count = len(left) * SEEDS

# %% [markdown]
# The checkerboard is gone from all [[= mended_count | words =]], and on average the overlap falls by [[= (-least_lost) | fmt(".2g") =]] to [[= (-most_lost) | fmt(".2g") =]], most for *[[= most_lost_name =]]*. What is mended after training is not
# free. A resize-convolution needs no mending, and at inference
# [it folds into one transposed layer](../chapters/11-transposed.md#exercise-6-fold-a-resize-convolution-into-one-layer).
#
# ## References
#
# [[= references("odena2016", "shi2016", "aitken2017") =]]
