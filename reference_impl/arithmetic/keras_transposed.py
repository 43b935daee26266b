"""What `padding="same"` and `padding="valid"` mean for the transposed convolutions of Keras and TensorFlow."""

from reference_impl.checks import is_symbol, one_of, whole


def keras_transpose_same_size(input_size: int, *, stride: int = 1) -> int:
    """Output cells of Keras' Conv2DTranspose along one axis with `padding="same"`, whatever the kernel.

    Formula:
        o = i*s

        s — stride of a transpose

    Raises:
        ValueError: a size or stride below 1.
        TypeError: an argument that is not a whole number.

    Source:
        Keras, keras.src.backend.common.backend_utils.compute_conv_transpose_output_shape.

    Example:
        >>> keras_transpose_same_size(7, stride=2)
        14
    """
    return whole("input_size", input_size, least=1) * whole("stride", stride, least=1)


def keras_transpose_valid_size(input_size: int, kernel_size: int, *, stride: int = 1, dilation: int = 1) -> int:
    """Output cells of Keras' Conv2DTranspose along one axis with `padding="valid"`.

    A kernel shorter than the stride still gives i·s cells, the last ones without any contribution.

    Formula:
        o = i*s + max(d*(k - 1) + 1 - s, 0)

        s — stride of a transpose
        d — dilation of a transpose

    Raises:
        ValueError: a size, stride or dilation below 1.
        TypeError: an argument that is not a whole number.

    Source:
        Keras, keras.src.backend.common.backend_utils.compute_conv_transpose_output_shape.

    Example:
        >>> keras_transpose_valid_size(7, 3, stride=2), keras_transpose_valid_size(7, 1, stride=2)
        (15, 14)
    """
    k, d = whole("kernel_size", kernel_size, least=1), whole("dilation", dilation, least=1)
    i, s = whole("input_size", input_size, least=1), whole("stride", stride, least=1)
    beyond = d * (k - 1) + 1 - s
    if not is_symbol(beyond):
        return i * s + max(beyond, 0)
    from sympy import Max  # only reached with symbols, so sympy is there

    return i * s + Max(beyond, 0)


def keras_transpose_arguments(
    padding: str, kernel_size: int, *, stride: int = 1, dilation: int = 1
) -> tuple[tuple[int, int], int]:
    """The ((lo, hi), output_padding) of one axis with which `conv_transpose` does what Keras and TensorFlow do.

    With "same", the cells beyond i·s are cut off, half at each end and the odd one at the end, as the forward
    convolution adds them; with "same_lower", the odd one is cut off at the beginning. A kernel shorter than the stride
    needs cells in addition instead. ONNX's words mean the same where the kernel is at least as long as the stride; its
    VALID never adds cells, and ONNX Runtime never does.

    Args:
        padding: "same" (ONNX: SAME_UPPER), "same_lower" (ONNX: SAME_LOWER) or "valid".
        kernel_size: Taps of the kernel along the axis.
        stride: Step.
        dilation: Step between taps.

    Returns:
        (lo, hi) for `padding`, and `output_padding`.

    Raises:
        ValueError: another word, or a size, stride or dilation below 1.
        TypeError: an argument that is not a whole number.

    Source:
        TensorFlow, tf.nn.conv2d_transpose, the gradient of tf.nn.conv2d; Keras, compute_conv_transpose_output_shape;
        ONNX, operator ConvTranspose, attribute auto_pad.

    Example:
        >>> keras_transpose_arguments("same", 3, stride=2), keras_transpose_arguments("valid", 1, stride=2)
        (((0, 1), 0), ((0, 0), 1))
        >>> keras_transpose_arguments("same_lower", 3, stride=2)
        ((1, 0), 0)
    """
    one_of("padding", padding, ("same", "same_lower", "valid"))
    k, d = whole("kernel_size", kernel_size, least=1), whole("dilation", dilation, least=1)
    beyond = d * (k - 1) + 1 - whole("stride", stride, least=1)
    if padding == "valid" or beyond < 0:
        return (0, 0), max(-beyond, 0)
    half, rest = beyond // 2, beyond - beyond // 2
    return ((half, rest) if padding == "same" else (rest, half)), 0
