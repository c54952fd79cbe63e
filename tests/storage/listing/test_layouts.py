"""List pages in the shapes that government sites print them: each page, and the items a person sees on it."""

from __future__ import annotations

from datetime import date

import pytest

from storage.listing import read_list

TODAY = date(2024, 6, 15)
BASE = "https://www.example.gov.cn/zwgk/tzgg/index.html"

CHROME_TOP = """<div class="header"><span>今天是：2024年6月15日 星期六</span><ul class="nav"><li><a href="/">网站首页</a></li>
<li><a href="/zwgk/">政务公开</a></li><li><a href="/zwfw/">政务服务大厅</a></li></ul></div>
<div class="position">当前位置：<a href="/">首页</a> &gt; <a href="../">政务公开</a> &gt; <a href="./">通知公告</a></div>"""
CHROME_BOTTOM = """<div class="page"><a href="index_1.html">下一页</a><a href="index_9.html">尾页</a> 共9页</div>
<div class="footer"><p>主办：某某县人民政府办公室 <a href="https://beian.miit.gov.cn/">陕ICP备05000000号-1</a></p>
<p>最后更新：2024-06-15 <a href="/sitemap.html">网站地图导航</a></p></div>"""

LAYOUTS = {
    "definition list": (
        """<dl class="list"><dt><a href="./202405/t1.html">关于开展技能培训的通知</a></dt><dd>2024-05-20</dd>
        <dt><a href="./202404/t2.html">关于公布见习单位名单的公告</a></dt><dd>2024-04-11</dd></dl>""",
        [("关于开展技能培训的通知", "2024-05-20"), ("关于公布见习单位名单的公告", "2024-04-11")],
    ),
    "table that prints day of forming and day of publishing": (
        """<table><tr><th>标题</th><th>发文字号</th><th>成文日期</th><th>发布日期</th></tr>
        <tr><td><a href="./c/11001.html">关于印发就业补助办法的通知</a></td><td>某人社发〔2024〕3号</td><td>2024-03-01</td><td>2024-03-20</td></tr>
        <tr><td><a href="./c/10992.html">关于调整失业保险标准的通知</a></td><td>某人社发〔2024〕1号</td><td>2024-01-02</td><td>2024-01-09</td></tr></table>""",
        [("关于印发就业补助办法的通知", "2024-03-20"), ("关于调整失业保险标准的通知", "2024-01-09")],
    ),
    "big day over small year and month": (
        """<ul class="news"><li><div class="date"><b>14</b><span>2024-05</span></div><div class="txt"><h3><a href="a/501.html">局领导带队走访企业</a></h3>
        <p>5月20日前完成……</p></div></li><li><div class="date"><b>09</b><span>2024-04</span></div><div class="txt"><h3>
        <a href="a/488.html">全县就业工作会议召开</a></h3><p>会议要求……</p></div></li></ul>""",
        [("局领导带队走访企业", "2024-05-14"), ("全县就业工作会议召开", "2024-04-09")],
    ),
    "no printed dates, the address tells": (
        """<ul><li><a href="./202405/t20240506_30012.html">关于劳动节放假的通知</a></li>
        <li><a href="./202403/t20240312_29900.html">招聘会延期举行的公告</a></li></ul>""",
        [("关于劳动节放假的通知", "2024-05-06"), ("招聘会延期举行的公告", "2024-03-12")],
    ),
    "date inside the link before the heading": (
        """<div class="cards"><a class="card" href="n/77.html"><span class="time">2024/06/03</span><h4>县人社局举办政策宣讲</h4><p>为落实……</p></a>
        <a class="card" href="n/70.html"><span class="time">2024/05/28</span><h4>社银合作网点挂牌</h4><p>近日……</p></a></div>""",
        [("县人社局举办政策宣讲", "2024-06-03"), ("社银合作网点挂牌", "2024-05-28")],
    ),
    "date at the end of the link's text": (
        """<ul><li><a href="n/5.html">关于年检工作的通知 (2024-05-30)</a></li><li><a href="n/4.html">2023年工作总结 (2024-01-15)</a></li></ul>""",
        [("关于年检工作的通知", "2024-05-30"), ("2023年工作总结", "2024-01-15")],
    ),
    "flat run with line breaks": (
        """<div id="zoom">· <a href="n/9.html">关于开展专项检查的通知</a> 2024-05-30<br>· <a href="n/8.html">关于报送统计报表的通知</a> 2024-05-12<br>
        · <a href="n/7.html">关于培训报名的通知</a> 2024-04-02<br></div>""",
        [
            ("关于开展专项检查的通知", "2024-05-30"),
            ("关于报送统计报表的通知", "2024-05-12"),
            ("关于培训报名的通知", "2024-04-02"),
        ],
    ),
    "category before the title": (
        """<ul><li><a href="./zp/">[招聘]</a><a href="./zp/t20240511_1.html">事业单位公开招聘公告</a><span>2024-05-11</span></li>
        <li><a href="./gs/">[公示]</a><a href="./gs/t20240501_2.html">拟聘用人员名单公示</a><span>2024-05-01</span></li></ul>""",
        [("事业单位公开招聘公告", "2024-05-11"), ("拟聘用人员名单公示", "2024-05-01")],
    ),
    "a list cut into blocks of two": (
        """<div class="con"><ul><li><a href="n/6.html">第六条工作动态消息</a><span>2024-06-06</span></li><li><a href="n/5.html">第五条工作动态消息</a><span>2024-05-05</span></li></ul>
        <div class="line"></div><ul><li><a href="n/4.html">第四条工作动态消息</a><span>2024-04-04</span></li><li><a href="n/3.html">第三条工作动态消息</a><span>2024-03-03</span></li></ul></div>""",
        [
            ("第六条工作动态消息", "2024-06-06"),
            ("第五条工作动态消息", "2024-05-05"),
            ("第四条工作动态消息", "2024-04-04"),
            ("第三条工作动态消息", "2024-03-03"),
        ],
    ),
    "months and days across the turn of the year": (
        """<ul><li><a href="n/3.html">春季招聘会圆满结束</a><em>03-08</em></li><li><a href="n/2.html">慰问困难职工活动</a><em>01-20</em></li>
        <li><a href="n/1.html">年终总结会议召开</a><em>12-28</em></li></ul>""",
        [("春季招聘会圆满结束", "2024-03-08"), ("慰问困难职工活动", "2024-01-20"), ("年终总结会议召开", "2023-12-28")],
    ),
    "an older notice kept on top": (
        """<ul><li class="top"><a href="n/1.html">[置顶] 办事大厅搬迁公告</a><span>2023-02-01</span></li><li><a href="n/9.html">近期岗位信息汇总</a><span>2024-06-01</span></li></ul>""",
        [("近期岗位信息汇总", "2024-06-01"), ("办事大厅搬迁公告", "2023-02-01")],
    ),
    "rows of div with index number and hidden card": (
        """<div class="xxgk"><div class="row"><div class="t"><a href="art_1.html" title="关于失业保险返还名单的公示">关于失业保险返还名单的公…</a></div><div class="d">2024-05-17</div>
        <div class="tip">索引号：SX/2024-11 成文日期：2024年05月10日 有效性：有效</div></div><div class="row"><div class="t"><a href="art_2.html" title="关于稳岗补贴的公示名单">关于稳岗补贴的公示名单</a></div><div class="d">2024-03-17</div>
        <div class="tip">索引号：SX/2024-08 成文日期：2024年03月10日 有效性：有效</div></div></div>""",
        [("关于失业保险返还名单的公示", "2024-05-17"), ("关于稳岗补贴的公示名单", "2024-03-17")],
    ),
    "publishing time among other facts": (
        """<ul><li><h4><a href="n/31.html">县就业中心开展送岗活动</a></h4><p class="info">来源：县人社局 发布时间：2024-06-11 09:30 浏览次数：55</p></li>
        <li><h4><a href="n/30.html">工伤认定流程优化升级</a></h4><p class="info">来源：县人社局 发布时间：2024-06-02 16:01 浏览次数：120</p></li></ul>""",
        [("县就业中心开展送岗活动", "2024-06-11"), ("工伤认定流程优化升级", "2024-06-02")],
    ),
    "consultation with a closing day": (
        """<table><tbody><tr><td><a href="n/2.html">关于某办法征求意见的公告</a></td><td>发布日期：2024-05-06</td><td>截止日期：2024-06-30</td></tr>
        <tr><td><a href="n/1.html">关于某方案征求意见的公告</a></td><td>发布日期：2024-03-06</td><td>截止日期：2024-04-30</td></tr></tbody></table>""",
        [("关于某办法征求意见的公告", "2024-05-06"), ("关于某方案征求意见的公告", "2024-03-06")],
    ),
    "a single item": (
        """<ul class="list"><li><a href="n/2.html">年度政府信息公开工作报告</a><span>2024-01-26</span></li></ul>""",
        [("年度政府信息公开工作报告", "2024-01-26")],
    ),
    "image and text links to the same page": (
        """<ul><li><a href="n/2.html"><img src="a.jpg" alt="宣传活动现场照片"></a><a href="n/2.html">社保宣传进社区活动</a><i>2024.05.08</i></li>
        <li><a href="n/1.html"><img src="b.jpg" alt="培训班"></a><a href="n/1.html">创业培训班顺利开班</a><i>2024.04.18</i></li></ul>""",
        [("社保宣传进社区活动", "2024-05-08"), ("创业培训班顺利开班", "2024-04-18")],
    ),
    "addresses in a script call": (
        """<ul><li><a href="javascript:;" onclick="show('/zwgk/tzgg/n/2.html')">关于发布岗位目录的公告</a><span>2024-05-02</span></li>
        <li><a href="javascript:open('./n/1.html')">关于缴费时间调整的公告</a><span>2024-04-02</span></li></ul>""",
        [("关于发布岗位目录的公告", "2024-05-02"), ("关于缴费时间调整的公告", "2024-04-02")],
    ),
    "spans in a link": (
        """<ul><li><a href="n/8.html"><span class="fl">关于职称评审工作的通知</span><span class="fr">2024-04-30</span></a></li>
        <li><a href="n/7.html"><span class="fl">关于继续教育学时的通知</span><span class="fr">2024-04-03</span></a></li></ul>""",
        [("关于职称评审工作的通知", "2024-04-30"), ("关于继续教育学时的通知", "2024-04-03")],
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("chrome", [False, True], ids=["bare", "with site chrome"])
def test_a_list_is_read_as_a_person_sees_it(name: str, chrome: bool) -> None:
    body, expected = LAYOUTS[name]
    page = f"<html><head><meta charset='utf-8'></head><body>{CHROME_TOP if chrome else ''}<div class='main'>{body}</div>{CHROME_BOTTOM if chrome else ''}</body></html>"
    items = read_list(page.encode(), BASE, TODAY)
    assert [(i.title, i.date.isoformat() if i.date else None) for i in items] == expected
    assert all(i.url.startswith("https://www.example.gov.cn/zwgk/tzgg/") for i in items)


def test_the_columns_own_list_wins_over_a_longer_sidebar() -> None:
    own = "".join(
        f'<li><a href="./n/{n}.html">本栏目通知公告第{n}号</a><span>2024-0{n}-01</span></li>' for n in range(1, 4)
    )
    other = "".join(
        f'<li><a href="/xwzx/bmdt/{n}.html">别的栏目热点新闻第{n}条</a><span>2024-06-{n:02}</span></li>'
        for n in range(1, 11)
    )
    page = f"<body><div class='l'><ul>{other}</ul></div><div class='r'><ul>{own}</ul></div></body>"
    assert [i.title for i in read_list(page.encode(), BASE, TODAY)] == [f"本栏目通知公告第{n}号" for n in (3, 2, 1)]


def test_an_empty_column_has_no_items() -> None:
    page = f"<body>{CHROME_TOP}<div class='list'><ul></ul>暂无内容</div>{CHROME_BOTTOM}</body>"
    assert read_list(page.encode(), BASE, TODAY) == []


def test_a_gb2312_page_is_read_as_declared() -> None:
    page = "<meta http-equiv='Content-Type' content='text/html; charset=gb2312'><ul><li><a href='n/1.html'>关于㳇水片区的公告喆</a>2024-05-01</li></ul>"
    (item,) = read_list(page.encode("gb18030"), BASE, TODAY)
    assert item.title == "关于㳇水片区的公告喆"


def test_rss_atom_and_sitemap() -> None:
    rss = "<?xml version='1.0'?><rss><channel><title>栏目</title><link>https://e.cn/</link><item><title>消息一则</title><link>https://e.cn/1.html</link><pubDate>Wed, 05 Jun 2024 20:00:00 +0000</pubDate></item></channel></rss>"
    atom = "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>消息一则</title><link href='https://e.cn/1.html'/><published>2024-06-05T17:00:00Z</published></entry></feed>"
    sitemap = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>https://e.cn/1.html</loc><lastmod>2024-06-06</lastmod></url></urlset>"
    for text in (rss, atom, sitemap):
        items = [i for i in read_list(text.encode(), BASE, TODAY) if i.url.endswith("1.html")]
        assert [i.date for i in items] == [date(2024, 6, 6)]


def test_json_with_milliseconds_and_jsonp_with_html() -> None:
    data = '{"data":{"rows":[{"title":"<em>招聘</em>公告","url":"/a/1.html","publishTime":1717603200000}]}}'
    assert [(i.title, i.date) for i in read_list(data.encode(), BASE, TODAY)] == [("招聘公告", date(2024, 6, 6))]
    page = r'callback({"html":"<ul><li><a href=\"/a/1.html\">接口返回的列表项</a><span>2024-06-06</span></li></ul>"})'
    assert [(i.title, i.date) for i in read_list(page.encode(), BASE, TODAY)] == [
        ("接口返回的列表项", date(2024, 6, 6))
    ]


def test_a_selector_helps_where_the_shape_is_not_enough() -> None:
    page = "<div class='a'><p><a href='/x/1.html'>第一个区块的文章标题</a><i>2024-06-01</i></p></div><div class='b'><p><a href='/x/2.html'>第二个区块的文章标题</a><i>2024-05-01</i></p></div>"
    assert [i.url for i in read_list(page.encode(), BASE, TODAY, selector="div.b")] == [
        "https://www.example.gov.cn/x/2.html"
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<",
        b"{",
        b"[]",
        b"\xff\xfe\x00",
        b"<rss>",
        b"<!--",
        b"<a href='http://[::1'>aaaaaaaa</a>2024-01-01",
        b"<ul>" * 5000,
    ],
)
def test_broken_pages_have_no_items_and_raise_nothing(content: bytes) -> None:
    assert read_list(content, BASE, TODAY) == []
