"""Signatures and the AES envelope of pushes and replies (消息加解密). Pure: bytes in, bytes out.

Source: developers.weixin.qq.com, 消息加解密说明 and 接入指引.

CryptoError
├── BadSignature     the signature does not belong to the token and the values
├── BadKey           an EncodingAESKey that is not 43 letters and digits
├── Undecipherable   no configured key opens the ciphertext
└── WrongReceiver    it opens, but was made for another account
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from storage.chance import random_bytes
from storage.values import immutable

_KEY_TEXT = re.compile(r"[A-Za-z0-9]{43}")
_BLOCK = 32
"""PKCS#7 pads to 32 bytes here, twice the AES block: pad values run from 1 to 32."""
_PADDINGS = tuple(bytes([n]) * n for n in range(_BLOCK + 1))
_HEAD = 20
"""16 random bytes and 4 bytes of length stand before the message."""


class CryptoError(Exception):
    """Base of what can be wrong with a push; messages never contain secrets or content."""


class BadSignature(CryptoError):
    """The signature does not belong to the token and the values."""


class BadKey(CryptoError):
    """An EncodingAESKey that is not 43 letters and digits."""


class Undecipherable(CryptoError):
    """No configured key opens the ciphertext."""


class WrongReceiver(CryptoError):
    """The message was made for another account."""


def sign(*values: str) -> str:
    """The signature over `values` (token first by custom, but order does not matter): sha1 of the sorted strings.

    Characters sort as their bytes in UTF-8 do; lone surrogates from a hostile query are taken as they are.
    """
    joined = "".join(sorted(values)).encode("utf-8", "surrogatepass")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def verify(signature: str, *values: str) -> bool:
    """Whether `signature` is that of `values`, compared in constant time."""
    return hmac.compare_digest(sign(*values).encode(), signature.encode("utf-8", "surrogatepass"))


class AesKey:
    """One EncodingAESKey, ready for use in one thread; its two cipher contexts are made once and go on for ever.

    CBC chains a message to the block before it, here the last one of the message before instead of the IV. That
    changes what the first 16 bytes decrypt to, and nothing else: they are random filling that both sides throw away.
    """

    def __init__(self, text: str) -> None:
        """Take the 43 characters.

        The last one may carry spare bits, so decoders that insist on canonical base64 refuse valid keys; this one
        does not.

        Raises:
            BadKey: not 43 letters and digits.
        """
        if not _KEY_TEXT.fullmatch(text):
            raise BadKey("EncodingAESKey must be 43 letters and digits")
        key = base64.b64decode(text + "=")
        cipher = Cipher(AES(key), CBC(key[:16]))
        self._encryptor, self._decryptor = cipher.encryptor(), cipher.decryptor()

    def encrypt(self, message: bytes, receiver: bytes, prefix: bytes) -> str:
        """The base64 text for `Encrypt`: `prefix` (16 random bytes), length, message, receiver, padded to 32 bytes."""
        plain = b"".join((prefix, len(message).to_bytes(4, "big"), message, receiver))
        padded = plain + _PADDINGS[_BLOCK - len(plain) % _BLOCK]
        return base64.b64encode(self._encryptor.update(padded)).decode("ascii")

    def decrypt(self, ciphertext: bytes) -> tuple[bytes, bytes]:
        """Open a ciphertext.

        Returns:
            The message and the receiver's id.

        Raises:
            Undecipherable: wrong length, padding or message length, as a wrong key makes them.
        """
        if not ciphertext or len(ciphertext) % 16:
            raise Undecipherable("ciphertext is not whole blocks")
        padded = self._decryptor.update(ciphertext)
        pad = padded[-1]
        if not 1 <= pad <= _BLOCK or not padded.endswith(_PADDINGS[pad]):
            raise Undecipherable("padding is wrong")
        plain = padded[:-pad]
        end = _HEAD + int.from_bytes(plain[16:_HEAD], "big")
        if len(plain) < _HEAD or end > len(plain):
            raise Undecipherable("message length is wrong")
        return plain[_HEAD:end], plain[end:]


@immutable
class Opened:
    """A decrypted push with the key that opened it; the reply is encrypted with the same key."""

    message: bytes
    key: AesKey


@immutable
class Sealed:
    """The four values of an encrypted reply."""

    encrypt: str
    signature: str
    timestamp: str
    nonce: str


class Envelope:
    """Token, keys and AppID of one account: opens pushes and seals replies."""

    def __init__(self, token: str, app_id: str, keys: tuple[AesKey, ...]) -> None:
        """Hold what the account's server configuration (服务器配置) says.

        Args:
            token: the Token.
            app_id: the AppID (`wx…`) that every ciphertext must name.
            keys: the current EncodingAESKey first, then the previous one: after a change old pushes still arrive.
        """
        self._token = token
        self._receiver = app_id.encode()
        self._keys = keys

    def open(self, encrypt: str, signature: str, timestamp: str, nonce: str) -> Opened:
        """Check the signature, then decrypt, then check the receiver.

        Raises:
            BadSignature: `signature` (msg_signature) is not that of the values.
            Undecipherable: no key opens it.
            WrongReceiver: it names another AppID.
        """
        if not verify(signature, self._token, timestamp, nonce, encrypt):
            raise BadSignature("msg_signature does not match")
        try:
            ciphertext = base64.b64decode(encrypt)
        except (binascii.Error, ValueError) as error:
            raise Undecipherable("Encrypt is not base64") from error
        wrong_receiver = False
        for key in self._keys:
            try:
                message, receiver = key.decrypt(ciphertext)
            except Undecipherable:
                continue
            if hmac.compare_digest(receiver, self._receiver):
                return Opened(message, key)
            wrong_receiver = True
        if wrong_receiver:
            raise WrongReceiver("the message names another AppID")
        raise Undecipherable("no configured EncodingAESKey opens the message")

    def seal(self, message: bytes, key: AesKey, timestamp: int) -> Sealed:
        """Encrypt a reply with `key` and sign it over its own timestamp and nonce."""
        chance = random_bytes(24)
        encrypt, stamp, nonce = key.encrypt(message, self._receiver, chance[:16]), str(timestamp), chance[16:].hex()
        return Sealed(encrypt, sign(self._token, stamp, nonce, encrypt), stamp, nonce)
