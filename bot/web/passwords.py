"""Passwords (Argon2id, off the event loop) and one-time codes (TOTP, RFC 6238)."""

from __future__ import annotations

import asyncio
import hmac
from datetime import datetime

import pyotp
import segno
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.profiles import RFC_9106_LOW_MEMORY

from storage.errors import Refused

SHORTEST, LONGEST = 10, 128
_AT_ONCE = 2
_LONGEST_QUEUE = 16
"""Who comes behind these is sent away: hashing for strangers must not take the machine from those who ask."""
_STEP = 30


class Passwords:
    """Hashes and checks passwords in threads, a few at once: each takes 64 MiB and some tens of milliseconds."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._nobody: str | None = None
        self._queue = 0

    async def hash(self, password: str) -> str:
        """The hash to store; for who has shown that they may set one."""
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one; takes as long where there is none (names stay secret).

        Raises:
            Refused: too many are being checked already.
        """
        if self._queue >= _LONGEST_QUEUE:
            raise Refused("现在登录的人太多，请稍后再试。")
        self._queue += 1
        try:
            if self._nobody is None:
                self._nobody = await self.hash("nobody has this password")
            async with self._turn:
                right = await asyncio.to_thread(self._matches, stored or self._nobody, password[:LONGEST])
        finally:
            self._queue -= 1
        return right and stored is not None

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (Argon2Error, InvalidHashError):
            return False


def fault(password: str, again: str, login: str) -> str | None:
    """Why a new password is not acceptable, in Chinese; `None` when it is."""
    if len(password) < SHORTEST:
        return f"密码至少要{SHORTEST}个字符，可以用一句好记的话。"
    if len(password) > LONGEST:
        return f"密码最多{LONGEST}个字符。"
    if len(set(password)) < 4 or (login and login.lower() in password.lower()):
        return "这个密码太好猜了，请换一个。"
    if password != again:
        return "两次输入的密码不一样。"
    return None


def new_secret() -> str:
    """A fresh secret for an authenticator."""
    return pyotp.random_base32()


def secret_address(secret: str, login: str) -> str:
    """The otpauth address that an authenticator scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name="Gongkai")


def secret_picture(secret: str, login: str) -> str:
    """The address as a QR code, an inline SVG."""
    return qr_picture(secret_address(secret, login))


def qr_picture(text: str) -> str:
    """A text as a QR code, an inline SVG."""
    return segno.make(text, error="m").svg_inline(scale=5, border=2, omitsize=True, light="#fff")


def code_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step that the code belongs to, one step of clock drift allowed either way; `None` if it is wrong."""
    present = int(now.timestamp()) // _STEP
    given = "".join(code.split())
    for step in (present, present - 1, present + 1):
        if hmac.compare_digest(pyotp.TOTP(secret).generate_otp(step).encode(), given.encode()):
            return step
    return None
