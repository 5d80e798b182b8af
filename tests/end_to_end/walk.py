"""A walk along every path of the product that a person's words, number or name can take.

What is said on the way is made of canaries; ``tests/support/canaries.py`` looks for them later.
"""

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
from sqlalchemy import func, select, update

from bots.dialogues import dialogues
from channels.inbox import inbox
from forum import attachments
from grievances.case import MONITORED_AFTER, cases
from grievances.followups import Kind, followups
from outreach.subscribers import subscribers
from outreach.voices import voices
from storage.base import EPOCH
from storage.engine import Database
from tests.end_to_end.conftest import ChatPhone, SmsPhone, until
from tests.support.canaries import Canaries
from tests.support.loopback import Fault
from tests.support.processes import Process
from tests.support.staff import PASSWORD, Staff
from tests.support.telegram_server import TelegramServer
from tests.support.twilio_server import TwilioServer
from vault.keyring import Keyring, Purpose

CODE = re.compile(r"\d{4}-\d{4}-\d{5}-\d")

OWN = "+254711403958"  # the phone that reports
OTHER = "+254722518467"  # another one, from which a code is tried
CALLED = "0733 629 175"  # a number to call back, as somebody types it
CALLED_IN_FULL = "+254733629175"
LENT = "+254744730286"  # somebody else's number, shared as a contact
REHEARSED = "+12025557319"
QUOTED = "+254711000001"  # Twilio quotes this one in its errors
CHAT = 7193402856
SENDER = 5318264907  # another chat, that sends files
GUEST = 6204857193  # another chat, that never chose a language
WRONG_CODE = "8142-7793-20516-3"
CITY, ZIP = "Ghostwickshire", "90733-42"
FIRST, LAST, NICK = "Zebediahna", "Quillonfax", "zq_quillonfax"


class NosyTwilio(TwilioServer):
    """Twilio, which tells more about people than we want to know."""

    def message_form(self, text: str, sender: str = OWN, **fields: str) -> dict[str, str]:
        told = {"FromCity": CITY, "FromZip": ZIP, "ProfileName": FIRST, **fields}
        return super().message_form(text, sender, **told)


class NosyTelegram(TelegramServer):
    """Telegram, and people with names."""

    def message(self, chat: int, **content: Any) -> dict[str, Any]:
        made = super().message(chat, **content)
        made["chat"] |= {"first_name": FIRST, "last_name": LAST, "username": NICK}
        return made

    def user(self, chat: int) -> dict[str, Any]:
        return super().user(chat) | {"first_name": FIRST, "last_name": LAST, "username": NICK}


@dataclass
class Walk:
    """One installation, everybody who uses it, and what must not be found afterwards."""

    process: Process
    database: Database
    keyring: Keyring
    twilio: NosyTwilio
    telegram: NosyTelegram
    staff: Staff
    colleague: Staff  # who confirms what the other one did
    canaries: Canaries

    def __post_init__(self) -> None:
        self.say = self.canaries.phrase
        self.phone = SmsPhone(self.twilio, self.process, OWN)
        self.other = SmsPhone(self.twilio, self.process, OTHER)
        self.chat = ChatPhone(self.telegram, CHAT)
        self.sender = ChatPhone(self.telegram, SENDER)
        for name in ("OWN", "OTHER", "CALLED", "CALLED_IN_FULL", "LENT", "REHEARSED", "QUOTED"):
            self.canaries.add(name, globals()[name])
        for number in (OWN, OTHER, CALLED_IN_FULL, LENT):
            self.canaries.add(f"{number} at home", "0" + number[4:])
            self.canaries.add(f"{number} in short", number[4:])
        for name in ("CITY", "ZIP", "FIRST", "LAST", "NICK", "WRONG_CODE"):
            self.canaries.add(name, globals()[name])
        for name, chat in (("CHAT", CHAT), ("SENDER", SENDER), ("GUEST", GUEST)):
            self.canaries.add(name, str(chat))
        self.canaries.add("WRONG_CODE, digits", WRONG_CODE.replace("-", ""))
        self.canaries.add("password", PASSWORD)
        for name, server in (("Twilio's token", self.twilio), ("the bot's", self.telegram)):
            self.canaries.add(name, server.token)

    async def everything(self) -> None:
        """Go every path once."""
        await self.a_colleague_joins()
        await self.by_sms()
        await self.by_chat()
        await self.by_rehearsal()
        await self.in_the_console()
        await self.through_time()
        await self.in_vain()
        await self.at_the_door()

    async def a_colleague_joins(self) -> None:
        await self.staff.opens("/members")
        given = {"name": "Miriam", "email": "miriam@example.org", "role": "secretary"}
        page = await self.staff.sends("/members", **given)
        link = re.search(r"http://[\w.:]+/welcome/[\w-]+", page)
        assert link
        await self.colleague.joins(link[0])

    # --- SMS ----------------------------------------------------------------------------------

    async def by_sms(self) -> None:
        say, phone = self.say, self.phone
        await phone.tells(say("first words of somebody new"), "1", "1", "1")
        await phone.tells(say("place by SMS"), say("words instead of a choice"), "1")
        await phone.tells(f"REPORT {say('report by keyword')}")
        await phone.tells(f"RIPOTI {say('report by keyword in Swahili')}")
        await phone.tells("menu", "1", say("report by menu"), say("more words"), "2", "3")
        await phone.tells("0", "2")
        await phone.tells(say("kept text that is more of a report"), "3")
        await phone.tells(say("kept text that is a story"), "2", "2")
        await phone.tells(say("kept text to be called about"), "9", CALLED)
        await phone.tells(f"VOICE {say('story by keyword')}", say("more of a story"), "3")
        await phone.tells("9", "1", "call me back", CALLED)
        await phone.tells("JOIN", "KB12", "1", "1", "1", "LANGUAGE", "2", "LANGUE", "1")
        await phone.tells("JOIN", say("place of somebody who wants news"), "1", "1", "1")
        await phone.tells("HELP", "STOP", "START", say("a text beside the commands"))
        await self._by_mms()
        await self._by_code()

    async def _by_mms(self) -> None:
        photo, note = self.canaries.content("photo by MMS"), self.canaries.content("MMS sound")
        await self.phone.tells("REPORT")
        form = self.twilio.media_form("image/jpeg", photo)
        self.canaries.add("MMS address", form["MediaUrl0"].rpartition("/")[2])
        await self.phone.tells(self.say("words with an MMS"), **form)
        await self.phone.tells("0", **self.twilio.media_form("audio/amr", note))
        await self.phone.tells("menu")

    async def _by_code(self) -> None:
        code = (await self.phone.hears(CODE.pattern))[0]
        self.canaries.add("receipt code", code)
        self.canaries.add("receipt code, digits", code.replace("-", ""))
        await self.other.tells(f"CHECK {code}", self.say("added from another phone"))
        await self.other.tells(f"REPORT {self.say('report with a code in it')} {code}")
        for _ in range(7):
            await self.other.tells(f"CHECK {WRONG_CODE}")
        await self.other.hears("Too many wrong codes")
        await self.phone.tells("CHECK", self.say("added by the same phone"))

    # --- Telegram -----------------------------------------------------------------------------

    async def by_chat(self) -> None:
        await until(lambda: self.telegram.webhook, "the webhook")
        say, chat = self.say, self.chat
        await chat.says("/start")
        await chat.presses("English")
        await chat.tells(f"/report {say('report by command')}")
        await chat.tells("/report", say("report in a chat"), "1", say("place in a chat"), "1")
        await chat.hears(CODE.pattern)
        await chat.tells(f"/start {say('payload of a link').replace(' ', '_')}", "0")
        await chat.tells(say("kept text in a chat"), "1", "0", "0", "0", "0")
        await chat.tells(f"/voice {say('story in a chat')}", "1", "/call", CALLED)
        await chat.tells("/join", "KB12", "2", "2", "/language", "1", "/check", "/help")
        await self._files()
        await self._doors()

    async def _files(self) -> None:
        await self.sender.tells("/start", "1")
        for name in ("photo", "voice", "document"):
            content = self.canaries.content(f"Telegram {name}")
            reference = self.say(f"Telegram's id of a {name}").replace(" ", "-")
            self.telegram.files[reference] = content
            await self.sender.tells("/report" if name != "voice" else "/voice")
            await self._shares(self._file(name, reference), self.say(f"caption of a {name}"))
            await self.sender.tells("menu")
        await self._shares({"contact": {"phone_number": LENT, "first_name": FIRST}})
        spot = {"latitude": 1.234567, "longitude": 34.567891}
        self.canaries.add("a shared place", "1.23457, 34.56789")
        await self._shares({"location": spot})
        await self.sender.tells("0", "menu")

    def _file(self, kind: str, reference: str) -> dict[str, Any]:
        file = {"file_id": reference, "file_unique_id": f"u{reference}", "file_size": 3000}
        match kind:
            case "photo":
                return {"photo": [{**file, "width": 90, "height": 90}]}
            case "voice":
                return {"voice": {**file, "duration": 3, "mime_type": "audio/ogg"}}
        name = self.say("name of a document").replace(" ", "-")
        return {"document": {**file, "file_name": f"{name}.pdf", "mime_type": "application/pdf"}}

    async def _shares(self, content: dict[str, Any], caption: str | None = None) -> None:
        told = {**content, **({"caption": caption} if caption else {})}
        update = self.telegram.update(message=self.telegram.message(SENDER, **told))
        assert await self.telegram.deliver(update) == 200

    async def _doors(self) -> None:
        """Block the bot while an answer is on its way, and let it in again."""
        assert await self.telegram.deliver(self.telegram.shut("kicked", SENDER)) == 200
        await self.sender.tells(self.say("words while the door was shut"), "0")
        assert await self.telegram.deliver(self.telegram.shut("member", SENDER)) == 200
        guest = ChatPhone(self.telegram, GUEST)
        await guest.tells(self.say("first words in a chat that goes on no further"))

    # --- the rehearsal phones -----------------------------------------------------------------

    async def by_rehearsal(self) -> None:
        for channel in ("simulator-basic", "simulator-chat"):
            for text in ("hello", "1", f"REPORT {self.say(f'report by {channel}')}"):
                await self._rehearses(channel, text)
            await self._rehearses(channel, self.say(f"kept on {channel}"))
        page = await self.staff.opens(f"/simulator?phone=%2B{REHEARSED[1:]}")
        assert CODE.search(page)
        await self.staff.opens(f"/simulator/screen?channel=simulator-basic&phone={REHEARSED}")

    async def _rehearses(self, channel: str, text: str) -> None:
        await self.staff.opens(f"/simulator?phone=%2B{REHEARSED[1:]}")
        await self.staff.sends("/simulator", channel=channel, phone=REHEARSED, text=text)

    # --- the console --------------------------------------------------------------------------

    async def in_the_console(self) -> None:
        """Read, answer, note, sort, assign and move; the answers are pushed and pulled."""
        pages = {one: await self.staff.opens(f"/cases/{one}") for one in await self._references()}
        stories = {
            name: next(one for one, page in pages.items() if self._first_word(name) in page)
            for name in ("first words of somebody new", "report by keyword", "report in a chat")
        }
        safe, pulled, chat = stories.values()
        for reference, to in ((safe, "pushed"), (pulled, "pulled"), (chat, "pushed in a chat")):
            await self.staff.answers(reference, self.say(f"answer that is {to}"))
            await self.staff.sends(f"/cases/{reference}/note", note=self.say(f"note, {to}"))
        await self.phone.hears(self._first_word("answer that is pushed"))
        await self.chat.hears(self._first_word("answer that is pushed in a chat"), patience=60)
        assert not any(self._first_word("answer that is pulled") in one for one in self._heard)
        await self.phone.hears("You have news")
        await self.phone.tells("1")
        await self.phone.hears(self._first_word("answer that is pulled"))
        await self.phone.tells(self.say("thanks for an answer"))
        for reference in stories.values():
            await self._resolves(reference)
        for path in ("/voices", "/keys", "/members", "/account", "/cases?show=all"):
            await self.staff.opens(path)
        await self._files_are_read(pages)

    @property
    def _heard(self) -> list[str]:
        return self.phone.heard + self.other.heard

    def _first_word(self, path: str) -> str:
        return self.canaries.known[f"{path}, word 1"].decode()

    async def _references(self) -> list[str]:
        references = await self.staff.references()
        assert len(references) > 15
        return references

    async def _resolves(self, reference: str) -> None:
        """Take a case from its triage to its resolution."""
        staff, path = self.staff, f"/cases/{reference}"
        await staff.opens(path)
        await staff.sends(
            f"{path}/facts", category="DANGER", severity="S1", named="nobody", site="", safe=""
        )
        me = re.search(r'<option value="(\w+)"[^>]*>[^<]*\(you\)', await staff.opens(path))
        assert me
        await staff.sends(f"{path}/assign", assignee=me[1])
        await self._moves(staff, path, "in_review")
        await self._moves(staff, path, "proposed")
        await staff.opens(path)
        await staff.sends(f"{path}/word", word="yes")
        await self._does_what_was_agreed(path)
        await self._moves(self.colleague, path, "resolved", basis="word")
        assert "Resolved" in self.colleague.page

    async def _does_what_was_agreed(self, path: str) -> None:
        staff = self.staff
        await staff.opens(path)
        plan = {
            "what": self.say(f"what is done, {path}"),
            "other": self.say(f"who does it, {path}"),
        }
        page = await staff.sends(f"{path}/actions", due="2099-01-01", owner="", **plan)
        planned = re.search(rf'href="({path}/actions/\w+)"', page)
        assert planned
        await self._moves(staff, path, "implementing")
        await staff.opens(planned[1])
        await staff.sends(f"{planned[1]}/done", evidence=self.say(f"what shows it, {path}"))

    async def _moves(self, staff: Staff, path: str, to: str, **more: str) -> None:
        page = await staff.opens(path)
        if f'href="{path}/move/{to}"' in page:
            page = await staff.opens(f"{path}/move/{to}")
        told = {"tell": self.say(f"{path} {to}"), "reason": self.say(f"why {to} {path}")}
        once = re.findall(r'name="once" value="([^"]*)"', page)[-1]
        await staff.sends(f"{path}/move/{to}", once=once, **told, **more)

    async def _files_are_read(self, pages: dict[str, str]) -> None:
        """Wait until every file was fetched, and look at each."""

        async def waiting() -> int:
            return await self._count(
                attachments.attachments, attachments.attachments.c.due_at.is_not(None)
            )

        await until_zero(waiting)
        read = 0
        for reference in pages:
            page = await self.staff.opens(f"/cases/{reference}")
            for link in re.findall(rf'"(/cases/{reference}/attachments/\w+/as-it-came)"', page):
                # Every byte is a secret, so it is a file of no type and was not cleaned.
                await self.staff.opens(link)
                assert await self.staff.saves(link) in self.canaries.known.values()
                read += 1
        assert read >= 3

    # --- what time brings ---------------------------------------------------------------------

    async def through_time(self) -> None:
        """Let every silence and every follow-up be due now."""
        async with self.database.transaction() as db:
            await db.execute(
                update(dialogues).where(dialogues.c.due_at.is_not(None)).values(due_at=EPOCH)
            )
        async with self.database.transaction() as db:
            await db.execute(
                update(followups)
                .where(
                    followups.c.kind == Kind.CHECK_IN,
                    followups.c.days == MONITORED_AFTER[0],
                    followups.c.done_at.is_(None),
                )
                .values(due_at=datetime.now(UTC))
            )
        await self.phone.hears("Is it solved")
        await self.phone.tells(self.say("words at a check-in"), "2")
        await self.chat.hears("Is it solved", patience=60)
        await self.chat.tells("1")

    # --- what fails ---------------------------------------------------------------------------

    async def in_vain(self) -> None:
        """Let turns fail and be held, and let providers refuse, stumble and be silent."""
        kept = await self._damage(OWN, b"damaged")
        await self.phone.tells(self.say("words of a turn that is held and taken again"))
        assert await self._count(inbox, inbox.c.held.is_not(None)) == 1
        await self._damage(OWN, kept)
        async with self.database.transaction() as db:
            await db.execute(update(inbox).where(inbox.c.held.is_not(None)).values(due_at=EPOCH))

        async def held() -> int:
            return await self._count(inbox, inbox.c.held.is_not(None))

        await until_zero(held)
        await self._damage(OTHER, b"damaged")
        await self.other.tells(self.say("words of a turn that stays held"))
        self.twilio.faults += [Fault(400, code=21211), Fault(500), Fault(429), Fault(drop=True)]
        for number in range(4):
            await self.phone.tells(f"REPORT {self.say(f'report with fault {number}')}")
        await until(lambda: not self.twilio.faults, "every fault")

    async def _damage(self, number: str, content: bytes) -> bytes:
        """Put *content* in place of a sealed dialogue; return what stood there."""
        key = self.keyring.pseudonym(Purpose.DIALOGUE, "sms", number)
        mine = dialogues.c.key == key
        async with self.database.transaction() as db:
            before = (await db.execute(select(dialogues.c.sealed).where(mine))).scalar_one()
            await db.execute(update(dialogues).where(mine).values(sealed=content))
        return before

    # --- who knocks at the wrong door ----------------------------------------------------------

    async def at_the_door(self) -> None:
        """Send what is forged, malformed, unknown or lost, with names and numbers in it."""
        url, hooks = self.process.public, f"{self.process.public}/hooks"
        async with aiohttp.ClientSession() as session:

            async def post(path: str, status: int, **content: Any) -> None:
                async with session.post(f"{url}{path}", **content) as answer:
                    assert answer.status == status, path

            form = self.twilio.message_form(self.say("forged SMS"), OWN)
            await post("/hooks/sms", 403, data=form)
            await post("/hooks/sms", 403, data=form, headers={"X-Twilio-Signature": OWN})
            await post("/hooks/telegram", 403, json=self.telegram.said(self.say("forged"), CHAT))
            await post("/hooks/nobody", 404, data=form)
            wrong = {"email": f"{NICK}@example.org", "password": self.say("a wrong password")}
            await post("/sign-in", 422, data=wrong)
            lost = self.say("a page that is not there").replace(" ", "/")
            for path in (f"/{lost}", f"/cases/{lost}", f"/welcome/{OWN}", f"/?q={OWN}"):
                async with session.get(f"{url}{path}") as answer:
                    assert answer.status < 500
        for body in ({"Body": self.say("SMS from nobody")}, {"From": OWN}, {}):
            assert await self.twilio.post(f"{hooks}/sms", body) == 400
        status = f"{hooks}/sms/status?m={self.say('a message that never was').replace(' ', '')}"
        assert await self.twilio.post(status, {"MessageStatus": "sent", "To": OWN}) == 400
        known = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": OWN}
        assert await self.twilio.post(status, known) == 200
        for update_of in (
            self.telegram.update(
                edited_message=self.telegram.message(CHAT, text=self.say("an edit"))
            ),
            {"update_id": 1, "my_words": self.say("an unknown kind")},
            {"update_id": self.say("no number"), "message": {"text": FIRST}},
            [self.say("no update")],
            self.say("no object"),
        ):
            secret = self.telegram.webhook["secret_token"]
            assert await self.telegram.post(f"{hooks}/telegram", update_of, secret) == 200

    # --- what came of it ----------------------------------------------------------------------

    async def _count(self, table: Any, *conditions: Any) -> int:
        async with self.database.reading() as reads:
            found = select(func.count()).select_from(table).where(*conditions)
            return (await reads.execute(found)).scalar_one()

    async def counts(self) -> dict[str, int]:
        """Return how many of each there are, to see that the walk went where it should."""
        return {
            table.name: await self._count(table)
            for table in (cases, voices, subscribers, attachments.attachments)
        }


async def until_zero(count: Any) -> None:
    """Wait until *count*, which asks a database, says that nothing is left."""
    async with asyncio.timeout(120):
        while await count():
            await asyncio.sleep(0.2)
