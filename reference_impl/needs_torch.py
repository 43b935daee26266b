"""Imported first by every file that imports torch, so that who has none is told what to install."""

from importlib.util import find_spec

if find_spec("torch") is None:
    raise ModuleNotFoundError(
        "tensors and layers need torch. Install it: pip install 'convolution-handbook[torch]'", name="torch"
    )
