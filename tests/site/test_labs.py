"""The pages of all labs: outputs and drawings, links both ways, cards, and files that run where only the project is."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urljoin
from xml.etree import ElementTree

import jupytext
import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup

from scripts.fingerprints import ROOT
from scripts.labs import execute
from scripts.labs.notebook import Lab, labs
from scripts.site.labs import picture

LABS = labs()
EVERY_LAB = pytest.mark.parametrize("lab", LABS, ids=[lab.name for lab in LABS])
# What `pip install '.[snippets]'` brings, by the names of its modules.
INSTALLED = {"matplotlib", "numpy", "reference_impl", "scipy", "sklearn", "sympy", "torch"}
RUN_NOTEBOOK = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
print(sum(bool(cell.get("outputs")) for cell in notebook.cells))
"""


def page_of(lab: Lab, site: Path) -> BeautifulSoup:
    return BeautifulSoup((site / "labs" / lab.name / "index.html").read_text(encoding="utf-8"), "html.parser")


def notebook_of(lab: Lab, site: Path):
    return nbformat.read(site / "labs" / lab.name / f"{lab.name}.ipynb", as_version=4)


def codes(notebook) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


@EVERY_LAB
def test_the_page_of_a_lab_has_what_its_cells_printed_and_drew(lab: Lab, site: Path) -> None:
    page, ran = page_of(lab, site), notebook_of(lab, site)
    outputs = [output for cell in ran.cells for output in cell.get("outputs", ())]
    drawings = [output for output in outputs if "image/svg+xml" in output.get("data", {})]
    assert len(page.select('.lab-drawing svg[aria-label][fill="currentColor"]')) == len(drawings) > 0  # letters show
    assert len(page.select(".language-text.highlight")) == len(outputs) - len(drawings) > 0
    assert len(page.select(".language-python.highlight")) == len(codes(ran))
    assert picture(lab, ran).startswith('<svg fill="#808080" ')
    assert lab.facts["minutes"] <= 2


@EVERY_LAB
def test_what_the_renderer_brings_along_is_left_behind(lab: Lab, site: Path) -> None:
    source = (site / "labs" / lab.name / "index.html").read_text(encoding="utf-8")
    assert "jp-" not in source
    assert "<style" not in source
    assert "[[=" not in source


@EVERY_LAB
def test_a_lab_and_its_chapters_lead_to_each_other(lab: Lab, site: Path) -> None:
    links = {link.get("href") for link in page_of(lab, site).select("article .lab-facts a")}
    assert lab.facts["chapters"]
    for chapter in lab.facts["chapters"]:
        address = chapter.removesuffix(".md")
        assert f"../../{address}/" in links
        there = BeautifulSoup((site / address / "index.html").read_text(encoding="utf-8"), "html.parser")
        assert f"../../labs/{lab.name}/" in {link.get("href") for link in there.select("article .labs-beside a")}


def test_each_lab_has_a_card_on_the_home_page_and_a_line_in_the_navigation(site: Path) -> None:
    home = BeautifulSoup((site / "index.html").read_text(encoding="utf-8"), "html.parser")
    cards = home.select(".lab-cards > li")
    assert len(cards) == len(LABS)
    for lab, card in zip(LABS, cards, strict=True):
        assert card.select_one("a")["href"] == f"labs/{lab.name}/"
        learn = lab.facts["learn"]
        assert (
            card.select_one("p").text
            == f"{learn[0].upper()}{learn[1:]}. {lab.facts['minutes']}\N{NO-BREAK SPACE}min to run."
        )
        drawing = ElementTree.parse(site / card.select_one("img")["src"]).getroot()
        assert drawing.tag.endswith("svg")
        assert len(list(drawing.iter())) > 10
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    named = re.findall(r"^ +- (labs/\S+)$", config, re.MULTILINE)
    assert named == [f"labs/{lab.name}.ipynb" for lab in LABS]


@EVERY_LAB
def test_the_downloads_are_the_code_that_was_executed_and_need_only_the_project(lab: Lab, site: Path) -> None:
    ran = notebook_of(lab, site)
    nbformat.validate(ran)
    assert ran.metadata.kernelspec["name"] == "python3"
    written = codes(lab.notebook)
    assert codes(ran) == written
    assert all(cell.execution_count for cell in ran.cells if cell.cell_type == "code")
    program = site / "labs" / lab.name / f"{lab.name}.py"
    assert codes(jupytext.read(program)) == written
    tree = ast.parse(program.read_text(encoding="utf-8"))
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    packages = {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names)
    assert packages <= INSTALLED
    links = {link.get("href") for link in page_of(lab, site).select(".lab-facts a[download]")}
    assert links == {f"{lab.name}.ipynb", f"{lab.name}.py"}


def quickest(site: Path) -> Lab:
    """The lab that took the least time: the others run as long as a CI run may, and their code is that of the page."""
    return min(LABS, key=lambda lab: float(re.search(r"Ran in (\d+) s", page_of(lab, site).text)[1]))


def environment() -> dict[str, str]:
    """As a kernel of the build has it, without the path to the repository's other modules."""
    return {name: value for name, value in execute.environment().items() if name != "PYTHONPATH"}


def run_alone(folder: Path, *command: str | Path) -> str:
    """Run Python in an empty folder; what it printed."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *command],
        cwd=folder,
        env=environment() | {"MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_the_downloaded_file_runs_from_top_to_bottom(site: Path, tmp_path: Path) -> None:
    lab = quickest(site)
    printed = run_alone(tmp_path, site / "labs" / lab.name / f"{lab.name}.py")
    assert printed.strip()


def test_the_downloaded_notebook_runs_from_top_to_bottom_in_a_fresh_kernel(site: Path, tmp_path: Path) -> None:
    lab = quickest(site)
    kernels = tmp_path / "kernels" / "python3"
    kernels.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--HistoryManager.enabled=False"]
    spec = {"argv": argv, "display_name": "Python 3", "language": "python"}
    (kernels / "kernel.json").write_text(json.dumps(spec))
    done = subprocess.run(
        [sys.executable, "-c", RUN_NOTEBOOK, site / "labs" / lab.name / f"{lab.name}.ipynb"],
        cwd=tmp_path,
        env=environment() | {"JUPYTER_PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    with_outputs = sum(bool(cell.get("outputs")) for cell in notebook_of(lab, site).cells)
    assert int(done.stdout.split()[-1]) == with_outputs > 0


@EVERY_LAB
def test_a_published_lab_opens_in_colab_and_is_edited_as_python(lab: Lab, site: Path) -> None:
    links = {link.get("href") for link in page_of(lab, site).select("a[href^=https]")}
    colab = {link for link in links if link.startswith("https://colab.research.google.com/")}
    repository = os.environ.get("REPO_URL", "")
    if not repository.startswith("https://github.com/"):
        assert colab == set()
        return
    name = repository.removeprefix("https://github.com/").removesuffix("/")
    assert colab == {f"https://colab.research.google.com/github/{name}/blob/labs/{lab.name}.ipynb"}
    assert urljoin(repository.rstrip("/") + "/", f"edit/main/docs/labs/{lab.name}.py") in links
    assert (site / "labs" / lab.name / "colab" / f"{lab.name}.ipynb").is_file()


@EVERY_LAB
def test_lines_of_drawings_stand_out_on_light_and_on_dark(lab: Lab, site: Path) -> None:
    colours = set()
    for axes in page_of(lab, site).select('.lab-drawing svg g[id*="axes_"]'):
        for part in (
            [] if axes.select("image") else axes.select('g[id*="line2d"] [style]')
        ):  # a photograph is its own ground
            colours |= set(re.findall(r"(?:stroke|fill): (#[0-9a-f]{6})", part["style"]))
    faint = {colour for colour in colours for ground in ("#ffffff", "#14191f") if contrast(colour, ground) < 3}
    assert faint == set()


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2 between two colours."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


def test_the_pages_that_axe_looks_at_are_those_of_all_labs(addresses: list[str]) -> None:
    assert {address for address in addresses if address.startswith("labs/")} == {f"labs/{lab.name}/" for lab in LABS}
    assert yaml.safe_load((ROOT / "tests" / "site" / "queries.yml").read_text(encoding="utf-8"))
