"""What all pages share: templates and static files, both out of this tree."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from bot.web.middlewares import security_headers

_HERE = Path(__file__).parent
_STATIC = _HERE / "static"
_READY: web.AppKey[bool] = web.AppKey("pages_ready", bool)


def setup_pages(app: web.Application) -> None:
    """Give the application templates and `/static`; a second call does nothing."""
    if app.get(_READY):
        return
    app[_READY] = True
    env = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals["static"] = static_url
    files = web.Application(middlewares=[security_headers])
    files.router.add_static("/", _STATIC)
    app.add_subapp("/static/", files)


@cache
def static_url(name: str) -> str:
    """The address of a static file, with a mark of its content so that a browser never shows an old one."""
    mark = hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={mark}"
