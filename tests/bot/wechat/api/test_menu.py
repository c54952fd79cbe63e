"""The menu: limits in bytes on both sides of the edge, what a push changes, and that every button gets an answer."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.qa.pipeline import Pipeline
from bot.qa.types import Kind
from bot.wechat.api import WeChatClient, WeChatError
from bot.wechat.api import menu as menus
from bot.wechat.api.menu import Button, Menu, MenuError
from tests.fakes.wechat import FakeAccount, FakeWeChat
from tests.questions import world

ASK = Button("查年报", ask="去年")


def top(*children: Button) -> tuple[Button, ...]:
    return (Button("查年报", children=children),)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ((Button("字" * 5 + "a", ask="x"),), (Button("字" * 5 + "ab", ask="x"),)),
        (top(Button("字" * 20, ask="x")), top(Button("字" * 20 + "a", ask="x"))),
        ((Button("a", ask="字" * 42 + "ab"),), (Button("a", ask="字" * 43),)),
        (
            (Button("a", url="https://e.cn/" + "x" * 1011),),
            (Button("a", url="https://e.cn/" + "x" * 1012),),
        ),
        ((ASK,) * 3, (ASK,) * 4),
        (top(*[ASK] * 5), top(*[ASK] * 6)),
    ],
    ids=["top name", "sub name", "key", "url", "top count", "sub count"],
)
async def test_the_limit_is_taken_and_one_byte_more_is_refused_before_the_call(
    client: WeChatClient, wechat: FakeWeChat, good: tuple[Button, ...], bad: tuple[Button, ...]
) -> None:
    await menus.carry_out(client, await menus.plan(client, Menu(good)))
    with pytest.raises(MenuError):
        menus.check(bad)
    with pytest.raises(WeChatError, match="400"):  # the real one would refuse it, too
        await client.post("/cgi-bin/menu/create", {"button": menus.body(bad)})


@pytest.mark.parametrize(
    "text",
    [
        "[[button",
        "",
        "[[button]]\nask = 'x'",
        "[[button]]\nname = 'x'",
        "[[button]]\nname = 'x'\nask = 'y'\nurl = 'https://e.cn'",
        "[[button]]\nname = 'x'\nurl = 'e.cn'",
        "[[button]]\nname = 'x'\nurl = 'javascript:alert(1)'",
        "[[button]]\nname = 'x'\nask = ' '",
        "[[button]]\nname = 'x'\nsub = []",
        "[[button]]\nname = 'x'\n[[button.sub]]\nname='y'\n[[button.sub.sub]]\nname='z'\nask='z'",
        "[[buton]]\nname = 'x'\nask = 'y'",
        "button = 3",
        "[[button]]\nname='x'\nask='y'\n[staff]\ntag='t'\nreplace='nobody'",
    ],
)
def test_a_wrong_file_is_refused_in_chinese(tmp_path: Path, text: str) -> None:
    file = tmp_path / "menu.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(MenuError) as caught:
        menus.load(file)
    assert any("\u4e00" <= c <= "\u9fff" for c in str(caught.value))


def test_a_page_of_our_own_is_left_out_where_there_is_no_address(tmp_path: Path) -> None:
    file = tmp_path / "menu.toml"
    file.write_text("[[button]]\nname='a'\nask='x'\n[[button]]\nname='b'\nurl='{base_url}/r'", encoding="utf-8")
    assert [b.name for b in menus.load(file).buttons] == ["a"]
    assert "年报全文" not in [b.name for b in menus.leaves(menus.load().buttons)]
    bundled = menus.leaves(menus.load(base_url="https://e.cn").buttons)
    assert [b.url for b in bundled if b.name == "年报全文"] == ["https://e.cn/reports/"]
    assert menus.load(file, base_url="https://e.cn/").buttons[1].url == "https://e.cn/r"


async def test_the_bundled_menu_is_pushed_once_and_then_nothing_is_to_be_done(
    client: WeChatClient, account: FakeAccount
) -> None:
    menu = menus.load()
    assert [b.name for b in menu.buttons] == ["查年报", "近况与公示", "怎么申请"]
    plan = await menus.plan(client, menu)
    assert any(line.startswith("+ 查年报 / 总体情况") for line in plan.changes)
    await menus.carry_out(client, plan)
    assert account.menu == {"button": menus.body(menu.buttons)}
    [conditional] = account.conditional.values()
    assert account.tags[int(conditional["matchrule"]["tag_id"])] == "政务公开工作人员"
    assert "我的待办" in str(conditional["button"])
    assert (await menus.plan(client, menu)).changes == ()


async def test_a_change_says_what_comes_and_what_goes(client: WeChatClient, account: FakeAccount) -> None:
    await menus.carry_out(client, await menus.plan(client, menus.load()))
    menu = Menu((Button("查年报", ask="去年"), Button("网站", url="https://e.cn")))
    plan = await menus.plan(client, menu)
    assert "+ 网站 → https://e.cn" in plan.changes
    assert "- 怎么申请 / 要不要钱 → 申请信息公开要收费吗" in plan.changes
    assert "- 一个旧的个性化菜单" in plan.changes
    await menus.carry_out(client, plan)
    assert account.conditional == {}
    assert (await menus.plan(client, menu)).changes == ()
    turned = Menu(tuple(reversed(menu.buttons)))
    assert (await menus.plan(client, turned)).changes == ("~ 按钮的顺序有变化",)


async def test_an_account_without_the_right_is_told_so(client: WeChatClient, account: FakeAccount) -> None:
    account.verified = False
    with pytest.raises(WeChatError, match="48001"):
        await menus.plan(client, menus.load())


async def test_the_tag_follows_the_staff_fifty_at_a_time(
    client: WeChatClient, wechat: FakeWeChat, account: FakeAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fakes.wechat.server.TAGGED_PAGE", 40)
    staff = {f"o{n}" for n in range(120)}
    account.followers |= staff
    await menus.mark_staff(client, "政务公开工作人员", staff)
    assert account.tagged == {}
    account.tags[100] = "政务公开工作人员"
    await menus.mark_staff(client, "政务公开工作人员", staff)
    calls = [c for c in wechat.calls if c.path == "/cgi-bin/tags/members/batchtagging"]
    assert [len(c.body["openid_list"]) for c in calls] == [50, 50, 20]
    await menus.mark_staff(client, "政务公开工作人员", staff - {"o7", "o88"})
    assert set(account.tagged[100]) == staff - {"o7", "o88"}
    before = len(wechat.calls)
    await menus.mark_staff(client, "政务公开工作人员", staff - {"o7", "o88"})
    assert not any("batch" in c.path for c in wechat.calls[before:])
    assert wechat.errcodes() == {}


async def test_somebody_whom_wechat_does_not_tag_keeps_nobody_else_from_it(
    client: WeChatClient, account: FakeAccount
) -> None:
    account.followers |= {"oFollows"}
    account.tags[100] = "工作人员"
    await menus.mark_staff(client, "工作人员", {"oFollows", "oLeft"})
    assert account.tagged == {100: ["oFollows"]}


def test_every_button_asks_a_question_that_is_answered() -> None:
    pipeline, facts = Pipeline(), world.build().facts
    for button in menus.leaves(menus.load().buttons):
        reply, _ = pipeline.respond(button.ask, facts, None, date(2026, 6, 15))
        assert reply.kind in {Kind.ANSWER, Kind.GUIDE}, (button.ask, reply.kind, reply.text)
