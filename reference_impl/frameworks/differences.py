"""Where frameworks differ from the handbook's words, or from each other: facts that were run, with versions.

Each fact names a test of tests/frameworks, which fails when it is no longer so. A test holds
the versions to those of constraints.txt. Imports no framework.
"""

from typing import NamedTuple

VERSIONS = {
    "torch": {"torch": "2.13.0"},
    "keras": {"keras": "3.15.1", "tensorflow-cpu": "2.21.0"},
    "tensorflow": {"tensorflow-cpu": "2.21.0"},
    "jax": {"jax": "0.10.2"},
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
        "keras",
        "test_same_with_a_stride_pads_the_end",
        "padding='same' with a stride puts the odd cell at the end: size 8, kernel 3, stride 2 pads (0, 1).",
    ),
    Difference(
        "keras",
        "test_keras_refuses_strides_with_dilations_in_ordinary_and_transposed_layers",
        "Strides above 1 together with dilations above 1 are refused in ordinary and transposed layers.",
    ),
    Difference(
        "keras",
        "test_keras_computes_strides_with_dilations_in_depthwise_layers",
        "In depthwise layers strides and dilations above 1 are accepted together, and computed as defined.",
    ),
    Difference(
        "keras",
        "test_a_transposed_layer_has_input_times_stride_cells_and_valid_what_the_kernel_reaches_beyond",
        "A transposed layer gives input·stride cells with 'same', and with 'valid' max(kernel − stride, 0) more.",
    ),
    Difference(
        "keras",
        "test_output_padding_changes_what_same_means_in_a_transposed_layer",
        "output_padding changes what 'same' means in a transposed layer: (input − 1)·stride + (1 for an odd kernel) + "
        "output_padding cells; with an even kernel and output_padding=0 the backend tensorflow fails.",
    ),
    Difference(
        "keras",
        "test_keras_on_tensorflow_adds_the_bias_along_the_last_axis_where_it_is_as_long_as_the_channels",
        "On the backend tensorflow with channels first, the bias is added along the last axis where the output is as "
        "wide as it has channels, without a word (keras.src.backend.tensorflow.numpy.add).",
    ),
    Difference(
        "keras",
        "test_keras_has_no_groups_in_transposed_layers_and_no_depthwise_layer_over_three_axes",
        "Transposed layers have no groups; depthwise and separable layers stop at two axes.",
    ),
    Difference(
        "keras",
        "test_the_kernel_of_a_depthwise_layer_has_channels_before_the_multiplier",
        "The kernel of DepthwiseConv2D has shape (k_H, k_W, C_in, multiplier).",
    ),
    Difference(
        "tensorflow",
        "test_a_depthwise_layer_with_strides_and_dilations_is_computed_otherwise",
        "depthwise_conv2d and separable_conv2d compute something else where strides and dilations are above 1; the "
        "first warns, the second does not.",
    ),
    Difference(
        "tensorflow",
        "test_convolution_refuses_strides_with_dilations_and_conv2d_takes_them",
        "tf.nn.convolution refuses strides with dilations; tf.nn.conv2d computes them.",
    ),
    Difference(
        "tensorflow",
        "test_conv1d_and_conv3d_take_words_only",
        "Explicit pads are for conv2d, depthwise_conv2d and conv2d_transpose; conv1d and conv3d take words only.",
    ),
    Difference(
        "tensorflow",
        "test_grouped_layers_run_forward_and_have_no_gradient_on_the_cpu",
        "On the CPU, without oneDNN, a grouped conv2d runs forward and has no gradient.",
    ),
    Difference(
        "tensorflow",
        "test_tensorflow_equals_reference_impl",
        "On the CPU, without oneDNN, there are no kernels for channels first, for unequal strides of depthwise layers, "
        "for dilations of conv3d and of transposed layers, and for groups of conv3d and of transposed layers.",
    ),
    Difference(
        "tensorflow",
        "test_one_input_size_has_as_many_output_sizes_as_the_stride",
        "A transposed layer is told its output shape; with stride 2 and 'SAME', 5 cells may become 9 or 10.",
    ),
    Difference(
        "jax",
        "test_jax_does_not_flip_the_kernel_of_a_transposed_layer_by_default",
        "lax.conv_transpose correlates the dilated input with the kernel as it is; transpose_kernel=True flips it and "
        "swaps its channels, as the other frameworks do.",
    ),
    Difference(
        "jax",
        "test_pairs_of_a_transposed_layer_pad_its_dilated_input",
        "Pairs given to lax.conv_transpose pad the dilated input: they are kernel − 1 less what torch cuts off.",
    ),
    Difference(
        "jax",
        "test_words_of_a_transposed_layer_mean_in_jax_what_they_mean_in_keras",
        "'SAME' and 'VALID' of lax.conv_transpose give the sizes and cells that Keras' words give.",
    ),
    Difference(
        "jax",
        "test_conv_transpose_of_jax_has_no_groups",
        "lax.conv_transpose has no groups; lax.conv_general_dilated with lhs_dilation has.",
    ),
    Difference(
        "jax",
        "test_jax_rounds_float64_to_float32_unless_told_otherwise",
        "JAX computes in float32 unless jax_enable_x64 is set.",
    ),
    Difference(
        "jax",
        "test_jax_convolves_over_four_axes",
        "lax.conv_general_dilated convolves over four spatial axes as well.",
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
