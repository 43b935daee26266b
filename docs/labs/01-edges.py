# ---
# jupyter:
#   handbook:
#     description: Sobel, Laplacian, sharpening and Gaussian kernels on a photograph with conv of reference_impl; the wide blur done directly and in two passes, the same picture, counted and timed.
#     learn: what five kernels do to a photograph, and when two passes beat one
#     minutes: 1
#     chapters: [chapters/03-single-channel.md, chapters/14-separable.md]
# ---

# %% [markdown]
# # Edges, blurs and sharpening
#
# One photograph, [[= count | words =]] kernels. Then the widest of them is written as two thin ones: the same picture for a fraction of the multiplications. How much of that
# fraction reaches the clock, the last part measures.

# %%
import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_sample_image

from reference_impl.arithmetic import conv_macs
from reference_impl.conv import conv

photo = load_sample_image("china.jpg").mean(axis=2) / 255
photo = photo[80:320, 180:540]  # (H, W), from 0 to 1
height, width = photo.shape
print(photo.shape, photo.min().round(2), photo.max().round(2))

# %% [markdown]
# ## Kernels on a photograph
#
# Sobel's kernel weighs three rows of differences between the right neighbour and the left one, so it answers edges that stand upright. The Laplacian is the sum of the four
# neighbours minus four times the middle: it answers thin lines and ignores slopes. Sharpening takes that Laplacian off the photograph. The two blurs are
# Gaussians, sampled and divided by their sum, so that a flat grey stays what it is.


# %%
def gaussian(radius, sigma):
    """2 · radius + 1 samples of a Gaussian that add up to one."""
    x = np.arange(-radius, radius + 1)
    samples = np.exp(-(x**2) / (2 * sigma**2))
    return samples / samples.sum()


def filtered(image, kernel):
    """One image (H, W) through one kernel, the border repeated."""
    padding = [(k // 2, k // 2) for k in kernel.shape]
    padded = np.pad(image, padding, mode="edge")
    return conv(padded[None, None], kernel[None, None])[0, 0]


laplacian = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
identity = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]])
narrow, wide = gaussian(3, 1.0), gaussian(12, 4.0)
kernels = {
    "Sobel": np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "Laplacian": laplacian,
    "sharpened": identity - laplacian,
    "blurred, 7 × 7": np.outer(narrow, narrow),
    "blurred, 25 × 25": np.outer(wide, wide),
}
pictures = {name: filtered(photo, kernel) for name, kernel in kernels.items()}
sums = {name: round(float(kernel.sum()), 6) for name, kernel in kernels.items()}
count = len(kernels)
print(sums)

# %% alt="Six grey pictures of the same temple: the photograph, the Sobel answer with bright and dark upright edges on grey, the Laplacian with thin lines on grey, the sharpened photograph, and two blurs, the second much stronger."
fig, axes = plt.subplots(2, 3, figsize=(9, 4.4))
shown = {"photograph": photo, **pictures}
for axis, (name, image) in zip(axes.flat, shown.items()):
    signed = name in ("Sobel", "Laplacian")
    low, high = (-1, 1) if signed else (0, 1)
    axis.imshow(image, cmap="gray", vmin=low, vmax=high, interpolation="nearest")
    axis.set_title(name)
    axis.axis("off")
fig.tight_layout()

# %% [markdown]
# The kernels whose weights add up to zero answer zero where the photograph is flat; those that add up to one keep its brightness. A sharpened picture leaves the range of the
# photograph at its edges:

# %%
sharp = pictures["sharpened"]
outside = float(((sharp < 0) | (sharp > 1)).mean())
kept = {name: abs(float(picture.mean() - photo.mean())) < 0.01 for name, picture in pictures.items()}
assert kept["blurred, 25 × 25"] and kept["sharpened"] and not kept["Sobel"]
print(f"{outside:.1%} of the sharpened cells lie below 0 or above 1")

# %% [markdown]
# [[= outside | fmt(".1%") =]] of its cells do. Whoever stores it as bytes has to clip, or [they wrap around](../chapters/03-single-channel.md).
#
# ## The same blur in two passes
#
# A Gaussian of two axes is the product of two of one axis. So the wide kernel is an outer product, and
# [a kernel that is one can be applied as a column and then as a row](../chapters/14-separable.md).

# %%
column, row = wide[:, None], wide[None, :]
two_passes = filtered(filtered(photo, column), row)
one_pass = pictures["blurred, 25 × 25"]
difference = float(np.abs(two_passes - one_pass).max())
assert difference < 1e-12
print(f"largest difference: {difference:.0e}")

# %% [markdown]
# ## Counted and timed
#
# Counted and timed on a piece of the photograph, with the size kept. Each width is timed direct and in two passes, one after the other in the same run; shown is the
# median of [[= REPEATS | words =]], in time of the processor.


# %%
REPEATS = 5
piece = photo[:120, :180]


def seconds(work):
    """Median processor time of one call."""
    work()
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return float(np.median(times))


def macs(image, kernel):
    """Multiply–accumulates of one kernel with the size kept."""
    padding = [k // 2 for k in kernel.shape]
    return conv_macs((1, 1, *image.shape), (1, 1, *kernel.shape), padding=padding)


rows = []
for radius in (1, 2, 4, 8, 12):
    line = gaussian(radius, radius / 3)
    square = np.outer(line, line)
    thin = line[:, None], line[None, :]
    direct = seconds(lambda: filtered(piece, square))
    passes = seconds(lambda: filtered(filtered(piece, thin[0]), thin[1]))
    counted = macs(piece, square) / sum(macs(piece, k) for k in thin)
    rows.append((2 * radius + 1, counted, direct / passes))
    print(f"{rows[-1][0]:2} cells wide: {counted:5.1f} times fewer MACs, {direct / passes:5.1f} times less time")

# %% alt="Two rising lines over the width of the kernel: how many times fewer multiplications, and how many times less time two passes take."
widths, counts, speeds = zip(*rows)
fig, axis = plt.subplots(figsize=(6, 3.4))
axis.plot(widths, counts, "o--", color="#808080", label="MACs")
axis.plot(widths, speeds, "o-", color="#c76b00", label="time, measured")
axis.set_xlabel("cells of the kernel along each axis")
axis.set_ylabel("direct / two passes")
axis.legend(frameon=False)
fig.tight_layout()

# %%
widest, widest_counted, widest_measured = rows[-1]
smallest_measured = rows[0][2]
assert all(abs(counted - cells / 2) < 1e-9 for cells, counted, _ in rows)

# %% [markdown]
# The count is exact: half the width of the kernel, [[= widest_counted | fmt(".1f") =]] for the widest one. The clock of this run says
# [[= widest_measured | fmt(".2g") =]] there and [[= smallest_measured | fmt(".2g") =]] for the narrowest. The two need not agree: a multiplication is not all that takes
# time, and how well `conv` works depends on the shape it is given. On your machine the line lies elsewhere: take the file along and run it.
