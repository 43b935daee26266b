"""What stands around the site: set-up says what is missing, versions are pinned, `make help` knows every command."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from itertools import chain
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
TOOLS = ("sh", "env", "dirname", "printf", "touch", "test", "cat")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What set-up reads of the repository, and a PATH with nothing but a few plain tools on it."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "bin").mkdir()
    for name in ("scripts/setup.sh", "package.json", "package-lock.json", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or "")
    return tmp_path


def program(checkout: Path, name: str, script: str) -> None:
    """Put a program on the PATH."""
    path = checkout / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def refusal(checkout: Path, part: str, **environment: str) -> str:
    """What set-up says when it refuses."""
    done = subprocess.run(
        [shutil.which("sh") or "sh", "scripts/setup.sh", part],
        cwd=checkout,
        env={"PATH": str(checkout / "bin"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done
    return done.stderr


def test_a_missing_python_is_named(checkout: Path) -> None:
    assert "Python 3.11 or newer is missing" in refusal(checkout, "python")


def test_a_python_that_is_too_old_is_passed_over(checkout: Path) -> None:
    program(checkout, "python3", "exit 1")
    assert "Python 3.11 or newer is missing" in refusal(checkout, "python")
    assert "PYTHON=python3 is not a Python 3.11 or newer" in refusal(checkout, "python", PYTHON="python3")


def test_a_python_without_venv_is_named(checkout: Path) -> None:
    program(checkout, "python3", 'case "$2" in *ensurepip*) exit 1 ;; esac')
    assert "apt install python3-venv" in refusal(checkout, "python")


def test_a_missing_node_is_named(checkout: Path) -> None:
    assert "Node is missing. Install Node 18 or newer" in refusal(checkout, "node")


def test_an_old_node_is_named(checkout: Path) -> None:
    program(checkout, "node", 'if [ "$1" = --version ]; then echo v16.20.0; else exit 1; fi')
    assert "Node v16.20.0 is too old" in refusal(checkout, "node")


def test_a_missing_npm_is_named(checkout: Path) -> None:
    program(checkout, "node", "exit 0")
    assert "npm is missing" in refusal(checkout, "node")


def test_a_missing_and_a_broken_lock_are_named(checkout: Path) -> None:
    (checkout / "bin/node").symlink_to(shutil.which("node") or "")
    program(checkout, "npm", "exit 1")
    assert "npm ci failed" in refusal(checkout, "node")
    (checkout / "package-lock.json").write_text("{")
    assert "package-lock.json is not valid JSON" in refusal(checkout, "node")
    (checkout / "package-lock.json").unlink()
    assert "package-lock.json is missing" in refusal(checkout, "node")


def test_every_dependency_is_constrained_to_a_version_that_it_allows() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [Requirement(line.partition("#")[0]) for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"==[\d.]+", str(pin.specifier)) for pin in pins)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    for requirement in map(Requirement, chain.from_iterable(groups)):
        versions = [pin.specifier for pin in pins if canonicalize_name(pin.name) == canonicalize_name(requirement.name)]
        assert versions or requirement.name == project["name"], f"{requirement.name} is not in constraints.txt"
        assert all(requirement.specifier.contains(str(version)[2:]) for version in versions), requirement


def test_the_lock_names_no_registry_and_pins_exact_versions() -> None:
    package, lock = (json.loads((ROOT / name).read_text()) for name in ("package.json", "package-lock.json"))
    installed = {name: entry for name, entry in lock["packages"].items() if name}
    assert all("resolved" not in entry and entry["integrity"].startswith("sha512-") for entry in installed.values())
    for name, version in (package["dependencies"] | package["devDependencies"]).items():
        assert installed[f"node_modules/{name}"]["version"] == version


def test_actions_are_pinned_by_commit_and_may_write_only_to_publish() -> None:
    text = (ROOT / ".github/workflows/site.yml").read_text()
    uses = re.findall(r"uses: (.+)", text)
    assert uses
    assert [use for use in uses if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use)] == []
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["jobs"]["publish"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert workflow["jobs"]["notebooks"]["permissions"] == {"actions": "read", "contents": "write"}
    branch = "github.event_name != 'pull_request' && github.ref_name == github.event.repository.default_branch"
    assert {workflow["jobs"][job]["if"] for job in ("publish", "notebooks")} == {branch}


@pytest.mark.skipif(shutil.which("make") is None, reason="make is what is tested")
def test_help_lists_every_command() -> None:
    phony = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    environment = os.environ | {"MAKEFLAGS": "", "MAKELEVEL": "0"}
    shown = subprocess.run(["make"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    assert [name for names in phony for name in names.split() if f"make {name} " not in shown] == []
