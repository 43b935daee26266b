"""DNA as four channels."""

from collections.abc import Sequence

import numpy as np

from reference_impl.arrays import numeric
from reference_impl.checks import refuse, several
from reference_impl.representation.sequences import batch_sequences

BASES = "ACGT"  # this order makes the complement a reversal of the channels
COMPLEMENT = str.maketrans("ACGTN", "TGCAN")


def dna_one_hot(strands: Sequence[str]) -> np.ndarray:
    """One channel per base, in the order A, C, G, T; an unknown base N and padding after the end are four zeros.

    Shapes:
        returns: (N, 4, L), L the longest strand

    Args:
        strands: At least one string of A, C, G, T and N, in either case.

    Raises:
        ValueError: no strand, an empty one, or another letter.
        TypeError: one string instead of a sequence of strings.

    Source:
        Alipanahi et al., "Predicting the sequence specificities of DNA- and RNA-binding proteins by deep
        learning", 2015, for one channel per base.

    Example:
        >>> dna_one_hot(["GATN"])[0].astype(int).tolist()
        [[0, 1, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0]]
    """
    if not several(strands):
        refuse("strands must be a sequence of strings", error=TypeError, strands=strands)
    if not strands:
        refuse("there must be at least one strand", strands=strands)
    letters = [np.array(list(_checked_strand(strand))) for strand in strands]
    hot = [(strand == np.array(list(BASES))[:, None]).astype(np.float32) for strand in letters]  # (4, L_n)
    return batch_sequences(hot)[0]


def reverse_complement(strand: str) -> str:
    """The other strand of the double helix, read in its own direction.

    Args:
        strand: A string of A, C, G, T and N, in either case.

    Raises:
        ValueError: an empty strand or another letter.
        TypeError: what is not a string.

    Source:
        Watson–Crick pairing: A with T, C with G.

    Example:
        >>> reverse_complement("GATTACA")
        'TGTAATC'
    """
    return _checked_strand(strand).translate(COMPLEMENT)[::-1]


def complement_one_hot(x: np.ndarray) -> np.ndarray:
    """The reverse complement of one-hot strands: both the channels and the positions reversed; a view.

    Shapes:
        x:       (N, 4, L), channels A, C, G, T; strands of full length, without padding at the end
        returns: (N, 4, L)

    Args:
        x: One-hot strands.

    Raises:
        ValueError: another shape.
        TypeError: x that is not an array of numbers.

    Source:
        Shrikumar, Greenside & Kundaje, "Reverse-complement parameter sharing improves deep learning
        models for genomics", 2017.

    Example:
        >>> bool((complement_one_hot(dna_one_hot(["GATTACA"])) == dna_one_hot(["TGTAATC"])).all())
        True
    """
    if numeric("x", x).ndim != 3 or x.shape[1] != len(BASES):
        refuse("x must be (N, 4, L)", **{"x.shape": x.shape})
    return x[:, ::-1, ::-1]


def _checked_strand(strand: str) -> str:
    if not isinstance(strand, str):
        refuse("a strand must be a string", error=TypeError, strand=strand)
    upper = strand.upper()
    if not upper or set(upper) - set("ACGTN"):
        refuse("a strand must be a string of the letters A, C, G, T and N", strand=strand)
    return upper
