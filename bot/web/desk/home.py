"""The desk's first page: what there is to do."""

from __future__ import annotations

from aiohttp import web

from bot.web.auth import Route
from bot.web.desk.common import render
from bot.web.permissions import Action


async def page(request: web.Request) -> web.StreamResponse:
    """The sections that this person works in."""
    return render(request, "home.html")


async def without_slash(request: web.Request) -> web.StreamResponse:
    """/desk is /desk/."""
    raise web.HTTPMovedPermanently("/desk/")


ROUTES = (Route("GET", "/", page, Action.OWN), Route("GET", "", without_slash, None))
