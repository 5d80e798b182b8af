"""Twilio's list of what people wrote, and of the files that they sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from tests.support import published
from tests.support.twilio_server import TwilioServer


@dataclass(frozen=True)
class Written:
    """One message to us, as its hook brought it or would have."""

    form: Mapping[str, str]
    at: datetime


class TwilioInbox(TwilioServer):
    """As ``TwilioServer``, and lists what was written; ``writes`` calls no hook."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[Written] = []
        path = "/2010-04-01/Accounts/{account}/Messages/{message}/Media.json"
        self.app.router.add_get(path, self._media_list)

    def writes(self, text: str, at: datetime, **fields: str) -> dict[str, str]:
        form = self.message_form(text, **fields)
        self.written.append(Written(form, at))
        return form

    def _page(self, asked: Mapping[str, str]) -> web.Response:
        newest_first = sorted(self.written, key=lambda one: one.at, reverse=True)
        found = [
            one
            for one in newest_first
            if asked.get("To", one.form["To"]) == one.form["To"]
            and asked.get("DateSent>", "") <= f"{one.at:%Y-%m-%dT%H:%M:%SZ}"
            and f"{one.at:%Y-%m-%dT%H:%M:%SZ}" <= asked.get("DateSent<", "9")
        ]
        size, page = int(asked.get("PageSize", "50")), int(asked.get("Page", "0"))
        more = len(found) > size * (page + 1)
        query = urlencode({**asked, "Page": str(page + 1)})
        uri = f"/2010-04-01/Accounts/{self.account}/Messages.json?{query}"
        shown = [self._listed(one) for one in found[size * page : size * (page + 1)]]
        return web.json_response(
            {"page": page, "page_size": size, "next_page_uri": uri if more else None}
            | {"uri": "/2010-04-01/x", "messages": shown}
        )

    def _listed(self, one: Written) -> dict[str, Any]:
        when = format_datetime(one.at)
        shown = {
            "sid": one.form["MessageSid"],
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "body": one.form["Body"],
            "date_created": when,
            "date_sent": when,
            "date_updated": when,
            "direction": "inbound",
            "error_code": None,
            "error_message": None,
            "from": one.form["From"],
            "to": one.form["To"],
            "messaging_service_sid": None,
            "num_media": one.form["NumMedia"],
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "status": "received",
            "subresource_uris": {},
            "uri": f"/2010-04-01/Accounts/{self.account}/Messages/x.json",
        }
        self.violations += published.twilio_message_problems(shown)
        return shown

    async def _media_list(self, request: web.Request) -> web.StreamResponse:
        if (refused := self._refused(request)) is not None:
            return refused
        account, message = self.account, request.match_info["message"]
        files = [
            {
                "sid": sid,
                "account_sid": account,
                "parent_sid": message,
                "content_type": mime,
                "date_created": None,
                "date_updated": None,
                "uri": f"/2010-04-01/Accounts/{account}/Messages/{message}/Media/{sid}.json",
            }
            for sid, (mime, _) in self.media.items()
        ]
        return web.json_response(
            {"media_list": files, "next_page_uri": None, "page": 0, "uri": "/2010-04-01/x"}
        )
