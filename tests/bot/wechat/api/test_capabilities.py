"""The matrix: what the settings say, what WeChat says when asked, and that unknown means no."""

from __future__ import annotations

import pytest

from bot.settings import AccountKind
from bot.wechat.api import WeChatClient, WeChatError
from bot.wechat.api.capabilities import Capabilities, Feature, Need
from tests.fakes.wechat import FakeAccount, FakeWeChat, Kind

SUBSCRIPTION, SERVICE = AccountKind.SUBSCRIPTION, AccountKind.SERVICE
OPEN = {Feature.REPLY, Feature.MEDIA}
VERIFIED = OPEN | {
    Feature.CUSTOM_MESSAGE,
    Feature.TYPING,
    Feature.MENU,
    Feature.CONDITIONAL_MENU,
    Feature.ARTICLES,
    Feature.JS_SHARE,
}


def allowed(capabilities: Capabilities) -> set[Feature]:
    return {f for f in Feature if capabilities.may(f)}


@pytest.mark.parametrize(
    ("kind", "verified", "can_call", "expected"),
    [
        (SUBSCRIPTION, False, False, {Feature.REPLY}),
        (SERVICE, True, False, {Feature.REPLY}),
        (SUBSCRIPTION, False, True, OPEN),
        (SERVICE, False, True, OPEN),
        (None, None, True, OPEN),
        (SUBSCRIPTION, True, True, VERIFIED),
        (None, True, True, VERIFIED),
        (SERVICE, True, True, set(Feature)),
    ],
)
def test_by_settings(kind: AccountKind | None, verified: bool | None, can_call: bool, expected: set[Feature]) -> None:
    assert allowed(Capabilities(kind, verified, can_call=can_call)) == expected


@pytest.mark.parametrize(
    ("kind", "verified", "guess", "expected"),
    [
        (Kind.SUBSCRIPTION, False, (None, False), OPEN),
        (Kind.SUBSCRIPTION, True, (SUBSCRIPTION, True), VERIFIED),
        (Kind.SERVICE, True, (SERVICE, True), set(Feature)),
    ],
)
async def test_by_asking_without_sending_anything(
    wechat: FakeWeChat,
    account: FakeAccount,
    client: WeChatClient,
    kind: Kind,
    verified: bool,
    guess: tuple[AccountKind | None, bool],
    expected: set[Feature],
) -> None:
    account.kind, account.verified = kind, verified
    capabilities = Capabilities(None, None, can_call=True)
    await capabilities.probe(client)
    assert allowed(capabilities) == expected
    assert capabilities.guess == guess
    assert {c.path for c in wechat.calls} == {"/cgi-bin/stable_token", "/cgi-bin/openapi/quota/get"}


async def test_what_wechat_says_overrules_the_settings(account: FakeAccount, client: WeChatClient) -> None:
    account.verified = False
    capabilities = Capabilities(SERVICE, True, can_call=True)
    await capabilities.probe(client)
    assert allowed(capabilities) == OPEN


def test_one_refusal_closes_the_feature_and_no_other() -> None:
    capabilities = Capabilities(SERVICE, True, can_call=True)
    capabilities.refused("/cgi-bin/message/custom/send", WeChatError(45015, "/x"))
    assert allowed(capabilities) == set(Feature)
    capabilities.refused("/cgi-bin/message/custom/send", WeChatError(48001, "/x"))
    assert allowed(capabilities) == set(Feature) - {Feature.CUSTOM_MESSAGE}


async def test_without_a_token_nothing_can_be_asked(
    wechat: FakeWeChat, client: WeChatClient, account: FakeAccount
) -> None:
    account.allow_ips = set()
    with pytest.raises(WeChatError, match="白名单"):
        await Capabilities(None, None, can_call=True).probe(client)


def test_every_feature_that_some_accounts_lack_says_what_happens_without_it() -> None:
    for feature in Feature:
        assert feature.value.use
        assert feature.value.fallback or feature is Feature.REPLY, feature
        assert feature.value.need is not Need.ALL or feature in OPEN
