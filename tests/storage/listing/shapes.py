"""Shapes of government list pages, each a way to print one column's items; the pages are made, the titles made up.

Every shape takes items (title, path, day), newest first, and gives the HTML of the list. `SHAPES` names them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from itertools import groupby

Entry = tuple[str, str, date]
"""Title, address as the page prints it, day of publication."""
Shape = Callable[[Sequence[Entry]], str]
SHAPES: dict[str, Shape] = {}


def shape(name: str) -> Callable[[Shape], Shape]:
    """Enter a shape under its name."""

    def enter(made: Shape) -> Shape:
        SHAPES[name] = made
        return made

    return enter


def _list(
    items: Sequence[Entry], row: Callable[[str, str, date], str], around: str = "<ul class='list'>{}</ul>"
) -> str:
    return around.format("\n".join(row(*item) for item in items))


def _cut(title: str) -> str:
    return title[:9] + "..." if len(title) > 9 else title


def _number(address: str) -> str:
    """A number of its own for each address."""
    return "".join(c for c in address if c.isdigit())


@shape("li, date in span")
def _(items: Sequence[Entry]) -> str:
    return _list(items, lambda t, u, d: f"<li><span class='rq'>{d}</span><a href='{u}' target='_blank'>{t}</a></li>")


@shape("li, date in em with dots, no leading zeros")
def _(items: Sequence[Entry]) -> str:
    return _list(items, lambda t, u, d: f"<li><a href='{u}'>{t}</a><em>{d.year}.{d.month}.{d.day}</em></li>")


@shape("li, two-digit year")
def _(items: Sequence[Entry]) -> str:
    return _list(items, lambda t, u, d: f"<li><a href='{u}'>{t}</a><i>[{d:%y-%m-%d}]</i></li>")


@shape("li, month and day in Chinese under year headings")
def _(items: Sequence[Entry]) -> str:
    found = ""
    for year, group in groupby(items, lambda i: i[2].year):
        rows = _list(
            list(group), lambda t, u, d: f"<li><a href='{u}'>{t}</a><span>{d.month}月{d.day}日</span></li>", "{}"
        )
        found += f"<div class='year'><h3>{year}年</h3><ul>{rows}</ul></div>"
    return found


@shape("year headings between items of one list")
def _(items: Sequence[Entry]) -> str:
    found = ""
    for year, group in groupby(items, lambda i: i[2].year):
        found += f"<li class='nian'>{year}</li>"
        found += _list(list(group), lambda t, u, d: f"<li><a href='{u}'>{t}</a><span>{d:%m-%d}</span></li>", "{}")
    return f"<ul>{found}</ul>"


@shape("title attribute and cut text")
def _(items: Sequence[Entry]) -> str:
    return _list(items, lambda t, u, d: f"<li><a title='{t}' href='{u}'>{_cut(t)}</a><b>{d}</b></li>")


@shape("title attribute that carries the date too")
def _(items: Sequence[Entry]) -> str:
    return _list(
        items,
        lambda t, u, d: f"<li><a title='标题：{t}&#10;发布时间：{d}' href='{u}'>{t}</a><b>{d}</b></li>",
    )


@shape("table rows with a number column")
def _(items: Sequence[Entry]) -> str:
    rows = "".join(
        f"<tr><td>{n}</td><td align='left'><a href='{u}'>{t}</a></td><td>{d:%Y/%m/%d}</td></tr>"
        for n, (t, u, d) in enumerate(items, 1)
    )
    return f"<table width='100%'>{rows}</table>"


@shape("catalogue table: index number, name, day of creation, day of publication")
def _(items: Sequence[Entry]) -> str:
    head = "<tr><th>索引号</th><th>信息名称</th><th>文号</th><th>生成日期</th><th>发布日期</th></tr>"
    rows = "".join(
        f"<tr><td>00{n}5-1/{d.year}-0{n}</td><td><a href='{u}'>{t}</a></td><td>某人社〔{d.year}〕{n}号</td>"
        f"<td>{d.year - 1}-03-0{n}</td><td>{d}</td></tr>"
        for n, (t, u, d) in enumerate(items, 1)
    )
    return f"<table class='xxgkml'><thead>{head}</thead><tbody>{rows}</tbody></table>"


@shape("catalogue in lists: heads and cells are spans")
def _(items: Sequence[Entry]) -> str:
    head = "<li class='th'><span>序号</span><span>名称</span><span>成文日期</span><span>发布日期</span></li>"
    rows = "".join(
        f"<li><span>{n}</span><span><a href='{u}'>{t}</a></span><span>{d.year - 1}-11-0{n}</span><span>{d}</span></li>"
        for n, (t, u, d) in enumerate(items, 1)
    )
    return f"<ul class='xxgk'>{head}{rows}</ul>"


@shape("rows with a hover card of facts")
def _(items: Sequence[Entry]) -> str:
    return _list(
        items,
        lambda t, u, d: (
            f"<li><a href='{u}'>{t}</a><span>{d}</span><div class='card'><p>名称：{t}</p><p>索引号：11/{d.year}-1</p>"
            f"<p>生成日期：{d.year - 1}年12月1日</p><p>发文机构：某县人社局</p></div></li>"
        ),
    )


@shape("definition list, date in its own dd")
def _(items: Sequence[Entry]) -> str:
    return _list(items, lambda t, u, d: f"<dt><a href='{u}'>{t}</a></dt><dd class='time'>{d}</dd>", "<dl>{}</dl>")


@shape("definition list, date first")
def _(items: Sequence[Entry]) -> str:
    return _list(
        items,
        lambda t, u, d: f"<dl><dt>{d:%m-%d}<b>{d.year}</b></dt><dd><a href='{u}'>{t}</a></dd></dl>",
        "<div>{}</div>",
    )


@shape("day above, year and month below")
def _(items: Sequence[Entry]) -> str:
    return _list(
        items,
        lambda t, u, d: (
            f"<li><div class='date'><p>{d:%d}</p><p>{d:%Y-%m}</p></div><div class='tit'><a href='{u}'>{t}</a></div></li>"
        ),
    )


@shape("day above, year and month in Chinese below, all in the link")
def _(items: Sequence[Entry]) -> str:
    return _list(
        items,
        lambda t, u, d: (
            f"<li><a href='{u}'><div class='rq'><b>{d.day:02}</b>{d.year}年{d.month:02}月</div><div class='bt'>{t}</div><div class='zy'>摘要文字，说明内容。</div></a></li>"
        ),
    )


@shape("month and day above, year below")
def _(items: Sequence[Entry]) -> str:
    return _list(
        items,
        lambda t, u, d: (
            f"<li><div class='time'><strong>{d:%m-%d}</strong><span>{d.year}</span></div><a href='{u}'>{t}</a></li>"
        ),
    )


@shape("month and day above, year below, slash")
def _(items: Sequence[Entry]) -> str:
    return _list(
        items,
        lambda t, u, d: (
            f"<li><a href='{u}'>{t}</a><div class='time'><span>{d:%m/%d}</span><i>{d.year}年</i></div></li>"
        ),
    )


@shape("cards with picture and summary")
def _(items: Sequence[Entry]) -> str:
    return _list(
        items,
        lambda t, u, d: (
            f"<div class='item'><a href='{u}' class='pic'><img src='/u/1.jpg'></a><div class='txt'><h4><a href='{u}'>{t}</a></h4>"
            f"<p>为落实2019年3月1日印发的办法，近日开展工作。</p><span class='time'>发布时间：{d}</span><a href='{u}' class='more'>查看详情&gt;&gt;</a></div></div>"
        ),
        "<div class='pics'>{}</div>",
    )


@shape("date and views and source in one line of text")
def _(items: Sequence[Entry]) -> str:
    return _list(
        items,
        lambda t, u, d: (
            f"<li><a href='{u}'>{t}</a><p class='fu'>来源：县人社局　日期：{d:%Y-%m-%d}　浏览：123次</p></li>"
        ),
    )


@shape("date in text after a bar")
def _(items: Sequence[Entry]) -> str:
    return _list(items, lambda t, u, d: f"<p><a href='{u}'>{t}</a>&nbsp;|&nbsp;{d}</p>", "<div class='nr'>{}</div>")


@shape("date in the link, in round brackets")
def _(items: Sequence[Entry]) -> str:
    return _list(items, lambda t, u, d: f"<li><a href='{u}'>{t}（{d.year}年{d.month}月{d.day}日）</a></li>")


@shape("no date but in the address, t2024..._n.html")
def _(items: Sequence[Entry]) -> str:
    return _list(items, lambda t, u, d: f"<li><a href='./{d:%Y%m}/t{d:%Y%m%d}_{_number(u)}.html'>{t}</a></li>")


@shape("no date but in the address, /art/2024/1/5/")
def _(items: Sequence[Entry]) -> str:
    return _list(
        items,
        lambda t, u, d: f"<li><a href='/art/{d.year}/{d.month}/{d.day}/art_77_{_number(u)}.html'>{t}</a></li>",
    )


@shape("no date but in the address, /2024-01/05/")
def _(items: Sequence[Entry]) -> str:
    return _list(items, lambda t, u, d: f"<li><a href='/{d:%Y-%m}/{d:%d}/content_{_number(u)}.htm'>{t}</a></li>")


@shape("time element with datetime")
def _(items: Sequence[Entry]) -> str:
    return _list(
        items,
        lambda t, u, d: (
            f"<article><h2><a href='{u}'>{t}</a></h2><time datetime='{d}T09:00:00+08:00'>{d.month}月{d.day}日</time></article>"
        ),
        "<section>{}</section>",
    )


@shape("layui rows of div")
def _(items: Sequence[Entry]) -> str:
    return _list(
        items,
        lambda t, u, d: (
            f"<div class='layui-row'><div class='layui-col-md9'><a href='{u}'>{t}</a></div><div class='layui-col-md3'>{d} 08:30:12</div></div>"
        ),
        "<div class='layui-container'>{}</div>",
    )


@shape("two columns of a table, each with items")
def _(items: Sequence[Entry]) -> str:
    cells = [f"<td>·<a href='{u}'>{t}</a></td><td>{d}</td>" for t, u, d in items]
    return "<table>" + "".join(f"<tr>{''.join(cells[n : n + 2])}</tr>" for n in range(0, len(cells), 2)) + "</table>"


@shape("nested tables, one for each item")
def _(items: Sequence[Entry]) -> str:
    return _list(
        items,
        lambda t, u, d: (
            f"<tr><td><table><tr><td><img src='dot.gif'></td><td><a class='bt_link' href='{u}'>{t}</a></td><td>({d})</td></tr></table></td></tr>"
        ),
        "<table><tbody>{}</tbody></table>",
    )


@shape("items in comments beside the list")
def _(items: Sequence[Entry]) -> str:
    old = "<!-- <li><a href='old/1.html'>旧版页面的一条信息</a><span>2031-01-01</span></li> -->"
    return old + _list(items, lambda t, u, d: f"<li><!--{d}--><a href='{u}'><!-- 图 -->{t}</a><span>{d}</span></li>")


@shape("jcms records in a script")
def _(items: Sequence[Entry]) -> str:
    rows = "".join(
        f"<record><![CDATA[<li><a href='{u}' title='{t}'>{_cut(t)}</a><span>{d}</span></li>]]></record>"
        for t, u, d in items
    )
    return f"<div id='1001'></div><script type='text/xml'><datastore><recordset>{rows}</recordset></datastore></script>"


@shape("array of records in a script")
def _(items: Sequence[Entry]) -> str:
    rows = [{"title": t, "url": u, "pubDate": f"{d} 10:00:00"} for t, u, d in items]
    return f"<div id='list'></div><script>var dataList = {json.dumps(rows, ensure_ascii=False)};\nrender(dataList);</script>"


@shape("calls with the facts as arguments in a script")
def _(items: Sequence[Entry]) -> str:
    rows = "".join(f"<li><a href='{u}'>{t}</a><script>document.write('{d}');</script></li>" for t, u, d in items)
    return f"<ul>{rows}</ul>"


@shape("today and yesterday beside full dates")
def _(items: Sequence[Entry]) -> str:
    today = date(2024, 6, 15)

    def said(d: date) -> str:
        days = (today - d).days
        return {0: "今天", 1: "昨天"}.get(days, f"{days}天前" if days < 7 else f"{d}")

    return _list(items, lambda t, u, d: f"<li><a href='{u}'>{t}</a><span class='time'>{said(d)}</span></li>")


@shape("new and pinned marks")
def _(items: Sequence[Entry]) -> str:
    return _list(
        items,
        lambda t, u, d: (
            f"<li><img src='new.gif'><a href='{u}'>{t}</a><font color='red'>NEW</font><span>{d}</span></li>"
        ),
    )


@shape("category link and department before the title")
def _(items: Sequence[Entry]) -> str:
    return _list(
        items,
        lambda t, u, d: (
            f"<li><a class='lb' href='/zwgk/fl/'>[公示公告]</a><span class='bm'>某县人社局</span><a href='{u}'>{t}</a><span>{d}</span></li>"
        ),
    )


@shape("attachment links after the title")
def _(items: Sequence[Entry]) -> str:
    return _list(
        items,
        lambda t, u, d: (
            f"<li><a href='{u}'>{t}</a><a href='/u/{d:%Y%m%d}1.pdf'>下载</a><a href='{u}?jd=1'>[解读]</a><span>{d}</span></li>"
        ),
    )


@shape("links of documents and of their interpretation")
def _(items: Sequence[Entry]) -> str:
    return _list(
        items,
        lambda t, u, d: (
            f"<li><a href='{u}'>{t}</a><span>{d}</span><div class='gl'><a href='/jd/{d:%m%d}.html'>图解：{t}</a></div></li>"
        ),
    )


@shape("full date-times")
def _(items: Sequence[Entry]) -> str:
    return _list(items, lambda t, u, d: f"<li><a href='{u}'>{t}</a><span>{d} 17:05</span></li>")


@shape("hidden month and year inputs beside")
def _(items: Sequence[Entry]) -> str:
    return _list(
        items,
        lambda t, u, d: (
            f"<li><span class='mon'>{d.month}月</span><span class='day'>{d.day}</span><span class='yr'>{d.year}</span><a href='{u}'>{t}</a></li>"
        ),
    )


@shape("ruled by empty li and lines")
def _(items: Sequence[Entry]) -> str:
    found = ""
    for n, (t, u, d) in enumerate(items, 1):
        found += f"<li><a href='{u}'>{t}</a><span>{d}</span></li>" + ("<li class='line'></li>" if n % 5 == 0 else "")
    return f"<ul>{found}</ul>"


@shape("address behind an onclick of the row")
def _(items: Sequence[Entry]) -> str:
    return _list(
        items,
        lambda t, u, d: (
            f"<li onclick=\"location.href='{u}'\"><a href='javascript:void(0)'>{t}</a><span>{d}</span></li>"
        ),
    )
