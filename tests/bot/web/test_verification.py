"""WeChat's files that prove a domain: those of the folder, by their own names, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.web.verification import setup_verification

NAME = "MP_verify_3Cu5VBYk3xXUvNEY.txt"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/{NAME}", 200),
        ("/MP_verify_another0.txt", 404),
        ("/MP_verify_..%2Fsecret.txt", 404),
        ("/MP_verify_folder00.txt", 404),
        ("/secret.txt", 404),
    ],
)
async def test_only_what_was_put_there_is_served(tmp_path: Path, path: str, status: int) -> None:
    folder = tmp_path / "verify"
    (folder / "MP_verify_folder00.txt").mkdir(parents=True)
    (folder / NAME).write_text("3Cu5VBYk3xXUvNEY")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "secret.txt").write_text("secret")
    app = web.Application()
    setup_verification(app, folder)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get(path)
        assert answer.status == status
        assert (await answer.text() == "3Cu5VBYk3xXUvNEY") is (status == 200)
