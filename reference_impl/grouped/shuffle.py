"""Channel shuffle: a fixed permutation that lets the next grouped layer see every group of this one."""

from reference_impl import checks
from reference_impl.arrays import either
from reference_impl.checks import refuse, whole
from reference_impl.types import Array, Shaped


def channel_shuffle(x: Array, groups: int) -> Array:
    """Deal the channels of g groups out like cards: the first of each group, then the second of each, and so on.

    Definition:
        y[n, j*g + q] = x[n, q*C/g + j]

        q — group
        j — place
        C — channels
        C (1..8)
        x = array(N, C)
        q in range(g)
        j in range(C/g)

    Reshape to (g, m), transpose, flatten. `channel_unshuffle` with the same groups undoes it.

    Shapes:
        x:       (N, C, *S), any number of axes after C
        returns: the same

    Args:
        x: Activations, a NumPy array or a torch tensor.
        groups: Number of groups; it must divide C.

    Raises:
        ValueError: fewer than two axes, or channels that groups does not divide.
        TypeError: an argument of the wrong kind.

    Source:
        Zhang et al., "ShuffleNet", 2018, section 3.1.

    Example:
        >>> channel_shuffle(np.arange(6).reshape(1, 6), groups=2).tolist()
        [[0, 3, 1, 4, 2, 5]]
    """
    _check_groups(x, groups)
    split = x.reshape(x.shape[0], groups, x.shape[1] // groups, *x.shape[2:])  # (N, g, C/g, *S)
    return split.swapaxes(1, 2).reshape(x.shape)  # (N, C/g, g, *S) → (N, C, *S)


def channel_unshuffle(x: Array, groups: int) -> Array:
    """Undo `channel_shuffle`: same arguments; it is the shuffle with C/groups groups.

    Shapes:
        x:       (N, C, *S), any number of axes after C
        returns: the same

    Raises:
        ValueError: fewer than two axes, or channels that groups does not divide.
        TypeError: an argument of the wrong kind.

    Source:
        Zhang et al., "ShuffleNet", 2018, section 3.1.

    Example:
        >>> channel_unshuffle(np.array([[0, 3, 1, 4, 2, 5]]), groups=2).tolist()
        [[0, 1, 2, 3, 4, 5]]
    """
    _check_groups(x, groups)
    split = x.reshape(x.shape[0], x.shape[1] // groups, groups, *x.shape[2:])  # (N, C/g, g, *S)
    return split.swapaxes(1, 2).reshape(x.shape)  # (N, g, C/g, *S) → (N, C, *S)


def shuffle_permutation(channels: int, groups: int) -> list[int]:
    """Where each channel of a shuffle comes from.

    `channel_shuffle(x, g)` is `x[:, shuffle_permutation(C, g)]`.

    Args:
        channels: Number of channels.
        groups: Number of groups; it must divide channels.

    Raises:
        ValueError: a size below 1, or channels that groups does not divide.
        TypeError: an argument that is not a whole number.

    Source:
        Zhang et al., "ShuffleNet", 2018, section 3.1.

    Example:
        >>> shuffle_permutation(6, 2), shuffle_permutation(6, 3)
        ([0, 3, 1, 4, 2, 5], [0, 2, 4, 1, 3, 5])
    """
    channels = checks.count("channels", channels)
    groups = whole("groups", groups, least=1)
    checks.divisible("channels", channels, groups)
    return [first + place for place in range(channels // groups) for first in range(0, channels, channels // groups)]


def _check_groups(x: Shaped, groups: int) -> None:
    """Refuse an array without channels, or groups that do not divide them."""
    either(x=x)
    if x.ndim < 2:
        got = {"x.shape": tuple(x.shape)}
        refuse("x must have shape (N, C, *S)", **got)
    checks.divisible("C", x.shape[1], whole("groups", groups, least=1))
