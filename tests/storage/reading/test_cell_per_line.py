"""Tables whose extraction broke the line after every cell: `规章 |`, `0 |`, `|` for an empty one."""

from decimal import Decimal

from storage.catalogue import Meaning
from storage.reading.align import read_document
from storage.reading.parse import parse

PAGE = """某县统计局2023年政府信息公开工作年度报告
二、主动公开政府信息情况
第二十条第(一)项 |
|||
信息内容 |
本年制发件数 |
本年废止件数 |
现行有效件数 |
规章 |
/ |
/ |
/ |
行政规范性文件 |
3 |
0 |
12 |
第二十条第(五)项 |
|||
信息内容 |
本年处理决定数量 |
||
行政许可 |
7 |
||
三、收到和处理政府信息公开申请情况
申请人情况 |
||||||||
自然人 |
法人或其他组织 |
总计 |
|||||||
商业企业 |
科研机构 |
社会公益组织 |
法律服务机构 |
其他 |
|||||
一、本年新收政府信息公开申请数量 |
|
|
|
|
|
|
4 |
||
二、上年结转政府信息公开申请数量 |
1 |
0 |
0 |
0 |
0 |
2 |
3 |
||
三、本年度办理结果 |
(一)予以公开 |
|
|
"""


def test_every_line_is_a_cell_and_an_empty_one_is_blank() -> None:
    cells = read_document(parse(PAGE.encode(), name="a.txt")).cells
    assert cells["t2.rules.made"].meaning is Meaning.BLANK
    assert cells["t2.normative.valid"].value == Decimal(12)
    assert cells["t2.licence"].value == Decimal(7)
    assert cells["t3.new.natural"].meaning is Meaning.BLANK
    assert cells["t3.new.total"].value == Decimal(4)
    assert [cells[f"t3.carried_in.{c}"].value for c in ("natural", "other", "total")] == [1, 2, 3]


def test_a_row_that_is_cut_off_is_not_taken() -> None:
    cells = read_document(parse(PAGE.encode(), name="a.txt")).cells
    assert cells["t3.granted.natural"].meaning is Meaning.UNREADABLE
