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


GLOSSED = """某区统计局2020年政府信息公开工作年度报告
二、主动公开政府信息情况
第二十条第(一)项
信息内容 | 本年新制作数量 | 本年新公开数量 | 对外公开总数量
规章(设区的市级以上政府制定) | 0 | 0 | 2
规范性文件(行政机关制定并公开) | 1 | 1 | 7
第二十条第(五)项
信息内容 | 上一年项目数量 | 本年增/减 | 处理决定数量
行政许可 | 3 | 0 | 12
"""


def test_a_gloss_in_brackets_does_not_hide_the_label() -> None:
    cells = read_document(parse(GLOSSED.encode(), name="a.txt")).cells
    assert [cells[f"t2.{c}"].value for c in ("rules.held", "normative.created", "normative.held")] == [2, 1, 7]


def test_the_last_number_of_a_cut_text_is_doubted_unless_the_next_row_has_begun() -> None:
    cut = read_document(parse(GLOSSED.encode(), name="a.txt")).cells["t2.licence"]
    followed = read_document(parse((GLOSSED + "其他对外管理\n").encode(), name="a.txt")).cells["t2.licence"]
    assert cut.meaning is Meaning.UNREADABLE
    assert followed.value == Decimal(12)
