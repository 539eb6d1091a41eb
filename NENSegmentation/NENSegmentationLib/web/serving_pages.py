"""Pages of one sentence, for what the reader itself cannot say."""

from __future__ import annotations

import html

from aiohttp import web

_TITLE = "NENSegmentation"
_STYLE = """
:root { color-scheme: light dark; font-family: system-ui, sans-serif; }
body { display: grid; place-items: center; min-height: 90vh; margin: 1rem; }
main { max-width: 36rem; line-height: 1.5; }
h1 { font-size: 1.1rem; }
a { display: inline-block; padding: .5rem 1rem; border: 1px solid; border-radius: .3rem; }
"""


def page(sentence: str, *, status: int = 200, way: tuple[str, str] | None = None) -> web.Response:
    """Return a page.

    Parameters
    ----------
    sentence : str
        What there is to say.
    status : int
        Of HTTP.
    way : tuple of (str, str), optional
        Address and words of where to go from here.
    """
    said = html.escape(sentence[:1].upper() + sentence[1:])
    link = f'<p><a href="{html.escape(way[0])}">{html.escape(way[1])}</a></p>' if way else ""
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_TITLE}</title>'
        '<link rel="icon" href="data:,">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{_TITLE}</h1><p>{said}</p>{link}</main></body></html>"
    )
    return web.Response(text=text, content_type="text/html", status=status)
