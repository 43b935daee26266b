"""Where frameworks differ from the handbook's words, or from each other: facts that were run, with versions.

Each fact names a test of tests/frameworks, which fails when it is no longer so. A test holds
the versions to those of constraints.txt. Imports no framework.
"""

from typing import NamedTuple

VERSIONS = {
    "torch": {"torch": "2.13.0"},
    "onnx": {"onnx": "1.23.2", "onnxruntime": "1.32.0"},
}


class Difference(NamedTuple):
    """One fact about a framework."""

    framework: str
    test: str
    says: str


DIFFERENCES = (
    Difference(
        "torch",
        "test_torch_refuses_same_with_a_stride",
        "padding='same' with a stride above 1 is refused.",
    ),
    Difference(
        "torch",
        "test_torch_pads_both_ends_alike",
        "Numbers for padding hold for both ends of an axis; ends that differ need torch.nn.functional.pad before.",
    ),
    Difference(
        "torch",
        "test_torch_warns_of_same_with_ends_that_differ",
        "padding='same' with an even kernel puts the odd cell at the end, and warns once that the input may be copied.",
    ),
    Difference(
        "torch",
        "test_torch_takes_output_padding_below_the_dilation_too",
        "output_padding of a transposed layer may be anything below the stride or below the dilation.",
    ),
    Difference(
        "onnx",
        "test_onnx_runtime_refuses_same_with_dilation",
        "ONNX Runtime refuses auto_pad SAME_UPPER and SAME_LOWER of Conv with a dilation above 1; pads are accepted.",
    ),
    Difference(
        "onnx",
        "test_onnx_runtime_takes_output_padding_below_the_stride_only",
        "ONNX Runtime refuses output_padding of ConvTranspose that is not below the stride, whatever the dilation.",
    ),
    Difference(
        "onnx",
        "test_onnx_runtime_gives_fewer_cells_than_the_standard_where_the_kernel_is_shorter_than_the_stride",
        "With auto_pad SAME_UPPER or SAME_LOWER and a kernel shorter than the stride, ConvTranspose gives "
        "(input − 1)·stride + kernel cells in ONNX Runtime, input·stride in the standard and in onnx.reference.",
    ),
    Difference(
        "onnx",
        "test_auto_pad_of_a_transposed_layer_cuts_as_keras_does",
        "ConvTranspose with auto_pad SAME_UPPER cuts the odd cell off at the end, SAME_LOWER at the beginning, "
        "the same in opsets 1, 11 and 22 of ONNX Runtime.",
    ),
    Difference(
        "onnx",
        "test_output_shape_cuts_the_odd_cell_at_the_beginning_unless_same_upper",
        "With output_shape, ConvTranspose cuts the odd cell off at the beginning, with auto_pad SAME_UPPER at the end.",
    ),
    Difference(
        "onnx",
        "test_onnx_runtime_convolves_no_float64_on_the_cpu",
        "ONNX Runtime has no float64 kernel of Conv on the CPU.",
    ),
    Difference(
        "onnx",
        "test_onnx_runtime_convolves_over_four_axes",
        "ONNX Runtime convolves over four spatial axes as well.",
    ),
    Difference(
        "onnx",
        "test_the_reference_evaluator_of_onnx_fails_at_grouped_transposed_layers",
        "onnx.reference stops with an error at a ConvTranspose of two groups; ONNX Runtime computes it.",
    ),
    Difference(
        "onnx",
        "test_deformable_layers_are_there_from_opset_19",
        "ONNX Runtime has DeformConv from opset 19, equal to deform_conv.",
    ),
)
