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
    """Give the application templates, `/static` and security headers; a second call does nothing."""
    if app.get(_READY):
        return
    app[_READY] = True
    app.on_response_prepare.append(security_headers)
    env = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals["static"] = static_url
    files = web.Application()
    files.router.add_static("/", _STATIC)
    app.add_subapp("/static/", files)


@cache
def static_url(name: str) -> str:
    """The address of a static file, with a mark of its content so that a browser never shows an old one."""
    mark = hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={mark}"


async def read_form(request: web.Request) -> None:
    """Read the form of a request; from then on `request.post()` gives it.

    Raises:
        HTTPBadRequest: the body is no form, whatever its header says.
        HTTPRequestEntityTooLarge: it is larger than the application takes.
    """
    try:
        await request.post()
    except web.HTTPException:
        raise
    except Exception as error:  # the parser has no error of its own: ValueError, LookupError, RuntimeError …
        raise web.HTTPBadRequest(text="表单没有完整送到，请返回上一页再试。") from error
