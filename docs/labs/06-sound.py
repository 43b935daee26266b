# ---
# jupyter:
#   handbook:
#     description: Causal dilated stacks in the manner of WaveNet predict the next sample of a made string; the error against the receptive field and against the best that anyone can do, gridding along time, streaming with conv_stream, and the sound that comes out as a spectrogram.
#     learn: what a receptive field is worth in samples of sound, why its size alone does not tell, and how a stack runs sample by sample
#     minutes: 1
#     chapters: [chapters/08-conv1d.md, chapters/09-conv1d-arithmetic.md, chapters/12-dilated.md, chapters/13-receptive-field.md]
# ---

# %% [markdown]
# # Sound, sample by sample
#
# WaveNet ([[= cite("oord2016") =]]) predicts each sample of a sound from those before it, with a stack of causal convolutions whose dilation doubles from layer to layer. Here
# small stacks of that kind hear a sound that is made by a rule. So the least error that anyone can reach, from any set of past samples, can be computed and set beside what the stacks reach.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.signal import lfilter
from torch import nn
from torch.nn import functional

from reference_impl.arithmetic import conv_macs
from reference_impl.conv import conv_stream
from reference_impl.receptive_field import Layer, receptive_field
from reference_impl.representation import stft

torch.set_num_threads(1)
torch.backends.cudnn.allow_tf32 = False  # on an NVIDIA GPU: chunks are compared with the whole below
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
print("runs on", device)

# %% [markdown]
# ## A string
#
# The sound is a string after [[= cite("karplus1983") =]], shaken by noise all the time instead of plucked once. A wave runs along it and comes back: each sample is a share of the mean of the two samples that are
# `DELAY` and `DELAY + 1` before it, and fresh noise of variance one. So its period is half a sample longer than `DELAY`.

# %%
RATE, DELAY, KEPT = 4000, 12, 0.9  # samples a second, samples to and fro, share that is left of the wave
feedback = np.zeros(DELAY + 2)
feedback[0], feedback[DELAY], feedback[DELAY + 1] = 1, -KEPT / 2, -KEPT / 2


def string(samples, seed):
    """The string's sound, after it has swung in."""
    noise = np.random.default_rng(seed).normal(size=samples + 2000)
    return lfilter([1], feedback, noise)[2000:]


ringing = lfilter([1], feedback, np.eye(1, 8000)[0])  # what one sample of noise leaves
likeness = np.array([ringing[: len(ringing) - lag] @ ringing[lag:] for lag in range(64)])  # autocovariance
variance = float(likeness[0])
pitch = RATE / (DELAY + 0.5)
measured_variance = float(string(200_000, 0).var())
assert abs(measured_variance - variance) < 0.1
print(f"{pitch:.0f} Hz, variance {variance:.3f}, measured {measured_variance:.3f}")

# %% [markdown]
# At [[= RATE =]] samples a second the string sounds at [[= pitch | fmt(".0f") =]] Hz. Whoever predicts zero has an error of [[= variance | fmt(".2f") =]], the variance. Whoever knows the rule and the whole past errs by the fresh noise
# alone, a variance of one. From a given set of past samples the best prediction is linear, because noise and rule are Gaussian and linear; its error follows from the
# autocovariance.


# %%
def least_error(lags):
    """Least mean squared error of the next sample, from the samples that lie `lags` before the newest."""
    lags = np.asarray(sorted(lags))
    among, ahead = likeness[np.abs(lags[:, None] - lags)], likeness[lags + 1]
    return float(likeness[0] - ahead @ np.linalg.solve(among, ahead))


def reached(rates):
    """The lags that a stack of two taps a layer reads, newest sample 0."""
    lags = {0}
    for rate in rates:
        lags |= {lag + rate for lag in lags}
    return lags


floors = [least_error(range(field)) for field in range(1, 34)]
needed = next(field for field, error in enumerate(floors, start=1) if error < 1.001)
assert needed == DELAY + 1
print([f"{error:.2f}" for error in floors[8:16]], "needed:", needed)

# %% [markdown]
# From [[= DELAY - 1 =]] samples the least error is still [[= floors[DELAY - 2] | fmt(".2f") =]]. From [[= needed =]] it is the noise: to predict the next sample one needs the two that lie
# `DELAY` and `DELAY + 1` before *it*, and the newest that can be read is already one before it.
#
# ## The receptive field, in error
#
# A layer of the stack has [[= taps | words =]] taps and a gate, `tanh` times `sigmoid`, and is added to what it read, as in WaveNet. Different from WaveNet, the output is one number and
# the loss the squared error; WaveNet gives the chances of [[= wavenet_levels =]] levels. Dilations double; what varies is the number of layers.

# %%
taps, channels, steps, wavenet_levels = 2, 8, 150, 256


class Gated(nn.Module):
    """A causal dilated layer with a gate, added to its input."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate
        self.read, self.write = nn.Conv1d(channels, 2 * channels, taps, dilation=rate), nn.Conv1d(channels, channels, 1)

    def forward(self, x):
        signal, gate = self.read(functional.pad(x, (self.rate * (taps - 1), 0))).chunk(2, dim=1)
        return x + self.write(torch.tanh(signal) * torch.sigmoid(gate))


def stack(rates):
    """Wide, through gated layers, and back to one channel."""
    return nn.Sequential(nn.Conv1d(1, channels, 1), *map(Gated, rates), nn.Conv1d(channels, 1, 1))


spread = variance**0.5  # sounds go in divided by it


def sound(samples, seed):
    """A string as (1, 1, L), of variance about one."""
    return torch.tensor(string(samples, seed) / spread, dtype=torch.float32, device=device)[None, None]


def trained(rates, seed):
    """A stack that has learnt to predict the next sample."""
    torch.manual_seed(seed)
    heard, model = sound(32_768, seed), stack(rates).to(device)
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    slope = torch.optim.lr_scheduler.OneCycleLR(adam, 0.01, total_steps=steps)
    for _ in range(steps):
        begins = torch.randint(0, heard.shape[2] - 256, (8,)).tolist()
        x = torch.cat([heard[:, :, begin : begin + 256] for begin in begins])  # (8, 1, 256)
        loss = ((model(x[:, :, :-1]) - x[:, :, 1:])[:, :, sum(rates) :] ** 2).mean()  # whole fields only
        adam.zero_grad()
        loss.backward()
        adam.step()
        slope.step()
    return model.eval()


@torch.no_grad()
def error(model, seed):
    """Mean squared error of the next sample in a sound not heard before, in the units of the noise."""
    x = sound(40_000, 1000 + seed)
    return float((model(x[:, :, :-1]) - x[:, :, 1:])[:, :, 64:].square().mean()) * variance


SEEDS = 3
STACKS = [(1,), (1, 2), (1, 2, 4), (1, 2, 4, 8), (1, 2, 4, 8, 16), (4, 4, 4, 4)]
models, errors, fields, least = {}, {}, {}, {}
for rates in STACKS:
    fields[rates] = receptive_field([Layer(taps, dilation=rate) for rate in rates]).size
    least[rates] = least_error(reached(rates))
    models[rates] = [trained(rates, seed) for seed in range(SEEDS)]
    errors[rates] = [error(model, seed) for seed, model in enumerate(models[rates])]
    values = " ".join(f"{value:.3f}" for value in errors[rates])
    print(f"dilations {rates!s:17} field {fields[rates]:2}, least error {least[rates]:.3f}, reached {values}")

# %%
doubling = STACKS[:-1]
assert all(fields[rates] == 2 ** len(rates) for rates in doubling)
excess = [value / least[rates] - 1 for rates in STACKS for value in errors[rates]]
excess_most = max(excess)
assert min(excess) > -0.03  # a test sound is finite
assert excess_most < 0.1
short, enough = doubling[2], doubling[3]
short_field, enough_field = fields[short], fields[enough]
assert short_field < needed <= enough_field
assert min(errors[short]) > 1.5 * max(errors[enough])
short_least, short_most = min(errors[short]), max(errors[short])
enough_least, enough_most = min(errors[enough]), max(errors[enough])
longest = fields[doubling[4]]
longest_least, longest_most = min(errors[doubling[4]]), max(errors[doubling[4]])
assert abs(np.mean(errors[doubling[4]]) - np.mean(errors[enough])) < 0.1
print(f"at most {excess_most:.1%} above the least error")

# %% alt="Error over the receptive field. A grey line, the least possible error, lies near 1.9 up to ten samples and has dropped to one at thirteen. Orange dots, the trained stacks, lie on it at fields of 2, 4, 8, 16 and 32 samples. A blue cross, four layers of dilation 4, lies well above the line at a field of 17."
fig, axis = plt.subplots(figsize=(6, 3.4))
axis.step(range(1, 34), floors, where="mid", color="#808080", label="least possible")
for rates in STACKS:
    doubled = rates in doubling
    label = {STACKS[0]: "dilations doubled", STACKS[-1]: "dilation 4 four times"}.get(rates)
    style = {"marker": "o" if doubled else "x", "color": "#c76b00" if doubled else "#3b7dd8", "ls": ""}
    axis.plot([fields[rates]] * SEEDS, errors[rates], label=label, **style)
axis.set_xlabel("receptive field, in samples")
axis.set_ylabel("squared error")
axis.set_ylim(0.9, 2.1)
axis.legend(frameon=False)
fig.tight_layout()

# %% [markdown]
# The field is worth what lies in it. From [[= short_field =]] samples the error stays between [[= short_least | fmt(".2f") =]] and [[= short_most | fmt(".2f") =]] over [[= SEEDS | words =]] seeds; with
# [[= enough_field =]], which hold the echo, it falls to [[= enough_least | fmt(".2f") =]] to [[= enough_most | fmt(".2f") =]]. Twice that field has nothing to add: [[= longest_least | fmt(".2f") =]] to
# [[= longest_most | fmt(".2f") =]] with [[= longest =]]. No stack of any seed lies more than [[= (100 * excess_most) | fmt(".2g") =]]% above the least error for the samples it reads.
#
# ## A field with holes
#
# The cross in the picture has the larger field of the two stacks with [[= holes | length =]] layers, and the same weights and multiplications. Its dilation is constant, so it reads every fourth sample only. Which samples a
# stack reads shows in the gradient of one output with respect to the input: it is exactly zero where nothing leads.

# %%
holes = (4, 4, 4, 4)


def gradient(model):
    """How strongly each lag moves the newest prediction: mean size of the gradient over the places of a sound."""
    total = 0
    for seed in range(20):
        x = sound(64, 2000 + seed).requires_grad_()
        model(x)[0, 0, -1].backward()
        total = total + x.grad[0, 0].abs().cpu().numpy()[::-1]
    return total / 20


slopes = {rates: gradient(models[rates][0]) for rates in (enough, holes)}
for rates, slope in slopes.items():
    assert {int(lag) for lag in np.flatnonzero(slope)} == reached(rates)
    sizes = [sum(p.numel() for p in model.parameters()) for model in models[rates]]
    print(f"dilations {rates}: reads {len(reached(rates))} of {fields[rates]} samples, {sizes[0]} parameters")
assert len({sum(p.numel() for p in models[rates][0].parameters()) for rates in slopes}) == 1
read, of = len(reached(holes)), fields[holes]
echo = DELAY - 1, DELAY  # lags behind the newest sample
assert echo[0] not in reached(holes)
assert echo[1] in reached(holes)
assert all(lag % 4 == 0 for lag in reached(holes * 3))  # three times the layers, the same holes
holes_least, holes_most, holes_floor = min(errors[holes]), max(errors[holes]), least[holes]
assert holes_least > 1.2 * enough_most

# %% alt="Two rows of bars over the lag behind the newest sample. Dilations doubled: bars at all lags from 0 to 15, those at 11 and 12 by far the highest. Dilation 4 four times: bars at 0, 4, 8, 12 and 16 only, that at 12 the highest, none at 11."
fig, axes = plt.subplots(2, 1, figsize=(6, 3.8), sharex=True)
for axis, (rates, slope) in zip(axes, slopes.items()):
    lags = sorted(reached(rates))
    axis.bar(lags, slope[lags], color="#c76b00" if rates == enough else "#3b7dd8")
    axis.plot(lags, [0] * len(lags), "|", color="#808080", ms=7)
    axis.set_title(f"dilations {', '.join(map(str, rates))}")
    axis.set_ylabel("gradient")
axes[1].set_xlabel("samples behind the newest")
axes[1].set_xticks(range(0, 17, 4))
fig.tight_layout()

# %% [markdown]
# The stack with constant dilation reads [[= read =]] of the [[= of =]] samples of its field. The echo comes from the samples that lie [[= echo[0] =]] and [[= echo[1] =]] behind the newest; the second is read, the first is
# not. That costs what it must: the least error from those samples is [[= holes_floor | fmt(".2f") =]], and the stack reaches [[= holes_least | fmt(".2f") =]] to [[= holes_most | fmt(".2f") =]]. More layers of the same dilation
# do not close the holes. [Gridding](../chapters/12-dilated.md) is the same on two axes.
#
# ## Sample by sample
#
# To make sound, a stack reads its own output. Run anew for each sample, it computes its whole field every time. `conv_stream` keeps for each layer the samples that are still to be read, and computes
# what is new ([[= cite("paine2016") =]]).


# %%
def streamed(model, x, states):
    """The stack on one chunk, each gated layer going on from its state."""
    first, *gated, last = model
    x = first(x)
    for place, layer in enumerate(gated):
        y, states[place] = conv_stream(x, layer.read.weight, layer.read.bias, states.get(place), dilation=layer.rate)
        signal, gate = y.chunk(2, dim=1)
        x = x + layer.write(torch.tanh(signal) * torch.sigmoid(gate))
    return last(x)


with torch.no_grad():
    model, x, states = models[enough][0], sound(200, 7), {}
    whole = model(x)
    pieces = torch.cat([streamed(model, piece, states) for piece in x.split([1, 1, 50, 3, 145], dim=2)], dim=2)
    apart = float((whole - pieces).abs().max())
kept = sum(state.cells.shape[2] for state in states.values())
assert apart < 1e-5
assert kept == sum(enough)


def macs_of(rates, length):
    """Multiply–accumulates of the stack on `length` samples with whole fields before them."""
    total = 2 * channels * length  # into the channels and out
    for rate in rates:
        total += conv_macs((1, channels, length + rate), (2 * channels, channels, taps), dilation=rate)
        total += conv_macs((1, channels, length), (channels, channels, 1))
    return total


step_macs, anew_macs = macs_of(enough, 1), macs_of(enough, enough_field)
assert anew_macs == enough_field * step_macs
print(
    f"largest difference {apart:.0e}; kept {kept} samples of {channels} channels; {step_macs:,} MACs instead of {anew_macs:,}"
)

# %% [markdown]
# Cut anywhere, the chunks give what the whole sound gives. Kept are [[= kept =]] samples of [[= channels | words =]] channels, however long the sound is. One more sample takes [[= step_macs =]]
# multiply–accumulates; all layers run on the whole field anew take [[= enough_field =]] times as many.
#
# Now the stacks play: to each prediction noise is added, as much as the stack erred, and the sum is the next sample. What comes out is drawn as a **spectrogram**, the size of the
# [short-time Fourier transform](../chapters/08-conv1d.md#sound-filters-spectra-mel-bands): a picture with time and frequency as axes.


# %%
@torch.no_grad()
def played(model, off, samples, seed):
    """A sound that the stack makes from noise; `off` is its squared error."""
    noise = torch.from_numpy(np.random.default_rng(seed).normal(size=samples) * (off / variance) ** 0.5).float()
    newest, states, made = torch.zeros(1, 1, 1, device=device), {}, []
    for sample in noise.to(device):
        newest = streamed(model, newest, states) + sample
        made.append(newest)
    return torch.cat(made, dim=2)[0, 0].cpu().numpy() * spread


def echoed(x):
    """Correlation of a sound with itself, a period later: mean of the two nearest lags."""
    return float(np.mean([np.corrcoef(x[:-lag], x[lag:])[0, 1] for lag in (DELAY, DELAY + 1)]))


PLAYED, WINDOW, HOP = 1600, 128, 32
sounds = {"the string": string(PLAYED, 3000)}
for name, rates in {"field of 16": enough, "field of 8": short, "dilation 4 four times": holes}.items():
    sounds[name] = played(models[rates][0], errors[rates][0], PLAYED, 3000)
echoes = {name: echoed(x) for name, x in sounds.items()}
places = [round(multiple * pitch * WINDOW / RATE) for multiple in (1, 2, 3, 1.5, 2.5)]  # on a band and between two
powers = {name: (np.abs(stft(x[None, None], WINDOW, hop=HOP)) ** 2).mean(axis=(0, 1, 3)) for name, x in sounds.items()}
bands = {name: float(power[places[:3]].mean() / power[places[3:]].mean()) for name, power in powers.items()}
string_bands, long_bands, short_bands, _ = bands.values()
assert min(string_bands, long_bands) > 4
assert short_bands < 2
true_echo = float((likeness[DELAY] + likeness[DELAY + 1]) / 2 / variance)
string_echo, long_echo, short_echo, holes_echo = echoes.values()
assert abs(string_echo - true_echo) < 0.1
assert abs(long_echo - true_echo) < 0.2
assert abs(short_echo) < 0.2
print({name: round(value, 2) for name, value in echoes.items()}, f"by the rule {true_echo:.2f}")
print({name: round(value, 1) for name, value in bands.items()})

# %% alt="Four spectrograms, time to the right and frequency upwards. The string: even bands at multiples of 320 hertz, brightest at the bottom. The stack with a field of 16: the same bands. A field of 8: grey noise without bands. Dilation 4 four times: fainter bands, up to the top."
fig, axes = plt.subplots(2, 2, figsize=(7, 5), sharex=True, sharey=True)
for axis, (name, x) in zip(axes.flat, sounds.items()):
    size = np.abs(stft(x[None, None], WINDOW, hop=HOP))[0, 0]
    level = 20 * np.log10(size + 1e-3)
    axis.imshow(
        level,
        origin="lower",
        aspect="auto",
        extent=(0, len(x) / RATE, 0, RATE / 2),
        cmap="gray",
        interpolation="none",
        vmin=0,
        vmax=40,
    )
    axis.set_title(name)
for axis in axes[1]:
    axis.set_xlabel("seconds")
for axis in axes[:, 0]:
    axis.set_ylabel("hertz")
fig.tight_layout()

# %% [markdown]
# The string's own spectrogram has bands at the multiples of its pitch, fainter upwards. The stack whose field holds the echo has learnt them: on the first three the power is [[= long_bands | fmt(".0f") =]] times that between them, in the string
# [[= string_bands | fmt(".0f") =]] times. A sound a period later is like itself by a correlation of
# [[= long_echo | fmt(".2f") =]], that of the string by [[= string_echo | fmt(".2f") =]]. The stack with the short field makes noise without pitch: [[= short_bands | fmt(".2f") =]] times, and a correlation of [[= short_echo | fmt(".2g") =]].
# The one with holes, which reads one of the two samples of the echo, has a correlation of [[= holes_echo | fmt(".2f") =]].
