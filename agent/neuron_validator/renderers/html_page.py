"""
A page of HTML that is one file: it needs no other and no network.

It is readable on a phone, in light and dark, and on paper. A content security policy forbids whatever is not in it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from html import escape

_STYLE = """\
:root { color-scheme: light dark; --page: #fbfbfa; --card: #fff; --ink: #1c1d1f; --soft: #5d6168; --line: #e3e3e0;
  --code: #f3f3f0; --critical: #b3261e; --warning: #8a5a00; --info: #2b5f8a; --pass: #2f6b3a; --unknown: #6b4c8a; }
@media (prefers-color-scheme: dark) { :root { --page: #16171a; --card: #1e2024; --ink: #e6e6e3; --soft: #a2a6ad;
  --line: #33363c; --code: #26292e; --critical: #f2867e; --warning: #e0ae55; --info: #83b8e0; --pass: #84c490;
  --unknown: #c3a3e0; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.55 system-ui, sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { margin: 0 0 .35rem; font-size: 1.75rem; line-height: 1.25; font-weight: 650; letter-spacing: -.01em; }
h2 { margin: 2.75rem 0 .9rem; font-size: 1.05rem; font-weight: 650; }
h3 { margin: 0 0 .6rem; font-size: 1rem; line-height: 1.4; font-weight: 600; overflow-wrap: anywhere; }
p { margin: 0; }
code, pre { font: .88em/1.6 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { margin: .75rem 0 0; padding: .7rem .9rem; background: var(--code); border-radius: 6px; overflow-x: auto; }
a { color: inherit; text-decoration-color: var(--soft); text-underline-offset: .15em; }
summary { cursor: pointer; color: var(--soft); }
.soft { color: var(--soft); font-weight: 400; }
.verdict b { color: var(--tone); }
.next { margin-top: 1rem; padding-left: .9rem; border-left: 3px solid var(--tone); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.5rem; margin: 2rem 0 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
article { margin: 0 0 .9rem; padding: 1rem 1.15rem; background: var(--card); border: 1px solid var(--line);
  border-left: 3px solid var(--tone); border-radius: 6px; }
article .facts { margin: 0; gap: .25rem 1rem; }
article details { margin-top: .75rem; }
article details .facts { margin-top: .5rem; }
.label { margin-right: .5rem; color: var(--tone); font-size: .78rem; font-weight: 700; letter-spacing: .05em; }
.critical, .fail { --tone: var(--critical); } .warning, .warn { --tone: var(--warning); } .info { --tone: var(--info); }
.pass { --tone: var(--pass); } .unknown { --tone: var(--unknown); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .38rem 1.25rem .38rem 0; border-bottom: 1px solid var(--line); text-align: left; }
th, td { white-space: nowrap; }
th { color: var(--soft); font-weight: 500; }
.scope { padding-top: 1.1rem; color: var(--ink); }
ul { margin: .5rem 0 0; padding-left: 1.2rem; overflow-wrap: anywhere; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); }
footer { overflow-wrap: anywhere; }
@media (max-width: 34rem) { main { padding: 1.5rem .9rem 3rem; } h1 { font-size: 1.4rem; } article { padding: .9rem; }
  .facts, article .facts { gap: .25rem .8rem; } }
@media print { :root { color-scheme: light; --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb;
  --code: #f4f4f4; --critical: #a00; --warning: #750; --info: #246; --pass: #252; --unknown: #536; }
  body { font-size: 10pt; } main { max-width: none; padding: 0; } article, tr { break-inside: avoid; }
  h2 { break-after: avoid; } pre { white-space: pre-wrap; overflow-wrap: anywhere; } .scroll { overflow: visible; } }
"""


def render_page(title: str, body: Iterable[str], *, style: str = "", script: str = "") -> str:
    """Return the page called *title* with the lines of *body*, which are HTML already, and with *style* on top."""
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(script)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>\n{_STYLE}{style}</style>",
            "</head>",
            "<body>",
            "<main>",
            *body,
            "</main>",
            *([f"<script>{script}</script>"] if script else []),
            "</body>",
            "</html>",
            "",
        ]
    )


def _policy(script: str) -> str:
    """Return the policy, which allows *script* by its hash and no other."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = f" script-src 'sha256-{digest}';" if script else ""
    return f"default-src 'none'; style-src 'unsafe-inline';{allowed} base-uri 'none'; form-action 'none'"
