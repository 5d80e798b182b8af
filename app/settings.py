"""Settings from the environment (prefix ``BARAZA_``) and ``.env``, judged all at once."""

import difflib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from dotenv import dotenv_values
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.mail_settings import MailSettings
from app.provider_settings import PREFIX
from locales import languages

ENV_FILE = ".env"


class SettingsWrong(Exception):
    """Names every wrong or missing setting, one plain sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(MailSettings):
    """Everything that an operator can set. The defaults run on one machine, with no provider."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, extra="ignore", env_ignore_empty=True, frozen=True
    )

    database_url: str = Field("", description="SQLite in DATA_DIR when empty, or postgresql://…")
    data_dir: Path = Field(Path("var"), description="keys, and the SQLite files")
    default_language: str = Field("en", description="spoken until somebody chooses")
    default_region: str = Field("KE", description="ISO country of phone numbers without +")
    timezone: str = Field("UTC", description="the time zone in which a new forum begins")
    log_format: Literal["console", "json"] = Field("console", description="how log lines look")
    simulator: bool | None = Field(
        None, description="two phones in the console; by itself only where no provider is set"
    )
    behind_proxy: bool = Field(
        default=False, description="a proxy in front tells callers' addresses (X-Forwarded-For)"
    )
    metrics_public: bool = Field(default=False, description="serve /metrics beyond this machine")

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("is no time zone; write one such as Africa/Kampala") from error
        return value

    @field_validator("default_language")
    @classmethod
    def _language_exists(cls, value: str) -> str:
        if value not in languages():
            raise ValueError(f"is no language of ours; choose one of {', '.join(languages())}")
        return value

    @field_validator("default_region")
    @classmethod
    def _region_exists(cls, value: str) -> str:
        if value.upper() not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError("is no country; write two letters such as KE")
        return value.upper()

    @field_validator("database_url")
    @classmethod
    def _database_is_ours(cls, value: str) -> str:
        if not value:
            return value
        try:
            backend = make_url(value).get_backend_name()
        except ArgumentError as error:
            raise ValueError("cannot be read as a database address") from error
        if backend not in {"sqlite", "postgresql"}:
            raise ValueError("must start with sqlite:/// or postgresql://")
        return value

    @property
    def with_simulator(self) -> bool:
        """Whether the two rehearsal phones are on: by wish, or because nothing else is."""
        if self.simulator is not None:
            return self.simulator
        return not (self.with_twilio or self.with_gateway or self.with_telegram)

    @property
    def database(self) -> str:
        """The main store's URL."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute()}/baraza.db"


def _unknown(environment: Mapping[str, str | None]) -> Iterator[str]:
    """Name variables that look like ours and are not: a typing error must not pass silently."""
    known = [name.upper() for name in Settings.model_fields]
    for name in environment:
        own = name.upper().removeprefix(PREFIX)
        if name.upper().startswith(PREFIX) and own not in known:
            near = difflib.get_close_matches(own, known, 1)
            hint = f"; did you mean {PREFIX}{near[0]}?" if near else ""
            yield f"{name} is no setting of ours{hint}"


def _plain(error: dict[str, Any]) -> str:
    name = PREFIX + str(error["loc"][0]).upper() if error["loc"] else "settings"
    message = error["msg"].removeprefix("Value error, ")
    return f"{name}: {message}" if error["type"] != "value_error" else f"{name} {message}"


def load(**overrides: Any) -> Settings:
    """Read the settings, or raise ``SettingsWrong`` with every problem at once."""
    env_file = overrides.pop("_env_file", ENV_FILE)
    environment = {**dotenv_values(env_file), **os.environ} if env_file else dict(os.environ)
    problems = list(_unknown(environment))
    try:
        settings = Settings(_env_file=env_file, **overrides)
    except ValidationError as wrong:
        problems += [_plain(dict(error)) for error in wrong.errors()]
        # Judge the rest as if the wrong ones were left out, so that all is named in one go.
        names = {str(error["loc"][0]) for error in wrong.errors()}
        left_out = {name: Settings.model_fields[name].default for name in names}
        settings = Settings(_env_file=env_file, **{**overrides, **left_out})
    problems += settings.problems_between()
    if problems:
        raise SettingsWrong(problems)
    return settings
