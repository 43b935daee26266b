"""The package as people install it: a wheel with every file, NumPy alone required, what needs torch says so, pages."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("reference_impl/**/*.py"))
# What a Python sees that has the wheel and NumPy installed, and nothing else.
BARE = """
import importlib, sys
sys.path[:0] = sys.argv[1:]
for name in {names}:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as missing:
        print(name, "|", missing)
print("torch" in sys.modules)
{then}
"""
# What somebody sees who has the wheel and its extras: every block of the pages, alone, in an empty folder. The runner
# is the site's; what needs a framework of its own has processes of its own in the site's build.
PAGES = """
import re, sys
sys.path[:0] = sys.argv[1:]
from scripts.site import companions, errors, page, runner
import reference_impl
ran = 0
for path in [*sorted((errors.ROOT / "docs").rglob("*.md")), errors.ROOT / "README.md"]:
    for block in page.Page.read(path).blocks:
        if re.search(r"^ *(from|import) +(scripts|tests)\\b", block.code, re.MULTILINE):
            raise errors.PageError(path.name, block.line, "the wheel has no such module")
        if not companions.needed_by(block.code):
            output, *_ = runner.run_block(path.name, block)
            runner.check_output(path.name, block, output)
            ran += 1
print(ran, reference_impl.__file__)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the unpacked wheel, and NumPy beside it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"  # a copy: a build leaves files beside what it builds, and takes old ones up again
    shutil.copytree(ROOT / "reference_impl", source / "reference_impl", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-TEXT"):
        shutil.copy(ROOT / name, source)
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, source]
    subprocess.run(build, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "site")
    site = Path(np.__file__).parents[1]
    for name in ("numpy", "numpy.libs"):
        (folder / "site" / name).symlink_to(site / name)
    return folder / "site"


def run_bare(site: Path, names: list[str], then: str = "") -> list[str]:
    code = BARE.format(names=names, then=then)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(site)], check=True, capture_output=True, text=True
    )
    return done.stdout.splitlines()


def modules() -> list[str]:
    return [path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in SOURCES]


def test_the_wheel_holds_every_file(installed: Path) -> None:
    held = [path.relative_to(installed).as_posix() for path in installed.glob("reference_impl/**/*.py")]
    assert sorted(held) == SOURCES


def test_every_room_opens_without_torch(installed: Path) -> None:
    rooms = [path.parent.as_posix().replace("/", ".") for path in map(Path, SOURCES) if path.name == "__init__.py"]
    assert len(rooms) > 10
    compute = (
        "import numpy; from reference_impl.conv import conv; print(conv(numpy.ones((1, 1, 3)), numpy.ones((1, 1, 2))))"
    )
    assert run_bare(installed, rooms, compute) == ["False", "[[[2. 2.]]]"]


def test_what_needs_torch_says_which_extra_to_install(installed: Path) -> None:
    *refused, _ = run_bare(installed, [name for name in modules() if "frameworks" not in name])
    assert len(refused) > 10
    for line in refused:
        assert line.endswith("| tensors and layers need torch. Install it: pip install 'convolution-handbook[torch]'")


def test_every_block_of_the_pages_runs_from_the_wheel_with_its_extras(installed: Path, tmp_path: Path) -> None:
    tools, empty = tmp_path / "tools", tmp_path / "empty"
    for folder in (tools, empty):
        folder.mkdir()
    (tools / "scripts").symlink_to(ROOT / "scripts")
    extras = Path(np.__file__).parents[1]  # -S leaves out the link to the checkout that stands there
    command = [sys.executable, "-I", "-S", "-c", PAGES, str(installed), str(tools), str(extras)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=empty)
    assert done.returncode == 0, done.stderr
    ran, file = done.stdout.split(maxsplit=1)
    assert int(ran) > 100
    assert Path(file.strip()).is_relative_to(installed)
