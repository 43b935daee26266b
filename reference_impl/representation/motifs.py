"""A motif as a filter: what sites of a protein have in common, as four weights a position."""

from collections.abc import Mapping, Sequence

import numpy as np

from reference_impl.arrays import numeric
from reference_impl.checks import positive, refuse
from reference_impl.representation.genomics import BASES, dna_one_hot


def base_counts(sites: Sequence[str]) -> np.ndarray:
    """How often each base stands at each position of aligned sites; an unknown base N counts for none.

    Shapes:
        returns: (4, L), rows A, C, G, T

    Args:
        sites: Strings of A, C, G, T and N, all of one length.

    Raises:
        ValueError: no site, sites of different lengths, another letter.
        TypeError: one string instead of a sequence of strings.

    Source:
        Stormo, "DNA binding sites: representation and discovery", 2000 (the alignment matrix).

    Example:
        >>> base_counts(["TATA", "TAAA", "TATG"]).tolist()
        [[0, 3, 1, 2], [0, 0, 0, 0], [0, 0, 0, 1], [3, 0, 2, 0]]
    """
    hot = dna_one_hot(sites)  # (N, 4, L)
    lengths = sorted({len(site) for site in sites})
    if len(lengths) > 1:
        refuse("sites must have one length", lengths=lengths)
    return hot.sum(axis=0).astype(np.int64)


def position_weight_matrix(
    counts: np.ndarray, *, background: Mapping[str, float] | None = None, pseudocount: float = 1.0
) -> np.ndarray:
    """Log-odds of each base at each position: the weights of a filter that scores a site in bits.

    `conv(dna_one_hot(strands), pwm[None])` is the score of every place of every strand: the log₂ of how much likelier
    the motif makes its bases than the background does, positions being taken as independent. `complement_one_hot` of
    `pwm[None]` finds the motif on the other strand.

    Shapes:
        counts:  (4, L), rows A, C, G, T
        returns: (4, L)

    Args:
        counts: Whole or weighted counts, not negative, as `base_counts` gives them.
        background: How frequent A, C, G and T are in general; a quarter each by default.
        pseudocount: Sites of background that are added, so that a base never seen gets no −∞; above 0.

    Raises:
        ValueError: another shape, negative counts, frequencies that do not add up to 1, a pseudocount not above 0.
        TypeError: an argument of the wrong kind.

    Source:
        Stormo, 2000 (the weight matrix, with background frequencies as prior).

    Example:
        >>> pwm = position_weight_matrix(base_counts(["TATA", "TAAA", "TATG"]))
        >>> [f"{weight:.2f}" for weight in pwm[:, 0]]
        ['-2.00', '-2.00', '-2.00', '1.70']
    """
    if numeric("counts", counts).ndim != 2 or len(counts) != len(BASES) or counts.dtype.kind == "c":
        refuse("counts must be real, of shape (4, L)", **{"counts.shape": counts.shape})
    if not np.isfinite(counts).all() or (counts < 0).any():
        refuse("counts must be finite and not negative", smallest=float(counts.min()))
    share = _frequencies(background)[:, None]  # (4, 1)
    added = positive("pseudocount", pseudocount)
    likely = (counts + added * share) / (counts.sum(axis=0) + added)  # (4, L)
    return np.log2(likely / share)


def _frequencies(background: Mapping[str, float] | None) -> np.ndarray:
    """The background in the order of the channels."""
    if background is None:
        return np.full(len(BASES), 1 / len(BASES))
    if not isinstance(background, Mapping):
        refuse("background must say a frequency for A, C, G and T", error=TypeError, background=background)
    if sorted(background) != sorted(BASES) or abs(sum(background.values()) - 1) > 1e-6:
        refuse("background must say a frequency for A, C, G and T, adding up to 1", background=dict(background))
    return np.array([positive(f"background[{base!r}]", background[base]) for base in BASES])
