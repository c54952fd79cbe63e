"""Seals openids that must be sent to, so that the database and dumps of it show none.

AES-GCM (NIST SP 800-38D) with a random nonce; the key lies in the data folder, not in the database. An archive of
`deploy/backup.sh` holds both.
"""

from __future__ import annotations

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class BadSeal(ValueError):
    """Not sealed with this key."""


class Seal:
    """Seals and opens with one key."""

    def __init__(self, key: bytes) -> None:
        """Take a key of 32 bytes."""
        self._cipher = AESGCM(key)

    def seal(self, openid: str) -> str:
        """The openid as it may be stored; each time another text."""
        nonce = secrets.token_bytes(_NONCE)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, openid.encode("utf-8", "replace"), None)).decode()

    def open(self, sealed: str) -> str:
        """The openid.

        Raises:
            BadSeal: it was sealed with another key, or changed.
        """
        try:
            raw = base64.b64decode(sealed, validate=True)
            return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], None).decode()
        except (ValueError, InvalidTag) as error:
            raise BadSeal("not sealed with this key") from error
