"""Settings of the mail server that takes what we write to staff; without it nothing is mailed."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from app.provider_settings import PREFIX, ProviderSettings

#: Where a mail server on this very machine is; what goes there crosses no network.
HERE = frozenset({"localhost", "127.0.0.1", "::1"})

#: RFC 8314: submission with STARTTLS, and with TLS from the first byte.
PORTS = {"smtp": 587, "smtps": 465}


class MailSettings(ProviderSettings):
    """What an operator gets from whoever runs the mail."""

    smtp_url: str = Field("", description="smtp://host or smtps://host, with a port if need be")
    smtp_user: str = Field("", description="our account at the mail server")
    smtp_password: SecretStr = Field(SecretStr(""), description="its password")
    smtp_password_file: Path | None = Field(None, description="a file that holds the password")
    mail_from: str = Field("", description="the address from which staff are written to")

    @field_validator("smtp_url")
    @classmethod
    def _server_is_named(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError as error:
            raise ValueError("has no port that can be one") from error
        if value and (parts.scheme not in PORTS or not parts.hostname or port == 0):
            raise ValueError(
                "is no mail server; write smtp://host, smtps://host or smtp://host:25"
            )
        if parts.username or parts.password:
            raise ValueError(f"holds an account; write it into {PREFIX}SMTP_USER and _PASSWORD")
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender_is_an_address(cls, value: str) -> str:
        name, _, host = value.rpartition("@")
        plain = value.isascii() and value.isprintable() and not set(value) & set(' <>,;:"()[]\\')
        if value and not (name and host and "@" not in name and plain):
            raise ValueError("is no e-mail address; write it as baraza@example.org, alone")
        return value

    def problems_between(self) -> Iterator[str]:
        """Name settings that are well by themselves and wrong together."""
        yield from super().problems_between()
        if self.with_mail and not self.mail_from:
            yield f"{PREFIX}MAIL_FROM is missing, though a mail server is set"
        password = bool(self.smtp_password.get_secret_value())
        if password and self.smtp_password_file:
            yield f"{PREFIX}SMTP_PASSWORD and {PREFIX}SMTP_PASSWORD_FILE: leave one of them out"
        if bool(self.smtp_user) != (password or self.smtp_password_file is not None):
            yield f"{PREFIX}SMTP_USER and its password go together, and one of them is missing"
        if self.smtp_password_file and not self.smtp_password_file.is_file():
            yield f"{PREFIX}SMTP_PASSWORD_FILE is no file that can be read"

    @property
    def with_mail(self) -> bool:
        """Whether anything can be mailed."""
        return bool(self.smtp_url)
