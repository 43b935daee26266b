# ---
# jupyter:
#   handbook:
#     description: Plain, depthwise separable, grouped and shuffled, dilated and spatially separable blocks on handwritten digits, at equal MACs, with the spread over seeds and measured time.
#     learn: what five kinds of block make of one budget, in accuracy and in time
#     minutes: 1
#     chapters: [chapters/14-2-depthwise-separable.md, chapters/14-separable.md, chapters/15-grouped.md, chapters/12-dilated.md]
# ---

# %% [markdown]
# # Handwritten digits: one budget, several kinds of block
#
# [[= kinds | words | capitalize =]] kinds of block get the same number of multiply–accumulates (MACs) for an image. What a cheap block saves is spent on width. Which of them reads digits best,
# by how much compared with the spread over seeds, and what does it cost in time?
#
# The data are the [[= images =]] images of handwritten digits that come with scikit-learn, each [[= (size, size) | by =]].

# %%
import time

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

from reference_impl.grouped.layers import ShuffledGroupedConv
from reference_impl.separable.layers import DepthwiseSeparableConv, SpatiallySeparableConv
from reference_impl.summary import summarize_torch, summary_totals

torch.set_num_threads(1)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
digits = load_digits()
x = torch.tensor(digits.images / 16, dtype=torch.float32, device=device)[:, None]  # (N, 1, H, W), from 0 to 1
y = torch.tensor(digits.target, device=device)
images, size = len(x), x.shape[-1]
print(tuple(x.shape), "on", torch.cuda.get_device_name() if device.type == "cuda" else "a CPU")

# %% alt="The first ten images, the digits 0 to 9 in order, each a coarse grey picture of 8 by 8 cells."
fig, axes = plt.subplots(1, 10, figsize=(9, 1.1))
for axis, image in zip(axes, digits.images):
    axis.imshow(image, cmap="gray_r", interpolation="nearest")
    axis.axis("off")
fig.tight_layout()

# %% [markdown]
# ## The blocks
#
# Every network is a 3 × 3 layer, [[= blocks | words =]] blocks of one kind, the mean over the image, and a linear layer. Batch normalisation and ReLU stand behind each convolution. The layers are those of
# `reference_impl`: [depthwise separable](../chapters/14-2-depthwise-separable.md), [spatially separable](../chapters/14-separable.md),
# [grouped with a shuffle](../chapters/15-grouped.md). The dilated blocks are plain layers whose taps lie one and two cells apart.


# %%
GROUPS, RATES = 4, (1, 2)


def norm(channels):
    return nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU())


BLOCKS = {
    "plain": lambda c, _: nn.Conv2d(c, c, 3, padding=1, bias=False),
    "depthwise separable": lambda c, _: DepthwiseSeparableConv(c, c, 3, padding=1, bias=False, between=norm),
    "grouped + shuffle": lambda c, _: ShuffledGroupedConv(c, c, 3, padding=1, groups=GROUPS, bias=False),
    "dilated": lambda c, rate: nn.Conv2d(c, c, 3, padding=rate, dilation=rate, bias=False),
    "spatially separable": lambda c, _: SpatiallySeparableConv(c, c, 3, padding=1, bias=False, between=norm),
}
kinds, blocks = len(BLOCKS), len(RATES)


def network(kind, channels):
    layers = [nn.Conv2d(1, channels, 3, padding=1, bias=False), norm(channels)]
    for rate in RATES:
        layers += [BLOCKS[kind](channels, rate), norm(channels)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))


# %% [markdown]
# ## The budgets
#
# Each kind has the width that brings it closest to the others in MACs; groups need a multiple of four. All layers of convolution work on the full image and use each weight once per cell (taps on the padding are counted), so
# equal MACs are nearly equal parameters too. Nearly: normalisation has parameters and no MACs.

# %%
WIDTHS = {  # channels, found by trying
    "small": dict(zip(BLOCKS, (8, 19, 16, 8, 10))),
    "large": dict(zip(BLOCKS, (14, 37, 28, 14, 17))),
}


def cost_of(kind, channels):
    """Parameters, MACs and numbers written by the layers, for one image."""
    totals = summary_totals(summarize_torch(network(kind, channels), (1, 1, size, size)))
    return totals | {"activations": totals["activation_bytes"] // 4}


chosen = {(name, kind): channels for name, widths in WIDTHS.items() for kind, channels in widths.items()}
costs = {key: cost_of(key[1], channels) for key, channels in chosen.items()}
for name in WIDTHS:
    print(f"{name:22}channels     MACs  parameters  activations")
    for kind in BLOCKS:
        cost = costs[name, kind]
        print(f"  {kind:20}{chosen[name, kind]:8} {cost['macs']:8,} {cost['parameters']:11,} {cost['activations']:12,}")


def apart(measure):
    """By what part of the smallest the largest network of a budget is larger, where it is most."""
    spans = [[costs[name, kind][measure] for kind in BLOCKS] for name in WIDTHS]
    return max(max(span) / min(span) - 1 for span in spans)


def sight(kind):
    """Cells along each axis that the last convolution sees."""
    rows = summarize_torch(network(kind, 4), (1, 1, size, size))
    return [row["receptive_field"] for row in rows if row["kind"] == "Conv2d"][-1]


apart_parameters, apart_macs = apart("parameters"), apart("macs")
assert apart_macs < 0.1 and apart_parameters < 0.25
seen_plain, seen_dilated = sight("plain"), sight("dilated")
assert seen_plain < size < seen_dilated and costs["large", "plain"] == costs["large", "dilated"]
most = {name: max(BLOCKS, key=lambda kind: costs[name, kind]["parameters"]) for name in WIDTHS}
assert set(most.values()) == {"depthwise separable"}
wide, written = (
    {name: ours[name, "depthwise separable"] / ours[name, "plain"] for name in WIDTHS}
    for ours in (chosen, {key: cost["activations"] for key, cost in costs.items()})
)
print(f"within a budget: MACs up to {apart_macs:.0%} apart, parameters {apart_parameters:.0%}")

# %% [markdown]
# Widths are whole numbers, so MACs differ by up to [[= apart_macs | fmt(".0%") =]] within a budget. Parameters differ by up to [[= apart_parameters | fmt(".0%") =]]; the depthwise separable network has the most.
# It is [[= wide["large"] | fmt(".1f") =]] times as wide as the plain one at the large budget, and its layers write [[= written["large"] | fmt(".1f") =]] times as many numbers. The dilated network costs what the
# plain one does. Its last block sees [[= seen_dilated =]] cells along each axis, more than the [[= size =]] of the image; that of the plain one sees [[= seen_plain =]].
#
# ## Training
#
# One training budget for all: [[= TRAINED =]] images, [[= EPOCHS =]] epochs in batches of [[= BATCH =]], so [[= steps =]] steps of Adam. All other images are the test. A seed draws the split, the order and the first weights;
# networks of one seed share split and order, so they can be compared in pairs. The data do not say who wrote which digit, so a writer may be on both sides.
#
# As a yardstick that trains nothing: the label of the nearest training image, pixel by pixel.


# %%
SEEDS, TRAINED, EPOCHS, BATCH, RATE = range(5), 300, 12, 30, 0.03
steps, seeds = EPOCHS * TRAINED // BATCH, len(SEEDS)


def clock():
    """Seconds: of the processor, or of the wall once the GPU has finished."""
    if device.type == "cuda":
        torch.cuda.synchronize()
        return time.perf_counter()
    return time.process_time()


def split(seed):
    order = torch.randperm(images, generator=torch.Generator().manual_seed(seed)).to(device)
    return order[:TRAINED], order[TRAINED:]


def trained(kind, channels, seed):
    torch.manual_seed(seed)
    model, (train, _) = network(kind, channels), split(seed)
    model = model.to(device, memory_format=torch.channels_last)  # in sum less time on a CPU
    orders = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), RATE, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(EPOCHS):
        for batch in train[torch.randperm(TRAINED, generator=orders).to(device)].split(BATCH):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
            optimizer.step()
            schedule.step()
    return model.eval()


def share_right(model, seed):
    _, test = split(seed)
    with torch.no_grad():
        return float((model(x[test]).argmax(1) == y[test]).float().mean())


def nearest(seed):
    train, test = split(seed)
    closest = torch.cdist(x[test].flatten(1), x[train].flatten(1)).argmin(1)
    return float((y[train][closest] == y[test]).float().mean())


right, models = {}, {}
for name, kind in costs:
    for seed in SEEDS:
        model = models[name, kind] = trained(kind, chosen[name, kind], seed)
        right.setdefault((name, kind), []).append(share_right(model, seed))
pixels = [nearest(seed) for seed in SEEDS]
print("trained", sum(map(len, right.values())), "networks")

# %% [markdown]
# ## Accuracy
#
# Mean and standard deviation over [[= seeds | words =]] seeds. The right column counts the seeds in which the block beats the plain one of the same seed, split and budget. A block that is
# neither better nor worse beats the plain one in all of them by chance at most
# once in [[= by_chance =]] comparisons, and the table makes [[= (2 * (kinds - 1)) | words =]]. Differences are in percentage points.


# %%
by_chance = 2**seeds


def mean(values):
    return float(np.mean(values))


def deviation(values):
    return float(np.std(values, ddof=1))


means = {key: mean(values) for key, values in right.items()}
deviations = {key: deviation(values) for key, values in right.items()}
wins, gains = {}, {}
for name in WIDTHS:
    print(f"{name:22}   accuracy        minus plain     beats plain")
    for kind in BLOCKS:
        difference = np.subtract(right[name, kind], right[name, "plain"])
        wins[name, kind], gains[name, kind] = int((difference > 0).sum()), mean(difference)
        line = f"  {kind:20}{means[name, kind]:.2%} ± {deviations[name, kind]:.2%}"
        paired = f"  {gains[name, kind]:+.2%} ± {deviation(difference):.2%}  {wins[name, kind]} of {seeds}"
        print(line + (paired if kind != "plain" else ""))
pixel_mean, pixel_deviation = mean(pixels), deviation(pixels)
print(f"  nearest image       {pixel_mean:.2%} ± {pixel_deviation:.2%}")


def listed(names):
    names = list(names)
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names) or "none"


others = [kind for kind in BLOCKS if kind != "plain"]
always = {name: listed(kind for kind in others if wins[name, kind] == seeds) for name in WIDTHS}
never = {name: listed(kind for kind in others if wins[name, kind] == 0) for name in WIDTHS}
between = {name: max(means[name, k] for k in BLOCKS) - min(means[name, k] for k in BLOCKS) for name in WIDTHS}
spread = {name: max(deviations[name, k] for k in BLOCKS) for name in WIDTHS}
growth = min(means["large", kind] - means["small", kind] for kind in BLOCKS)
assert min(means.values()) > 0.85
print("above plain in every seed:", always)
print("above plain in no seed:", never)

# %% [markdown]
# What came out:
#
# - Better than the plain block in every seed: at the small budget [[= always["small"] =]]; at the large one [[= always["large"] =]]. Better in no seed: [[= never["small"] =]]; [[= never["large"] =]].
# - The best and the worst kind lie [[= (100 * between["small"]) | fmt(".2g") =]] points apart at the small budget and [[= (100 * between["large"]) | fmt(".2g") =]] at the large one, where one kind alone
#   scatters with a standard deviation of up to [[= (100 * spread["large"]) | fmt(".2g") =]] points.
# - Dilation, which costs nothing more, changes accuracy by [[= (100 * gains["small", "dilated"]) | fmt("+.2g") =]] and [[= (100 * gains["large", "dilated"]) | fmt("+.2g") =]] points.
# - The larger budget changes the kind that gains least by [[= (100 * growth) | fmt("+.2g") =]] points.
# - The nearest training image, with nothing trained, reads [[= pixel_mean | fmt(".1%") =]]. The plain network of the small budget reads [[= means["small", "plain"] | fmt(".1%") =]],
#   and that of the large one [[= means["large", "plain"] | fmt(".1%") =]].
#
# ## Time
#
# One pass without gradients over [[= PASS =]] images, the median of [[= REPEATS | words =]], all networks in turn. In training the channels lie last in memory, in these passes as PyTorch puts them by default.

# %%
PASS, REPEATS = 500, 7


def pass_seconds(model):
    start = clock()
    with torch.no_grad():
        model(x[:PASS])
    return clock() - start


for model in models.values():
    pass_seconds(model.to(memory_format=torch.contiguous_format))  # the first call prepares the layers
assert all(weights.is_contiguous() for model in models.values() for weights in model.parameters())
rounds = [{key: pass_seconds(model) for key, model in models.items()} for _ in range(REPEATS)]
took = {key: float(np.median([one[key] for one in rounds])) for key in models}
slower = {key: took[key] / took[key[0], "plain"] for key in took}
for name in WIDTHS:
    print(f"{name:22}ms for {PASS}  times plain")
    for kind in BLOCKS:
        print(f"  {kind:20}{1e3 * took[name, kind]:10.1f} {slower[name, kind]:12.1f}")

# %% alt="Two panels of accuracy with error bars, one line for each kind of block: over MACs, where the points of a budget stand above each other, and over measured time, where they are drawn apart."
COLORS = {"plain": "#808080", "depthwise separable": "#c76b00", "grouped + shuffle": "#2a8fd0"}
COLORS |= {"dilated": "#d0437c", "spatially separable": "#2f9e5f"}
fig, axes = plt.subplots(1, 2, figsize=(9, 3.9), sharey=True)
for number, (kind, mark) in enumerate(zip(BLOCKS, "os^Dv")):
    keys = [(name, kind) for name in WIDTHS]
    macs = [costs[key]["macs"] / 1e3 * (1 + 0.02 * (number - 2)) for key in keys]  # side by side
    for axis, across in zip(axes, (macs, [1e3 * took[key] for key in keys])):
        height = [100 * means[key] for key in keys], [100 * deviations[key] for key in keys]
        axis.errorbar(across, *height, fmt=mark + "-", color=COLORS[kind], capsize=3, label=kind)
axes[0].set_xlabel("thousands of MACs an image")
axes[1].set_xlabel(f"ms for {PASS} images, measured")
axes[0].set_ylabel("% of the test read right")
for axis in axes:
    axis.axhline(100 * pixel_mean, color="#808080", linestyle=":")
axes[1].legend(frameon=False, loc="lower right", fontsize=10)
fig.tight_layout()

# %% [markdown]
# The dotted line is the nearest training image. The points of one budget have the same MACs up to the differences in the table; they are drawn a little apart.
#
# Equal MACs need not be equal time. In this run, at the large budget, the depthwise separable network took [[= slower["large", "depthwise separable"] | fmt(".2f") =]] times as long as the plain one, the grouped one
# [[= slower["large", "grouped + shuffle"] | fmt(".2f") =]] times, the spatially separable one [[= slower["large", "spatially separable"] | fmt(".2f") =]] times, the dilated one
# [[= slower["large", "dilated"] | fmt(".2f") =]] times. Which block is the cheaper one depends on what is held equal. The plain network of the large budget reads [[= means["large", "plain"] | fmt(".1%") =]] in
# [[= (1000 * took["large", "plain"]) | fmt(".2f") =]] ms; the depthwise separable one of the small budget [[= means["small", "depthwise separable"] | fmt(".1%") =]] in
# [[= (1000 * took["small", "depthwise separable"]) | fmt(".2f") =]] ms, with [[= (costs["small", "depthwise separable"]["macs"] / costs["large", "plain"]["macs"]) | fmt(".0%") =]] of its MACs. [The timings](../timings.md) measure single layers.
#
# These are small networks on coarse images, trained for [[= steps =]] steps. Other images, longer training or another machine may order the kinds otherwise: take the file along, change the widths and run it.
