"""Accounts from the settings and from the file: what is wrong is named, secrets are never shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.accounts import account_named, accounts_of, keys_of_person
from bot.settings import BotSettings
from storage.errors import Refused
from storage.questions.people import person_key

EXAMPLE = Path(__file__).parents[2] / "deploy" / "accounts.example.toml"


def settings(path: Path | None = None, **values: Any) -> BotSettings:
    return BotSettings(_env_file=None, accounts_file=path, **values)


def test_the_example_file_is_read_whole() -> None:
    [account] = accounts_of(settings(EXAMPLE))
    assert account.path == "/wechat/ybj"
    assert account.contacts().office == "某某县医疗保障局办公室"
    assert account.endpoint(replay_seconds=0, per_minute=20) is not None


def test_the_main_account_comes_first_and_keeps_its_address(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text('[ybj]\ntoken = "abc"\nmode = "plain"\nmenu_file = "m.toml"\n', encoding="utf-8")
    both = settings(file, wechat_token="abc", wechat_mode="plain")
    assert [a.path for a in accounts_of(both)] == ["/wechat", "/wechat/ybj"]
    assert account_named(both, None).name == "main"
    assert account_named(both, "ybj").menu_file == tmp_path / "m.toml"
    assert account_named(settings(file), None).name == "ybj"
    with pytest.raises(Refused, match="main、ybj"):
        account_named(both, "wjj")
    with pytest.raises(Refused, match="GONGKAI_WECHAT_TOKEN"):
        account_named(settings(), None)


def test_people_are_known_by_another_hash_at_each_account() -> None:
    [other] = accounts_of(settings(EXAMPLE))
    main = account_named(settings(wechat_token="abc"), None)
    assert other.person_secret(b"s") != main.person_secret(b"s") == b"s"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[ybj", "不是正确的 TOML"),
        ('ybj = "x"', "小标题"),
        ('[main]\ntoken="x"', "main"),
        ('[Ybj]\ntoken="x"', "小写字母"),
        ('["../x"]\ntoken="x"', "小写字母"),
        ("[ybj]\n", "token"),
        ('[ybj]\ntoken="x"\ntokn="SECRETSECRET"', "tokn"),
        ('[ybj]\ntoken="x"\nkind="SECRETSECRET"', "kind"),
        ('[ybj]\ntoken="x"\n[ybj.contact]\nemial="x"', "emial"),
        ('[ybj]\ntoken="x"\napp_id="wx1"\n[wjj]\ntoken="y"\napp_id="wx1"', "AppID 相同"),
    ],
)
def test_a_wrong_file_is_refused_in_a_sentence(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "a.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=told) as caught:
        accounts_of(settings(file))
    assert "SECRETSECRET" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="读不了"):
        accounts_of(settings(tmp_path / "none.toml"))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "GONGKAI_WECHAT_AES_KEY"),
        ({"wechat_aes_key": "k" * 43}, "GONGKAI_WECHAT_APP_ID"),
        ({"wechat_aes_key": "k" * 42, "wechat_app_id": "wx1"}, "43 位"),
    ],
)
def test_an_endpoint_without_its_key_is_refused_by_the_settings_name(values: dict[str, Any], told: str) -> None:
    account = account_named(settings(wechat_token="abc", **values), None)
    with pytest.raises(Refused, match=told):
        account.endpoint(replay_seconds=0, per_minute=20)


def test_a_person_is_found_under_every_account_that_may_know_them() -> None:
    keys = keys_of_person(settings(EXAMPLE), b"s", "oOne")
    assert set(keys) == {"main", "ybj"}
    assert keys["main"] == person_key(b"s", "oOne")
    assert keys["ybj"] != keys["main"]
