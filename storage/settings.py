"""Settings that every process shares: where the data lives. Prefix `GONGKAI_`, or a `.env` file."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class StorageSettings(BaseSettings):
    """Database, state store, files and timezone."""

    model_config = SettingsConfigDict(
        env_prefix="GONGKAI_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    data_dir: Path = Field(
        Path("data"), description="Folder of the SQLite file, uploaded reports and generated secrets."
    )
    database_url: str | None = Field(
        None, description="SQLAlchemy address; without it a SQLite file in the data folder. PostgreSQL: postgresql://…"
    )
    redis_url: SecretStr | None = Field(None, description="Redis address; without it state is kept in the process.")
    timezone: str = Field("Asia/Shanghai", description="The bureau's timezone; days and deadlines are counted in it.")
    secret: SecretStr | None = Field(
        None,
        min_length=32,
        description="Secret behind keyed hashes, the same on every machine; without it one is made in the data folder.",
    )
    question_days: int = Field(
        180, ge=1, description="How many days citizens' questions, conversations and replies are kept."
    )
    max_file_mb: int = Field(50, ge=1, le=500, description="Largest report file that is read, in MiB.")

    review_days: int = Field(
        2,
        ge=1,
        le=30,
        description="Working days for each step of review; then the people who may sign it are reminded.",
    )
    source_private: bool = Field(False, description="Also read sources whose address lies inside the network.")

    @property
    def sqlalchemy_url(self) -> str:
        """The address with the async driver in it."""
        if not self.database_url:
            return f"sqlite+aiosqlite:///{self.data_dir / 'gongkai.db'}"
        for plain, driver in (
            ("postgresql://", "postgresql+asyncpg://"),
            ("postgres://", "postgresql+asyncpg://"),
            ("sqlite:///", "sqlite+aiosqlite:///"),
        ):
            if self.database_url.startswith(plain):
                return driver + self.database_url.removeprefix(plain)
        return self.database_url
