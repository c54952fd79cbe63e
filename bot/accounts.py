"""The official accounts that one deployment serves: the one of the settings at /wechat, others from a file.

Each has its own credentials, agency, menu and rights. What is kept of people is kept under the account's name, so
that nothing of one account is found from another.
"""

from __future__ import annotations

import hmac
import re
import tomllib
from dataclasses import fields
from pathlib import Path

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, field_validator

from bot.contacts import contacts_of
from bot.qa.replies import Contacts
from bot.settings import AccountKind, BotSettings, WeChatMode
from bot.wechat.crypto import AesKey, BadKey, Envelope
from bot.wechat.webhook import Account
from storage.errors import Refused
from storage.models.watch import MAIN_ACCOUNT
from storage.questions.people import person_key

MAIN = MAIN_ACCOUNT
"""The account of the single-account settings."""
WEBHOOK_PATH = "/wechat"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,38}")
_SETTINGS = {
    "token": "GONGKAI_WECHAT_TOKEN",
    "aes_key": "GONGKAI_WECHAT_AES_KEY",
    "aes_key_previous": "GONGKAI_WECHAT_AES_KEY_PREVIOUS",
    "app_id": "GONGKAI_WECHAT_APP_ID",
    "app_secret": "GONGKAI_WECHAT_APP_SECRET",
    "mode": "GONGKAI_WECHAT_MODE",
}


class OfficialAccount(BaseModel):
    """What is set about one account."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    agency: str | None = None
    app_id: str | None = None
    app_secret: SecretStr | None = None
    token: SecretStr | None = None
    aes_key: SecretStr | None = None
    aes_key_previous: SecretStr | None = None
    mode: WeChatMode = WeChatMode.SECURE
    kind: AccountKind | None = None
    verified: bool | None = None
    menu_file: Path | None = None
    notice_template: str | None = None
    subscription_template: str | None = None
    column: str = "微信公众号"
    """The obligation's column that stands for the account's articles."""
    contact: dict[str, str] = {}
    """The bureau's contact data by the names of `Contacts`: office, address, hours, phone, fax, email, website."""

    @field_validator("contact")
    @classmethod
    def _known(cls, value: dict[str, str]) -> dict[str, str]:
        if unknown := set(value) - {f.name for f in fields(Contacts)}:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        return value

    def contacts(self) -> Contacts:
        """What answers say about the bureau; what is not set is not said."""
        return Contacts(**self.contact)

    def person_secret(self, secret: bytes) -> bytes:
        """The key of the hash that people are known by: another one for each account, out of the deployment's."""
        return secret if self.name == MAIN else hmac.digest(secret, f"account {self.name}".encode(), "sha256")

    @property
    def path(self) -> str:
        """Where WeChat pushes to."""
        return WEBHOOK_PATH if self.name == MAIN else f"{WEBHOOK_PATH}/{self.name}"

    @property
    def can_call(self) -> bool:
        """Whether interfaces can be called at all."""
        return bool(self.app_id and self.app_secret)

    def setting(self, field: str) -> str:
        """What a field is called where it is set, for messages to people."""
        return _SETTINGS.get(field, field) if self.name == MAIN else f"账号 {self.name} 的 {field}"

    def endpoint(self, *, replay_seconds: int, per_minute: int) -> Account | None:
        """What the webhook verifies against; `None` without a Token.

        Raises:
            Refused: a key or AppID is missing or wrong for the mode.
        """
        if self.token is None:
            return None
        token = self.token.get_secret_value()
        given = [k.get_secret_value() for k in (self.aes_key, self.aes_key_previous) if k]
        envelope = None
        if given:
            if not self.app_id:
                raise Refused(
                    f"设置了 {self.setting('aes_key')}，还需要 {self.setting('app_id')}（公众号的 AppID，wx 开头）。"
                )
            try:
                envelope = Envelope(token, self.app_id, tuple(map(AesKey, given)))
            except BadKey as error:
                raise Refused(f"{self.setting('aes_key')} 必须是 43 位字母或数字，请从公众号后台原样复制。") from error
        elif self.mode is not WeChatMode.PLAIN:
            raise Refused(
                f"消息加解密方式是 {self.mode}，需要 {self.setting('aes_key')}；"
                f"公众号后台选的是明文模式时，请设 {self.setting('mode')}=plain。"
            )
        return Account(self.name, token, self.mode, envelope, replay_seconds=replay_seconds, per_minute=per_minute)


def accounts_of(settings: BotSettings) -> tuple[OfficialAccount, ...]:
    """Every account of the settings, the main one first where it has a Token or an AppID.

    Raises:
        Refused: the accounts file cannot be read or holds something wrong; the message says what.
    """
    accounts = []
    if settings.wechat_token or settings.wechat_app_id:
        accounts.append(_main(settings))
    if settings.accounts_file is not None:
        accounts += _from_file(settings.accounts_file)
    seen: dict[str, str] = {}
    for account in accounts:
        other = seen.setdefault(account.app_id or account.name, account.name)
        if other != account.name:
            raise Refused(f"账号 {other} 和 {account.name} 的 AppID 相同；一个公众号只能设置一次。")
    return tuple(accounts)


def keys_of_person(settings: BotSettings, secret: bytes, openid: str) -> dict[str, str]:
    """The hashes under which a person may be stored, by account; the main account's also where it is not set.

    Raises:
        Refused: see `accounts_of`.
    """
    secrets = {MAIN: secret} | {a.name: a.person_secret(secret) for a in accounts_of(settings)}
    return {name: person_key(key, openid) for name, key in secrets.items()}


def account_named(settings: BotSettings, name: str | None) -> OfficialAccount:
    """The account of that name; without a name the main one or the only one.

    Raises:
        Refused: there is none of that name, none at all, or several to choose from.
    """
    accounts = accounts_of(settings)
    names = "、".join(a.name for a in accounts)
    if name is not None:
        found = [a for a in accounts if a.name == name]
        if not found:
            raise Refused(f"没有名为 {name} 的账号{f'，有：{names}' if names else ''}。")
        return found[0]
    if not accounts:
        raise Refused("还没有设置公众号：请先设 GONGKAI_WECHAT_TOKEN 和 GONGKAI_WECHAT_APP_ID。")
    if len(accounts) > 1 and accounts[0].name != MAIN:
        raise Refused(f"有几个账号（{names}），请用 --account 写明是哪一个。")
    return accounts[0]


def _main(settings: BotSettings) -> OfficialAccount:
    return OfficialAccount(
        name=MAIN,
        agency=settings.agency,
        app_id=settings.wechat_app_id,
        app_secret=settings.wechat_app_secret,
        token=settings.wechat_token,
        aes_key=settings.wechat_aes_key,
        aes_key_previous=settings.wechat_aes_key_previous,
        mode=settings.wechat_mode,
        kind=settings.wechat_kind,
        verified=settings.wechat_verified,
        menu_file=settings.wechat_menu_file,
        notice_template=settings.wechat_notice_template,
        subscription_template=settings.wechat_subscription_template,
        column=settings.wechat_column,
        contact={f.name: getattr(contacts_of(settings), f.name) for f in fields(Contacts)},
    )


def _from_file(path: Path) -> list[OfficialAccount]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"账号文件 {path} 读不了：{error.strerror}。") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused(f"账号文件 {path} 不是正确的 TOML：{error}。") from error
    return [_one(path, name, values) for name, values in tables.items()]


def _one(path: Path, name: str, values: object) -> OfficialAccount:
    if not isinstance(values, dict):
        raise Refused(f"账号文件 {path}：{name} 应写在一个账号的小标题（如 [rsj]）下面。")
    if name == MAIN or not _NAME.fullmatch(name):
        raise Refused(f"账号文件 {path}：账号名 {name} 不能用；请用小写字母、数字和连字符，且不叫 main。")
    try:
        account = OfficialAccount.model_validate({**values, "name": name})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Refused(
            f"账号文件 {path}：[{name}] 的 {'.'.join(map(str, first['loc']))} 不正确：{first['msg']}。"
        ) from None
    if account.token is None:
        raise Refused(f"账号文件 {path}：[{name}] 缺少 token。")
    if account.menu_file is not None and not account.menu_file.is_absolute():
        account = account.model_copy(update={"menu_file": path.parent / account.menu_file})
    return account
