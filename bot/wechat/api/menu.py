"""The account's menu (自定义菜单): read from a reviewed file, checked, compared with the current one, pushed.

Source: developers.weixin.qq.com, 自定义菜单 (创建接口, 查询接口, 个性化菜单). Limits are counted in bytes of UTF-8 and
checked before a call is spent.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.wechat.api.client import WeChatClient
from bot.wechat.api.errors import Action, WeChatError

BUNDLED = Path(__file__).parents[1] / "menu.toml"
TOP, SUB = 3, 5
TOP_NAME, SUB_NAME, KEY, URL = 16, 60, 128, 1024
SHOWN_TOP, SHOWN_SUB = 4, 8
"""Chinese characters of a name that phones show."""
DOMAINS = 3
"""Different domains that conditional menus may link to in all."""
NO_MENU = 46003
TAGGED_AT_ONCE = 50


class MenuError(ValueError):
    """WeChat would refuse this menu; says which button and why in Chinese."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button: one that asks a question, one that opens a page, or one with sub-buttons."""

    name: str
    ask: str = ""
    url: str = ""
    children: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Menu:
    """What a file says: everybody's buttons, and those of the staff with the tag (标签) that marks them."""

    buttons: tuple[Button, ...]
    staff_tag: str = ""
    staff: tuple[Button, ...] = ()


def load(path: Path | None = None, *, base_url: str | None = None) -> Menu:
    """Read and check a menu file; the bundled one by default.

    Raises:
        MenuError: it cannot be read, or WeChat would refuse it.
    """
    path = path or BUNDLED
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MenuError(f"菜单文件 {path} 读不了：{error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MenuError(f"菜单文件 {path} 不是正确的 TOML：{error}") from error
    buttons = _buttons(data.pop("button", []), base_url)
    staff = data.pop("staff", {})
    if data or not isinstance(staff, dict):
        raise MenuError(f"菜单文件 {path} 里有不认识的内容：{'、'.join(data) or 'staff'}")
    check(buttons)
    if not staff:
        return Menu(buttons)
    replaced = [b.name for b in buttons].count(str(staff.get("replace", "")))
    if not replaced or not staff.get("tag"):
        raise MenuError("菜单文件的 [staff] 要写明 tag（标签名）和 replace（替换哪个一级按钮）")
    own = iter(_buttons(staff.get("button", []), base_url))
    for_staff = tuple(next(own, b) if b.name == staff["replace"] else b for b in buttons)
    check(for_staff, conditional=True)
    return Menu(buttons, str(staff["tag"]), for_staff)


def _buttons(rows: Any, base_url: str | None) -> tuple[Button, ...]:
    if not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
        raise MenuError("菜单按钮要写在 [[button]] 或 [[button.sub]] 下面")
    found = (_button(r, base_url) for r in rows)
    return tuple(b for b in found if b is not None)


def _button(row: Mapping[str, Any], base_url: str | None) -> Button | None:
    name = str(row.get("name", ""))
    unknown = set(row) - {"name", "ask", "url", "sub"}
    if unknown or len(set(row) & {"ask", "url", "sub"}) != 1:
        raise MenuError(f"按钮“{name}”要写 name，以及 ask、url、sub 中的一样")
    url = str(row.get("url", ""))
    if "{base_url}" in url:
        if not base_url:
            return None
        url = url.replace("{base_url}", base_url.rstrip("/"))
    return Button(name, str(row.get("ask", "")), url, _buttons(row.get("sub", []), base_url))


def check(buttons: Sequence[Button], *, conditional: bool = False) -> None:
    """Hold buttons against WeChat's limits.

    Raises:
        MenuError: the first that is broken.
    """
    if not 1 <= len(buttons) <= TOP:
        raise MenuError(f"一级按钮要有 1 到 {TOP} 个，现在有 {len(buttons)} 个")
    for button in buttons:
        _check_name(button.name, TOP_NAME)
        if button.ask or button.url:
            _check_leaf(button)
            continue
        if not 1 <= len(button.children) <= SUB:
            raise MenuError(f"“{button.name}”的二级按钮要有 1 到 {SUB} 个，现在有 {len(button.children)} 个")
        for child in button.children:
            _check_name(child.name, SUB_NAME)
            if child.children:
                raise MenuError(f"“{child.name}”是二级按钮，下面不能再有按钮")
            _check_leaf(child)
    domains = {urlsplit(b.url).hostname for b in leaves(buttons) if b.url}
    if conditional and len(domains) > DOMAINS:
        raise MenuError(f"个性化菜单最多链接 {DOMAINS} 个域名，现在有 {len(domains)} 个")


def _check_name(name: str, limit: int) -> None:
    if not name.strip():
        raise MenuError("有按钮没有名称")
    if (size := len(name.encode())) > limit:
        raise MenuError(f"按钮名称“{name}”有 {size} 字节，最多 {limit} 字节（约 {limit // 3} 个汉字）")


def _check_leaf(button: Button) -> None:
    if button.ask and (size := len(button.ask.encode())) > KEY:
        raise MenuError(f"“{button.name}”的问题有 {size} 字节，最多 {KEY} 字节（约 {KEY // 3} 个汉字）")
    if button.url:
        if (size := len(button.url.encode())) > URL:
            raise MenuError(f"“{button.name}”的网址有 {size} 字节，最多 {URL} 字节")
        parts = urlsplit(button.url)
        if parts.scheme not in {"https", "http"} or not parts.hostname:
            raise MenuError(f"“{button.name}”的网址不完整：{button.url}")
    elif not button.ask.strip():
        raise MenuError(f"“{button.name}”没有写点了以后做什么")


def leaves(buttons: Sequence[Button]) -> Iterator[Button]:
    """The buttons that do something."""
    for button in buttons:
        yield from button.children or (button,)


def remarks(buttons: Sequence[Button]) -> list[str]:
    """What is allowed but does not look well on a phone."""
    top = [b.name for b in buttons if len(b.name) > SHOWN_TOP]
    sub = [c.name for b in buttons for c in b.children if len(c.name) > SHOWN_SUB]
    return [f"“{n}”超过 {SHOWN_TOP} 个字，部分手机上会显示不全" for n in top] + [
        f"“{n}”超过 {SHOWN_SUB} 个字，部分手机上会显示不全" for n in sub
    ]


def body(buttons: Sequence[Button]) -> list[dict[str, Any]]:
    """Buttons as the interface takes them."""
    return [_body(b) for b in buttons]


def _body(button: Button) -> dict[str, Any]:
    if button.children:
        return {"name": button.name, "sub_button": body(button.children)}
    if button.url:
        return {"type": "view", "name": button.name, "url": button.url}
    return {"type": "click", "name": button.name, "key": button.ask}


@dataclass(frozen=True, slots=True)
class Current:
    """The menu that is on WeChat: its buttons (`None`: none made by interface), conditional ones by menu and tag id."""

    buttons: list[dict[str, Any]] | None
    conditional: tuple[tuple[str, str, list[dict[str, Any]]], ...] = ()


async def current(client: WeChatClient) -> Current:
    """Ask WeChat for the menu.

    Raises:
        WeChatError: 48001 where the account may not have one.
    """
    try:
        answer = await client.get("/cgi-bin/menu/get")
    except WeChatError as error:
        if error.code == NO_MENU:
            return Current(None)
        raise
    rows = answer.get("conditionalmenu") or []
    conditional = tuple(
        (str(r.get("menuid", "")), str((r.get("matchrule") or {}).get("tag_id", "")), _plain(r.get("button")))
        for r in rows
    )
    return Current(_plain((answer.get("menu") or {}).get("button")), conditional)


def _plain(rows: Any) -> list[dict[str, Any]]:
    """Buttons without the empty `sub_button` lists that the interface adds."""
    found = []
    for row in rows or []:
        sub = _plain(row.get("sub_button"))
        rest = {k: v for k, v in row.items() if k != "sub_button" and v != ""}
        found.append({"name": rest.get("name", ""), "sub_button": sub} if sub else rest)
    return found


def differences(before: Sequence[Mapping[str, Any]] | None, after: Sequence[Mapping[str, Any]]) -> list[str]:
    """What pushing changes, a line for each button: `+` comes, `-` goes; empty where nothing changes."""
    if list(before or []) == list(after):
        return []
    old, new = _lines(before or []), _lines(after)
    lines = [f"- {line}" for line in old if line not in new] + [f"+ {line}" for line in new if line not in old]
    return lines or ["~ 按钮的顺序有变化"]


def _lines(rows: Sequence[Mapping[str, Any]], above: str = "") -> list[str]:
    lines = []
    for row in rows:
        place = f"{above}{row.get('name', '')}"
        if row.get("sub_button"):
            lines += _lines(row["sub_button"], f"{place} / ")
        else:
            what = row.get("key") or row.get("url") or row.get("type", "")
            lines.append(f"{place} → {what}")
    return lines


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be done to bring the menu of a file to WeChat.

    Attributes:
        changes: for people, a line each; empty where nothing is to be done.
        buttons: everybody's menu, if it changes.
        drop: menu ids of conditional menus that go.
        staff: buttons of the conditional menu to add, if one is to be added.
        tag: the tag that it is for.
        tag_id: of the tag, empty where the tag does not exist yet.
    """

    changes: tuple[str, ...]
    buttons: tuple[Button, ...] = ()
    drop: tuple[str, ...] = ()
    staff: tuple[Button, ...] = ()
    tag: str = ""
    tag_id: str = ""


async def plan(client: WeChatClient, menu: Menu) -> Plan:
    """Compare a file's menu with the one on WeChat.

    Raises:
        WeChatError: 48001 where the account may not have a menu.
    """
    there = await current(client)
    changes = differences(there.buttons, body(menu.buttons))
    buttons = menu.buttons if changes else ()
    tag_id = await _tag_id(client, menu.staff_tag) if menu.staff_tag or there.conditional else ""
    wanted = body(menu.staff) if menu.staff_tag else None
    same = [i for i, tag, rows in there.conditional if wanted is not None and tag == tag_id and rows == wanted]
    drop = tuple(i for i, _, _ in there.conditional if i not in same[:1])
    changes += ["- 一个旧的个性化菜单"] * len(drop)
    if wanted is None or same:
        return Plan(tuple(changes), buttons, drop)
    changes.append(f"+ 标签“{menu.staff_tag}”的个性化菜单")
    return Plan(tuple(changes), buttons, drop, menu.staff, menu.staff_tag, tag_id)


async def carry_out(client: WeChatClient, plan: Plan) -> None:
    """Do what a plan says: everybody's menu first, because conditional ones need it.

    Raises:
        WeChatError: it failed; running it again does what is left.
    """
    if plan.buttons:
        await client.post("/cgi-bin/menu/create", {"button": body(plan.buttons)})
    for menu_id in plan.drop:
        await client.post("/cgi-bin/menu/delconditional", {"menuid": menu_id})
    if plan.staff:
        tag_id = plan.tag_id or await _create_tag(client, plan.tag)
        rule = {"tag_id": tag_id}
        await client.post("/cgi-bin/menu/addconditional", {"button": body(plan.staff), "matchrule": rule})


async def _tag_id(client: WeChatClient, name: str) -> str:
    tags = (await client.get("/cgi-bin/tags/get")).get("tags") or []
    return next((str(t["id"]) for t in tags if t.get("name") == name), "")


async def _create_tag(client: WeChatClient, name: str) -> str:
    return str((await client.post("/cgi-bin/tags/create", {"tag": {"name": name}}))["tag"]["id"])


async def mark_staff(client: WeChatClient, tag: str, openids: Collection[str]) -> None:
    """See that these people and nobody else have the tag by which WeChat shows the staff's menu.

    Without the tag nothing is done: the menu has not been pushed.

    Raises:
        WeChatError: it failed; doing it again does what is left.
    """
    tag_id = await _tag_id(client, tag)
    if not tag_id:
        return
    tagged = await _tagged(client, int(tag_id))
    await _tagging(client, "batchtagging", int(tag_id), sorted(set(openids) - tagged))
    await _tagging(client, "batchuntagging", int(tag_id), sorted(tagged - set(openids)))


async def _tagged(client: WeChatClient, tag_id: int) -> set[str]:
    """Who has a tag: 10,000 to a page; the page after the last is empty."""
    found: set[str] = set()
    following = ""
    while True:
        answer = await client.post("/cgi-bin/user/tag/get", {"tagid": tag_id, "next_openid": following})
        page = (answer.get("data") or {}).get("openid") or []
        following = str(answer.get("next_openid") or "")
        if not page or set(page) <= found:
            return found
        found.update(page)
        if not following:
            return found


async def _tagging(client: WeChatClient, how: str, tag_id: int, openids: Sequence[str]) -> None:
    for start in range(0, len(openids), TAGGED_AT_ONCE):
        batch = list(openids[start : start + TAGGED_AT_ONCE])
        try:
            await client.post(f"/cgi-bin/tags/members/{how}", {"openid_list": batch, "tagid": tag_id})
        except WeChatError as error:
            if error.action is not Action.DROP:
                raise
            if len(batch) > 1:  # one who does not follow fails them all
                for openid in batch:
                    await _tagging(client, how, tag_id, [openid])
