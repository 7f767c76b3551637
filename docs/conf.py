"""How `make site` builds the documents as HTML with Sphinx: the same Markdown, read from the root of the repository."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from bookings_emulator import __version__

project = "Bookings emulator"
release = __version__
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "docs/index"
include_patterns = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/*.md", "benchmarks/*.md"]
include_patterns += ["examples/**.md", "clients/javascript/README.md"]
exclude_patterns = ["**/.*", "**/node_modules", "dist", "build"]
myst_heading_anchors = 4
myst_links_external_new_tab = True
html_theme = "furo"
html_title = f"{project} {release}"
html_show_copyright = False
html_copy_source = False
nitpicky = True
_LINK = re.compile(r"^- \[([^\]]+)\]\(([^)#]+)\.md\)", re.MULTILINE)


def _add_contents(app: Any, docname: str, source: list[str]) -> None:
    """Make the lists of the index the contents of the site; where a heading begins, so does a part of them."""
    if docname != root_doc:
        return
    parts = source[0].split("\n## ")
    trees = []
    for part in parts:
        pages = "\n".join(f"{title} <{target}>" for title, target in _LINK.findall(part))
        trees.append(f"```{{toctree}}\n:hidden:\n:caption: {part.partition(chr(10))[0].strip('# ')}\n\n{pages}\n```\n")
    source[0] += "\n" + "\n".join(trees)


def _add_front(app: Any, error: Exception | None) -> None:
    """Lead from the root of the site to its index."""
    page = f'<meta http-equiv="refresh" content="0; url={root_doc}.html">\n'
    (Path(app.outdir) / "index.html").write_text(page, encoding="utf-8")


def setup(app: Any) -> None:
    """What Sphinx calls first."""
    app.connect("source-read", _add_contents)
    app.connect("build-finished", _add_front)
