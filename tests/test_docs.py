"""Documents say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from bot.cli import app

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "deploy").glob("*.md"))]


def commands() -> set[str]:
    """Every `gongkai …` command, groups with their members."""
    names: set[str] = set()
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        names.add(name)
        names.update(f"{name} {sub}" for sub in getattr(command, "commands", {}))
    return names


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.name)
def test_commands_in_documents_exist(document: Path) -> None:
    known = commands()
    used = re.findall(r"(?:^|`)gongkai ([a-z]+(?: [a-z]+)?)", document.read_text(encoding="utf-8"), re.MULTILINE)
    unknown = {u for u in used if u not in known and u.split()[0] not in known}
    assert unknown == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.name)
def test_files_named_in_documents_exist(document: Path) -> None:
    named = re.findall(
        r"`((?:bot|storage|scheduler|tests|deploy|\.ci)/[\w./-]*)`", document.read_text(encoding="utf-8")
    )
    named += re.findall(r"\]\((?!https?:|#)([^)#]+)\)", document.read_text(encoding="utf-8"))
    missing = [n for n in named if not (ROOT / n).exists() and not (document.parent / n).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.name)
def test_make_targets_in_documents_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)`", document.read_text(encoding="utf-8"))) <= targets


def test_every_command_has_a_help_text() -> None:
    def check(command: object, path: str) -> None:
        assert getattr(command, "help", None), f"{path} has no help"
        for name, sub in getattr(command, "commands", {}).items():
            check(sub, f"{path} {name}")

    check(typer.main.get_command(app), "gongkai")
