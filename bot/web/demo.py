"""The chat page `/demo` (development only): a WeChat conversation in the browser, run through the real webhook.

The page sends what a person types, taps or clicks to `/demo/send`; the server hands it to a `Push`, which signs and
encrypts it as WeChat does and gives it to the webhook. So what one tries here is what runs.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol

import aiohttp_jinja2
from aiohttp import web

from bot.web.pages import setup_pages

_log = logging.getLogger(__name__)

COOKIE = "gongkai_demo"
HEADER = "X-Gongkai-Demo"
"""A header that a form of another site cannot set: with the SameSite cookie it keeps other sites out."""
MAX_TEXT = 2000
_TOKEN = re.compile(r"[A-Za-z0-9_-]{24}")
_EVENTS = frozenset({"subscribe", "unsubscribe", "CLICK"})


class Push(Protocol):
    """Sends one message through the real webhook as WeChat would and returns the decrypted replies."""

    async def __call__(
        self,
        kind: str,
        *,
        openid: str,
        content: str = "",
        menu_id: str = "",
        event: str = "",
        event_key: str = "",
    ) -> list[dict[str, Any]]:
        """Push a `text` with its content (and the id of the link that sent it), or an `event` with its name and key."""
        ...


@dataclass(frozen=True, slots=True)
class MenuButton:
    """A button of the account's menu (自定义菜单): with sub-buttons, or with the key that a click sends."""

    name: str
    key: str = ""
    children: tuple[MenuButton, ...] = ()


_PUSH: web.AppKey[Push] = web.AppKey("demo_push", Push)
_PAGE: web.AppKey[dict[str, Any]] = web.AppKey("demo_page", dict)

EXAMPLES = (
    "去年公众号发了多少条信息",
    "2023年行政强制有多少件",
    "怎么申请政府信息公开",
    "2023年存在的主要问题",
)


def setup_demo(
    app: web.Application,
    push: Push,
    *,
    menu: tuple[MenuButton, ...],
    account: str = "政务公开问答",
    examples: Callable[[], Sequence[str]] = lambda: EXAMPLES,
) -> None:
    """Add the chat page to the application. Call it in development mode only.

    Args:
        app: the web process.
        push: the way into the webhook.
        menu: the account's menu, at most three buttons with at most five sub-buttons each.
        account: the name at the head of the conversation.
        examples: says which questions the page offers beside the phone.
    """
    setup_pages(app)
    demo = web.Application(client_max_size=64 * 1024)
    demo[_PUSH] = push
    demo[_PAGE] = {"account": account, "menu": menu, "examples": examples, "max_text": MAX_TEXT}
    demo.router.add_get("", _page)
    demo.router.add_post("/send", _send)
    app.add_subapp("/demo", demo)


async def _page(request: web.Request) -> web.Response:
    page = request.app[_PAGE]
    response = aiohttp_jinja2.render_template("demo.html", request, {**page, "examples": page["examples"]()})
    response.headers["Cache-Control"] = "no-store"
    if not _TOKEN.fullmatch(request.cookies.get(COOKIE, "")):
        response.set_cookie(COOKIE, secrets.token_urlsafe(18), path="/demo", httponly=True, samesite="Strict")
    return response


async def _send(request: web.Request) -> web.Response:
    token = request.cookies.get(COOKIE, "")
    if request.headers.get(HEADER) != "1" or not _TOKEN.fullmatch(token):
        return _failure(403, "请刷新页面后再试")
    message = _message(await _body(request))
    if message is None:
        return _failure(400, "这条消息的格式不对")
    started = perf_counter()
    try:
        replies = await request.app[_PUSH](**message, openid=f"demo{token}")
    except Exception:
        _log.exception("the chat page could not push a message")
        return _failure(502, "该公众号提供的服务出现故障，请稍后再试")
    return web.json_response({"replies": replies, "milliseconds": round((perf_counter() - started) * 1000, 1)})


async def _body(request: web.Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        return None


def _message(body: Any) -> dict[str, str] | None:
    """The arguments for `Push`, or `None` where the browser sent something else."""
    if not isinstance(body, dict) or not all(isinstance(v, str) for v in body.values()):
        return None
    kind, content = body.get("kind"), body.get("content", "").strip()
    event, key = body.get("event", ""), body.get("event_key", "")
    if kind == "text" and 0 < len(content) <= MAX_TEXT:
        return {"kind": "text", "content": content, "menu_id": body.get("menu_id", "")[:128]}
    if kind == "event" and event in _EVENTS and len(key.encode()) <= 128:
        return {"kind": "event", "event": event, "event_key": key}
    return None


def _failure(status: int, message: str) -> web.Response:
    return web.json_response({"error": message}, status=status)
