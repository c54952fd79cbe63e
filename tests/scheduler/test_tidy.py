"""What is past its time is deleted by itself."""

from datetime import timedelta

from sqlmodel import select

from scheduler.jobs import Watch, tidy
from scheduler.settings import SchedulerSettings
from storage import people
from storage.clock import FixedClock
from storage.database import Database
from storage.models.cases import BindAttempt, BindCode
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


async def test_wrong_codes_are_forgotten_after_an_hour_and_old_codes_go(sqlite: Database, clock: FixedClock) -> None:
    async with sqlite.write() as session:
        person = await people.add(session, "张敏", "owner", [])
        await people.new_code(session, person, clock)
        assert await people.bind(session, "openid", "user", "ABCDEFGH", clock) is None
    watch = Watch(sqlite, SchedulerSettings(_env_file=None), clock, b"s" * 32)  # type: ignore[call-arg]

    async def kept() -> tuple[int, int]:
        async with sqlite.read() as session:
            codes = (await session.exec(select(BindCode))).all()
            return len((await session.exec(select(BindAttempt))).all()), len(codes)

    await tidy(watch)
    assert await kept() == (1, 1)
    clock.move(timedelta(hours=1, seconds=1))
    await tidy(watch)
    assert await kept() == (0, 0)
