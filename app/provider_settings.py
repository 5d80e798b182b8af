"""Settings of the providers, and of where they reach us."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from channels import routing

PREFIX = "BARAZA_"

#: Bot API, setWebhook: a secret has 1-256 characters of A-Z, a-z, 0-9, _ and -.
LONGEST_SECRET = 256

#: A gateway's secret travels in an address, so it has only what needs no escape there.
SHORTEST_SECRET = 16
GATEWAY_SECRET = re.compile(rf"[A-Za-z0-9_-]{{{SHORTEST_SECRET},128}}")

E164 = re.compile(r"\+[1-9]\d{6,14}")
CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}")


class ProviderSettings(BaseSettings):
    """What an operator gets from Twilio, from Telegram and from an SMS gateway's keeper."""

    host: str = Field("127.0.0.1", description="the address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="the port to listen on")
    public_url: str = Field("", description="the address that providers and staff call")
    twilio_account_sid: str = Field("", description="starts with AC")
    twilio_auth_token: SecretStr = Field(SecretStr(""), description="signs webhooks")
    twilio_auth_token_next: SecretStr = Field(
        SecretStr(""), description="the second token, while you rotate"
    )
    twilio_from: str = Field("", description="the sending number, +… or a short code")
    twilio_messaging_service_sid: str = Field("", description="instead of TWILIO_FROM; MG…")
    twilio_api_url: str = Field("https://api.twilio.com", description="Twilio's API")
    whatsapp_from: str = Field("", description="a WhatsApp number of the same account, +…")
    whatsapp_template_sid: str = Field(
        "", description="what is sent when somebody has been silent for a day; HX…"
    )
    call_from: str = Field(
        "", description="a number of the same account that may call, +…; absent: no calls"
    )
    gateway_url: str = Field("", description="where an SMS gateway of your own takes messages")
    gateway_user: str = Field("", description="our account there")
    gateway_password: SecretStr = Field(SecretStr(""), description="its password")
    gateway_from: str = Field("", description="the sending number, or a short code")
    gateway_secret: SecretStr = Field(
        SecretStr(""), description="stands in the address by which the gateway calls us"
    )
    gateway_dialect: Literal["kannel", "kannel-get", "jasmin"] = Field(
        "kannel", description="how the gateway wants to be asked"
    )
    sms_routes: str = Field("", description="which line a number goes by: +255=gateway,+1=sms")
    sms_rate: float | None = Field(None, gt=0, description="segments a second through Twilio")
    gateway_rate: float | None = Field(None, gt=0, description="segments a second by the gateway")
    call_rate: float | None = Field(None, gt=0, description="calls begun in a second")
    telegram_rate: float | None = Field(None, gt=0, description="messages a second on Telegram")
    telegram_token: SecretStr = Field(SecretStr(""), description="from @BotFather")
    telegram_webhook_secret: SecretStr = Field(
        SecretStr(""), description="absent: long polling instead of a webhook"
    )
    telegram_api_url: str = Field("https://api.telegram.org", description="Telegram's API")

    @field_validator("public_url", "twilio_api_url", "telegram_api_url", "gateway_url")
    @classmethod
    def _url_is_whole(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.netloc):
            raise ValueError("is no web address; it starts with http:// or https://")
        return value.rstrip("/")

    @field_validator("sms_routes")
    @classmethod
    def _routes_are_read(cls, value: str) -> str:
        routing.read(value)
        return value

    def problems_between(self) -> Iterator[str]:
        """Name settings that are well by themselves and wrong together."""
        yield from self._twilio_problems()
        yield from self._whatsapp_problems()
        yield from self._call_problems()
        yield from self._gateway_problems()
        yield from self._route_problems()
        yield from self._telegram_problems()

    def _twilio_problems(self) -> Iterator[str]:
        sender = self.twilio_from or self.twilio_messaging_service_sid or self.whatsapp_from
        given = bool(self.twilio_account_sid or self.twilio_auth_token or sender)
        if not given:
            return
        if not self.twilio_account_sid:
            yield f"{PREFIX}TWILIO_ACCOUNT_SID is missing; Twilio's console shows it, AC…"
        if not self.twilio_auth_token:
            yield f"{PREFIX}TWILIO_AUTH_TOKEN is missing; without it no webhook can be believed"
        if not sender:
            yield (
                f"{PREFIX}TWILIO_FROM or {PREFIX}TWILIO_MESSAGING_SERVICE_SID is missing; "
                "one of them says who sends"
            )

    def _whatsapp_problems(self) -> Iterator[str]:
        if self.whatsapp_template_sid and not self.whatsapp_from:
            yield f"{PREFIX}WHATSAPP_FROM is missing, though a template is set"
        if self.whatsapp_from and not E164.fullmatch(self.whatsapp_from):
            yield f"{PREFIX}WHATSAPP_FROM is no number; write it as +…, without «whatsapp:»"
        if self.whatsapp_template_sid and not CONTENT_SID.fullmatch(self.whatsapp_template_sid):
            yield f"{PREFIX}WHATSAPP_TEMPLATE_SID is none; it is HX and 32 letters and digits"

    def _call_problems(self) -> Iterator[str]:
        if self.call_from and not E164.fullmatch(self.call_from):
            yield f"{PREFIX}CALL_FROM is no number; write it as +…"
        if self.call_from and not self.with_sms:
            yield (
                f"{PREFIX}CALL_FROM needs SMS by the same Twilio account: who asks for something "
                "in a call is answered by SMS"
            )

    def _gateway_problems(self) -> Iterator[str]:
        needed = {
            "URL": (self.gateway_url, "where it takes messages"),
            "USER": (self.gateway_user, "who we are there"),
            "PASSWORD": (self.gateway_password, "with what we show it"),
            "SECRET": (self.gateway_secret, "without it no message of the gateway is believed"),
        }
        given = any(value for value, _ in needed.values()) or self.gateway_from
        for name, (value, why) in needed.items():
            if given and not value:
                yield f"{PREFIX}GATEWAY_{name} is missing: {why}"
        secret = self.gateway_secret.get_secret_value()
        if secret and not GATEWAY_SECRET.fullmatch(secret):
            yield (
                f"{PREFIX}GATEWAY_SECRET has to have {SHORTEST_SECRET} letters and digits or more"
            )
        if not self.gateway_from.isprintable():
            yield f"{PREFIX}GATEWAY_FROM has characters that nobody can print"

    def _route_problems(self) -> Iterator[str]:
        up = {"sms": self.with_sms, "gateway": self.with_gateway}
        for line in sorted(set(self.routes.values())):
            if not up.get(line):
                yield f"{PREFIX}SMS_ROUTES names {line}, which is not set up"

    def _telegram_problems(self) -> Iterator[str]:
        secret = self.telegram_webhook_secret.get_secret_value()
        if secret and not self.telegram_token:
            yield f"{PREFIX}TELEGRAM_TOKEN is missing, though a webhook secret is set"
        telegrams_own = "api.telegram.org" in self.telegram_api_url
        if secret and telegrams_own and not self.public.startswith("https://"):
            yield (
                f"{PREFIX}PUBLIC_URL must begin with https:// for a Telegram webhook; without "
                f"{PREFIX}TELEGRAM_WEBHOOK_SECRET the bot asks Telegram by itself instead"
            )
        allowed = secret.replace("-", "").replace("_", "")
        if secret and not (
            len(secret) <= LONGEST_SECRET and allowed.isascii() and allowed.isalnum()
        ):
            yield (
                f"{PREFIX}TELEGRAM_WEBHOOK_SECRET may have 1 to 256 letters, digits, _ and - only"
            )

    @property
    def with_twilio(self) -> bool:
        """Whether anything goes through Twilio."""
        return bool(self.twilio_account_sid)

    @property
    def with_sms(self) -> bool:
        """Whether Twilio has a number or a service of ours for SMS."""
        return self.with_twilio and bool(self.twilio_from or self.twilio_messaging_service_sid)

    @property
    def with_gateway(self) -> bool:
        """Whether SMS goes through a gateway of one's own."""
        return bool(self.gateway_url)

    @property
    def routes(self) -> Mapping[str, str]:
        """Beginning of a phone number -> line."""
        return routing.read(self.sms_routes)

    @property
    def rates(self) -> Mapping[str, float]:
        """Line -> tokens a second, where the operator has said so."""
        said = {
            "sms": self.sms_rate,
            "gateway": self.gateway_rate,
            "call": self.call_rate,
            "telegram": self.telegram_rate,
        }
        return {line: rate for line, rate in said.items() if rate is not None}

    @property
    def with_telegram(self) -> bool:
        """Whether Telegram is served."""
        return bool(self.telegram_token.get_secret_value())

    @property
    def public(self) -> str:
        """The address that providers and staff call, without a slash at its end."""
        return self.public_url or f"http://localhost:{self.port}"
