"""Signatures and the AES envelope, with wechatpy as judge."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.utils import check_signature

from bot.wechat.crypto import AesKey, BadKey, BadSignature, Envelope, Undecipherable, WrongReceiver, sign, verify

TOKEN, APP_ID = "spamtest", "wx49f0ab532d5d035a"
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
OTHER = "a" * 42 + "Z"
"""Its last character carries spare bits, as real keys may."""

ENVELOPE = Envelope(TOKEN, APP_ID, (AesKey(KEY),))


def test_signature_is_that_of_the_official_rule() -> None:
    check_signature(TOKEN, sign(TOKEN, "1400000000", "nonce"), "1400000000", "nonce")
    assert verify(sign("b", "a", "c"), "c", "b", "a")
    assert not verify(sign("b", "a", "c"), "c", "b", "d")


@given(st.text(st.characters(exclude_categories=())), st.text(st.characters(exclude_categories=())))
def test_no_signature_or_value_breaks_the_check(signature: str, nonce: str) -> None:
    assert not verify(signature, TOKEN, "1", nonce)


@given(st.text(max_size=3000))
def test_what_wechatpy_encrypts_we_open(message: str) -> None:
    encrypt = PrpCrypto(base64.b64decode(KEY + "=")).encrypt(message, APP_ID).decode()
    opened = ENVELOPE.open(encrypt, sign(TOKEN, "1400000000", "nonce", encrypt), "1400000000", "nonce")
    assert opened.message == message.encode()


@given(st.binary(max_size=3000))
def test_what_we_seal_opens_again_for_every_length(message: bytes) -> None:
    sealed = ENVELOPE.seal(message, AesKey(KEY), 1)
    assert len(base64.b64decode(sealed.encrypt)) % 32 == 0
    assert ENVELOPE.open(sealed.encrypt, sealed.signature, sealed.timestamp, sealed.nonce).message == message


@given(st.text(max_size=3000))
def test_what_we_seal_wechatpy_opens(message: str) -> None:
    sealed = ENVELOPE.seal(message.encode(), AesKey(KEY), 1400000000)
    body = f"<xml><ToUserName>x</ToUserName><Encrypt><![CDATA[{sealed.encrypt}]]></Encrypt></xml>"
    judge = WeChatCrypto(TOKEN, KEY, APP_ID)
    assert judge.decrypt_message(body, sealed.signature, sealed.timestamp, sealed.nonce) == message
    with pytest.raises(InvalidSignatureException):
        judge.decrypt_message(body, sealed.signature, "1400000001", sealed.nonce)


def test_previous_key_still_opens_and_answers() -> None:
    old, new = AesKey(KEY), AesKey(OTHER)
    sealed = Envelope(TOKEN, APP_ID, (old,)).seal("你好".encode(), old, 1)
    opened = Envelope(TOKEN, APP_ID, (new, old)).open(sealed.encrypt, sealed.signature, "1", sealed.nonce)
    assert opened.message.decode() == "你好"
    assert opened.key is old


def test_signature_is_checked_before_anything_is_decrypted() -> None:
    with pytest.raises(BadSignature):
        ENVELOPE.open("not base64 %", "0" * 40, "1", "2")


@given(st.text(max_size=200))
def test_signed_rubbish_is_refused_in_our_own_words(encrypt: str) -> None:
    with pytest.raises((Undecipherable, WrongReceiver)):
        ENVELOPE.open(encrypt, sign(TOKEN, "1", "2", encrypt), "1", "2")


def test_message_for_another_account_is_refused() -> None:
    sealed = Envelope(TOKEN, "wxsomebodyelse", ()).seal(b"x", AesKey(KEY), 1)
    with pytest.raises(WrongReceiver):
        ENVELOPE.open(sealed.encrypt, sealed.signature, "1", sealed.nonce)


@pytest.mark.parametrize("text", ["", "a" * 42, "a" * 44, "a" * 42 + "=", "a" * 42 + "é", "a" * 43 + "\n"])
def test_keys_that_are_none(text: str) -> None:
    with pytest.raises(BadKey):
        AesKey(text)
