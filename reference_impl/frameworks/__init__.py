"""One layer in PyTorch, Keras, TensorFlow, JAX and ONNX: weights, padding, the call, and the call run.

`layer(x_shape, w_shape, …)` describes a layer in the handbook's words; the file of each framework translates it. This
package imports no framework: `reference_impl.frameworks.keras` imports Keras, and so on.
"""

from reference_impl.frameworks.layer import Layer, layer

__all__ = ["Layer", "layer"]
