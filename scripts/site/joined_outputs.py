"""Take away the mark between a block and its shown output, so that the style sheet can join the two.

Inside admonitions and lists Markdown makes a paragraph of the mark and of the output, which HTML does not allow.
mkdocs calls `on_page_content` by its name.
"""

import re

from scripts.site.blocks import EXPECTED_OUTPUT

MARK = re.escape(EXPECTED_OUTPUT)
OUTPUT_IN_PARAGRAPH = re.compile(rf'<p>{MARK}\s*(<div class="language-text.*?</pre></div>)\s*</p>', re.DOTALL)
MARK_ALONE = re.compile(rf"{MARK}\s*")


def on_page_content(html: str, **_: object) -> str:
    """The page with each output directly below its block."""
    return MARK_ALONE.sub("", OUTPUT_IN_PARAGRAPH.sub(r"\1", html))
