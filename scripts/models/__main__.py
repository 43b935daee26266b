"""`python -m scripts.models`: ask everything of every family again and write docs/data/models.json."""

import json
from importlib.metadata import version
from pathlib import Path

from scripts.models import FAMILIES
from scripts.models.counted import counted

RECORD = Path(__file__).parents[2] / "docs/data/models.json"

if __name__ == "__main__":
    counted(next(iter(FAMILIES)))  # torch loads much at its first model, which belongs to no family's seconds
    families = {name: counted(name) for name in FAMILIES}
    record = {"torch": version("torch"), "families": families}
    RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
