"""Settings of the web process and the command line. Prefix `GONGKAI_`, or a `.env` file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from storage.settings import StorageSettings


class WeChatMode(StrEnum):
    """How WeChat pushes messages (消息加解密方式): 明文, 兼容, 安全."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    SECURE = "secure"


class AccountKind(StrEnum):
    """公众号 (subscription account, formerly 订阅号) or 服务号 (service account)."""

    SUBSCRIPTION = "subscription"
    SERVICE = "service"


WECHAT_HOSTS = ("https://api.weixin.qq.com", "https://api2.weixin.qq.com")
"""The usual host of the server interface and the one for disasters (接口域名说明)."""
VERIFY = "verify"
"""Folder under the data folder for the files by which WeChat sees that a domain is ours (校验文件)."""


class BotSettings(StorageSettings):
    """WeChat account, web server and chat."""

    host: str = Field("127.0.0.1", description="Address that the web server listens on.")
    port: int = Field(8080, ge=1, le=65535, description="Port that the web server listens on.")
    base_url: str | None = Field(None, description="Public address of this service, https://…, for links in messages.")
    behind_proxy: bool = Field(
        False, description="A proxy of yours stands in front and overwrites X-Forwarded-For, as deploy/nginx.conf does."
    )
    review_levels: int = Field(
        3, ge=1, le=3, description="Levels of review (三审): 1 终审, 2 初审 and 终审, 3 初审, 复审 and 终审."
    )
    review_secrecy: bool = Field(
        True, description="The secrecy review (保密审查) is a step that another person signs; else part of 终审."
    )
    reply_levels: int = Field(
        1, ge=1, le=3, description="Levels of review of a reply to one citizen, by people other than its author."
    )
    conversation_review: bool = Field(
        True, description="Replies in a conversation (转人工) are reviewed too; else they go out at once."
    )
    development: bool = Field(False, description="Development mode: switches the chat page /demo on.")
    public_columns: str = Field(
        "",
        description="Columns of the publishing ledger that citizens may be told of, separated by commas; empty: none.",
    )
    agency: str | None = Field(None, description="Name of the agency that answers; without it the only one stored.")
    contact_office: str | None = Field(None, description="Office that takes applications, as answers name it.")
    contact_address: str | None = Field(None, description="Its address.")
    contact_hours: str | None = Field(None, description="Its office hours.")
    contact_phone: str | None = Field(None, description="Its telephone number.")
    contact_fax: str | None = Field(None, description="Its fax number.")
    contact_email: str | None = Field(None, description="Its e-mail address.")
    contact_website: str | None = Field(None, description="Where it publishes its guide (政府信息公开指南).")
    wechat_token: SecretStr | None = Field(None, description="Token of the server configuration (服务器配置).")
    wechat_aes_key: SecretStr | None = Field(None, description="EncodingAESKey, 43 characters.")
    wechat_aes_key_previous: SecretStr | None = Field(None, description="The EncodingAESKey before the last change.")
    wechat_app_id: str | None = Field(None, description="AppID of the account, wx….")
    wechat_app_secret: SecretStr | None = Field(None, description="AppSecret of the account.")
    wechat_mode: WeChatMode = Field(WeChatMode.SECURE, description="plain, compatible or secure (明文, 兼容, 安全).")
    wechat_kind: AccountKind | None = Field(
        None, description="subscription or service (公众号/订阅号, 服务号); without it WeChat is asked."
    )
    wechat_verified: bool | None = Field(
        None, description="Whether the account is verified (微信认证); without it WeChat is asked."
    )
    wechat_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        WECHAT_HOSTS, description="Hosts of the server interface, each used when the ones before cannot be reached."
    )
    wechat_menu_file: Path | None = Field(None, description="Menu of the account (TOML); without it the bundled one.")
    wechat_notice_template: str | None = Field(
        None, description="Template for reminders: ID, then keywords, e.g. TPL thing1=title time2=due thing3=subject."
    )
    wechat_subscription_template: str | None = Field(
        None, description="Template of subscription notices (订阅通知) for reminders, written the same way."
    )
    wechat_column: str = Field(
        "微信公众号",
        min_length=1,
        description="Column that the account's own articles count for.",
    )
    model_url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="OpenAI-compatible address, https://…/v1, that is sent questions not understood; without it none.",
    )
    model_name: str = Field("", description="Name of the language model at that address.")
    model_key: SecretStr | None = Field(None, description="API key for that address.")
    model_seconds: float = Field(3.0, gt=0, le=60, description="How long the language model may take, in seconds.")
    accounts_file: Path | None = Field(
        None,
        description="TOML file with further accounts, each served at /wechat/NAME; see deploy/accounts.example.toml.",
    )
    wechat_replay_seconds: int = Field(
        0,
        ge=0,
        description="Seconds that a push's timestamp may be from our clock, 300 or more; 0: only other pushes count.",
    )
    wechat_per_minute: int = Field(20, ge=1, description="Messages of one person that are answered within a minute.")

    @field_validator("wechat_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(v.strip().rstrip("/") for v in value.split(",") if v.strip()) if isinstance(value, str) else value
