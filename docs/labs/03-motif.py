# ---
# jupyter:
#   handbook:
#     description: A motif planted in made DNA on either strand, found by a small 1-D convolution; one strand against both over five seeds, and the learnt filter read back as a position weight matrix and a sequence logo.
#     learn: how a filter becomes a motif, what reading both strands is worth, and when a logo shows nothing
#     minutes: 1
#     chapters: [chapters/08-conv1d.md, chapters/01-data.md]
# ---

# %% [markdown]
# # Finding a motif in DNA
#
# A protein binds where the DNA looks like its **motif**. Here the motif is made up and planted, so that everything learnt can be compared with what is true. A network of one
# 1-D convolution, in the manner of DeepBind ([[= cite("alipanahi2015") =]]), sees strands with a site and strands without, and is told no more than which is which.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D
from torch import nn
from torch.nn import functional

from reference_impl.conv import conv
from reference_impl.representation import (
    base_counts,
    complement_one_hot,
    dna_one_hot,
    position_weight_matrix,
    reverse_complement,
)

torch.set_num_threads(1)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
print("runs on", device)

# %% [markdown]
# ## Strands with a site and strands without
#
# Each position of a site has one base that it prefers, and takes it with the chance given below. Against a background of equally frequent bases a position then tells up to
# two **bits**: the mean of its log-odds. A site lies at a place drawn at random, on either strand of the double helix.

# %%
CONSENSUS = "AGAGGAAGTG"
CHANCES = [0.6, 0.8, 0.85, 0.97, 0.97, 0.97, 0.95, 0.85, 0.8, 0.6]
LENGTH, STRANDS, SEEDS = 80, 1600, 5
BASES = np.array(list("ACGT"))

preferred = dna_one_hot([CONSENSUS])[0]  # (4, 10)
chances = np.where(preferred > 0, CHANCES, (1 - np.array(CHANCES)) / 3)
size = len(CONSENSUS)
planted = position_weight_matrix(1000 * chances, pseudocount=0.01)  # (4, 10), in bits
pair = np.stack([planted, complement_one_hot(planted[None])[0]]).astype(np.float32)


def strands(count, rng):
    """One-hot strands; every second one has a site. Also where each begins and whether it lies on the other strand."""
    letters = rng.integers(0, 4, (count, LENGTH))  # A, C, G, T; 3 minus a letter is what it pairs with
    has, begins, other = np.arange(count) % 2 == 1, rng.integers(0, LENGTH - size + 1, count), rng.random(count) < 0.5
    sites = np.stack([rng.choice(4, count, p=chances[:, place]) for place in range(size)], axis=1)
    sites[other] = 3 - sites[other, ::-1]
    for n in np.flatnonzero(has):
        letters[n, begins[n] : begins[n] + size] = sites[n]
    return dna_one_hot(["".join(row) for row in BASES[letters]]), has, begins, other


def bits(matrix):
    """Information of each position of a matrix of log-odds."""
    return (2.0**matrix / 4 * matrix).sum(axis=0)


def area(scores, has):
    """How often a strand with a site scores higher than one without: the area under the ROC curve."""
    with_site, without = scores[has], np.sort(scores[~has])
    below, upto = (np.searchsorted(without, with_site, side=side) for side in ("left", "right"))
    return float((below + upto).mean() / 2 / len(without))


planted_bits = float(bits(planted).sum())
# Nowhere does the motif look like its own reverse complement: slid over it, no three of its letters agree.
turned = reverse_complement(CONSENSUS)
shifts = [(CONSENSUS[max(0, s) :], turned[max(0, -s) :]) for s in range(1 - size, size)]
agree = max(sum(a == b for a, b in zip(first, second)) for first, second in shifts)
print(f"{planted_bits:.1f} bits; at most {agree} letters agree with {turned}")

# %% [markdown]
# The motif has [[= planted_bits | fmt(".1f") =]] bits, [[= size | words =]] positions together. How well can anyone do? Whoever knows the matrix scores each place of both
# strands with it, as [chapter 8 does](../chapters/08-conv1d.md#dna-filters-as-motifs). Two to the power of a score is how much likelier a site makes that window. Every place
# and both strands are equally likely here, so the mean of these ratios says how much likelier a strand is with a site than without. By the lemma of Neyman and Pearson
# no rule separates the two kinds better on average. A network takes a maximum instead of that mean. What does it lose by that, and what by reading one strand only?


# %%
def known(x, has):
    """Area for one who knows the matrix: mean over places and strands, maximum over both, maximum over one strand."""
    scores = conv(x, pair)  # (N, 2, places)
    ways = [(2.0**scores).mean(axis=(1, 2)), scores.max(axis=(1, 2)), scores[:, 0].max(axis=1)]
    return [area(way, has) for way in ways]


data = [
    (strands(STRANDS, np.random.default_rng(s)), strands(3000, np.random.default_rng(100 + s))) for s in range(SEEDS)
]
ceilings = np.array([known(x, has) for _, (x, has, *_) in data])  # (seeds, 3)
best_area, max_area, one_area = map(float, ceilings.mean(axis=0))
assert np.abs(ceilings[:, 0] - ceilings[:, 1]).max() < 0.005
print(f"mean over places {best_area:.3f}, maximum {max_area:.3f}, maximum on one strand {one_area:.3f}")

# %% [markdown]
# The maximum loses next to nothing. One strand loses half the sites: [[= one_area | fmt(".3f") =]] instead of [[= max_area | fmt(".3f") =]]. The number is the area under
# the ROC curve: how often a strand with a site scores higher than one without.
#
# ## One strand or both
#
# The network: filters of [[= width | words =]] taps, two more than the motif, whose length it does not know; of each filter the highest score of all places; a weighted sum of
# those. To read **both strands** it runs each filter a second time, reversed in taps and channels, and takes the higher score. That costs no further weight and twice the
# multiplications. The same multiplications buy a network of one strand twice the filters, so that is compared, too. DeepBind feeds both strands to the whole network and takes
# the higher output; weights shared between the strands inside the network are those of [[= cite("shrikumar2017") =]].

# %%
width, epochs, batch = 12, 12, 50


class Finder(nn.Module):
    """Filters over one strand or both, the highest score of each, a weighted sum."""

    def __init__(self, filters, both):
        super().__init__()
        self.scan, self.join, self.both = nn.Conv1d(4, filters, width), nn.Linear(filters, 1), both

    def forward(self, x):
        found = self.scan(x).amax(dim=2)  # (N, filters)
        if self.both:
            turned = functional.conv1d(x, self.scan.weight.flip(1, 2), self.scan.bias)
            found = torch.maximum(found, turned.amax(dim=2))
        return self.join(found)[:, 0]


def trained(filters, both, seed):
    """A network after training on the strands of its seed."""
    torch.manual_seed(seed)
    network = Finder(filters, both).to(device)
    x, has, *_ = data[seed][0]
    x, target = torch.from_numpy(x).to(device), torch.from_numpy(has).float().to(device)
    adam = torch.optim.Adam(network.parameters(), lr=0.01, weight_decay=0.001)
    for _ in range(epochs):
        for chosen in torch.randperm(len(x)).to(device).split(batch):
            loss = functional.binary_cross_entropy_with_logits(network(x[chosen]), target[chosen])
            adam.zero_grad()
            loss.backward()
            adam.step()
    return network.eval()


@torch.no_grad()
def scored(network, x):
    """The output of a network for NumPy strands."""
    return network(torch.from_numpy(np.ascontiguousarray(x)).to(device)).cpu().numpy()


ARMS = {"one strand, 4 filters": (4, False), "one strand, 8 filters": (8, False), "both strands, 4 filters": (4, True)}
networks, areas, moved, flipped = {}, {}, {}, {}
for name, (filters, both) in ARMS.items():
    networks[name] = [trained(filters, both, seed) for seed in range(SEEDS)]
    out = [
        (scored(net, x), scored(net, complement_one_hot(x)), has)
        for net, (_, (x, has, *_)) in zip(networks[name], data)
    ]
    areas[name] = [area(there, has) for there, _, has in out]
    moved[name] = max(float(np.abs(there - back).max()) for there, back, _ in out)
    flipped[name] = [float(((there > 0) != (back > 0)).mean()) for there, back, _ in out]
    weights = sum(p.numel() for p in networks[name][0].parameters())
    print(f"{name:24} {weights:3} parameters, area " + " ".join(f"{value:.3f}" for value in areas[name]))

# %%
few, many, shared = (np.array(areas[name]) for name in ARMS)
assert (shared > many).all() and (shared > few).all()  # in every seed
assert (shared < ceilings[:, 0]).all()
assert (few > ceilings[:, 2]).all() and (many > ceilings[:, 2]).all()
one4, one8, both4 = (float(np.mean(values)) for values in areas.values())
gain_least, gain_most = float((shared - many).min()), float((shared - many).max())
assert moved["both strands, 4 filters"] < 1e-4
switched = flipped["one strand, 4 filters"]
switched_least, switched_most = min(switched), max(switched)
assert switched_least > 0.1
print(
    f"both - one strand with 8: {gain_least:.3f} to {gain_most:.3f}; calls changed by turning: {switched_least:.1%} to {switched_most:.1%}"
)

# %% alt="Dots for five seeds in three columns. One strand with four filters lies lowest and scatters most, one strand with eight filters higher, both strands with four filters highest, close below a dashed line, the best that anyone can do. A dotted line far below is the known motif on one strand."
fig, axis = plt.subplots(figsize=(6, 3.4))
for column, values in enumerate(areas.values()):
    axis.plot([column] * SEEDS, values, "o", color="#c76b00", alpha=0.8)
for level, style, text in ((best_area, "--", "known motif, both strands"), (one_area, ":", "known motif, one strand")):
    axis.axhline(level, ls=style, color="#808080")
    axis.text(-0.4, level + 0.006, text, va="bottom", ha="left")
axis.set_xticks(range(len(ARMS)), [name.replace(", ", "\n") for name in ARMS])
axis.set_xlim(-0.45, 2.45)
axis.set_ylim(one_area - 0.02, 1.0)
axis.set_ylabel("area under the ROC curve")
fig.tight_layout()

# %% [markdown]
# Both strands win in every one of the [[= SEEDS | words =]] seeds (each with its own strands, weights and order): [[= both4 | fmt(".3f") =]] on average,
# against [[= one8 | fmt(".3f") =]] for the network of one strand that costs the same multiplications, and [[= one4 | fmt(".3f") =]] for the one with the same weights. The lead over
# the former lies between [[= gain_least | fmt(".3f") =]] and [[= gain_most | fmt(".3f") =]]. The matrix itself, known beforehand, has [[= best_area | fmt(".3f") =]].
#
# How can networks of one strand be better than the known motif on one strand? They have several filters, and learn the motif and its reverse complement apart; the next
# part shows it.
#
# The network of both strands gives a strand and its reverse complement the same score, whatever its weights: nothing else enters its maximum. A network of one strand does
# not. Turn the strands over, and the one with few filters changes its verdict on [[= switched_least | fmt(".0%") =]] to [[= switched_most | fmt(".0%") =]] of them, though it is the same DNA.
#
# ## The filter, read back
#
# What has a filter learnt? Its weights are no matrix of log-odds yet: a number added to all four weights of a tap changes every score by the same amount, because one base
# stands at each position. The bias can take that back, and the network is the same.
#
# The usual way ([[= cite("alipanahi2015") =]]) asks the filter for the windows that it likes: of each strand the window with the highest score, of those the highest
# [[= WINDOWS =]]; their bases are counted, and the counts make a matrix.

# %%
WINDOWS = STRANDS // 2  # as many as there are sites
LEAST = 7  # positions of the motif that a filter must cover


def windows(kernel, x):
    """Of each strand the window with the highest score: score, place, whether the reversed filter has it, its bases."""
    both = np.concatenate([kernel[None], complement_one_hot(kernel[None])])
    scores = conv(x, both)  # (N, 2, places)
    flat = scores.reshape(len(x), -1)
    turned, places = np.divmod(flat.argmax(axis=1), scores.shape[2])
    cut = np.stack([one[:, place : place + width] for one, place in zip(x, places)])
    cut = np.where(turned[:, None, None] == 1, complement_one_hot(cut), cut)
    return flat.max(axis=1), places, turned == 1, cut


def matrix_of(kernel, x, count=WINDOWS):
    """Position weight matrix of the windows that a filter likes most."""
    scores, _, _, cut = windows(kernel, x)
    top = np.argsort(-scores)[:count]
    return position_weight_matrix(base_counts(["".join(BASES[one.argmax(axis=0)]) for one in cut[top]]))


def aligned(learnt):
    """Correlation with the planted matrix where it fits best, the tap at which it begins there, whether it is turned."""
    tries = []
    for turn, motif in enumerate(pair):
        for begin in range(LEAST - size, width - LEAST + 1):
            first, last = max(0, begin), min(width, begin + size)
            r = np.corrcoef(learnt[:, first:last].ravel(), motif[:, first - begin : last - begin].ravel())[0, 1]
            tries.append((float(r), begin, bool(turn)))
    return max(tries)


def kernels_of(network):
    """The filters of a network, those first whose weight in the sum is largest."""
    kernels = network.scan.weight.detach().cpu().numpy()
    return [kernels[n] for n in np.argsort(-network.join.weight[0].detach().cpu().numpy())]


trained_filter, x = kernels_of(networks["both strands, 4 filters"][0])[0], data[0][1][0][:50]
raised = trained_filter + np.random.default_rng(0).normal(size=(1, width)).astype(np.float32)
changes = conv(x, raised[None]) - conv(x, trained_filter[None])
assert np.ptp(changes) < 1e-4  # a number added to all four weights of a tap

learnt, fits, right, right_known = [], [], [], []
for (x, has, begins, other), network in zip([train for train, _ in data], networks["both strands, 4 filters"]):
    kernel = kernels_of(network)[0]
    matrix = matrix_of(kernel, x)
    r, begin, turn = aligned(matrix)
    _, places, turned, _ = windows(kernel, x)
    found = np.where(turned, places + width - size - begin, places + begin)
    right.append(float(((found == begins) & ((turned ^ turn) == other))[has].mean()))
    strand, place = np.divmod(conv(x, pair).reshape(len(x), -1).argmax(axis=1), LENGTH - size + 1)
    right_known.append(float(((place == begins) & ((strand == 1) == other))[has].mean()))
    learnt.append(matrix)
    fits.append((r, begin, turn))
    print(
        f"correlation {r:.3f}, the motif begins at tap {begin:2}, {'turned' if turn else 'upright':7}, "
        f"sites found {right[-1]:.1%}, by the known motif {right_known[-1]:.1%}"
    )

# %%
of_eight = [
    [aligned(matrix_of(kernel, x)) for kernel in kernels_of(network)]
    for network, ((x, *_), _) in zip(networks["one strand, 8 filters"], data)
]
ways = [{turn for r, _, turn in found if r > 0.8} for found in of_eight]
assert all(len(way) == 2 for way in ways)  # upright and turned, in every seed
r_least, r_most = min(r for r, *_ in fits), max(r for r, *_ in fits)
right_least, right_most = min(right), max(right)
known_least, known_most = min(right_known), max(right_known)
turned_count, cut_count = sum(turn for *_, turn in fits), sum(not 0 <= begin <= width - size for _, begin, _ in fits)
assert r_least > 0.85
assert all(ours < theirs for ours, theirs in zip(right, right_known))
print([sum(r > 0.8 for r, *_ in found) for found in of_eight], "filters of eight correlate above 0.8")

# %% [markdown]
# Shown is, of each network of both strands, the filter with the largest weight in the sum. Its matrix correlates with the planted one at [[= r_least | fmt(".3f") =]] to
# [[= r_most | fmt(".3f") =]], where they fit best. **Offset and strand are the filter's own choice**: in [[= turned_count =]] of [[= SEEDS =]] seeds it has learnt the reverse
# complement, in [[= cut_count =]] an end of the motif lies outside its taps. So whoever compares a filter with a catalogue of motifs slides it and turns it. It finds the places, too: the window that
# this one filter likes best is the planted site, on the right strand, in [[= right_least | fmt(".0%") =]] to [[= right_most | fmt(".0%") =]] of the strands that have one. The
# known motif finds [[= known_least | fmt(".0%") =]] to [[= known_most | fmt(".0%") =]]; the rest are windows that by chance look more like the motif than the planted one.
#
# The networks of one strand with eight filters have, in every seed, filters that fit the motif upright and others that fit it turned. That is how they read the other strand.
#
# ## A logo, and what it hides
#
# A **sequence logo** ([[= cite("schneider1990") =]]) stacks the letters of each position: the stack is as high as its information in bits, each letter its share. Two things make
# it misleading when it comes from a filter. The first is the number of windows, and the second that *any* filter has windows it likes. So the same is done with more and with
# fewer windows, and with a filter that has been trained on nothing.

# %%
COUNTS = (100, 400, WINDOWS)
told, in_planted, untrained, untrained_r, strangers = [], [], [], [], []
for seed, (network, (_, begin, turn)) in enumerate(zip(networks["both strands, 4 filters"], fits)):
    x, has, *_ = data[seed][0]
    first, last = max(0, begin), min(width, begin + size)
    matrices = [matrix_of(kernels_of(network)[0], x, count) for count in COUNTS]
    told.append([float(bits(matrix)[first:last].sum()) for matrix in matrices])
    in_planted.append(float(bits(pair[int(turn)])[first - begin : last - begin].sum()))
    top = np.argsort(-windows(kernels_of(network)[0], x)[0])[:WINDOWS]
    strangers.append(float((~has[top]).mean()))
    torch.manual_seed(seed)
    untrained.append(matrix_of(kernels_of(Finder(4, True))[0], x, COUNTS[1]))
    untrained_r.append(aligned(untrained[-1])[0])
    values = " ".join(f"{value:4.1f}" for value in told[-1])
    print(
        f"planted {in_planted[-1]:4.1f} bits, read from {COUNTS} windows: {values}; untrained {bits(untrained[-1]).sum():.1f}"
    )

few_windows, _, all_windows = np.mean(np.array(told) / np.array(in_planted)[:, None], axis=0).tolist()
untrained_bits = [float(bits(matrix).sum()) for matrix in untrained]
strangers_least, strangers_most = min(strangers), max(strangers)
untrained_least, untrained_most, untrained_fit = min(untrained_bits), max(untrained_bits), max(untrained_r)
assert all(first > second > third for first, second, third in told)
assert all(first > 1.2 * true for (first, _, _), true in zip(told, in_planted))
assert untrained_least > 5 and untrained_fit < 0.6

# %% [markdown]
# The [[= COUNTS[0] =]] windows with the highest scores tell [[= few_windows | fmt(".2f") =]] times the bits of the motif, counted over the positions that the filter covers: they were chosen for looking alike. With as many windows as there are sites it is
# [[= all_windows | fmt(".2f") =]] times; by then [[= strangers_least | fmt(".0%") =]] to [[= strangers_most | fmt(".0%") =]] of the windows come from strands without a site. A logo without the number of its windows says little about how strict a protein is.
#
# The untrained filter has a logo, too: [[= untrained_least | fmt(".1f") =]] to [[= untrained_most | fmt(".1f") =]] bits from [[= COUNTS[1] =]] windows, in strands of which it knows nothing. It shows the filter's own random weights. That it is not the motif shows only in the comparison: its correlation, where it fits best, is at most
# [[= untrained_fit | fmt(".2f") =]]. The drawing shows the first seed.

# %% alt="Three sequence logos below each other, on one axis. Planted: AGAGGAAGTG, the middle letters almost two bits high. Learnt: the same letters at nearly the same heights, with next to nothing on either side. Untrained: another word, its stacks lower."
COLOURS = {"A": "#1f9d55", "C": "#3b7dd8", "G": "#c76b00", "T": "#c2408f"}
FONT = FontProperties(family="DejaVu Sans", weight="bold")


def logo(axis, matrix, begin):
    """Stacks of letters, as high as the information of each position; the first stands at `begin`."""
    shares = 2.0**matrix / 4
    for place, (share, height) in enumerate(zip(shares.T, bits(matrix))):
        bottom = 0.0
        for letter in np.argsort(share):
            tall = float(share[letter] * height)
            if tall > 0.1:
                path = TextPath((0, 0), BASES[letter], size=1, prop=FONT)
                box = path.get_extents()
                shape = Affine2D().translate(-box.x0, -box.y0).scale(0.9 / box.width, tall / box.height)
                shape = shape.translate(begin + place + 0.05, bottom)
                axis.add_patch(PathPatch(shape.transform_path(path), color=COLOURS[BASES[letter]], lw=0))
            bottom += tall


r, begin, turn = fits[0]
upright = complement_one_hot(learnt[0][None])[0] if turn else learnt[0]
begin = width - size - begin if turn else begin
fig, axes = plt.subplots(3, 1, figsize=(6, 5.2), sharex=True)
shown = {"planted": (planted, 0), "learnt": (upright, -begin), "untrained": (untrained[0], -begin)}
for axis, (name, (matrix, place)) in zip(axes, shown.items()):
    logo(axis, matrix, place)
    axis.set_ylabel(f"{name}, bits")
    axis.set_ylim(0, 2)
    axis.spines[["top", "right"]].set_visible(False)
axes[-1].set_xlim(min(0, -begin), max(size, width - begin))
axes[-1].set_xlabel("position, from the motif's first")
fig.tight_layout()
