"""Running other people's torch models: on shapes alone where that answers, and without leaving a trace in them."""

from reference_impl.running.inputs import Inputs, given_inputs
from reference_impl.running.run import Watcher, ran
from reference_impl.running.untouched import untouched

__all__ = ["Inputs", "Watcher", "given_inputs", "ran", "untouched"]
