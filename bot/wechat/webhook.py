"""The endpoint that WeChat calls (接收消息): verify, drop repeats, answer inside the deadline.

Source: developers.weixin.qq.com, 接入指引, 接收普通消息, 消息加解密说明. WeChat cuts the connection after five seconds
and repeats the push; any answer that is not valid shows the person a notice of failure. So, whatever happens behind
it, this module answers a verified push with a reply or with `success`.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol, TypeVar

from aiohttp import web

from bot.settings import WeChatMode
from bot.wechat import texts
from bot.wechat.crypto import AesKey, BadSignature, CryptoError, Envelope, WrongReceiver, verify
from bot.wechat.deadline import by
from bot.wechat.messages import Message, TextMessage, parse
from bot.wechat.push import Push
from bot.wechat.replies import SUCCESS, Reply, TextReply, menu_link, render, render_sealed
from bot.wechat.xml import Malformed, encrypted_part, is_json, read
from storage.state import Opening, State, late_key
from storage.values import immutable

log = logging.getLogger(__name__)
T = TypeVar("T")

ANSWER_SECONDS = 4.5
"""From the arrival of a push to its answer; WeChat waits 5 s, the rest is for the way."""
BODY_SECONDS = 3.0
BODY_LIMIT = 256 * 1024
"""Bytes of a push. Text is at most a few KiB; compatible mode triples it."""
LATE_SECONDS = 48 * 3600
"""How long a late answer waits for the person's next message."""
REPLAY_SECONDS = 600
"""How much older than the newest push a push may be: repeats come within seconds, what was captured is sent later."""
HANDLER_SECONDS = 60.0
"""After this a handler that still runs is given up."""


@dataclass(frozen=True, slots=True)
class Account:
    """One official account as its server configuration (服务器配置) has it.

    Attributes:
        name: what sets this account's state apart from another account's.
        envelope: opens and seals ciphertext; needed unless the mode is plain.
        replay_seconds: how far a push's timestamp may be from our clock; 0: it is compared with other pushes' alone.
        per_minute: messages of one person that are answered within a minute.
    """

    name: str
    token: str
    mode: WeChatMode
    envelope: Envelope | None = None
    replay_seconds: int = 0
    per_minute: int = 20


@immutable
class Turn:
    """What a handler knows besides the push.

    Attributes:
        person: the sender under a keyed hash.
        context: the conversation as the handler last gave it back.
        late: the answer to the person's last question, if it came too late; else empty.
        unanswered: the person's last question, if no answer was found in time; else empty.
    """

    person: str
    context: bytes | None = None
    late: str = ""
    unanswered: str = ""


@immutable
class Outcome:
    """What a handler gives back.

    Attributes:
        reply: `None` for no reply.
        context: the conversation from now on; `None` leaves it as it is.
        late: the late answer that waits from now on, empty for none; `None` leaves it as it is.
        picture: makes a picture (PNG) that goes with the reply; sent after it where the account may, else never made.
    """

    reply: Reply | None = None
    context: bytes | None = None
    late: str | None = None
    picture: Callable[[], Awaitable[bytes | None]] | None = None


class Handler(Protocol):
    """Answers a push at once, or says what to wait for; that may take as long as it needs."""

    def __call__(self, push: Push, turn: Turn) -> Outcome | Coroutine[Any, Any, Outcome]:
        """The outcome, or what gives it later; an exception becomes an apology.

        What is in memory is answered at once: a task and a timer for each message cost more than the answer.
        """
        ...


class LateAnswers(Protocol):
    """Delivers answers that came too late for their push, where the account may send by itself (客服消息)."""

    def may_send(self, push: Push) -> bool:
        """Whether a message to the sender of `push` would be allowed now."""
        ...

    async def send(self, push: Push, reply: Reply) -> bool:
        """Take the reply in charge durably; false if it cannot be sent after all."""
        ...


class Refused(Exception):
    """The request is not WeChat's, or not in the mode that is configured."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@immutable
class _Received:
    """A verified push: its body in clear, and the key for the reply."""

    body: bytes
    key: AesKey | None


class Webhook:
    """The endpoint of one account."""

    def __init__(
        self,
        account: Account,
        state: State,
        handler: Handler,
        *,
        key: Callable[[str], str],
        late: LateAnswers | None = None,
        seconds: float = ANSWER_SECONDS,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Put an endpoint together.

        Args:
            account: what to verify against.
            state: repeats, conversations, counts.
            handler: answers pushes.
            key: the keyed hash that stands for a person wherever the openid is not needed.
            late: how answers are sent that came too late, if the account may send.
            seconds: the deadline; tests shorten it.
            now: the wall clock, seconds since 1970.
        """
        if account.mode is not WeChatMode.PLAIN and account.envelope is None:
            raise ValueError("secure and compatible mode need an EncodingAESKey and an AppID")
        self._account = account
        self._state = state
        self._handler = handler
        self._key = key
        self._late = late
        self._seconds = seconds
        self._now = now
        self._running: set[asyncio.Task[Any]] = set()
        self._newest = 0

    async def get(self, request: web.Request) -> web.Response:
        """URL verification (验证消息来自微信服务器): the echo of a signed request, never encrypted."""
        query = request.query
        if not self._signed(query.get("signature", ""), query.get("timestamp", ""), query.get("nonce", "")):
            return _refusal(Refused(403, "signature"))
        return web.Response(text=query.get("echostr", ""), headers={"X-Content-Type-Options": "nosniff"})

    async def post(self, request: web.Request) -> web.Response:
        """A push. A refused one is answered 403 or 413; a verified one is always answered as WeChat expects."""
        try:
            return await self._post(request, asyncio.get_running_loop().time() + self._seconds)
        except Exception:
            log.exception("push not answered")
            return _answer(b"")

    async def _post(self, request: web.Request, end: float) -> web.Response:
        try:
            received = await self._receive(request)
        except Refused as error:
            log.info("push refused: %s", error)
            return _refusal(error)
        except CryptoError as error:
            log.error("push signed by WeChat but not readable; check EncodingAESKey: %s", error)
            return _answer(b"")
        try:
            return await self._answer(received, end)
        except Malformed as error:
            log.warning("push not understood: %s", error)
            return _answer(b"")

    async def aclose(self) -> None:
        """Wait a little for handlers that still run, then give them up; shared state still knows their questions."""
        if self._running:
            await asyncio.wait(self._running, timeout=self._seconds)
        for task in self._running:
            task.cancel()

    # --- receiving ------------------------------------------------------------------------------

    async def _receive(self, request: web.Request) -> _Received:
        query = parameters(request)
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        encrypted = query.get("encrypt_type", "raw") == "aes"
        envelope = self._account.envelope
        sent = self._sent(timestamp)
        if not encrypted or envelope is None:
            if self._account.mode is not WeChatMode.PLAIN:
                raise Refused(403, "not encrypted although a key is set")
            if not self._signed(query.get("signature", ""), timestamp, nonce):
                raise Refused(403, "signature")
            self._newest = max(self._newest, sent)
            return _Received(await _body(request), None)
        signature = query.get("msg_signature", "")
        if len(signature) != 40 or not timestamp or not nonce:
            raise Refused(403, "msg_signature is missing")
        body = await _body(request)
        try:
            encrypt = encrypted_part(body)
            opened = envelope.open(encrypt, signature, timestamp, nonce)
        except Malformed as error:
            raise Refused(403, "no Encrypt in the body") from error
        except (BadSignature, WrongReceiver) as error:
            raise Refused(403, str(error)) from error
        self._newest = max(self._newest, sent)
        return _Received(opened.message, opened.key)

    def _signed(self, signature: str, timestamp: str, nonce: str) -> bool:
        return bool(signature) and verify(signature, self._account.token, timestamp, nonce)

    def _sent(self, timestamp: str) -> int:
        """When a push was sent by WeChat's clock, if it can be no replay.

        Raises:
            Refused: it is much older than another one, which needs no right clock here, or far from our clock.
        """
        sent = int(timestamp) if timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12 else 0
        if sent < self._newest - REPLAY_SECONDS:
            raise Refused(403, "timestamp much older than the newest push")
        allowed = self._account.replay_seconds
        if allowed and abs(self._now() - sent) > allowed:
            raise Refused(403, "timestamp outside the replay window")
        return sent

    # --- answering ------------------------------------------------------------------------------

    async def _answer(self, received: _Received, end: float) -> web.Response:
        as_json = is_json(received.body)
        push = parse(read(received.body))
        reply = await self._reply(push, end, as_json=as_json)
        if reply and received.key is not None:
            assert self._account.envelope is not None
            sealed = self._account.envelope.seal(reply, received.key, int(self._now()))
            reply = render_sealed(sealed, as_json=as_json)
        return _answer(reply, as_json=as_json)

    async def _reply(self, push: Push, end: float, *, as_json: bool) -> bytes:
        """The reply in clear: the stored one for a repeat, also while the first attempt is still at work."""
        person = self._key(push.from_user)
        message = sha256(f"{self._account.name} {person} {push.identity}".encode("utf-8", "surrogatepass")).hexdigest()
        counts = isinstance(push, Message)
        opening = await self._open(message, person, end, counts=counts)
        if not opening.mine:
            return opening.reply or b""
        if counts and opening.count > self._account.per_minute:
            outcome = Outcome(TextReply(texts.TOO_MANY))
        else:
            outcome = await self._in_time(push, person, opening, end)
        reply = render(outcome.reply, push, int(self._now()), as_json=as_json)
        try:
            await by(end, self._state.finish(message, person, reply, outcome.context))
            if outcome.late is not None:
                await by(end, self._keep_late(person, _late_answer(outcome.late)))
        except TimeoutError:
            log.error("state does not answer; a reply is sent and not kept")
        return reply

    async def _open(self, message: str, person: str, end: float, *, counts: bool) -> Opening:
        """Claim the push, or get the reply of whoever has claimed it, empty where theirs takes until `end`.

        Where state does not answer at all, the push is taken for new.
        """
        loop = asyncio.get_running_loop()
        while True:
            try:
                opening = await by(end, self._state.begin(message, person, counts=counts))
            except TimeoutError:
                log.error("state does not answer; a push is answered without it")
                return Opening(True)
            if opening.mine or opening.reply is not None:
                return opening
            known: bytes | None = b""
            with suppress(TimeoutError):
                known = await by(end, self._state.wait(message, end - loop.time()))
            if known is not None or loop.time() >= end:
                return Opening(False, known)

    async def _in_time(self, push: Push, person: str, opening: Opening, end: float) -> Outcome:
        """What the handler says, or a holding text when the deadline comes first."""
        try:
            outcome = self._handler(push, _turn(person, opening))
        except Exception:
            return _failed(push)
        if isinstance(outcome, Outcome):
            return outcome
        work = self._start(self._work(push, outcome))
        done, _ = await asyncio.wait((work,), timeout=max(end - asyncio.get_running_loop().time(), 0))
        if done:
            return work.result()
        if not isinstance(push, Message):
            return Outcome()
        self._start(self._finish_late(push, person, work))
        if self._late is not None and self._late.may_send(push):
            return Outcome(TextReply(texts.HOLDING_SENT))
        link = menu_link(texts.HOLDING_LABEL, texts.HOLDING_LABEL, texts.HOLDING_ID)
        return Outcome(TextReply(texts.HOLDING_ASK.format(link=link)))

    async def _work(self, push: Push, coming: Coroutine[Any, Any, Outcome]) -> Outcome:
        try:
            return await coming
        except Exception:
            return _failed(push)

    async def _finish_late(self, push: Message, person: str, work: asyncio.Task[Outcome]) -> None:
        """Bring a late answer to the person: by itself where the account may, else with their next message.

        1. Keep the question: should this process die, the next message has it answered.
        2. Wait for the answer.
        3. Send it, or keep it in the question's place.
        """
        if isinstance(push, TextMessage):
            await self._keep_late(person, b"?" + push.content.encode("utf-8", "replace"))
        done, _ = await asyncio.wait((work,), timeout=HANDLER_SECONDS)
        if not done:
            work.cancel()
        reply = work.result().reply if done else TextReply(texts.APOLOGY)
        if reply is None or (self._late is not None and await self._late.send(push, reply)):
            await self._keep_late(person, b"")
        elif isinstance(reply, TextReply):
            await self._keep_late(person, _late_answer(reply.content))

    async def _keep_late(self, person: str, value: bytes) -> None:
        if value:
            await self._state.put(late_key(person), value, LATE_SECONDS)
        else:
            await self._state.remove(late_key(person))

    def _start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task


def _late_answer(text: str) -> bytes:
    """How a late answer is kept; empty for none."""
    return b"!" + text.encode("utf-8", "replace") if text else b""


def _failed(push: Push) -> Outcome:
    """What is answered when a handler raises; called while it is handled."""
    log.exception("handler failed on %s", type(push).__name__)
    return Outcome(TextReply(texts.APOLOGY)) if isinstance(push, Message) else Outcome()


def _turn(person: str, opening: Opening) -> Turn:
    if opening.late is None:
        return Turn(person, opening.context)
    text = opening.late[1:].decode("utf-8", "replace")
    if opening.late[:1] == b"!":
        return Turn(person, opening.context, late=text)
    return Turn(person, opening.context, unanswered=text)


_PLAIN_QUERY = re.compile(r"[^?#]*\?[\w.*~&=-]*", re.ASCII)


def parameters(request: web.Request) -> Mapping[str, str]:
    """The parameters of a push, the first of each name; read by hand where nothing in them is escaped, as always."""
    path = request.raw_path
    if not _PLAIN_QUERY.fullmatch(path):
        return request.query
    pairs = [pair.partition("=") for pair in path.partition("?")[2].split("&")]
    return {name: value for name, _, value in reversed(pairs)}


async def _body(request: web.Request) -> bytes:
    """The body, at most `BODY_LIMIT` bytes of it and for at most `BODY_SECONDS`."""
    if (request.content_length or 0) > BODY_LIMIT:
        raise Refused(413, "body too large")
    if request.content.is_eof():  # it came with the head, as a push of common size does
        return request.content.read_nowait()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await request.content.readany()
            while not request.content.at_eof() and len(body) <= BODY_LIMIT:
                body += await request.content.readany()
    except (TimeoutError, ConnectionError, web.RequestPayloadError) as error:
        raise Refused(408, "body did not arrive") from error
    if len(body) > BODY_LIMIT:
        raise Refused(413, "body too large")
    return body


_XML_HEADERS = {"Content-Type": "text/xml; charset=utf-8"}
_JSON_HEADERS = {"Content-Type": "application/json; charset=utf-8"}
_TEXT_HEADERS = {"Content-Type": "text/plain; charset=utf-8"}


def _answer(reply: bytes, *, as_json: bool = False) -> web.Response:
    if not reply:
        return web.Response(body=SUCCESS, headers=_TEXT_HEADERS)
    return web.Response(body=reply, headers=_JSON_HEADERS if as_json else _XML_HEADERS)


def _refusal(error: Refused) -> web.Response:
    response = web.Response(status=error.status, text="refused")
    response.force_close()  # what is left of the body is not worth reading
    return response
