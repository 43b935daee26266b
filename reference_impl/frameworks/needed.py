"""The frameworks themselves: which release is here, and what to install where there is none. Imports none by itself.

Weights, padding and the line of source need no framework, so a framework is imported when something is to be computed.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from reference_impl.frameworks.differences import VERSIONS

EXTRAS = {"torch": "torch"}  # the others come with the extra `frameworks`
TRIED = {package: release for versions in VERSIONS.values() for package, release in versions.items()}


def release(*packages: str) -> str:
    """The installed release of the first of some packages that is there; else the one that all rules were tried with.

    Example:
        >>> release("keras-of-another-name", "torch").split(".")[0]
        '2'
    """
    for package in packages:
        try:
            return version(package).partition("+")[0]
        except PackageNotFoundError:
            continue
    return next(TRIED[package] for package in packages if package in TRIED)


def needed(module: str) -> Any:
    """A framework, imported.

    Raises:
        ModuleNotFoundError: with what to install, where it is not there.

    Example:
        >>> needed("torch").__name__
        'torch'
    """
    package = module.partition(".")[0]
    if find_spec(package) is None:
        extra = EXTRAS.get(package, "frameworks")
        rule = f"computing in {package} needs it. Install it: pip install 'convolution-handbook[{extra}]'"
        raise ModuleNotFoundError(rule, name=package)
    return import_module(module)
