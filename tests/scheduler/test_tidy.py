"""What is past its time is deleted by itself."""

from datetime import timedelta

from sqlmodel import select

from scheduler.jobs import Watch, tidy
from scheduler.settings import SchedulerSettings
from storage.clock import FixedClock
from storage.database import Database
from storage.models.questions import Turn
from storage.questions.log import Asked, QuestionLog


async def test_questions_are_kept_as_long_as_the_settings_say(sqlite: Database, clock: FixedClock) -> None:
    settings = SchedulerSettings(question_days=30, _env_file=None)  # type: ignore[call-arg]
    watch = Watch(sqlite, settings, clock, b"s" * 32)
    async with QuestionLog(sqlite) as log:
        for days in (29, 31):
            at = clock.now() - timedelta(days=days)
            log.record(Asked(None, at, "p", f"{days}天前", f"{days}天前", "answer", "", "x", 1))
    assert await tidy(watch, dry_run=True) == {}
    assert (await tidy(watch))["questions"] == 1
    async with sqlite.read() as session:
        assert (await session.exec(select(Turn.text))).all() == ["29天前"]
