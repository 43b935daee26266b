# ---
# jupyter:
#   handbook:
#     description: A thin, deep student learns from a wide teacher through soft targets and through hints with a 1 × 1 regressor, against the same student alone, at an equal number of steps and over several seeds.
#     learn: whether hints and soft targets help a thin student when the steps are counted
#     minutes: 1
#     chapters: [chapters/10-pointwise.md]
# ---

# %% [markdown]
# # Distillation with a 1 × 1 regressor
#
# A wide network, the *teacher*, is trained. A thin and deeper one, the *student*, may look at it while it learns: at its answers, the *soft targets* ([[= cite("hinton2015", "section 2") =]]), or at a layer in
# its middle, the *hint* ([[= cite("romero2014", "section 2.2") =]]). Does the student end up better than alone, when every step it trains is counted?
#
# The data are the [[= images =]] images of handwritten digits that come with scikit-learn.

# %%
import copy

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

from reference_impl.summary import summarize_torch, summary_totals

torch.set_num_threads(1)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
digits = load_digits()
x = torch.tensor(digits.images / 16, dtype=torch.float32, device=device)[:, None]  # (N, 1, H, W), from 0 to 1
y = torch.tensor(digits.target, device=device)
images = len(x)
print(tuple(x.shape), "on", torch.cuda.get_device_name() if device.type == "cuda" else "a CPU")

# %% [markdown]
# ## Teacher, student, regressor
#
# Both are 3 × 3 layers with batch normalisation and ReLU, the mean over the image and a linear layer. Each is cut in its middle: `lower` ends where the hint is given. The maps have the same height and
# width there, so [a 1 × 1 convolution](../chapters/10-pointwise.md) is enough to turn the student's channels into as many as the teacher has.

# %%
WIDE, TEACHER_DEPTH, THIN, STUDENT_DEPTH = 24, 3, 8, 6


class Network(nn.Module):
    def __init__(self, channels, depth, middle):
        super().__init__()
        ins = [1] + [channels] * (depth - 1)
        layers = [
            nn.Sequential(nn.Conv2d(c, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU())
            for c in ins
        ]
        self.lower, self.upper = nn.Sequential(*layers[:middle]), nn.Sequential(*layers[middle:])
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))

    def forward(self, image):
        return self.head(self.upper(self.lower(image)))


def new_teacher():  # channels last in memory: less time on a CPU
    return Network(WIDE, TEACHER_DEPTH, 2).to(device, memory_format=torch.channels_last)


def new_student():
    network = Network(THIN, STUDENT_DEPTH, STUDENT_DEPTH // 2)
    return network.to(device, memory_format=torch.channels_last)


regressor = nn.Conv2d(THIN, WIDE, 1)
regressor_weights = sum(p.numel() for p in regressor.parameters())
sizes = {}
for name, model in (("teacher", new_teacher()), ("student", new_student())):
    sizes[name] = summary_totals(summarize_torch(model, (1, 1, 8, 8)))
    print(f"{name}: {sizes[name]['parameters']:6,} parameters, {sizes[name]['macs']:8,} MACs an image")
smaller = sizes["teacher"]["parameters"] / sizes["student"]["parameters"]
assert smaller > 2 and STUDENT_DEPTH > TEACHER_DEPTH
print(f"regressor: {regressor_weights} parameters, thrown away after the hints")

# %% [markdown]
# The student has [[= STUDENT_DEPTH | words =]] layers against [[= TEACHER_DEPTH | words =]], and [[= smaller | fmt(".1f") =]] times fewer parameters.
#
# ## Four ways to the same student
#
# Each student trains [[= STEPS =]] steps on the same [[= TRAINED =]] images, in batches of [[= BATCH =]]:
#
# - *alone*: cross-entropy with the labels;
# - *soft targets*: besides the labels, with weight [[= HARD | fmt(".1f") =]], it matches the teacher's answers softened by a temperature of [[= HEAT =]]. The square of the temperature in the loss undoes what the temperature takes off the gradients;
# - *hints*: [[= HINTED =]] steps in which `lower` and the regressor learn to give what the teacher's `lower` gives, by squared error; the rest with the labels;
# - *hints, then soft targets*: the two stages of FitNets.
#
# Two more train for [[= HINTED =]] steps more: *hints on top* has them for the hints, *alone, longer* for the labels. The steps of the teacher are not counted to anybody; [[= TEACHER_STEPS =]] were trained for each seed.
#
# The steps with hints are the same for all ways that begin with them. They count in each, but are trained once for each seed, and the student is copied.


# %%
SEEDS, TRAINED, BATCH, STEPS, HINTED, TEACHER_STEPS = range(5), 300, 50, 160, 40, 100
RATE, HEAT, HARD = 0.03, 4, 0.1
seeds = len(SEEDS)


def split(seed):
    order = torch.randperm(images, generator=torch.Generator().manual_seed(seed)).to(device)
    return order[:TRAINED], order[TRAINED:]


def fit(parameters, loss, train, steps, seed):
    """Steps of Adam down a loss that takes the places of a batch."""
    generator = torch.Generator().manual_seed(seed)
    epochs = -(-steps * BATCH // len(train))
    order = torch.cat([torch.randperm(len(train), generator=generator) for _ in range(epochs)]).to(device)
    optimizer = torch.optim.Adam(parameters, RATE, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for batch in train[order[: steps * BATCH]].split(BATCH):
        optimizer.zero_grad()
        loss(batch).backward()
        optimizer.step()
        schedule.step()


def hard(model):
    return lambda batch: F.cross_entropy(model(x[batch]), y[batch])


def soft(model, answers):
    def loss(batch):
        ours = model(x[batch])
        told, given = (F.log_softmax(logits / HEAT, dim=1) for logits in (answers[batch], ours))
        apart = F.kl_div(given, told, reduction="batchmean", log_target=True)
        return HARD * F.cross_entropy(ours, y[batch]) + (1 - HARD) * HEAT**2 * apart

    return loss


def share_right(model, test):
    with torch.no_grad():
        return float((model.eval()(x[test]).argmax(1) == y[test]).float().mean())


def explained(model, regress, hint, test):
    """What part of the variance of the hint the student's middle gives, on images it has not seen."""
    with torch.no_grad():
        error = F.mse_loss(regress(model.eval().lower(x[test])), hint[test])
        model.train()
        return 1 - float(error / hint[test].sub(hint[test].mean((0, 2, 3), keepdim=True)).square().mean())


WAYS = {  # steps with hints, further steps, whether these have soft targets
    "alone": (0, STEPS, False),
    "soft targets": (0, STEPS, True),
    "hints": (HINTED, STEPS - HINTED, False),
    "hints, then soft targets": (HINTED, STEPS - HINTED, True),
    "alone, longer": (0, STEPS + HINTED, False),
    "hints on top": (HINTED, STEPS, False),
}
right, learnt = {}, []
for seed in SEEDS:
    train, test = split(seed)
    torch.manual_seed(seed)
    teacher = new_teacher()
    fit(teacher.parameters(), hard(teacher), train, TEACHER_STEPS, seed)
    right.setdefault("teacher", []).append(share_right(teacher, test))
    with torch.no_grad():
        hint, answers = teacher.lower(x), teacher(x)
    torch.manual_seed(1000 + seed)
    first, regress = new_student(), nn.Conv2d(THIN, WIDE, 1).to(device)
    after = {0: copy.deepcopy(first), HINTED: first}  # students by the steps with hints they have had
    both = [*first.lower.parameters(), *regress.parameters()]
    fit(both, lambda batch: F.mse_loss(regress(first.lower(x[batch])), hint[batch]), train, HINTED, seed)
    learnt.append(explained(first, regress, hint, test))
    for way, (hinted, further, softened) in WAYS.items():
        student = copy.deepcopy(after[hinted])  # one seed, one student at the start
        loss = soft(student, answers) if softened else hard(student)
        fit(student.parameters(), loss, train, further, seed)
        right.setdefault(way, []).append(share_right(student, test))
print("trained", sum(map(len, right.values())), "networks")

# %% [markdown]
# ## What came out
#
# Mean and standard deviation over [[= seeds | words =]] seeds. Students of one seed begin with the same weights and see the same images, so each is compared with the one alone of the same seed; differences are in percentage points.


# %%
def mean(values):
    return float(np.mean(values))


def deviation(values):
    return float(np.std(values, ddof=1))


means = {way: mean(values) for way, values in right.items()}
top = 100 * np.subtract(right["hints on top"], right["alone, longer"])
top_gain, top_scatter, top_wins = mean(top), deviation(top), int((top > 0).sum())
gains, scatter, wins = {}, {}, {}
print(f"{'':26}accuracy         minus alone      beats it")
for way, values in right.items():
    difference = 100 * np.subtract(values, right["alone"])
    gains[way], scatter[way], wins[way] = mean(difference), deviation(difference), int((difference > 0).sum())
    line = f"{way:25}{means[way]:.2%} ± {deviation(values):.2%}"
    print(line + (f"   {gains[way]:+5.2f} ± {scatter[way]:4.2f}   {wins[way]} of {seeds}" if way in WAYS else ""))
hint_learnt, hint_least = mean(learnt), min(learnt)
assert means["teacher"] > 0.9
print(f"the hint: {hint_learnt:.0%} of its variance learnt, {hint_least:.0%} at least")

# %% alt="Accuracy of the teacher and of the six ways to a student, one row each: a small dot for each seed, a large one for the mean with a bar of a standard deviation to either side."
fig, axis = plt.subplots(figsize=(7, 3.4))
for row, (way, values) in enumerate(reversed(right.items())):
    color = {"teacher": "#808080", "alone": "#2a8fd0"}.get(way, "#c76b00")
    shares = 100 * np.array(values)
    axis.plot(shares, [row + 0.22] * seeds, ".", color=color, alpha=0.6)
    axis.errorbar(shares.mean(), row, xerr=shares.std(ddof=1), fmt="o", color=color, capsize=4)
axis.set_yticks(range(len(right)), list(reversed(right)))
axis.set_xlabel("% of the test read right")
fig.tight_layout()

# %% [markdown]
# - How well the hint is learnt: on images not seen in training the student's middle layer, through the regressor, explains [[= (100 * hint_learnt) | fmt(".2g") =]] % of the variance of the teacher's, [[= (100 * hint_least) | fmt(".2g") =]] % in the worst run.
# - Of [[= seeds | words =]] seeds, hints beat the student alone in [[= wins["hints"] | words =]], soft targets in [[= wins["soft targets"] | words =]], both in [[= wins["hints, then soft targets"] | words =]].
# - At equal steps, hints change accuracy by [[= gains["hints"] | fmt("+.2g") =]] ± [[= scatter["hints"] | fmt(".2g") =]] points, soft targets by [[= gains["soft targets"] | fmt("+.2g") =]] ± [[= scatter["soft targets"] | fmt(".2g") =]],
#   and both by [[= gains["hints, then soft targets"] | fmt("+.2g") =]] ± [[= scatter["hints, then soft targets"] | fmt(".2g") =]].
# - With [[= HINTED =]] steps more, hints on top lie [[= gains["hints on top"] | fmt("+.2g") =]] ± [[= scatter["hints on top"] | fmt(".2g") =]] points from the student alone, and the one that trains longer with labels
#   [[= gains["alone, longer"] | fmt("+.2g") =]] ± [[= scatter["alone, longer"] | fmt(".2g") =]]. Between these two, at equal steps again, the hints make [[= top_gain | fmt("+.2g") =]] ± [[= top_scatter | fmt(".2g") =]] points, and are ahead in [[= top_wins | words =]] of [[= seeds | words =]] seeds.
# - The teacher reads [[= means["teacher"] | fmt(".1%") =]], the student alone [[= means["alone"] | fmt(".1%") =]].
#
# How well the hint is learnt and how well the student reads are two numbers: compare the first line with the third. The paper's students learned from many times as many images. Here batch normalisation stands behind
# every layer, and the student sees the same labelled images as its teacher. The file is there to change that: fewer labels, more layers, no normalisation.
#
# ## References
#
# [[= references("hinton2015", "romero2014") =]]
