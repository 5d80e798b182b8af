"""What a page says once about what was just done, and how to undo it.

It travels in a cookie from one answer to the next page, with a keyed mark, so that nobody can
put words into our mouth.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from locales import N_, NP_
from vault.keyring import Keyring, Purpose

COOKIE: Final = "baraza_notice"

#: Long enough for the redirect that follows, in seconds.
LIFE: Final = 60

#: Those that say a number, as ``count``: with one, and with several.
COUNTED: Final[Mapping[str, tuple[str, str]]] = {
    "all_again": NP_(
        "%(count)s message leaves again in a few seconds.",
        "%(count)s messages leave again in a few seconds.",
    ),
    "broadcast_tested": NP_(
        "A test leaves to %(count)s phone in a few seconds.",
        "A test leaves to %(count)s phones in a few seconds.",
    ),
    "survey_drawn": NP_(
        "The sample is drawn: %(count)s person.", "The sample is drawn: %(count)s people."
    ),
}

TEXTS: Final[Mapping[str, str]] = {
    **{key: several for key, (_, several) in COUNTED.items()},
    "answered": N_("Your answer is kept and on its way to the reporter."),
    "noted": N_("Your note is kept. Only colleagues who can open this case read it."),
    "assigned": N_("%(name)s has case %(reference)s now."),
    "described": N_("The facts of case %(reference)s are kept."),
    "sorted_next": N_("The facts of case %(reference)s are kept. This is the next."),
    "sorted_all": N_("The facts of case %(reference)s are kept. Nothing is left to sort."),
    "asked_milder": N_(
        "Case %(reference)s is as grave as its category, until a second person agrees with you."
    ),
    "floor_agreed": N_("Case %(reference)s is milder now. Its due dates stay where they are."),
    "floor_declined": N_("Case %(reference)s stays as grave as its category."),
    "floor_withdrawn": N_("Taken back. Case %(reference)s stays as grave as its category."),
    "not_alone": N_("Somebody else must decide this. Nothing was changed."),
    "category_kept": N_("«%(name)s» is kept. It holds for reports that come from now on."),
    "category_added": N_("«%(name)s» is in the menu now."),
    "category_retired": N_("«%(name)s» is no longer offered. Cases that have it keep it."),
    "category_back": N_("«%(name)s» is in the menu again."),
    "group_named": N_("The words behind %(digit)s are kept."),
    "moved": N_("Done. Case %(reference)s is now: %(state)s."),
    "merged": N_("Case %(reference)s is a duplicate of %(leader)s now."),
    "unmerged": N_("They are two cases again. Case %(reference)s is now: %(state)s."),
    "linked": N_("Cases %(reference)s and %(other)s are linked."),
    "unlinked": N_("Cases %(reference)s and %(other)s are linked no more."),
    "aside": N_("You are off case %(reference)s. For you it is as if it had never come."),
    "nobody_left": N_("Nobody else could open this case. Give a colleague access first."),
    "barred": N_("%(name)s can no longer see that there is such a case."),
    "admitted": N_("%(name)s may see this case again. Give them the key on the page «Keys»."),
    "superior_changed": N_("It is kept who is above %(name)s."),
    "superiors_kept": N_("From now on superiors are kept out as well."),
    "superiors_let": N_("From now on superiors are not kept out. Who is out already stays out."),
    "body_added": N_("%(name)s is kept."),
    "seat_added": N_("%(name)s is kept."),
    "seated": N_("%(name)s sits there now."),
    "stood": N_("%(name)s has left the seat."),
    "rule_added": N_("The rule is kept. It holds for the next case that is given."),
    "rule_first": N_("The rule is asked before those that say as much."),
    "rule_removed": N_("The rule is taken away."),
    "focal_named": N_("%(name)s is a focal point now."),
    "focal_unnamed": N_("%(name)s is a focal point no more."),
    "referral_accepted": N_("Case %(reference)s: accepted there."),
    "referral_done": N_("Case %(reference)s: done there. Tell the reporter what came of it."),
    "referral_rejected": N_(
        "Case %(reference)s was rejected there. It is reopened, and yours again."
    ),
    "referral_rejected_only": N_("Case %(reference)s: rejected there. It had moved on already."),
    "body_changed": N_("It is kept for which body %(name)s sits."),
    "role_changed": N_("%(name)s has another role now."),
    "removed": N_("%(name)s can no longer sign in."),
    "granted": N_("%(name)s can open the earlier cases now."),
    "recovered": N_("Done. You can open the cases that the recovery passphrase opened."),
    "password_changed": N_("Your password is changed. Your other sessions have ended."),
    "signed_out": N_("You are signed out."),
    "wiped": N_("Both screens are empty. What was reported on them stays reported."),
    "line_paused": N_("%(line)s is paused. What is written waits."),
    "line_resumed": N_("%(line)s sends again."),
    "again": N_("The message leaves again in a few seconds."),
    "put_back": N_("Taken back. Messages that do not leave after all: %(count)s."),
    "left_already": N_("Too late to take it back: it has left."),
    "not_again": N_("Nothing was sent again: it had left already, or it cannot leave any more."),
    "week_changed": N_("The calendar is kept. Due dates follow within a minute."),
    "holiday_added": N_("Nobody works on %(day)s (%(name)s). Due dates follow within a minute."),
    "holiday_removed": N_("People work on %(day)s again. Due dates follow within a minute."),
    "named": N_("%(name)s answers for this level now."),
    "unnamed": N_("%(name)s answers for this level no more."),
    "extended": N_("Feedback has more time, and your reason is on its way to the reporter."),
    "view_kept": N_("The view «%(name)s» is kept. It stands among the tabs of the list."),
    "view_renamed": N_("The view is called «%(name)s» now."),
    "view_gone": N_("The view «%(name)s» is deleted."),
    "keys_on": N_("Single keys act again. Press ? on a page to see them."),
    "keys_off": N_("Single keys do nothing any more."),
    "digest_chosen": N_("It is kept when you are written to by e-mail."),
    "answer_kept": N_("The answer «%(name)s» is kept."),
    "answer_removed": N_("The answer «%(name)s» is offered no more."),
    "gone_on_answer": N_("The answer has been changed meanwhile. Nothing was changed just now."),
    "answer_back": N_("The answer «%(name)s» is as it was before."),
    "sits": N_("%(name)s sits on the appeal panel now."),
    "sits_no_more": N_("%(name)s sits on the appeal panel no more."),
    "decided": N_("The appeal of case %(reference)s is decided, and your reason is on its way."),
    "action_kept": N_("It is kept what is to be done."),
    "action_done": N_("It is marked as done."),
    "action_dropped": N_("It is dropped."),
    "action_back": N_("It is to be done again."),
    "change_begun": N_("The facts of %(rule)s are kept. Now put it into words."),
    "change_kept": N_("The facts of %(rule)s are kept."),
    "change_written": N_("The words of %(rule)s are kept."),
    "recording_kept": N_("%(part)s of %(rule)s: the recording is kept. Listen to it once."),
    "recording_removed": N_("%(part)s of %(rule)s: the recording is taken away."),
    "recording_right": N_("%(part)s of %(rule)s: the recording is played again."),
    "phrase_kept": N_("%(phrase)s: the recording is kept. Listen to it once."),
    "phrase_removed": N_("%(phrase)s: the recording is taken away."),
    "phrase_gone": N_("%(phrase)s: there is no recording any more."),
    "recording_gone": N_("%(part)s of %(rule)s: there is no recording any more."),
    "change_published": N_("%(rule)s is published. Whoever asks hears of it from now on."),
    "change_withdrawn": N_("%(rule)s is withdrawn. Nobody hears of it any more."),
    "change_restored": N_("%(rule)s is told again, as it was."),
    "change_gone_on": N_("Somebody changed it meanwhile. Nothing was changed just now."),
    "broadcast_kept": N_("It is kept. Nothing leaves before it is approved."),
    "words_kept": N_("The words are kept, and counted below."),
    "broadcast_too_late": N_("It cannot be changed any more. Copy it instead."),
    "broadcast_of_rule": N_("This is the rule as it is told now. Choose when it leaves."),
    "broadcast_of_survey": N_("This is the invitation. Add what it is about, and choose when."),
    "not_listening": N_("The survey takes no answers now. Open it, or give it more time."),
    "broadcast_asked": N_("It waits for a second person now."),
    "broadcast_released": N_("It leaves at its time."),
    "broadcast_approved": N_("Approved. It leaves at its time."),
    "broadcast_declined": N_("It is a draft again, and its author can change it."),
    "broadcast_withdrawn": N_("Taken back. It is a draft again."),
    "broadcast_paused": N_("Paused. Within two seconds nothing more of it leaves."),
    "broadcast_resumed": N_("It goes on."),
    "broadcast_cancelled": N_("Cancelled. Nothing more of it leaves."),
    "broadcast_copy": N_("This is a copy. It needs an approval of its own."),
    "broadcast_next_parts": N_(
        "This is the next of the series, with the parts of the rule that it has not told yet."
    ),
    "broadcast_next": N_("This is the next of the series. Write its words."),
    "broadcast_again": N_(
        "This goes once more to those whom it did not reach. It needs an approval of its own."
    ),
    "limit_kept": N_("The limit is kept, and holds from now on."),
    "limit_wished": N_("Another member who manages members has to agree first."),
    "prices_kept": N_("The prices are kept."),
    "gone_on_broadcast": N_("The broadcast has moved on meanwhile. Nothing was changed just now."),
    "survey_begun": N_("«%(name)s» is begun. Now write its questions."),
    "survey_discarded": N_("The draft «%(name)s» is deleted."),
    "survey_undrawn": N_("The sample is put back. Draw another."),
    "survey_stays": N_(
        "Nothing was changed: it was opened meanwhile, or somebody was written to."
    ),
    "survey_kept": N_("«%(name)s» is kept."),
    "survey_opened": N_("«%(name)s» is open. Phones begin it with SURVEY %(code)s."),
    "survey_closed": N_("«%(name)s» listens no more. What was answered stays."),
    "survey_extended": N_("«%(name)s» has more time."),
    "survey_repeated": N_("This is the next round, with the same questions."),
    "question_kept": N_("The question is kept."),
    "question_moved": N_("The question has another place."),
    "question_removed": N_("The question is taken away."),
    "voice_filed": N_("It is kept what the story is filed under."),
    "voice_translated": N_("The words are kept beside the story."),
    "voice_untranslated": N_("The translation is taken away. Its editions stay."),
    "voice_narrowed": N_("It is kept. What was quoted beyond it is taken back."),
    "quote_proposed": N_("The words wait for a second person who triages."),
    "quote_released": N_("Every member can read it on the page «Quotes» now."),
    "quote_back": N_("The quote is taken back, and its words are erased."),
    "gone_on_quote": N_(
        "The quote or its consent has moved on meanwhile. Nothing was changed just now."
    ),
    "discussion_begun": N_("It is recorded. Now write what came of it."),
    "discussion_written": N_("The words are kept. Below stands who would be told."),
    "discussion_dropped": N_("The draft is dropped. Nobody was told."),
    "discussion_told": N_("Those who asked for it are told, by day."),
    "discussion_asked": N_("A second person who triages is asked to let it be told."),
    "discussion_sent_back": N_("It is a draft again. Nobody was told."),
    "discussion_stopped": N_("It is stopped. Below stands what had left before."),
    "discussion_taken_up": N_("It is a draft again. Nobody was told anything just now."),
    "gone_on_discussion": N_("It has gone on meanwhile. Nothing was changed just now."),
    "lessons_begun": N_("The series is begun. Now give it a title, and add lessons."),
    "lessons_kept": N_("The name and the titles are kept."),
    "lessons_opened": N_("It is open. Whoever sends LESSONS can choose it."),
    "lessons_closed": N_("Nobody new can choose it. Who is in the middle comes to the end."),
    "lessons_revised": N_("This is the next edition, as the newest is. Change what you like."),
    "lesson_kept": N_("The lesson is kept."),
    "lesson_moved": N_("The lesson has moved up."),
    "lesson_removed": N_("The lesson is taken away."),
    "gone_on_lessons": N_("Somebody has gone on with it meanwhile. Nothing was changed just now."),
    "theme_kept": N_("The theme is kept."),
    "theme_retired": N_("The theme is no longer offered. Stories that have it keep it."),
    "theme_back": N_("The theme is offered again."),
    "no_such_case": N_("There is no case %(reference)s that you can open."),
    "site_kept": N_("The site %(name)s is kept."),
    "audience_kept": N_("The audience «%(name)s» is kept."),
    "audience_gone": N_("The audience «%(name)s» is deleted."),
    "event_kept": N_("The event is kept."),
    "event_waits": N_("The event is kept. It counts once a second person confirms it."),
    "twice_kept": N_("That was kept already. Nothing was kept twice."),
    "event_confirmed": N_("Confirmed. The event counts."),
    "event_corrected": N_("The event is corrected. The one before stays, struck out."),
    "event_corrected_waits": N_(
        "The event is corrected, and counts once a second person confirms it. "
        "The one before stays, struck out."
    ),
    "event_struck": N_("The event is struck out, and counts no more."),
    "event_gone_on": N_("Somebody has gone on with it meanwhile. Nothing was changed just now."),
    "population_kept": N_("Kept. It counts once a second person confirms it."),
    "population_confirmed": N_("Confirmed. Coverage is a share of this from now on."),
    "stage_kept": N_("The day is kept."),
    "enforcement_begun": N_("Recorded: enforcement has begun. It is in the public register."),
    "override_asked": N_("Somebody else has to agree now. Tell them."),
    "override_agreed": N_("Agreed. This and its reason are in the public register now."),
    "override_declined": N_("It goes no further. Enforcement waits for outreach."),
    "threshold_kept": N_("The threshold is kept, and holds from now on."),
    "threshold_wished": N_("Another member who manages members has to agree first."),
    "registered": N_("They are on the list now, and can leave it by sending STOP."),
    "erased": N_("Done. Nothing of this number is on the list."),
    "import_applying": N_("The list is being put on. You need not wait here."),
    "import_undoing": N_("Who came by this list is being taken off. You need not wait here."),
    "import_dropped": N_("The list is forgotten. Nobody was put on."),
    "not_now": N_("This list has come further meanwhile. Nothing was changed just now."),
    "gone_on": N_("The case has moved on meanwhile. Nothing was changed just now."),
    "twice": N_("That was sent already. Nothing was sent twice."),
}

#: These are no success.
WARNINGS: Final = frozenset(
    {"no_such_case", "gone_on", "twice", "left_already", "not_again", "nobody_left", "not_alone"}
    | {"gone_on_answer", "change_gone_on", "not_now", "gone_on_broadcast", "broadcast_too_late"}
    | {"event_gone_on", "twice_kept"}
    | {
        "gone_on_quote",
        "gone_on_discussion",
        "gone_on_lessons",
        "gone_on_answer",
        "change_gone_on",
        "not_now",
        "gone_on_broadcast",
        "broadcast_too_late",
    }
)


@dataclass(frozen=True, slots=True)
class Undo:
    """A form that takes it back."""

    path: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to say once. *key* is in ``TEXTS``; *words* are msgids that fill it translated."""

    key: str
    params: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    undo: Undo | None = None

    @property
    def msgid(self) -> str:
        """The sentence, untranslated."""
        return TEXTS[self.key]

    @property
    def warning(self) -> bool:
        """Whether it tells of something that did not happen."""
        return self.key in WARNINGS


def leave(response: web.Response, notice: Notice, keyring: Keyring, *, https: bool) -> None:
    """Give *notice* to the browser, for the next page."""
    undo = [notice.undo.path, dict(notice.undo.fields)] if notice.undo else None
    content = [notice.key, dict(notice.params), dict(notice.words), undo]
    body = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
    response.set_cookie(
        COOKIE,
        f"{body}.{_mark(keyring, body)}",
        max_age=LIFE,
        httponly=True,
        samesite="Lax",
        secure=https,
    )


def take(request: web.Request, keyring: Keyring) -> Notice | None:
    """Return what the last answer left to say; None also for a cookie that is not ours."""
    body, _, mark = request.cookies.get(COOKIE, "").partition(".")
    if not body or not hmac.compare_digest(mark.encode(), _mark(keyring, body).encode()):
        return None
    try:
        key, params, words, undo = json.loads(base64.urlsafe_b64decode(body))
    except (ValueError, binascii.Error):
        return None
    return Notice(key, params, words, Undo(*undo) if undo else None) if key in TEXTS else None


def _mark(keyring: Keyring, body: str) -> str:
    return keyring.pseudonym(Purpose.SESSION, "notice", body)
