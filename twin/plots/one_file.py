"""A page in one HTML file that opens by double click, without a network, with plotly.js inside."""

import base64
import gzip
import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources


def one_file(name: str, *, title: str, payload: Mapping[str, object], scripts: Sequence[str]) -> str:
    """Return a page that needs no other file and asks for none.

    Args:
        name: Name of its template and its style, ``name.html`` and ``name.css``.
        title: What the page is about.
        payload: What its script draws; texts in it are inert.
        scripts: Files that make its script, in this order.

    Returns:
        The page; equal arguments give equal bytes.

    Raises:
        ValueError: A number of the payload is not finite.
    """
    packed_library, library_hash = _plotly()
    script = "(() => {\n'use strict';\n" + "\n".join(map(_page_file, scripts)) + "})();\n"
    return _fill(
        _page_file(f"{name}.html"),
        {
            "policy": _policy(library_hash, _hash(script)),
            "title": html.escape(title),
            "style": _page_file(f"{name}.css"),
            "plotly": packed_library,
            "data": _pack(json.dumps(payload, separators=(",", ":"), allow_nan=False)),
            "script": script,
        },
    )


def _fill(template: str, parts: Mapping[str, str]) -> str:
    """Return the template with each `{{part}}` put in, once: what is put in is not read again."""
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], template)


def _policy(*script_hashes: str) -> str:
    """Return the content security policy: our two scripts by hash, no address at all."""
    scripts = " ".join(f"'sha256-{script_hash}'" for script_hash in script_hashes)
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _page_file(name: str) -> str:
    # Universal newlines matter: the policy's hash is over what the browser parses, which has none but \n.
    return resources.files("twin.plots").joinpath("page", name).read_text(encoding="utf-8")


@cache
def _plotly() -> tuple[str, str]:
    """Return plotly.js out of the installed wheel, packed, and its hash."""
    library = resources.files("plotly").joinpath("package_data", "plotly.min.js").read_text(encoding="utf-8")
    return _pack(library), _hash(library)


def _pack(text: str) -> str:
    """Return the text compressed, in base64; equal texts give equal bytes."""
    # A higher level takes half as long again, for a page smaller by two in a thousand.
    return base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
