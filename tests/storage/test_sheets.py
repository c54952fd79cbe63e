"""Tables out of spreadsheets that would take the process with them."""

import io

import openpyxl
import pytest

from storage.errors import Refused
from storage.sheets import read_table


def _book(*cells: str) -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"] = "栏目"
    for cell in cells:
        book.active[cell] = "x"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_stray_cell_far_out_is_refused_instead_of_filling_the_memory() -> None:
    with pytest.raises(Refused, match="1048576行、16384列"):
        read_table("义务.xlsx", _book("XFD1048576"), ["栏目"], ["栏目"])


def test_a_long_table_is_read() -> None:
    (row,) = read_table("义务.xlsx", _book("A40000"), ["栏目"], ["栏目"])
    assert (row.number, row.text("栏目")) == (40000, "x")


def test_a_container_that_is_no_workbook_is_refused() -> None:
    for content in (b"PK\x03\x04", _book()[:-30], _book().replace(b"xl/worksheets", b"xl/worksheetz")):
        with pytest.raises(Refused):
            read_table("义务.xlsx", content, ["栏目"], ["栏目"])
