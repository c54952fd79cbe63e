"""The server interface (api.weixin.qq.com) as a real aiohttp server."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from storage.clock import FixedClock
from tests.fakes.wechat import checks
from tests.fakes.wechat.account import LIFE, TYPING_LASTS, Errcode, FakeAccount, Kind, Token

ESCAPED = re.compile(rb"\\u[0-9a-fA-F]{4}")
AUTHORIZE = re.compile(
    r"https://open\.weixin\.qq\.com/connect/oauth2/authorize\?appid=wx[0-9a-f]{16}&redirect_uri=https?%3A%2F%2F[^&]+"
    r"&response_type=code&scope=snsapi_(?:base|userinfo)&state=[A-Za-z0-9]{1,128}#wechat_redirect"
)
TAGGED_PAGE = 10_000
VERIFIED, SERVICE_VERIFIED, ALL = "verified", "service", "all"
RULES = {
    "/cgi-bin/get_api_domain_ip": ("GET", ALL),
    "/cgi-bin/getcallbackip": ("GET", ALL),
    "/cgi-bin/callback/check": ("POST", ALL),
    "/cgi-bin/openapi/quota/get": ("POST", ALL),
    "/cgi-bin/menu/create": ("POST", VERIFIED),
    "/cgi-bin/menu/get": ("GET", VERIFIED),
    "/cgi-bin/menu/delete": ("GET", VERIFIED),
    "/cgi-bin/menu/addconditional": ("POST", VERIFIED),
    "/cgi-bin/menu/delconditional": ("POST", VERIFIED),
    "/cgi-bin/message/custom/send": ("POST", VERIFIED),
    "/cgi-bin/message/custom/typing": ("POST", VERIFIED),
    "/cgi-bin/message/template/send": ("POST", SERVICE_VERIFIED),
    "/cgi-bin/message/subscribe/bizsend": ("POST", SERVICE_VERIFIED),
    "/cgi-bin/media/upload": ("POST", ALL),
    "/cgi-bin/ticket/getticket": ("GET", ALL),
    "/cgi-bin/freepublish/batchget": ("POST", VERIFIED),
    "/cgi-bin/user/info": ("GET", VERIFIED),
    "/cgi-bin/tags/create": ("POST", VERIFIED),
    "/cgi-bin/tags/get": ("GET", VERIFIED),
    "/cgi-bin/tags/members/batchtagging": ("POST", VERIFIED),
    "/cgi-bin/tags/members/batchuntagging": ("POST", VERIFIED),
    "/cgi-bin/user/tag/get": ("POST", VERIFIED),
    "/cgi-bin/menu/trymatch": ("POST", VERIFIED),
}
"""Method and who may call. Another method is answered with 43001 or 43002, another account with 48001."""


@dataclass
class Call:
    """One request as it came in, and how it was answered."""

    app_id: str
    path: str
    body: Any
    errcode: int = 0
    token: str = ""


@dataclass
class FakeWeChat:
    """Serves several accounts. `faults` are requests that a correct caller never makes."""

    clock: FixedClock
    accounts: dict[str, FakeAccount] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    ip: str = "203.0.113.7"
    fast_by: timedelta = timedelta(0)
    """How much WeChat's clock is ahead of this machine's."""

    def __post_init__(self) -> None:
        self._injected: dict[str, list[int | str]] = {}
        self._runner: web.AppRunner | None = None
        self.url = ""

    def account(self, app_id: str = "wx0123456789abcdef", secret: str = "s" * 32, **values: Any) -> FakeAccount:
        account = self.accounts[app_id] = FakeAccount(app_id, secret, self.clock, **values)
        return account

    def inject(self, path: str, *answers: int | str) -> None:
        """Answer the next calls of `path` so: an errcode, `close`, `html`, `array`, or `… after doing` (see `_serve`)."""
        self._injected.setdefault(path, []).extend(answers)

    def count(self, path: str, errcode: int | None = None) -> int:
        return sum(c.path == path and errcode in (None, c.errcode) for c in self.calls)

    def errcodes(self) -> Counter[int]:
        return Counter(c.errcode for c in self.calls if c.errcode)

    # --- life -------------------------------------------------------------------------------------

    async def __aenter__(self) -> FakeWeChat:
        app = web.Application(client_max_size=32 * 2**20)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        call = Call("", request.path, None, token=request.query.get("access_token", ""))
        self.calls.append(call)
        raw = b"" if request.content_type.startswith("multipart/") else await request.read()
        waiting = self._injected.get(request.path)
        injected = waiting.pop(0) if waiting else 0
        if isinstance(injected, str) and not injected.endswith("after doing"):
            return await self._misbehave(request, injected)
        try:
            if injected and isinstance(injected, int):
                raise Errcode(injected)
            answer = await self._answer(request, raw, call)
        except Errcode as error:
            call.errcode = error.code
            answer = {"errcode": error.code, "errmsg": f"{error.message} rid: 6a00-fake"}
        if injected == "hang up after doing":
            return await self._misbehave(request, "close")
        if injected == "never answer after doing":
            await asyncio.Event().wait()
        date = format_datetime(datetime.now(UTC) + self.fast_by, usegmt=True)
        body = json.dumps(answer, ensure_ascii=False).encode()
        return web.Response(body=body, content_type="text/plain", headers={"Date": date})

    async def _misbehave(self, request: web.Request, how: str) -> web.StreamResponse:
        if how == "close":
            assert request.transport is not None
            request.transport.abort()
        texts = {
            "html": "<html>502 Bad Gateway</html>",
            "array": "[1,2]",
            "code": '{"errcode":"x"}',
            "deep": "[" * 9999,
        }
        return web.Response(text=texts.get(how, ""), status=502 if how == "html" else 200)

    # --- people in front of web pages ----------------------------------------------------------------

    def authorize(self, url: str, openid: str, *, agrees: bool = True, snapshot: bool = False) -> str:
        """A person's WeChat opens the page of 网页授权; where it sends the browser.

        Raises:
            ValueError: the person would see an error page of WeChat.
        """
        if not AUTHORIZE.fullmatch(url):
            raise ValueError(f"order or names of the parameters: {url}")
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        account = self.accounts[query["appid"]]
        if urlsplit(query["redirect_uri"]).hostname not in account.web_domains:
            raise ValueError("10003: redirect_uri domain")
        if account.kind is not Kind.SERVICE or not account.verified:
            raise ValueError("10005: no permission for scope")
        back = f"{query['redirect_uri']}{'&' if '?' in query['redirect_uri'] else '?'}"
        if not agrees:
            return f"{back}state={query['state']}"
        code = f"0{account.next_id():030d}"
        account.codes[code] = {"openid": openid, **({"is_snapshotuser": 1} if snapshot else {})}
        return f"{back}code={code}&state={query['state']}"

    def accepts_config(self, config: dict[str, Any], url: str) -> bool:
        """Whether `wx.config` of a page at `url` would be accepted."""
        account = self.accounts[config["appId"]]
        if account.ticket is None or urlsplit(url).hostname not in account.web_domains:
            return False
        text = (
            f"jsapi_ticket={account.ticket.value}&noncestr={config['nonceStr']}"
            f"&timestamp={config['timestamp']}&url={url.partition('#')[0]}"
        )
        return bool(config["signature"] == hashlib.sha1(text.encode()).hexdigest())

    # --- answering --------------------------------------------------------------------------------

    async def _answer(self, request: web.Request, raw: bytes, call: Call) -> dict[str, Any]:
        path = request.path
        if path in {"/cgi-bin/token", "/cgi-bin/stable_token"}:
            return self._token(request, raw, call)
        if path == "/sns/oauth2/access_token":
            return self._oauth(request, call)
        account = self._authorised(call)
        if path not in RULES:
            raise Errcode(40066, "invalid url")
        method, who = RULES[path]
        if request.method != method:
            raise Errcode(43002 if method == "POST" else 43001, f"require {method} method")
        if not _granted(account, who):
            raise Errcode(48001, "api unauthorized")
        account.count(path)
        if path == "/cgi-bin/media/upload":
            return await self._upload(request, account)
        call.body = self._json(request, raw) if method == "POST" else dict(request.query)
        name = path.removeprefix("/cgi-bin/").replace("/", "_")
        handler: Callable[[FakeAccount, Any], dict[str, Any]] = getattr(self, f"_{name}")
        return {"errcode": 0, "errmsg": "ok", **handler(account, call.body)}

    def _authorised(self, call: Call) -> FakeAccount:
        for account in self.accounts.values():
            if call.token in account.tokens or call.token in account.dead:
                call.app_id = account.app_id
                account.check_token(call.token)
                return account
        raise Errcode(40014 if call.token else 41001, "invalid access_token")

    def _json(self, request: web.Request, raw: bytes) -> Any:
        if not raw:
            raise Errcode(44002, "empty post data")
        if ESCAPED.search(raw):
            raise Errcode(40033, "invalid charset. please check your request, if include \\uxxxx will create fail!")
        if request.content_type != "application/json":
            raise Errcode(47001, f"content type {request.content_type}")
        try:
            return json.loads(raw.decode("utf-8"))
        except ValueError as error:
            raise Errcode(47001, "data format error") from error

    def _token(self, request: web.Request, raw: bytes, call: Call) -> dict[str, Any]:
        stable = request.path.endswith("stable_token")
        if stable and request.method != "POST":
            raise Errcode(43002, "require POST method")
        values = self._json(request, raw) if stable else dict(request.query)
        if values.get("grant_type") != "client_credential":
            raise Errcode(40002, "invalid grant_type")
        call.app_id = str(values.get("appid", ""))
        account = self.accounts.get(call.app_id)
        if account is None:
            raise Errcode(40013 if call.app_id else 41002, "invalid appid")
        if account.allow_ips is not None and self.ip not in account.allow_ips:
            raise Errcode(40164, f"invalid ip {self.ip} ipv6 ::ffff:{self.ip}, not in whitelist")
        if account.frozen_secret:
            raise Errcode(40243, "appsecret frozen")
        if values.get("secret") != account.secret:
            raise Errcode(40125, "invalid appsecret")
        account.count(request.path)
        value, seconds = (
            account.stable_token(force=values.get("force_refresh") is True) if stable else account.plain_token()
        )
        return {"access_token": value, "expires_in": seconds}

    def _oauth(self, request: web.Request, call: Call) -> dict[str, Any]:
        query = request.query
        account = self.accounts.get(query.get("appid", ""))
        if account is None or query.get("secret") != account.secret:
            raise Errcode(40125, "invalid appsecret")
        call.app_id = account.app_id
        if account.kind is not Kind.SERVICE or not account.verified:
            raise Errcode(48001, "api unauthorized")
        known = account.codes.get(query.get("code", ""))
        if known is None:
            raise Errcode(40029, "invalid code")
        if known.pop("used", False):
            known["used"] = True
            raise Errcode(40163, "code been used")
        answer = {
            "access_token": "user-token",
            "expires_in": 7200,
            "refresh_token": "r",
            "scope": "snsapi_base",
            **known,
        }
        known["used"] = True
        return answer

    # --- interfaces -------------------------------------------------------------------------------

    def _get_api_domain_ip(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        return {"ip_list": ["203.0.113.1"]}

    def _getcallbackip(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        return {"ip_list": ["198.51.100.0/24"]}

    def _callback_check(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        checks.only(body, {"action", "check_operator"})
        if not account.callback_url:
            raise Errcode(40201, "callback url not set")
        good = "127.0.0.1" in account.callback_url or account.callback_url.startswith("https://")
        ping = {
            "ip": "203.0.113.9",
            "from_operator": "UNICOM",
            "package_loss": "0%" if good else "100%",
            "time": "9.1ms",
        }
        return {"dns": [{"ip": "203.0.113.9", "real_operator": "UNICOM"}] if good else [], "ping": [ping]}

    def _openapi_quota_get(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        checks.only(body, {"cgi_path"})
        path = body["cgi_path"]
        if path.startswith("/sns/") or path not in {*RULES, "/cgi-bin/stable_token", "/cgi-bin/token"}:
            raise Errcode(76021, "cgi_path not found")
        if path in RULES and not _granted(account, RULES[path][1]):
            raise Errcode(76022, "could not use this cgi_path, no permission")
        limit = account.limit(path)
        used = account.used_today(path)
        return {"quota": {"daily_limit": limit, "used": used, "remain": limit - used}}

    def _menu_create(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        checks.only(body, {"button"})
        checks.menu(body["button"], account)
        account.menu = body
        return {}

    def _menu_get(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        if account.menu is None:
            raise Errcode(46003, "menu no exist")
        shown = {"button": [_as_shown(b) for b in account.menu["button"]], "menuid": 1}
        rows = [
            {"button": [_as_shown(b) for b in m["button"]], "matchrule": m["matchrule"], "menuid": int(i)}
            for i, m in account.conditional.items()
        ]
        return {"menu": shown, **({"conditionalmenu": rows} if rows else {})}

    def _menu_delete(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        account.menu = None
        account.conditional.clear()
        return {}

    def _menu_addconditional(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        checks.only(body, {"button", "matchrule"})
        checks.only(body["matchrule"], set(), {"tag_id", "client_platform_type"})
        checks.menu(body["button"], account)
        if account.menu is None:
            raise Errcode(65303, "no default menu")
        if int(body["matchrule"].get("tag_id", 0)) not in account.tags:
            raise Errcode(65312, "invalid tag")
        checks.domains([*account.conditional.values(), body])
        menu_id = str(400 + account.next_id())
        account.conditional[menu_id] = body
        return {"menuid": menu_id}

    def _menu_delconditional(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        checks.only(body, {"menuid"})
        if account.conditional.pop(body["menuid"], None) is None:
            raise Errcode(65301, "no such menuid")
        return {}

    def _message_custom_send(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        checks.custom_message(body, account)
        account.take_window(body["touser"])
        account.typing.pop(body["touser"], None)
        account.sent.append(body)
        return {}

    def _message_custom_typing(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        checks.only(body, {"touser", "command"})
        if body["command"] not in {"Typing", "CancelTyping"}:
            raise Errcode(45072, "invalid command")
        last = account.last_seen.get(body["touser"])
        if last is None or (self.clock.now() - last).total_seconds() > 30:
            raise Errcode(45080, "no recent message")
        now = self.clock.now()
        if body["command"] == "Typing" and account.typing.get(body["touser"], now) > now:
            raise Errcode(45081, "already typing")
        account.typing[body["touser"]] = now + (TYPING_LASTS if body["command"] == "Typing" else timedelta(0))
        return {}

    def _message_template_send(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        checks.template(body, account, link="url")
        if body["touser"] not in account.followers:
            raise Errcode(43004, "require subscribe")
        client_id = body.get("client_msg_id")
        if client_id and client_id in account.client_ids:
            raise Errcode(45065, "clientmsgid exist")
        account.client_ids.add(client_id or "")
        account.sent.append(body)
        return {"msgid": account.next_id()}

    def _message_subscribe_bizsend(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        checks.template(body, account, link="page")
        key = (body["touser"], body["template_id"])
        if account.consents[key] <= 0:
            raise Errcode(43101, "user refuse to accept the msg")
        account.consents[key] -= 1
        account.sent.append(body)
        return {}

    def _ticket_getticket(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        if body.get("type") != "jsapi":
            raise Errcode(40097, "invalid type")
        now = self.clock.now()
        if account.ticket is None or account.ticket.ends_at <= now:
            account.ticket = Token(f"ticket-{account.next_id()}", now + LIFE, stable=True)
        return {"ticket": account.ticket.value, "expires_in": int((account.ticket.ends_at - now).total_seconds())}

    def _freepublish_batchget(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        checks.only(body, {"offset", "count"}, {"no_content"})
        if not 1 <= body["count"] <= 20:
            raise Errcode(40097, "count is 1 to 20")
        newest = sorted(account.published, key=lambda a: a["update_time"], reverse=True)
        page = newest[body["offset"] : body["offset"] + body["count"]]
        return {"total_count": len(newest), "item_count": len(page), "item": page}

    def _user_info(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        return {"subscribe": int(body.get("openid") in account.followers), "openid": body.get("openid")}

    def _tags_get(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        return {"tags": [{"id": i, "name": n, "count": 0} for i, n in account.tags.items()]}

    def _tags_create(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        name = body["tag"]["name"]
        if name in account.tags.values():
            raise Errcode(45157, "tag exists")
        number = 100 + account.next_id()
        account.tags[number] = name
        return {"tag": {"id": number, "name": name}}

    def _tags_members_batchtagging(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        tagged = self._tagged(account, body)
        tagged += [openid for openid in body["openid_list"] if openid not in tagged]
        return {}

    def _tags_members_batchuntagging(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        tagged = self._tagged(account, body)
        tagged[:] = [openid for openid in tagged if openid not in body["openid_list"]]
        return {}

    def _tagged(self, account: FakeAccount, body: Any) -> list[str]:
        checks.only(body, {"openid_list", "tagid"})
        if not 1 <= len(body["openid_list"]) <= 50:
            raise Errcode(40032, "1 to 50 openids")
        if body["tagid"] not in account.tags:
            raise Errcode(45159, "invalid tag")
        if not set(body["openid_list"]) <= account.followers:
            raise Errcode(40003, "invalid openid")
        return account.tagged.setdefault(body["tagid"], [])

    def _user_tag_get(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        checks.only(body, {"tagid"}, {"next_openid"})
        tagged = account.tagged.get(body["tagid"], [])
        start = tagged.index(body["next_openid"]) + 1 if body.get("next_openid") else 0
        page = tagged[start : start + TAGGED_PAGE]
        return {"count": len(page), **({"data": {"openid": page}, "next_openid": page[-1]} if page else {})}

    def _menu_trymatch(self, account: FakeAccount, body: Any) -> dict[str, Any]:
        """The menu that a person sees: the newest conditional one that matches, else everybody's."""
        checks.only(body, {"user_id"})
        tags = {str(number) for number, openids in account.tagged.items() if body["user_id"] in openids}
        for menu in reversed(account.conditional.values()):
            if str(menu["matchrule"].get("tag_id")) in tags:
                return {"menu": {"button": menu["button"]}}
        if account.menu is None:
            raise Errcode(46003, "menu no exist")
        return {"menu": account.menu}

    async def _upload(self, request: web.Request, account: FakeAccount) -> dict[str, Any]:
        kind = request.query.get("type", "")
        form = await request.post()
        part = form.get("media")
        if not isinstance(part, web.FileField):
            raise Errcode(41005, "media data missing")
        checks.upload(kind, part.filename, part.content_type, part.file.read())
        media_id = account.keep_media()
        name = "thumb_media_id" if kind == "thumb" else "media_id"
        return {"type": kind, name: media_id, "created_at": int(self.clock.now().timestamp())}


def _granted(account: FakeAccount, who: str) -> bool:
    if who == ALL:
        return True
    return account.verified and (who == VERIFIED or account.kind is Kind.SERVICE)


def _as_shown(button: dict[str, Any]) -> dict[str, Any]:
    """menu/get adds an empty `sub_button` to each button, as the real one does."""
    return {**button, "sub_button": [_as_shown(b) for b in button.get("sub_button", [])]}
