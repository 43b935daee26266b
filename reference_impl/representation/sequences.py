"""Sequences of unequal length as one array: padding, mask and lengths."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from reference_impl.arrays import numeric
from reference_impl.checks import holdable, listed, refuse, whole


def batch_sequences(
    sequences: Sequence[np.ndarray], *, length: int | None = None, fill: float = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Put sequences of unequal length into one batch; return it with its mask and the lengths.

    Shapes:
        sequences: each (*, T_n); time is the last axis, the axes before it (channels, say) agree
        returns:   batch (N, *, T), mask (N, T) that is True on real cells, lengths (N,)

    Args:
        sequences: At least one array.
        length: T; None takes the longest sequence.
        fill: What stands in the cells after a sequence's end. It must be a number that the dtype holds.

    Raises:
        ValueError: no sequences, leading axes that differ, or a length below the longest sequence.
        TypeError: a sequence that is not an array of numbers, or a fill that the dtype does not hold.

    Source:
        torch.nn.utils.rnn.pad_sequence, with time last as convolutions want it.

    Example:
        >>> batch, mask, lengths = batch_sequences([np.array([1, 2, 3]), np.array([4])])
        >>> batch.tolist(), lengths.tolist()
        ([[1, 2, 3], [4, 0, 0]], [3, 1])
    """
    if not len(listed("sequences", sequences)):
        refuse("there must be at least one sequence", sequences=0)
    for index, sequence in enumerate(sequences):
        if numeric(f"sequences[{index}]", sequence).ndim < 1:
            refuse("every sequence must have a time axis", **{f"sequences[{index}].shape": sequence.shape})
    if len({sequence.shape[:-1] for sequence in sequences}) > 1:
        shapes = [sequence.shape for sequence in sequences]
        refuse("sequences may differ in their last axis only", shapes=shapes)
    lengths = np.array([sequence.shape[-1] for sequence in sequences])
    longest = int(lengths.max())
    steps = longest if length is None else whole("length", length, least=0)
    if steps < longest:
        refuse("length must not cut a sequence", length=steps, longest=longest)
    dtype = np.result_type(*sequences)
    holdable((len(sequences), *sequences[0].shape[:-1], steps))
    if not _holds(dtype, fill):
        refuse(f"fill must be a number that {dtype} holds", error=TypeError, fill=fill)
    batch = np.full((len(sequences), *sequences[0].shape[:-1], steps), fill, dtype=dtype)  # (N, *, T)
    for row, sequence in zip(batch, sequences, strict=True):
        row[..., : sequence.shape[-1]] = sequence
    return batch, sequence_mask(lengths, steps), lengths


def sequence_mask(lengths: np.ndarray, steps: int) -> np.ndarray:
    """True on the first lengths[n] of `steps` cells.

    Shapes:
        lengths: (N,)
        returns: (N, steps)

    Args:
        lengths: Real cells of each sequence.
        steps: Cells of the batch.

    Raises:
        ValueError: lengths that are not one axis of numbers from 0 to `steps`.
        TypeError: lengths that are not whole numbers.

    Source:
        tf.sequence_mask.

    Example:
        >>> sequence_mask(np.array([2, 0]), 3).tolist()
        [[True, True, False], [False, False, False]]
    """
    whole("steps", steps, least=0)
    _check_lengths(lengths, steps)
    holdable((len(lengths), steps), (steps,))
    return np.arange(steps) < lengths[:, None]  # (N, steps)


def unbatch_sequences(batch: np.ndarray, lengths: np.ndarray) -> list[np.ndarray]:
    """The sequences of a batch without their padding: the way back from `batch_sequences`.

    Shapes:
        batch:   (N, *, T)
        lengths: (N,)
        returns: N arrays (*, lengths[n])

    Args:
        batch: Padded sequences, time last.
        lengths: Real cells of each.

    Raises:
        ValueError: lengths that do not fit the batch.
        TypeError: arguments that are not arrays of numbers.

    Source:
        torch.nn.utils.rnn.unpad_sequence.

    Example:
        >>> [part.tolist() for part in unbatch_sequences(np.array([[1, 2, 3], [4, 0, 0]]), np.array([3, 1]))]
        [[1, 2, 3], [4]]
    """
    if numeric("batch", batch).ndim < 2:
        refuse("batch must be (N, *, T)", **{"batch.shape": batch.shape})
    _check_lengths(lengths, batch.shape[-1])
    if len(lengths) != len(batch):
        refuse("there must be one length per sequence", N=len(batch), lengths=len(lengths))
    return [row[..., :steps] for row, steps in zip(batch, lengths, strict=True)]


def _holds(dtype: np.dtype, fill: Any) -> bool:
    """Whether `fill` is a number that keeps its value in an array of this dtype; floating point may round it."""
    number = np.asarray(fill if np.isscalar(fill) else None)
    if number.dtype.kind not in "biufc":
        return False
    if dtype.kind in "iu" and number.dtype.kind != "c":
        limits = np.iinfo(dtype)
        return bool(limits.min <= number <= limits.max and number % 1 == 0)
    return dtype.kind == "c" or (dtype.kind == "f" and number.dtype.kind != "c")


def _check_lengths(lengths: np.ndarray, steps: int) -> None:
    """Refuse what is not one axis of whole numbers up to `steps`."""
    if numeric("lengths", lengths).dtype.kind not in "iu":
        refuse("lengths must be whole numbers", error=TypeError, **{"lengths.dtype": str(lengths.dtype)})
    if lengths.ndim != 1 or (lengths.size and not 0 <= lengths.min() <= lengths.max() <= steps):
        refuse(f"lengths must be one axis of numbers from 0 to {steps}", lengths=lengths.tolist())
