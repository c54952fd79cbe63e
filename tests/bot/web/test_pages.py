"""What holds for every answer of the web process, whoever asks and whatever they send."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from bot.app import create_app
from bot.cli.serve import with_own_account
from bot.settings import BotSettings
from bot.web import pages
from bot.web.middlewares import SECURITY_HEADERS

FORM = "application/x-www-form-urlencoded"


def _settings(folder: Path, host: str = "127.0.0.1") -> BotSettings:
    return with_own_account(BotSettings(_env_file=None, data_dir=folder, development=True, host=host))  # type: ignore[call-arg]


async def _fails(_request: web.Request) -> web.StreamResponse:
    raise RuntimeError("of the inside")


@pytest.fixture
async def visitor(data_folder: Path) -> AsyncIterator[TestClient]:
    app = create_app(_settings(data_folder), address=URL("http://127.0.0.1:1"))
    app.router.add_get("/fails", _fails)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_every_answer_has_the_security_headers_failures_too(visitor: TestClient) -> None:
    expected = {
        "/nothing": 404,
        "/fails": 500,
        "/healthz": 200,
        "/wechat": 403,
        "/demo": 200,
        "/desk/": 303,
        "/desk/login": 200,
        "/desk/nothing": 404,
        "/static/nothing": 404,
        "/t/nothing": 400,
    }
    for path, status in expected.items():
        async with visitor.get(path, allow_redirects=False) as response:
            assert response.status == status, path
            assert {k: response.headers.getall(k) for k in SECURITY_HEADERS} == {
                k: [v] for k, v in SECURITY_HEADERS.items()
            }, path
            assert "of the inside" not in await response.text()


NO_FORMS = (
    ("multipart/form-data", b"x"),
    ("multipart/form-data; boundary=zz", b"x"),
    ("multipart/form-data; boundary=zz", b"--zz\r\nContent-Disposition: form-data\r\n\r\nx\r\n--zz--"),
    (f"{FORM}; charset=none", b"x=1"),
    (FORM, b"\xff\xfe=%ff"),
)


async def test_a_body_that_is_no_form_is_refused_without_noise(
    visitor: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    own = str(visitor.make_url("/")).rstrip("/")
    for path in ("/desk/login", "/desk/login/code", "/desk/link/x", "/t/x"):
        for kind, body in NO_FORMS:
            headers = {"Origin": own, "Content-Type": kind}
            async with visitor.post(path, data=body, headers=headers, allow_redirects=False) as response:
                assert response.status == 400, (path, kind, body)
    assert "Traceback" not in caplog.text


def test_the_chat_page_stays_off_where_others_could_reach_it(tmp_path: Path) -> None:
    def has_chat(host: str) -> bool:
        app = create_app(_settings(tmp_path, host), address=URL("http://127.0.0.1:1"))
        return any(r.canonical == "/demo" for r in app.router.resources())

    assert has_chat("127.0.0.1")
    assert not has_chat("0.0.0.0")


def test_a_rule_that_desk_and_public_pages_share_is_written_once() -> None:
    static = Path(pages.__file__).parent / "static"
    rules = [set(re.findall(r"^[^\s@}].*\}$", (static / f"{n}.css").read_text(), re.M)) for n in ("desk", "public")]
    assert all(rules)
    assert not set.intersection(*rules)
