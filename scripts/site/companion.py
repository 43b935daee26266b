"""A process that runs the blocks of one framework: `python -m scripts.site.companion jax`, a question a line.

A block runs twice, from two seeds: what it prints must not depend on numbers that nobody seeded.
"""

import contextlib
import gc
import json
import os
import sys
from importlib import import_module
from typing import Any

from scripts.site.errors import PageError
from scripts.site.page import Block
from scripts.site.runner import run_block


def main(framework: str) -> None:
    """Answer until nobody asks any more. Standard output is for answers alone, whatever a framework prints there."""
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)
        import_module(framework)  # outside of any block: its own warnings are nobody's fault
        gc.freeze()  # Keras collects garbage whenever it is reset: not through all of the framework each time
        for line in sys.stdin:
            answers.write(json.dumps(_answer(json.loads(line))) + "\n")
            answers.flush()


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    block = Block(**question["block"])
    try:
        first, again = (_output(question["page"], block, seed) for seed in (0, 1))
    except PageError as fault:
        return {"fault": [fault.page, fault.line, fault.cause]}
    if first != again:
        cause = "what this block prints depends on numbers that are drawn anew each time. Seed them, or give weights."
        return {"fault": [question["page"], block.line, cause]}
    return {"output": first}


def _output(page: str, block: Block, seed: int) -> str:
    _reset(seed)
    return run_block(page, block)[0]


def _reset(seed: int) -> None:
    """Bring the frameworks that are loaded to the state after import, from another seed each time."""
    if keras := sys.modules.get("keras"):
        keras.backend.clear_session()
        keras.config.set_floatx("float32")
        keras.config.set_image_data_format("channels_last")
        keras.utils.set_random_seed(seed)
    if tensorflow := sys.modules.get("tensorflow"):
        tensorflow.random.set_seed(seed)
    if jax := sys.modules.get("jax"):
        with contextlib.suppress(AttributeError):
            jax.config.update("jax_enable_x64", False)


if __name__ == "__main__":
    main(sys.argv[1])
