"""Settings of the watch. Prefix `GONGKAI_`, or a `.env` file."""

from __future__ import annotations

from datetime import time

from pydantic import Field, SecretStr

from storage.settings import StorageSettings


class SchedulerSettings(StorageSettings):
    """When the watch works, when it speaks, and through what."""

    base_url: str | None = Field(None, description="Public address of this service, https://…, for links in messages.")
    watch: bool = Field(True, description="Run the watch within the web process too; one process works at a time.")
    watch_minutes: int = Field(60, ge=5, le=1440, description="Minutes between two checks of all obligations.")
    work_from: time = Field(time(9, 0), description="Reminders are sent from this time on working days …")
    work_until: time = Field(time(17, 30), description="… until this time; severe ones at any time.")
    digest_at: time = Field(time(8, 40), description="Time of the daily digest on working days.")
    supervisor_after: int = Field(3, ge=0, le=60, description="Days overdue after which the supervisor is told too.")
    patience: int = Field(3, ge=0, le=60, description="Days more before that for what its owner has acknowledged.")
    flood_floor: int = Field(10, ge=1, description="So many newly overdue items in one check are never held back.")
    flood_share: float = Field(0.1, gt=0, le=1, description="So large a part of all obligations is never held back.")
    source_hours: int = Field(26, ge=1, description="Hours without reaching a source after which it counts as lost.")
    heartbeat_url: SecretStr | None = Field(
        None, description="Address called after each check (…/fail after a failed one), as dead-man's switches take it."
    )
    smtp_url: SecretStr | None = Field(
        None, description="Mail server for channel email, as Apprise writes it: mailtos://user:password@host?from=…"
    )
