"""The bureau's contact data out of the settings."""

from __future__ import annotations

from dataclasses import fields

from bot.qa.replies import Contacts
from bot.settings import BotSettings


def contacts_of(settings: BotSettings) -> Contacts:
    """What the settings say; what they leave out stays empty and is not said."""
    return Contacts(**{f.name: getattr(settings, f"contact_{f.name}") or "" for f in fields(Contacts)})
