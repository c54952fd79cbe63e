"""The parameters of a push are read by hand where nothing is escaped, with the meaning that aiohttp gives them."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from bot.wechat.webhook import parameters


@pytest.mark.parametrize(
    "query",
    [
        "?signature=ab12&timestamp=1700000000&nonce=7&openid=oA_-b&encrypt_type=aes&msg_signature=ff",
        "?nonce=first&nonce=second",
        "?nonce=%31%26&timestamp=1+2",
        "?nonce=&timestamp",
        "?nonce=a=b",
        "?&&nonce=1",
        "?",
        "",
        "?nonce=1?timestamp=2",
        "?nonce=1;timestamp=2",
    ],
)
def test_parameters_mean_the_same_however_they_are_read(query: str) -> None:
    request = make_mocked_request("POST", f"/wechat{query}")
    found = parameters(request)
    for name in ("signature", "timestamp", "nonce", "openid", "encrypt_type", "msg_signature"):
        assert found.get(name, "") == request.query.get(name, ""), name
