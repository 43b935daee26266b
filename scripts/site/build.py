"""Build the site next to the last good one, and put it in its place only when nothing was wrong: `make site`."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.site.errors import ROOT


def build(site: Path, config: Path = ROOT / "mkdocs.yml") -> int:
    """Build strictly into `site`, which stays as it is when the build fails.

    Returns:
        mkdocs' exit status: 0 for a site without a fault.
    """
    workshop = ROOT / ".cache"
    workshop.mkdir(exist_ok=True)
    site.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="building-", dir=workshop) as folder:
        fresh, old = Path(folder, "site"), Path(folder, "old")
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(config), "-d", str(fresh)]
        environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
        status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        if status:
            kept = f" {_relative(site)} is still the last good site." if site.exists() else ""
            print(f"\nThe site was not built.{kept}", file=sys.stderr)
            return status
        if site.exists():
            shutil.move(site, old)
        shutil.move(fresh, site)
    print(f"The site is in {_relative(site)}")
    return 0


def _relative(path: Path) -> str:
    return f"{path.relative_to(ROOT)}/" if path.is_relative_to(ROOT) else f"{path}/"


def main() -> int:
    """The command `python -m scripts.site.build`."""
    parser = argparse.ArgumentParser(prog="python -m scripts.site.build", description=__doc__)
    parser.add_argument("-d", "--site-dir", type=Path, default=ROOT / "site", help="where the site goes (site/)")
    return build(parser.parse_args().site_dir.resolve())


if __name__ == "__main__":
    raise SystemExit(main())
