"""A language model at an OpenAI-compatible address, asked how a question may be meant when nothing was understood.

Off unless `GONGKAI_MODEL_URL` is set. The question itself goes to that address, long numbers (identity, telephone, bank
card) struck out, and nothing about who asked. What comes back is a `Query` of the catalogue or nothing
(`bot.qa.proposal`); the model never writes what a citizen reads.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence
from datetime import date
from typing import Protocol

import aiohttp

from bot.qa import proposal
from bot.qa.pipeline import LONGEST
from bot.qa.query import Query
from bot.settings import BotSettings
from bot.wechat.api.client import Session

log = logging.getLogger(__name__)

_MOST_BYTES = 64 * 1024
AT_ONCE = 8
"""Questions at the model; more are not understood at once instead of holding the connections that replies need."""
_LONG_NUMBER = re.compile(r"\d(?:[ -]?\d){6,}[xX]?|[A-Za-z0-9_.+-]+@[A-Za-z0-9_.-]+")


class Interpreter(Protocol):
    """Proposes how a question may be meant."""

    async def propose(self, question: str, years: Sequence[int], today: date) -> Query | None:
        """A query over `years`, or `None`; raises nothing, and takes no longer than a reply may."""
        ...


class ModelInterpreter:
    """Asks `POST {url}/chat/completions`."""

    def __init__(
        self, session: Session | aiohttp.ClientSession, url: str, model: str, key: str, seconds: float
    ) -> None:
        self._session = session
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._model = model
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._timeout = aiohttp.ClientTimeout(total=seconds)
        self._asking = 0

    async def propose(self, question: str, years: Sequence[int], today: date) -> Query | None:
        """See `Interpreter`."""
        if self._asking >= AT_ONCE:
            return None
        self._asking += 1
        try:
            answer = await self._ask(_LONG_NUMBER.sub("…", question[:LONGEST]), years, today)
        finally:
            self._asking -= 1
        found = proposal.read(answer, years) if isinstance(answer, str) else None
        if answer is not None:
            log.info("the language model was asked: %s", "a query came" if found else "nothing usable came")
        return found

    async def _ask(self, question: str, years: Sequence[int], today: date) -> object:
        """What the model says, `None` where it says nothing that can be read."""
        asked = {
            "model": self._model,
            "temperature": 0,
            "messages": [
                {"role": "system", "content": proposal.instructions()},
                {"role": "user", "content": proposal.question(question, years, today.year)},
            ],
        }
        try:
            async with self._session.request(
                "POST", self._url, json=asked, headers=self._headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                response.raise_for_status()
                body = await response.content.read(_MOST_BYTES)
                while not response.content.at_eof() and len(body) < _MOST_BYTES:
                    body += await response.content.read(_MOST_BYTES - len(body))
            said: object = json.loads(body)["choices"][0]["message"]["content"]
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("the language model does not answer: %s", type(error).__name__)
            return None
        except (ValueError, LookupError, TypeError, RecursionError):
            log.warning("the language model's answer is not of the expected form")
            return None
        return said


def interpreter_of(settings: BotSettings, session: Session | aiohttp.ClientSession) -> Interpreter | None:
    """The interpreter of the settings; `None` where none is set."""
    if settings.model_url is None:
        return None
    key = settings.model_key.get_secret_value() if settings.model_key else ""
    return ModelInterpreter(session, settings.model_url, settings.model_name, key, settings.model_seconds)
