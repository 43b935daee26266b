"""A formula is typeset from the syntax tree that was computed; brackets stand where they are needed, nowhere else."""

import pytest

from scripts.site import katex
from scripts.site.typeset import latex, letter

DISPLAYED = [
    ("o = (i + 2*p - d*(k - 1) - 1) // s + 1", r"o = \left\lfloor \frac{i + 2 p - d (k - 1) - 1}{s} \right\rfloor + 1"),
    ("o = ceil(i / s)", r"o = \left\lceil \frac{i}{s} \right\rceil"),
    ("P = max(a - b, 0)", r"P = \max(a - b,\, 0)"),
    ("a = b - (c - d) + -e", r"a = b - (c - d) + (-e)"),
    ("a = b - c - d", r"a = b - c - d"),
    ("a = (b + c)*(d - 1)", r"a = (b + c) (d - 1)"),
    ("a = b**2 * (c + 1)**-2", r"a = b^{2} (c + 1)^{-2}"),
    ("a = (b*c)**2", r"a = (b \, c)^{2}"),
    ("a = -b**2", r"a = -b^{2}"),
    ("a = 2*3*k", r"a = 2 \cdot 3 k"),
    ("a = k * 3", r"a = k \cdot 3"),
    ("a = b % s + c", r"a = (b \bmod s) + c"),
    ("a = (b / c) * d", r"a = \frac{b}{c} \, d"),
    ("a = g*(b/g)*(c/g)", r"a = g \, \frac{b}{g} \cdot \frac{c}{g}"),
    ("C_in = k_H", r"C_{\mathrm{in}} = k_{H}"),
    ("σ = 2*π", r"\sigma = 2 \pi"),
    ("MACs = abs(ŵ)", r"\mathrm{MACs} = |\hat{w}|"),
    ("y[i, j] = x[i - u, j]", r"y[i,\, j] = x[i - u,\, j]"),
    ("r_[l] = k_eff_[l + 1]", r"r_{l} = {k_{\mathrm{eff}}}_{l + 1}"),
    ("r = sum(k_[l] for l in range(1, L + 1))", r"r = \sum_{l = 1}^{L} k_{l}"),
    ("r = sum(k_[l] - 1 for l in range(L))", r"r = \sum_{l = 0}^{L - 1} (k_{l} - 1)"),
    ("r = sum(a[i] for i in range(5)) + b", r"r = \left( \sum_{i = 0}^{4} a[i] \right) + b"),
    ("r = b + sum(a[i] for i in range(5))", r"r = b + \sum_{i = 0}^{4} a[i]"),
    ("r = prod(a[i] for i in range(5))**2", r"r = \left( \prod_{i = 0}^{4} a[i] \right)^{2}"),
    ("r = max(a[i] for i in range(n))", r"r = \max_{0 \le i \le n - 1} a[i]"),
    (
        "y = sum(x[h] for h in range(n) for u in range(k) if h + u == i)",
        r"y = \sum_{\substack{h, u \\ h + u = i}} x[h]",
    ),
    ("y = sum(x[u] for u in cells)", r"y = \sum_{u} x[u]"),
    ("W = w if c < 2 else 0", r"W = \begin{cases} w & \text{if } c < 2 \\ 0 & \text{otherwise} \end{cases}"),
    ("X = exp(-2*π*1j*f/w)", r"X = e^{-2 \pi \, \mathrm{i} \, f / w}"),
    ("y = integral(x(τ)*w(t - τ) for τ in reals)", r"y = \int_{-\infty}^{\infty} x(\tau) \, w(t - \tau) \, d\tau"),
    ("convolve(convolve(x, w), v) = convolve(x, convolve(w, v))", "(x * w) * v = x * (w * v)"),
    ("correlate(shift(x, m), w) = shift(correlate(x, w), m)", r"(T_{m} \, x) \star w = T_{m} \, (x \star w)"),
    ("F(convolve(x, w)) = F(x) * conj(F(w))", r"\mathcal{F}(x * w) = \mathcal{F}(x) \cdot \overline{\mathcal{F}(w)}"),
    ("norm(A @ x) = sqrt(s)", r"\lVert A \, x \rVert = \sqrt{s}"),
    ("a = A.T @ b", r"a = A^{\mathsf T} \, b"),
]
INLINE = [
    ("3/k**2", "3 / k^{2}"),
    ("1/(m*n)", r"1 / (m \, n)"),
    ("(a/b)*c", r"(a / b) \, c"),
    ("a - b/c", "a - b / c"),
    ("(a + b)/2", "(a + b) / 2"),
    ("a/(b/c)", "a / (b / c)"),
    ("o = i // s", r"o = \lfloor i / s \rfloor"),
]


@pytest.mark.parametrize(("text", "tex"), DISPLAYED, ids=[text for text, _ in DISPLAYED])
def test_a_displayed_formula_reads_like_mathematics(text, tex):
    assert latex(text) == tex
    assert "katex-mathml" in katex.render(tex, display=True)


@pytest.mark.parametrize(("text", "tex"), INLINE, ids=[text for text, _ in INLINE])
def test_quotients_are_slanted_in_a_sentence(text, tex):
    assert latex(text, display=False) == tex


def test_a_line_break_of_the_source_breaks_the_line_outside_brackets_only():
    broken = latex("y = b + sum(\n    w[u]\n    * x[i +\n u]\n for u in range(k)\n)")
    assert broken.count(r"\\ &\quad") == 1
    assert "w[u] \\\\ &\\quad x[i + u]" in broken
    assert latex("y = b + sum(\n    w[u]\n    * x[u] for u in range(k)\n)", display=False).count("\\\\") == 0


def test_several_equations_stand_below_each_other():
    assert latex("y = q + 1\nq = o // g").count("&=") == 2


@pytest.mark.parametrize(
    "text", ["a = [1, 2]", "a = lambda: 1", "a = b ^ c", "a = sum(x for x in [1, 2])", "a = 'text'"]
)
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(ValueError, match=r"a formula cannot hold|a sum runs over"):
        latex(text)


@pytest.mark.parametrize(("name", "tex"), [("i_1", "i_{1}"), ("λ_H", r"\lambda_{H}"), ("Var", r"\mathrm{Var}")])
def test_letters_are_typeset(name, tex):
    assert letter(name) == tex
