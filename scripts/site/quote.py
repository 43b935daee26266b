"""What those need who quote a page, share it, teach with it or found a fault in it.

A page's template shows it (`overrides/`): a citation, the facts that search engines and link previews read, and a link
that opens a report. Addresses need `SITE_URL`, reports need `REPO_URL`.
"""

import json
import re
from datetime import UTC, datetime
from importlib import metadata
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlencode

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page
from mkdocs.utils import get_build_date

AUTHORS = "The Convolution Handbook contributors"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
TAG = re.compile(r"<[^>]+>")
SPECIAL = re.compile(r"[&%$#_{}]")
LOST = (
    "SITE_URL is not set, which is right for reading at home. A published site loses by it: canonical addresses, its "
    "sitemap, addresses in citations, pictures in link previews, and the style of 404.html below a sub-path."
)


def about(page: Page, config: MkDocsConfig) -> dict[str, Any]:
    """What the template of a page shows and says about it."""
    facts: dict[str, Any] = {
        "title": str(config.site_name) if page.is_homepage else TAG.sub("", str(page.title)),
        "description": str(page.meta.get("description", config.site_description)),
        "address": page.canonical_url or "",
        "image": f"{config.site_url}{preview_of(page)}" if config.site_url else "",
    }
    facts["bibtex"] = bibtex(page, facts, str(config.site_name))
    facts["linked_data"] = linked_data(page, facts, config)
    facts["report"] = report(page, facts, config.repo_url or "")
    facts["solutions"] = 'class="success"' in (page.content or "")
    return facts


def attribution(page: Page, config: MkDocsConfig) -> str:
    """The line below a picture that leaves its page."""
    title = "" if page.is_homepage else f", {TAG.sub('', str(page.title))}"
    address = f", {page.canonical_url}" if page.canonical_url else ""
    return f"{config.site_name}{title}{address}. CC BY 4.0"


def preview_of(page: Page) -> str:
    """Where the picture stands that a link to a page is shown with."""
    return f"assets/previews/{PurePosixPath(page.file.src_uri).stem}.png"


def bibtex(page: Page, facts: dict[str, Any], site: str) -> str:
    """The page as an entry of a bibliography in BibTeX."""
    name = "" if page.is_homepage else f"-{PurePosixPath(page.file.src_uri).stem}"
    date = datetime.fromisoformat(get_build_date()).replace(tzinfo=UTC)
    entry = {
        "title": f"{{{_escaped(facts['title'])}}}",
        "author": f"{{{AUTHORS}}}",
        "howpublished": "" if page.is_homepage else _escaped(site),
        "year": str(date.year),
        "month": date.strftime("%b").lower(),
        "note": f"Version {metadata.version('convolution-handbook')}, {date.day} {date:%B %Y}",
        "url": facts["address"],
    }
    width = max(map(len, entry))
    lines = [f"  {key:<{width}} = {_braced(key, value)}," for key, value in entry.items() if value]
    return "\n".join([f"@misc{{convolution-handbook{name},", *lines, "}"])


def _escaped(text: str) -> str:
    return SPECIAL.sub(lambda sign: "\\" + sign[0], text)


def _braced(key: str, value: str) -> str:
    return value if key == "month" else f"{{{value}}}"


def linked_data(page: Page, facts: dict[str, Any], config: MkDocsConfig) -> str:
    """The page in the words of schema.org, as JSON that may stand in a <script>."""
    book = {"@type": "Book", "name": config.site_name, "url": config.site_url or None}
    made = {
        "@context": "https://schema.org",
        "@type": "Book" if page.is_homepage else "Chapter" if page.file.src_uri.startswith("chapters/") else "Article",
        "name": facts["title"],
        "description": facts["description"],
        "inLanguage": "en",
        "license": LICENCE,
        "author": {"@type": "Organization", "name": AUTHORS},
        "dateModified": get_build_date(),
        "url": facts["address"] or None,
        "image": facts["image"] or None,
        "isPartOf": None if page.is_homepage else {key: value for key, value in book.items() if value},
    }
    return json.dumps({key: value for key, value in made.items() if value}, ensure_ascii=False).replace("</", "<\\/")


def report(page: Page, facts: dict[str, Any], repository: str) -> str:
    """The address that opens a new issue about a page, or nothing without a repository. GitHub, Gitea and Forgejo."""
    if not repository:
        return ""
    body = (
        f"Page: {facts['address'] or page.url}\nFile: docs/{page.file.src_uri}\n\nWhat is wrong, and what is right?\n\n"
    )
    return f"{repository.rstrip('/')}/issues/new?{urlencode({'title': facts['title'] + ': ', 'body': body})}"
