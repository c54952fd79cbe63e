"""Pages that would keep a reader busy for hours: each is read to its end at once, and what is in order is found."""

from __future__ import annotations

from datetime import date

from storage.listing import read_list

TODAY, BASE = date(2026, 6, 15), "http://www.example.gov.cn/col/"


def test_a_title_of_nothing_but_opened_tags() -> None:
    title = "&lt;" * 1_000_000 + "公告"
    item = f"<item><title>{title}</title><link>{BASE}1.html</link></item>"
    (found,) = read_list(f"<rss><channel>{item}</channel></rss>".encode(), BASE, TODAY, None)
    assert found.title.endswith("公告")


def test_records_that_are_opened_and_never_closed() -> None:
    good = '<record><![CDATA[<li><a href="/1.html">关于印发方案的通知</a><span>2026-06-01</span></li>]]></record>'
    page = f"<html><script type='text/xml'><datastore>{good * 3}{'<![CDATA[<a ' * 500_000}</script></html>"
    assert "关于印发方案的通知" in {item.title for item in read_list(page.encode(), BASE, TODAY, None)}
