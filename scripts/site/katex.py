"""Render formulas with KaTeX while the site is built, in one Node process for all of them.

The pages ship no math program, and a formula that KaTeX refuses stops the build.
"""

import atexit
import contextlib
import functools
import html
import json
import re
import shutil
import subprocess
from pathlib import Path

from scripts.site.cache import cached
from scripts.site.errors import ROOT
from scripts.site.html import Placeholders
from scripts.site.lighter import lighter_formula

NODE_MODULES = ROOT / "node_modules"
SERVER = Path(__file__).with_name("katex_server.mjs")
OLDEST_NODE = 18
MARKED = re.compile(r'<(span|div) class="arithmatex">\\(?:\((.*?)\\\)|\[(.*?)\\\])</\1>', re.DOTALL)

_server: subprocess.Popen[str] | None = None


def check_installation(root: Path = ROOT) -> None:
    """Make sure that Node and the KaTeX of the lock file are there.

    Raises:
        RuntimeError: with what to install.
    """
    node = shutil.which("node")
    if node is None:
        raise RuntimeError(f"Node is not installed. Install Node {OLDEST_NODE} or newer with npm, then run: npm ci")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    major = re.match(r"v(\d+)\.", version)
    if not major or int(major[1]) < OLDEST_NODE:
        raise RuntimeError(f"Node {version or 'of unknown version'} is too old. Install {OLDEST_NODE} or newer.")
    locked, installed = _locked_version(root / "package-lock.json"), _installed_version(root / "node_modules")
    if installed is None:
        raise RuntimeError(f"KaTeX is not in {root.name}/node_modules. Run: npm ci")
    if installed != locked:
        raise RuntimeError(f"KaTeX {installed} is installed, package-lock.json wants {locked}. Run: npm ci")


def _locked_version(lock: Path) -> str:
    try:
        return json.loads(lock.read_text(encoding="utf-8"))["packages"]["node_modules/katex"]["version"]
    except FileNotFoundError:
        cause = "is missing"
    except (json.JSONDecodeError, KeyError, TypeError):
        cause = "is damaged"
    raise RuntimeError(f"package-lock.json {cause}. Restore it (git checkout package-lock.json), then run: npm ci")


def _installed_version(node_modules: Path) -> str | None:
    try:
        return json.loads((node_modules / "katex" / "package.json").read_text(encoding="utf-8"))["version"]
    except (FileNotFoundError, json.JSONDecodeError, KeyError):
        return None


def assets() -> dict[str, str | Path]:
    """Where KaTeX's style sheet and its WOFF2 fonts stand on the site -> the text, or the file to be copied."""
    dist = NODE_MODULES / "katex" / "dist"
    sheet = _style_sheet()
    only_woff2 = re.sub(r',url\([^)]*\.(?:woff|ttf)\) format\("\w+"\)', "", sheet)
    fonts = sorted((dist / "fonts").glob("*.woff2"))
    return {"assets/katex/katex.min.css": only_woff2} | {f"assets/katex/fonts/{font.name}": font for font in fonts}


@functools.cache
def _style_sheet() -> str:
    return (NODE_MODULES / "katex" / "dist" / "katex.min.css").read_text(encoding="utf-8")


@functools.cache
def styled() -> frozenset[str]:
    """The classes that KaTeX's style sheet speaks of."""
    return frozenset(re.findall(r"\.([A-Za-z][\w-]*)", _style_sheet()))


def render_marked(content: str, placeholders: Placeholders) -> str:
    """Replace every formula that pymdownx.arithmatex marked in a page's HTML by a place for what KaTeX makes of it.

    Raises:
        FormulaError: for the first one that KaTeX refuses.
    """

    def place(mark: re.Match[str]) -> str:
        tex, display = html.unescape(mark[2] or mark[3] or "").strip(), mark[3] is not None
        rendered = render(tex, display)
        return placeholders.keep(_framed(lighter_formula(rendered, styled()), display), mark[1], _spoken(rendered))

    return MARKED.sub(place, content)


class FormulaError(Exception):
    """KaTeX refuses a formula."""

    def __init__(self, tex: str, cause: str):
        super().__init__(tex, cause)
        self.tex, self.cause = tex, cause


def render(tex: str, display: bool) -> str:
    """The HTML and MathML of a formula, from the cache where this KaTeX has rendered it before.

    Raises:
        FormulaError: with KaTeX's message.
    """
    key = [tex, str(display), str(_installed_version(NODE_MODULES)), SERVER.read_bytes()]
    return cached("katex", key, lambda: _ask(tex, display))


def _framed(rendered: str, display: bool) -> str:
    """A wide formula scrolls in its own box, so that box takes the keyboard's focus."""
    if display:
        return f'<div class="arithmatex" tabindex="0" role="group" aria-label="Formula">{rendered}</div>'
    return rendered.replace('class="katex"', 'class="arithmatex katex"', 1)


def _spoken(rendered: str) -> str:
    """The characters of a formula's MathML, for the search."""
    mathml = rendered[: rendered.index("</math>")]
    return re.sub(r"<annotation.*|<[^>]*>", "", mathml, flags=re.DOTALL)


def _ask(tex: str, display: bool) -> str:
    global _server
    if _server is None or _server.poll() is not None:
        command = ["node", str(SERVER), str(ROOT)]
        _server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        atexit.register(_stop, _server)
    line = _exchange(_server, json.dumps({"tex": tex, "display": display}))
    if not line:
        raise FormulaError(tex, "Node ended without an answer; its message is above. Running npm ci may mend it")
    answer = json.loads(line)
    if "error" in answer:
        raise FormulaError(tex, answer["error"].removeprefix("KaTeX parse error: "))
    return answer["html"]


def _stop(server: subprocess.Popen[str]) -> None:
    server.kill()
    server.communicate()


def _exchange(server: subprocess.Popen[str], request: str) -> str:
    """Send a line, wait for a line; nothing comes back when Node has ended."""
    if server.stdin is None or server.stdout is None:
        return ""
    with contextlib.suppress(BrokenPipeError):
        server.stdin.write(request + "\n")
        server.stdin.flush()
    return server.stdout.readline()
