"""Made pages in many shapes, bare and amid what sites print around a list: each gives exactly its column's items."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from storage.listing import read_list
from tests.storage.listing.shapes import SHAPES, Entry

TODAY = date(2024, 6, 15)
BASE = "https://www.example.gov.cn/zwgk/tzgg/index.html"
TITLES = (
    "关于开展职业技能培训的通知",
    "某县2023年度事业单位公开招聘公告",
    "失业保险稳岗返还名单公示（第三批）",
    "关于印发《就业补助资金管理办法》的通知",
    "局机关召开工作会议",
    "2022年第四季度重大劳动保障违法行为公布",
    "关于2024年3月1日起调整工伤保险费率的公告",
)
HOT = "".join(
    f'<li><a href="/xw/rd/{n}88.html">全县热点新闻标题之第{n}条消息</a><span>2024-06-{15 - n:02}</span></li>'
    for n in range(6)
)
AROUND = {
    "bare": "{}",
    "menu, side bar of hot news, pages, friends, foot": f"""<div class="header"><span>今天是：2024年6月15日 星期六</span>
        <ul class="nav"><li><a href="/">网站首页</a></li><li><a href="/zwgk/">政务公开</a></li>
        <li><a href="/zwfw/">政务服务大厅</a></li><li><a href="/hdjl/">互动交流平台</a></li></ul></div>
        <div class="position">当前位置：<a href="/">首页</a> &gt; <a href="../">政务公开</a> &gt; <a href="./">通知公告</a></div>
        <div class="left"><h3>热点新闻</h3><ul>{HOT}</ul><ul class="tree"><li><a href="/zwgk/jgzn/">机构职能介绍</a></li>
        <li><a href="/zwgk/zcwj/">政策文件汇总</a></li></ul></div><div class="right">{{}}</div>
        <div class="page"><a href="index_1.html">下一页</a><a href="index_9.html">尾页</a> 共9页 <span>2024-06-15</span></div>
        <div class="links"><a href="https://www.gov.cn/">中国政府网</a><a href="https://rst.example.gov.cn/">省人力资源和社会保障厅</a></div>
        <div class="footer"><p>主办：某某县人民政府办公室 <a href="https://beian.miit.gov.cn/">陕ICP备05000000号-1</a></p>
        <p>最后更新：2024-06-15 <a href="/sitemap.html">网站地图导航</a></p></div>""",
    "recommended list below": f"""<form><input name="kw"><select><option>2024</option></select></form><div class="c">{{}}</div>
        <div class="tj"><p>推荐阅读</p><ul>{HOT}</ul></div>""",
}


def entries(seed: int, count: int) -> list[Entry]:
    rng = random.Random(seed)
    day, found = TODAY - timedelta(rng.randrange(9)), []
    for n in range(count):
        mark = chr(0x4E00 + rng.randrange(500)) + chr(0x4E00 + rng.randrange(500))
        found.append(
            (f"{rng.choice(TITLES)}之{mark}", f"./{rng.choice('nc')}/{rng.randrange(10000, 99999)}{n}.html", day)
        )
        day -= timedelta(rng.choice([0, 1, 3, 9, 20, 45, 130]))
    return found


def page(body: str, around: str = "bare") -> str:
    return f"<html><head><meta charset='utf-8'></head><body>{AROUND[around].replace('{}', body)}</body></html>"


def told(content: bytes) -> list[tuple[str, date | None]]:
    return sorted((i.title, i.date) for i in read_list(content, BASE, TODAY))


def expected(items: Sequence[Entry]) -> list[tuple[str, date | None]]:
    return sorted((title, day) for title, _, day in items)


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_gives_its_items(name: str, around: str) -> None:
    for seed, count in ((1, 3), (2, 6), (3, 10), (4, 15), (5, 20)):
        items = entries(seed, count)
        assert told(page(SHAPES[name](items), around).encode()) == expected(items), seed


@pytest.mark.parametrize(
    "name", ["li, date in span", "table rows with a number column", "day above, year and month below"]
)
def test_items_kept_on_top_do_not_bend_the_days_of_the_others(name: str) -> None:
    first, *rest = entries(6, 8)
    pinned = ("[置顶]办事大厅搬迁公告", "./n/1.html", date(2021, 5, 6))
    shown = told(page(SHAPES[name]([pinned, first, *rest])).encode())
    assert shown == expected([("办事大厅搬迁公告", "./n/1.html", date(2021, 5, 6)), first, *rest])


@pytest.mark.parametrize("encoding", ["gbk", "gb2312", "gb18030", "utf-8"])
def test_a_page_is_read_in_its_encoding(encoding: str) -> None:
    items = entries(7, 5)
    html = page(SHAPES["li, date in span"](items)).replace("charset='utf-8'", f"charset='{encoding}'")
    assert told(html.encode("gb18030" if encoding.startswith("gb") else encoding)) == expected(items)


def test_relative_addresses_follow_the_pages_base() -> None:
    html = page(SHAPES["li, date in span"](entries(8, 3))).replace("<head>", "<head><base href='https://b.gov.cn/x/'>")
    assert all(i.url.startswith("https://b.gov.cn/x/") for i in read_list(html.encode(), BASE, TODAY))


INTERFACES = {
    "trs": ("data", {"docTitle": "t", "docPubUrl": "u", "docRelTime": "s"}),
    "rows": ("rows", {"TITLE": "t", "URL": "u", "PUBLISH_DATE": "s"}),
    "records with milliseconds": ("records", {"title": "t", "linkUrl": "u", "publishTime": "ms"}),
    "pinyin": ("list", {"bt": "t", "url": "u", "fbrq": "s"}),
    "publication before change": ("items", {"updateTime": "now", "title": "t", "href": "u", "pub_date": "s"}),
    "created and published": (
        "results",
        {"createTime": "now", "title": "t", "url": "u", "publishedTimeStr": "x", "publishDate": "s"},
    ),
}


@pytest.mark.parametrize("name", INTERFACES)
@pytest.mark.parametrize("wrapped", [False, True], ids=["json", "jsonp"])
def test_list_interfaces(name: str, wrapped: bool) -> None:
    under, fields = INTERFACES[name]
    items = entries(9, 6)
    rows = []
    for title, address, day in items:
        seconds = int((day - date(1970, 1, 1)).total_seconds()) + 3600
        values = {
            "t": title,
            "u": address,
            "s": f"{day} 09:30:00",
            "ms": seconds * 1000,
            "now": "2024-06-15 08:00:00",
            "x": "",
        }
        rows.append({key: values[kind] for key, kind in fields.items()})
    text = json.dumps({"code": 200, "data": {"total": 6, under: rows}}, ensure_ascii=False)
    assert told((f"callback_1({text});" if wrapped else text).encode()) == expected(items)


@pytest.mark.parametrize("quote", ['"', "'"])
def test_records_in_a_script_written_as_object_literals(quote: str) -> None:
    items = entries(10, 4)
    rows = ",".join(f"{{title:{quote}{t}{quote}, url:{quote}{u}{quote}, date:{quote}{d}{quote}}}" for t, u, d in items)
    html = page(f"<div id='l'></div><script>$(function(){{ var list = [{rows},]; show(list); }});</script>")
    assert told(html.encode()) == expected(items)


def test_a_script_full_of_brackets_costs_little_and_gives_nothing() -> None:
    html = page("<script>var a = [" + "{" * 50_000 + "</script><script>" + "=[{" * 50_000 + "</script>")
    assert told(html.encode()) == []
