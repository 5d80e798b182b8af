"""Grants what a conversation wishes for, inside the turn's transaction. One branch a wish."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias

import phonenumbers

from bots import doors, known_lines, rule_lines, sorting
from bots import effects as wish
from bots.asking import Desk, Turn
from bots.conversation import Dialogue, Effect, Event
from bots.dialogues import Contact
from bots.lesson_lines import Pupil
from channels import optout
from channels.base import Address, Style
from grievances import (
    appeals,
    codes,
    correspondence,
    intake,
    monitoring,
    proposals,
    retaliation,
    withdrawal,
)
from grievances.almanac import Almanac
from grievances.calendars import Calendar
from grievances.categories import Register
from grievances.correspondence import UnreadBody
from grievances.taxonomy import Taxonomy
from outreach import known, learners, report_backs, subscribers, told_lately, voices
from storage.engine import Database
from storage.unit_of_work import Transaction
from vault.codes import Code, Mint, Minted, read
from vault.keyring import Keyring, Purpose

#: What a code turned out to be: a case, nothing, or not judged because of too many tries.
Verdict: TypeAlias = wish.CaseUnknown | wish.TooManyTries | str


#: How long after a call was asked for another ring asks for nothing more, and is not answered.
RINGS_APART = timedelta(hours=24)


@dataclass(slots=True)
class Prepared:
    """What was done before the transaction, because it is slow (Argon2) or counts tries."""

    minted: list[Minted] = field(default_factory=list)
    judged: dict[str, Verdict] = field(default_factory=dict)


class Beforehand(Exception):
    """Something slow must come first: roll back, prepare it, and take the turn again.

    A turn changes nothing outside its transaction, so taking it again is harmless; holding the
    database's one writer while Argon2 runs is not. *code*: judge it as *sender*'s try; None: mint
    a new one.
    """

    def __init__(self, code: Code | None = None, sender: str = "") -> None:
        super().__init__("prepare, and take the turn again")
        self.code = code
        self.sender = sender


@dataclass(frozen=True, slots=True)
class Powers:
    """What granting needs from outside: the same for every turn of a process."""

    database: Database
    keyring: Keyring
    mint: Mint
    region: str  # where a phone number without + is from
    almanac: Almanac
    register: Register = field(default_factory=Register)
    desk: Desk = field(default_factory=Desk)

    @property
    def calendar(self) -> Calendar:
        """The forum's calendar, as this process last read it."""
        return self.almanac.calendar

    @property
    def taxonomy(self) -> Taxonomy:
        """What a case can be about, as this process last read it."""
        return self.register.taxonomy

    async def prepare(self, prepared: Prepared, wanted: Beforehand, now: datetime) -> None:
        """Do what the turn found missing, outside any transaction."""
        if wanted.code is None:
            prepared.minted.append(await self.mint.take())
        else:
            prepared.judged[wanted.code.digits] = await self._judge(
                wanted.code, wanted.sender, now
            )

    async def _judge(self, code: Code, sender: str, now: datetime) -> Verdict:
        try:
            case = await codes.judge(self.database, self.keyring, code, sender=sender, now=now)
        except codes.TooManyTries:
            return wish.TooManyTries()
        return case or wish.CaseUnknown()


class Granting:
    """Grants the wishes of one turn, inside its transaction."""

    def __init__(
        self,
        powers: Powers,
        db: Transaction,
        contact: Contact,
        address: Address,
        now: datetime,
        prepared: Prepared,
        *,
        language: str,
        style: Style,
        answered: bool = False,
    ) -> None:
        self.contact = contact
        self.language = language
        self.unread: dict[str, UnreadBody] = {}
        self._powers = powers
        self._keyring = powers.keyring
        self._db = db
        self._address = address
        self._now = now
        self._prepared = prepared
        self._style = style
        self.answered = answered
        self._minted = list(prepared.minted)

    async def grant(  # noqa: C901, PLR0911, PLR0912 - one branch a wish is the point
        self, effect: Effect
    ) -> Event:
        """Do what *effect* asks, and return what came of it. Raises ``Beforehand``."""
        match effect:
            case wish.FileCase():
                return await self._file(effect)
            case wish.DescribeCase():
                return await self._describe(effect)
            case wish.FindCase():
                return await self._find(effect)
            case wish.FindMine():
                return await self._find_mine()
            case wish.AddToCase():
                return await self._add(effect)
            case wish.ReadNews():
                return await self._read(effect)
            case wish.AnswerCheckIn():
                return await self._check_in(effect)
            case wish.AnswerWell():
                return await self._well(effect)
            case wish.WithdrawCase():
                return await self._withdraw(effect)
            case wish.AnswerProposal():
                return await self._agree(effect)
            case wish.AskAppeal():
                return await self._appeal(effect)
            case wish.KeepVoice():
                return await self._keep_voice(effect)
            case wish.EndReportBacks():
                await report_backs.take_back(self._db, self._keyring, self._address)
                return wish.ReportBacksEnded()
            case wish.AskCall():
                return await self._ask_call(effect)
            case wish.RingBack():
                return await self._ring_back(effect)
            case wish.Subscribe():
                return await self._subscribe(effect)
            case wish.FindRules():
                await self._heard()
                return await self._find_rules(effect)
            case wish.ReadPart():
                await self._heard()
                return await rule_lines.read(
                    self._db, effect, language=self.language, style=self._style
                )
            case wish.HearPart():
                await self._heard()
                return await rule_lines.hear(self._db, effect, language=self.language)
            case wish.FindKnown():
                return await self._find_known()
            case wish.Forget():
                await doors.erase(self._db, self._keyring, self._address)
                return wish.Forgotten()
            case wish.BeginSurvey():
                return await self._surveyed().begin(effect)
            case wish.AnswerSurvey():
                await self._heard()
                return await self._surveyed().answer(effect)
            case wish.FindLessons():
                await self._heard()
                return await self._pupil().find()
            case wish.JoinLessons():
                return await self._pupil().join(effect.series)
            case wish.NextLesson():
                await self._heard()
                return await self._pupil().next()
            case wish.AnswerLesson():
                await self._heard()
                return await self._pupil().answer(effect)
            case wish.EndLessons():
                await learners.end(self._db, self._keyring, self._address)
                return wish.LessonsEnded()
            case wish.SetLanguage():
                return await self._set_language(effect)
            case wish.Stop():
                return await self._stop(stopped=True)
            case wish.Restart():
                return await self._stop(stopped=False)
            case _:
                raise TypeError(f"nobody grants {type(effect).__name__}")

    # --- report -------------------------------------------------------------------------------

    def _take(self) -> Minted:
        """Take a code that was minted ahead. Raises ``Beforehand``."""
        if self._minted:
            return self._minted.pop()
        ready = self._powers.mint.ready()
        if ready is None:
            raise Beforehand
        # A turn that is taken again must not lose it.
        self._prepared.minted.append(ready)
        return ready

    async def _file(self, effect: wish.FileCase, number: str | None = None) -> Event:
        filed = await intake.file_case(
            self._db,
            self._keyring,
            self._take(),
            address=self._address,
            story=effect.story,
            attachments=effect.attachments,
            category=effect.category,
            language=self.language,
            now=self._now,
            callback_number=number,
            calendar=self._powers.calendar,
            taxonomy=self._powers.taxonomy,
        )
        offered = sorting.offered(self._powers.taxonomy, self.language)
        return wish.CaseFiled(filed.case_id, filed.code_text, offered)

    async def _describe(self, effect: wish.DescribeCase) -> Event:
        described = await intake.describe(
            self._db,
            effect.case,
            category=effect.category,
            place=effect.place,
            safe=effect.safe,
            now=self._now,
            calendar=self._powers.calendar,
            taxonomy=self._powers.taxonomy,
        )
        return wish.CaseDescribed(described.site_name)

    async def _ask_call(self, effect: wish.AskCall) -> Event:
        number = self._number(effect.number)
        if number is None:
            return wish.NoNumber()
        if effect.case is None:
            return await self._file(wish.FileCase(effect.story, effect.attachments), number)
        await correspondence.ask_call(self._db, effect.case, number, self._now)
        return wish.CaseFiled(effect.case, "")

    async def _ring_back(self, effect: wish.RingBack) -> Event:
        db, keyring, address = self._db, self._keyring, self._address
        number = address.value
        waits = await correspondence.waits_for_call(db, keyring, address)
        if waits is None:
            case = effect.case
        elif self._now - waits.asked_at < RINGS_APART:
            return wish.CallAwaited()
        else:
            case = waits.case_id
        if case is None:
            return await self._file(wish.FileCase(""), number)
        await correspondence.ask_call(db, case, number, self._now)
        return wish.CaseFiled(case, "")

    def _number(self, said: str | None) -> str | None:
        """Return a number that can be called, in E.164; None: it cannot."""
        if said is None and self._style is Style.CHAT:
            return None  # a chat's address is no telephone
        number = self._address.value if said is None else said
        try:
            parsed = phonenumbers.parse(number, self._powers.region)
        except phonenumbers.NumberParseException:
            return None
        if not phonenumbers.is_possible_number(parsed):
            return None
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)

    # --- the reporter comes back --------------------------------------------------------------

    async def _find(self, effect: wish.FindCase) -> Event:
        code = read(effect.code)
        if code is None:
            return wish.CaseUnknown()  # a slip of the finger: its check digit says so
        verdict = self._prepared.judged.get(code.digits)
        if verdict is None:
            address = self._address
            raise Beforehand(
                code, self._keyring.pseudonym(Purpose.TRIES, address.channel, address.value)
            )
        return await self._found(verdict) if isinstance(verdict, str) else verdict

    async def _find_mine(self) -> Event:
        case = await correspondence.newest_open(self._db, self._keyring, self._address)
        return wish.CaseUnknown() if case is None else await self._found(case)

    async def _found(self, case: str) -> Event:
        status = await correspondence.status_of(self._db, case)
        return wish.CaseFound(
            case, status.msgid, status.news, status.asks, status.proposal, status.appeal
        )

    async def _add(self, effect: wish.AddToCase) -> Event:
        await correspondence.extend(
            self._db,
            self._keyring,
            effect.case,
            effect.text,
            effect.attachments,
            channel=self._address.channel,
            now=self._now,
            calendar=self._powers.calendar,
        )
        return wish.CaseExtended()

    async def _read(self, effect: wish.ReadNews) -> Event:
        bodies = await correspondence.hand_over(self._db, effect.case, self._now)
        self.unread.update({body.entry_id: body for body in bodies})
        status = await correspondence.status_of(self._db, effect.case)
        said = tuple(body.entry_id for body in bodies)
        return wish.NewsRead(said, status.proposal, status.appeal)

    async def _agree(self, effect: wish.AnswerProposal) -> Event:
        decides = await proposals.answered(
            self._db,
            effect.case,
            proposals.Word(effect.word),
            now=self._now,
            calendar=self._powers.calendar,
        )
        return wish.ProposalAnswered(decides)

    async def _appeal(self, effect: wish.AskAppeal) -> Event:
        calendar = self._powers.calendar
        await appeals.ask(self._db, effect.case, now=self._now, calendar=calendar)
        return wish.AppealAsked()

    async def _check_in(self, effect: wish.AnswerCheckIn) -> Event:
        await monitoring.answered(
            self._db,
            effect.case,
            solved=effect.solved,
            now=self._now,
            calendar=self._powers.calendar,
        )
        return wish.CheckInAnswered()

    async def _well(self, effect: wish.AnswerWell) -> Event:
        second = await retaliation.answered(
            self._db,
            self._keyring,
            effect.case,
            well=effect.well,
            address=self._address,
            now=self._now,
            calendar=self._powers.calendar,
            taxonomy=self._powers.taxonomy,
        )
        return wish.WellAnswered(second)

    async def _withdraw(self, effect: wish.WithdrawCase) -> Event:
        # Silence ends the question; but nobody promises that it is heard in time.
        if self._now - self.contact.heard_at > timedelta(seconds=effect.within):
            return wish.CaseWithdrawn("late")
        outcome = await withdrawal.withdraw(
            self._db, effect.case, now=self._now, calendar=self._powers.calendar
        )
        return wish.CaseWithdrawn(outcome.value)

    # --- the others ---------------------------------------------------------------------------

    async def _keep_voice(self, effect: wish.KeepVoice) -> Event:
        voice_id = await voices.keep(
            self._db,
            self._keyring,
            story=effect.story,
            attachments=effect.attachments,
            consent=voices.Consent(effect.consent),
            language=self.language,
            channel=self._address.channel,
            now=self._now,
        )
        if effect.report_back:
            await report_backs.ask(
                self._db,
                self._keyring,
                voice_id,
                self._address,
                language=self.language,
                now=self._now,
            )
        return wish.VoiceKept()

    async def _subscribe(self, effect: wish.Subscribe) -> Event:
        site = await subscribers.subscribe(
            self._db,
            self._keyring,
            self._address,
            place=effect.place,
            role=effect.role,
            gender=effect.gender,
            formality=effect.formality,
            language=self.language,
            now=self._now,
        )
        await optout.restart(self._db, self._keyring, self._address, self._now)
        return wish.Subscribed(site)

    async def _heard(self) -> None:
        """Note that a subscriber said something about news; never of words about a case."""
        await subscribers.heard(self._db, self._keyring, self._address, self._now)

    async def _find_known(self) -> Event:
        here = await known.of(self._db, self._keyring, self._address)
        today = self._now.astimezone(self._powers.calendar.zone).date()
        return known_lines.found(here, self.language, self._style, today)

    async def _find_rules(self, effect: wish.FindRules) -> Event:
        return await rule_lines.found(
            self._db,
            self._keyring,
            self._address,
            effect,
            language=self.language,
            style=self._style,
            today=self._now.astimezone(self._powers.calendar.zone).date(),
        )

    def _pupil(self) -> Pupil:
        return Pupil(self._db, self._keyring, self._address, self.language, self._now)

    def _surveyed(self) -> Turn:
        return Turn(
            self._powers.desk,
            self._db,
            self._keyring,
            self._address,
            self.language,
            self._style,
            self._now,
        )

    async def told(self, dialogue: Dialogue | None) -> str | None:
        """Return the rule that this contact was told of last; after its word, if one waits."""
        after = None if dialogue is None else self.contact.heard_at
        route_id = self.contact.route_id
        return await told_lately.newest(self._db, route_id, self._now, after=after)

    def speak(self, language: str) -> None:
        """Speak *language* with this contact from now on."""
        self.contact = replace(self.contact, language=language)
        self.language = language

    async def _set_language(self, effect: wish.SetLanguage) -> Event:
        self.speak(effect.language)
        spoken = (self._db, self._keyring, self._address, effect.language)
        await report_backs.speak(*spoken)
        await subscribers.speak(*spoken)
        return wish.LanguageSet()

    async def _stop(self, *, stopped: bool) -> Event:
        changed = await doors.heed(
            self._db, self._keyring, self._address, self._now, stopped=stopped
        )
        return wish.StopKept(answered=self.answered, before=not changed)
