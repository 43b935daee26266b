"""Text as arrays: tokens, their numbers, one-hot and embedded."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from reference_impl.arrays import numeric
from reference_impl.checks import holdable, listed, refuse, several, whole
from reference_impl.representation.layout import known_dtype

PADDING_TOKEN, UNKNOWN_TOKEN = "<pad>", "<unk>"


def vocabulary(sentences: Sequence[Sequence[str]], *, size: int | None = None) -> dict[str, int]:
    """Number the tokens of some sentences, the most frequent first; 0 is padding, 1 stands for unknown tokens.

    Tokens of equal frequency are numbered in the order in which they first occur.

    Args:
        sentences: Sequences of tokens; "<pad>" and "<unk>" among them keep their numbers.
        size: Largest number of entries, the two special ones included; None keeps all tokens.

    Raises:
        ValueError: a size below 2.
        TypeError: a sentence that is one string instead of a sequence of tokens.

    Source:
        Padding and unknown tokens first: the usual convention of natural-language toolkits.

    Example:
        >>> vocabulary([["the", "cat"], ["the", "dog"]])
        {'<pad>': 0, '<unk>': 1, 'the': 2, 'cat': 3, 'dog': 4}
    """
    counts: Counter[str] = Counter()
    for sentence in listed("sentences", sentences):
        counts.update(token for token in _tokens(sentence) if token not in (PADDING_TOKEN, UNKNOWN_TOKEN))
    most = None if size is None else whole("size", size, least=2) - 2
    tokens = [PADDING_TOKEN, UNKNOWN_TOKEN, *(token for token, _ in counts.most_common(most))]
    return {token: number for number, token in enumerate(tokens)}


def token_ids(sentence: Sequence[str], numbers: dict[str, int]) -> np.ndarray:
    """The numbers of a sentence's tokens; tokens that are not in the vocabulary get that of `<unk>`.

    Shapes:
        returns: (T,)

    Args:
        sentence: Tokens.
        numbers: A vocabulary.

    Raises:
        ValueError: a vocabulary without `<unk>`.
        TypeError: a sentence that is one string.

    Source:
        The usual convention of natural-language toolkits, such as torchtext's default index.

    Example:
        >>> token_ids(["the", "bird"], {"<pad>": 0, "<unk>": 1, "the": 2}).tolist()
        [2, 1]
    """
    if not isinstance(numbers, Mapping):
        refuse("numbers must be a vocabulary", error=TypeError, numbers=numbers)
    if UNKNOWN_TOKEN not in numbers:
        refuse(f"the vocabulary must hold {UNKNOWN_TOKEN!r}", entries=len(numbers))
    tokens = _tokens(sentence)
    return np.array([numbers.get(token, numbers[UNKNOWN_TOKEN]) for token in tokens], dtype=np.int64)


def one_hot(ids: np.ndarray, classes: int, *, dtype: str | np.dtype | type = np.float32) -> np.ndarray:
    """A channel per class: 1 where the class occurs, 0 elsewhere.

    Shapes:
        ids:     (N, *S) whole numbers
        returns: (N, classes, *S), channels first

    Args:
        ids: Class of each cell.
        classes: Number of classes.
        dtype: Of the result.

    Raises:
        ValueError: ids without a batch axis, or outside 0 to classes − 1.
        TypeError: ids that are not whole numbers.

    Source:
        torch.nn.functional.one_hot, which puts the classes last.

    Example:
        >>> one_hot(np.array([[0, 2]]), 3)[0].tolist()
        [[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]
    """
    as_numbers = known_dtype(dtype)
    _check_ids(ids, whole("classes", classes, least=1))
    holdable((*ids.shape, classes), (classes,))
    hot = ids[:, None] == np.arange(classes).reshape(-1, *(1,) * (ids.ndim - 1))  # (N, classes, *S)
    return hot.astype(as_numbers)


def embed(ids: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Replace each number by its row of a table: what a matrix product with `one_hot` gives, without the zeros.

    Shapes:
        ids:     (N, *S) whole numbers
        table:   (V, E)
        returns: (N, E, *S), channels first

    Args:
        ids: Row of the table for each cell.
        table: One learned vector per token.

    Raises:
        ValueError: ids without a batch axis or outside the table, or a table that is not (V, E).
        TypeError: ids that are not whole numbers.

    Source:
        torch.nn.functional.embedding, which puts E last.

    Example:
        >>> embed(np.array([[1, 0]]), np.array([[1.0, 2.0], [3.0, 4.0]]))[0].tolist()
        [[3.0, 1.0], [4.0, 2.0]]
    """
    if numeric("table", table).ndim != 2:
        refuse("table must be (V, E)", **{"table.shape": table.shape})
    _check_ids(ids, len(table))
    return np.moveaxis(table[ids], -1, 1)  # (N, *S, E) → (N, E, *S)


def _tokens(sentence: Sequence[str]) -> Sequence[str]:
    if not several(sentence) or not all(isinstance(token, str) for token in sentence):
        rule = "a sentence must be a sequence of tokens; split the string first"
        refuse(rule, error=TypeError, sentence=sentence)
    return sentence


def _check_ids(ids: np.ndarray, classes: int) -> None:
    if numeric("ids", ids).dtype.kind not in "iu":
        refuse("ids must be whole numbers", error=TypeError, **{"ids.dtype": str(ids.dtype)})
    if ids.ndim < 1:
        refuse("ids must be (N, *S)", **{"ids.shape": ids.shape})
    if ids.size and not 0 <= ids.min() <= ids.max() < classes:
        refuse(f"ids must be from 0 to {classes - 1}", smallest=int(ids.min()), largest=int(ids.max()))
