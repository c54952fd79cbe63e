"""The rooms of the house: who may import whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FORBIDDEN = {
    "storage": ("bot", "scheduler"),
    "scheduler": ("bot",),
    "bot": ("scheduler",),
    "bot/qa": ("bot.wechat", "bot.web", "bot.cli", "bot.app", "aiohttp", "sqlalchemy", "sqlmodel"),
    "bot/wechat": ("bot.qa", "bot.web", "bot.cli", "bot.app"),
    "bot/web": ("bot.wechat", "bot.qa", "bot.cli"),
}
COMPOSITION = ("bot/cli", "bot/app.py", "bot/__main__.py")
"""Where processes are put together: these may import every room."""


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(a.name for a in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.update(f"{node.module}.{a.name}" for a in node.names)
    return names


@pytest.mark.parametrize("room", FORBIDDEN)
def test_rooms_keep_their_doors_shut(room: str) -> None:
    files = [p for p in (ROOT / room).rglob("*.py") if not p.relative_to(ROOT).as_posix().startswith(COMPOSITION)]
    assert files
    wrong = [
        f"{p.relative_to(ROOT)} imports {name}"
        for p in files
        for name in imports(p)
        if any(name == other or name.startswith(other + ".") for other in FORBIDDEN[room])
    ]
    assert wrong == []
