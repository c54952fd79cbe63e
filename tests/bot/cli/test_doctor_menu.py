"""`gongkai doctor` and `gongkai menu` as their user runs them, against WeChat as it answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.clock import FixedClock
from tests.bot.cli.conftest import Run
from tests.fakes.wechat import FakeAccount, FakeWeChat, Kind
from tests.fakes.wechat.thread import served

APP_ID, SECRET = "wx0123456789abcdef", "s" * 32


@pytest.fixture
def wechat() -> Iterator[FakeWeChat]:
    with served(FixedClock(datetime.now(UTC))) as fake:
        yield fake


@pytest.fixture
def account(wechat: FakeWeChat, monkeypatch: pytest.MonkeyPatch) -> FakeAccount:
    """A verified service account with everything set."""
    values = {
        "APP_ID": APP_ID,
        "APP_SECRET": SECRET,
        "TOKEN": "token123",
        "AES_KEY": "k" * 43,
        "HOSTS": wechat.url,
    }
    for name, value in values.items():
        monkeypatch.setenv(f"GONGKAI_WECHAT_{name}", value)
    return wechat.account(APP_ID, SECRET, callback_url="https://example.cn/wechat")


def test_without_an_account_it_says_how_to_set_one_up(gongkai: Run) -> None:
    ran = gongkai("doctor", "--offline")
    assert ran.exit_code == 1
    for told in (
        "还没有设置公众号",
        "https://developers.weixin.qq.com/platform",
        "GONGKAI_WECHAT_TOKEN=",
        "数据格式：XML",
    ):
        assert told in ran.stdout


def test_a_watch_without_people_is_a_finding(gongkai: Run, tmp_path: Path) -> None:
    table = tmp_path / "obligations.csv"
    table.write_text("编号,名称,栏目,类型,期限,起算日,依据\nC1,动态,工作动态,更新周期,14天,2024-01-01,检查指标\n")
    assert "没有人会收到提醒" not in gongkai("doctor", "--offline").stdout
    assert gongkai("obligations", "import", str(table)).exit_code == 0
    assert "没有人会收到提醒" in gongkai("doctor", "--offline").stdout


def test_an_unverified_subscription_account_reads_as_help(
    gongkai: Run, account: FakeAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.kind, account.verified = Kind.SUBSCRIPTION, False
    monkeypatch.setenv("GONGKAI_WECHAT_KIND", "subscription")
    ran = gongkai("doctor")
    assert "公众号（订阅号），未认证" in ran.stdout
    assert "✓ 接收消息并回复" in ran.stdout
    assert "－ 自定义菜单" in ran.stdout
    assert "没有菜单，回答里带可以点的问题" in ran.stdout
    assert "不认证也能用" in ran.stdout
    assert "推送菜单" not in ran.stdout
    assert ran.stdout.index("第 1 步") < ran.stdout.index("第 5 步") < ran.stdout.index("最后一步")
    assert ran.exit_code == 0


def test_a_verified_service_account_lacks_nothing(gongkai: Run, account: FakeAccount) -> None:
    ran = gongkai("doctor")
    assert "服务号，已认证" in ran.stdout
    assert "－ " not in ran.stdout
    assert "gongkai menu push" in ran.stdout
    assert "网页授权域名" in ran.stdout
    assert "微信到服务器的网络：通畅" in ran.stdout
    assert ran.exit_code == 0


def test_an_unlisted_address_is_named_where_it_is_to_be_entered(gongkai: Run, account: FakeAccount) -> None:
    account.allow_ips = set()
    ran = gongkai("doctor")
    assert ran.exit_code == 1
    assert "服务器地址不在 IP 白名单里（微信返回 40164）" in ran.stdout
    assert ran.stdout.count("203.0.113.7") == 3
    assert "这一次没有问成" in ran.stdout
    assert "－ " not in ran.stdout


def test_a_wrong_secret_is_told_and_nothing_secret_is_shown(
    gongkai: Run, account: FakeAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGKAI_WECHAT_APP_SECRET", "w" * 32)
    ran = gongkai("doctor")
    assert ran.exit_code == 1
    assert "AppSecret 不正确" in ran.stdout
    shown = ran.stdout + ran.stderr + gongkai("doctor", "--json").stdout
    for secret in ("w" * 32, "token123", "k" * 43):
        assert secret not in shown


def test_settings_that_contradict_wechat_are_remarked(
    gongkai: Run, account: FakeAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.verified = False
    monkeypatch.setenv("GONGKAI_WECHAT_VERIFIED", "true")
    assert "以微信为准" in gongkai("doctor").stdout


@pytest.mark.parametrize(("minutes", "told", "code"), [(1, "60 秒", 0), (7, "7 分钟", 1)])
def test_a_clock_that_is_off_is_told(
    gongkai: Run, account: FakeAccount, wechat: FakeWeChat, minutes: int, told: str, code: int
) -> None:
    wechat.fast_by = timedelta(minutes=minutes)
    ran = gongkai("doctor")
    assert re.search(rf"服务器时钟差了 (?:{told}|{60 * minutes - 1} 秒|{60 * minutes + 1} 秒)", ran.stdout)
    assert "timedatectl" in ran.stdout
    assert ran.exit_code == code


def test_a_missing_font_is_told_and_no_failure(
    gongkai: Run, account: FakeAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.cli.doctor_checks.chinese_font", lambda: None)
    ran = gongkai("doctor")
    assert "中文字体：没有找到" in ran.stdout
    assert ran.exit_code == 0


def test_the_conclusion_comes_first_with_what_to_do(
    gongkai: Run, account: FakeAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert gongkai("doctor").stdout.startswith("  结论：可以用。另有 2 处要留意")
    account.allow_ips = set()
    monkeypatch.setenv("GONGKAI_REDIS_URL", "redis://127.0.0.1:9/0")
    lines = gongkai("doctor").stdout.splitlines()
    assert lines[0] == "  结论：有 2 个问题，请按顺序解决，然后再运行一次 gongkai doctor："
    assert lines[1].startswith("    1. Redis：没有应答。")
    assert lines[2] == "    2. AppID 和 AppSecret：服务器地址不在 IP 白名单里（微信返回 40164）。请在微信开发者平台把 203.0.113.7 加入 IP 白名单。"  # fmt: skip


def test_a_further_account_is_explained_in_the_words_of_its_file(
    gongkai: Run, account: FakeAccount, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text(f'[ybj]\ntoken = "tokenB"\naes_key = "{"b" * 43}"\napp_id = "wx00000000000000bb"\n', "utf-8")
    monkeypatch.setenv("GONGKAI_ACCOUNTS_FILE", str(file))
    ran = gongkai("doctor", "--account", "ybj")
    assert f"账号文件 {file} 的 [ybj] 下面" in ran.stdout
    assert 'app_id = "wx00000000000000bb"' in ran.stdout
    assert "/wechat/ybj" in ran.stdout
    assert ran.exit_code == 0


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("GONGKAI_WECHAT_AES_KEY", "short", "必须是 43 位"),
        ("GONGKAI_BASE_URL", "https://xxgk.example.invalid:8443", "微信不接受"),
        ("GONGKAI_REDIS_URL", "redis://127.0.0.1:9/0", "Redis：没有应答"),
        ("GONGKAI_WECHAT_HOSTS", "http://127.0.0.1:9", "连不上微信服务器"),
        ("GONGKAI_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/x", "✗ 有问题　数据库"),
    ],
)
def test_what_does_not_work_is_named_and_fails(
    gongkai: Run, account: FakeAccount, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    ran = gongkai("doctor")
    assert told in ran.stdout
    assert ran.exit_code == 1


def test_json_is_for_monitoring(gongkai: Run, account: FakeAccount) -> None:
    ran = gongkai("doctor", "--json")
    told = json.loads(ran.stdout)
    assert told["ok"] is True
    assert told["accounts"][0]["can"]["custom_message"] is True
    assert {c["state"] for c in told["checks"]} <= {"ok", "note", "warn", "fail"}
    assert ran.exit_code == 0


def test_the_menu_is_shown_without_any_account(gongkai: Run) -> None:
    ran = gongkai("menu", "show")
    assert ran.exit_code == 0
    assert "└ 收到多少申请　问“去年新收多少件申请”" in ran.stdout
    assert "我的待办" in ran.stdout
    assert "“近况与公示”超过 4 个字" in ran.stdout


def test_the_menu_is_pushed_with_its_differences(gongkai: Run, account: FakeAccount) -> None:
    assert "+ 查年报 / 总体情况" in gongkai("menu", "show", "--current").stdout
    assert account.menu is None
    ran = gongkai("menu", "push", "--yes")
    assert "菜单已推送" in ran.stdout
    assert account.menu is not None
    assert "一致" in gongkai("menu", "push").stdout


def test_pushing_a_menu_that_is_not_allowed_fails_in_a_sentence(gongkai: Run, account: FakeAccount) -> None:
    account.verified = False
    ran = gongkai("menu", "push", "--yes")
    assert ran.exit_code == 1
    assert "48001" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_pushing_without_a_secret_says_what_is_missing(
    gongkai: Run, account: FakeAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GONGKAI_WECHAT_APP_SECRET")
    ran = gongkai("menu", "push")
    assert ran.exit_code == 1
    assert "GONGKAI_WECHAT_APP_SECRET" in ran.stderr
