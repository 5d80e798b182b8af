"""Where words go, and that no word is ever lost on the way."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots import effects as wish
from bots.conversation import Attachment, Dialogue, Leaving, Opening, Said
from bots.router import (
    COMMANDS,
    OPENINGS,
    Continue,
    asks_again,
    begun,
    doubted,
    greets,
    route,
)
from bots.sorting import offered
from grievances.taxonomy import DEFAULT
from locales import languages
from tests.support.playbook import STATUS, Player

PHOTO = Attachment("ref", "photo", "image/jpeg")
WAITING = Dialogue("menu", "choose")
UNSORTED = Dialogue("kept", "sort", {"story": "The pump broke"})


def opened(text, dialogue=None, *, known=True, **more):
    routed = route(Said(text, **more), dialogue, known=known)
    assert isinstance(routed, Opening)
    return routed.conversation, routed.said.text


# --- a call that nobody took ------------------------------------------------------------------

RINGS = Said("", rang=True)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("dialogue", [None, WAITING, UNSORTED])
def test_a_ring_asks_for_a_call_wherever_a_dialogue_stands(dialogue, known):
    assert route(RINGS, dialogue, known=known) == Opening("call_back", RINGS)


def test_a_ring_is_about_the_case_that_is_spoken_of():
    routed = route(RINGS, Dialogue("news", "reply", {"case": "c1"}))
    assert routed == Opening("call_back", Said("", rang=True, about="c1"))


def test_a_ring_answers_the_question_for_a_number():
    asked = Dialogue("call_back", "number")
    assert route(RINGS, asked) == Continue(asked, RINGS)


# --- without a dialogue -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "conversation", "rest"),
    [
        ("REPORT they stole it", "report", "they stole it"),
        ("report: they stole it", "report", "they stole it"),
        ("report", "report", ""),
        ("Signaler ils ont volé", "report", "ils ont volé"),
        ("RIPOTI wameiba", "report", "wameiba"),
        ("check", "check_case", ""),
        ("CHECK 1234-5678-90123-4", "check_case", "1234-5678-90123-4"),
        ("1234-5678-90123-4", "check_case", "1234-5678-90123-4"),
        ("voice my mother dug here", "voice", "my mother dug here"),
        ("idée une clinique", "voice", "une clinique"),
        ("call me back", "call_back", ""),
        ("Call me back please", "call_back", "please"),
        ("call 0812 345 678", "call_back", "0812 345 678"),
        ("Rappelez-moi", "call_back", ""),
        ("JOIN KB12", "subscribe", "KB12"),
        ("rules", "rules", ""),
        ("RULES please", "rules", "please"),
        ("Loi KB-12", "rules", "KB-12"),
        ("SHERIA r 7", "rules", "r 7"),
        ("Rules are not fair to us", "kept", "Rules are not fair to us"),
        ("the law 14 is wrong", "kept", "the law 14 is wrong"),
        ("law 14 is not fair to us", "kept", "law 14 is not fair to us"),
        ("Kiswahili", "language", "Kiswahili"),
        ("langue", "language", ""),
        ("language français", "language", "français"),
        ("menu", "menu", ""),
        ("Menu please!", "menu", "please!"),
        ("0", "menu", ""),
        ("9", "call_back", ""),
        ("٩", "call_back", ""),
        ("hello", "menu", ""),
        ("", "menu", ""),
        ("👍🏾", "menu", ""),
        ("17", "menu", ""),
        ("The pit is flooding", "kept", "The pit is flooding"),
        ("call the police they took our gold", "kept", "call the police they took our gold"),
        ("News from the mine: three are hurt", "kept", "News from the mine: three are hurt"),
        ("Back pain after the blast", "kept", "Back pain after the blast"),
        ("stop this bill", "kept", "stop this bill"),
        ("بئر المنجم ينهار", "kept", "بئر المنجم ينهار"),
        ("0812345678", "kept", "0812345678"),
        ("-12.34567, 29.12345", "kept", "-12.34567, 29.12345"),
    ],
)
def test_words_open_a_conversation(text, conversation, rest):
    assert opened(text) == (conversation, rest)


@pytest.mark.parametrize(
    ("text", "conversation", "rest"),
    [
        ("/report they stole it", "report", "they stole it"),
        ("/report@baraza_bot they stole it", "report", "they stole it"),
        ("/check", "check_case", ""),
        ("/ripoti wameiba", "report", "wameiba"),
        ("/start", "menu", ""),
        ("/start report", "report", ""),
        ("/start fr", "language", "/start fr"),
        ("/start https-poster", "menu", ""),
        ("/rules R2", "rules", "R2"),
        ("/help", "help", ""),
        ("/stop", "stop", ""),
        ("/unheard of", "kept", "/unheard of"),
    ],
)
def test_a_command_opens_a_conversation(text, conversation, rest):
    assert opened(text) == (conversation, rest)


def test_every_command_leads_somewhere():
    assert set(COMMANDS.values()) <= set(OPENINGS)


@pytest.mark.parametrize(
    "text",
    ["hello", "Bonjour monsieur", "Habari za asubuhi!", "🙏", "", "7", "0", "menu", "/start"],
)
def test_a_greeting_from_somebody_new_gets_the_welcome_and_is_not_kept(text):
    routed = route(Said(text), None, known=False)
    assert (routed.conversation, routed.said.text, routed.said.first) == ("welcome", "", True)


def test_a_first_text_that_says_something_goes_along_to_the_welcome():
    assert opened("Good morning, the roof fell", None, known=False) == (
        "welcome",
        "Good morning, the roof fell",
    )


def test_a_first_photo_goes_along_to_the_welcome():
    routed = route(Said("", attachments=(PHOTO,)), None, known=False)
    assert routed.said.attachments == (PHOTO,)


def test_a_first_keyword_is_followed():
    routed = route(Said("REPORT they stole it", "en"), None, known=False)
    assert (routed.conversation, routed.said.first) == ("report", True)


def test_a_first_keyword_of_another_language_says_which_one_to_speak():
    player = Player("en", known=False)
    player.hear(Said("RIPOTI wameiba"))
    assert player.done == [wish.SetLanguage("sw"), wish.FileCase("wameiba")]
    assert player.said[1].startswith("CHAT   Wanaosoma")


def test_a_first_keyword_that_several_languages_share_says_nothing_about_it():
    routed = route(Said("CODE", "sw"), None, known=False)
    assert (routed.conversation, routed.said.language) == ("check_case", "sw")


def test_a_first_keyword_changes_no_language_that_was_agreed():
    routed = route(Said("RULES", "sw", agreed=True), None, known=False)
    assert (routed.conversation, routed.said.language) == ("rules", "sw")


@pytest.mark.parametrize(
    ("said", "dialogue", "asks"),
    [
        (Said("3"), None, True),
        (Said(" 5. "), None, True),
        (Said("1"), Dialogue("menu", "choose"), True),
        (Said("1"), Dialogue("rules", "part"), False),
        (Said("1"), Dialogue("welcome", "language"), False),
        (Said("6"), None, False),
        (Said("33"), None, False),
        (Said("", choice="3"), None, False),
        (Said("3", attachments=(PHOTO,)), None, False),
    ],
)
def test_only_a_digit_that_answers_no_question_reads_a_part_again(said, dialogue, asks):
    assert asks_again(said, dialogue) is asks


@pytest.mark.parametrize("known", [True, False])
def test_a_part_of_what_was_told_is_opened_at_once(known):
    routed = route(Said("3"), None, known=known, told="R7")
    assert (routed.conversation, routed.said.text) == ("rules", "R7")
    assert (routed.said.choice, routed.said.first) == ("part_rules", not known)


def test_no_two_conversations_share_a_keyword():
    opened_by = {}
    for row in languages().values():
        for name in (
            "report",
            "check",
            "voice",
            "call",
            "join",
            "rules",
            "language",
            "withdraw",
            "menu",
        ):
            for word in row.words[name]:
                assert opened_by.setdefault(word, name) == name


def test_a_code_from_a_strange_phone_is_tried():
    assert opened("1234 5678 90123 4", None, known=False)[0] == "check_case"


def test_a_keyword_that_belongs_to_the_language_of_each():
    for row in languages().values():
        for word in row.words["report"]:
            assert opened(f"{word} xyz") == ("report", "xyz")


@pytest.mark.parametrize(
    "text", ["hi", "Hello, how are you?", "salut", "shikamoo mama", "Asalaam aleikum"]
)
def test_a_greeting_is_known(text):
    assert greets(text)


@pytest.mark.parametrize("text", ["", "hello there is gas", "good " * 9, "gas"])
def test_what_is_more_than_a_greeting_is_known(text):
    assert not greets(text)


# --- within a dialogue ------------------------------------------------------------------------


def test_an_answer_goes_on():
    assert route(Said("1"), WAITING) == Continue(WAITING, Said("1"))


def test_9_is_call_me_back_at_every_step():
    for name, conversation in OPENINGS.items():
        if name == "call_back":
            continue
        for step in conversation.questions():
            dialogue = Dialogue(name, step, {"story": "x", "code": "", "case": "c1"})
            routed = route(Said("9"), dialogue)
            onward = routed.event.opening if isinstance(routed, Continue) else routed
            assert onward.conversation == "call_back"


def test_9_pressed_twice_asks_for_the_number_again():
    dialogue = Dialogue("call_back", "number")
    assert route(Said("9"), dialogue) == Continue(dialogue, Said(""))


def test_0_is_back_where_a_step_offers_no_other_meaning():
    routed = route(Said("0"), Dialogue("report", "story"))
    assert routed.event.opening.conversation == "menu"


def test_0_is_the_step_s_own_where_it_offers_one():
    dialogue = Dialogue("report", "place", {"case": "c1"})
    assert route(Said("0"), dialogue) == Continue(dialogue, Said("0"))


def test_digits_inside_a_text_do_not_count():
    dialogue = Dialogue("report", "story")
    said = Said("9 of us were beaten")
    assert route(said, dialogue) == Continue(dialogue, said)


def test_a_call_takes_the_case_along():
    routed = route(Said("9"), Dialogue("news", "reply", {"case": "c1"}))
    assert routed.said.about == "c1"


def test_leaving_lets_the_dialogue_finish_first():
    routed = route(Said("MENU"), UNSORTED)
    assert routed == Continue(UNSORTED, Leaving(Opening("menu", Said(""))))


def test_leaving_a_notice_lets_the_dialogue_underneath_finish_first():
    routed = route(Said("MENU"), Dialogue("news", "read", {"case": "c1"}, under=UNSORTED))
    assert routed.dialogue == UNSORTED
    assert isinstance(routed.event, Leaving)


SENTENCES = [
    "Join a cooperative",
    "News is late",
    "Idea: a clinic",
    "Story of my pit",
    "Check the scales",
    "Rules for buyers",
    "Call the police",
    "Nouvelles en retard",
    "Idée : une clinique",
    "Wazo: zahanati",
    "Jiunge na ushirika",
]
ASKED = [
    Dialogue("survey", "question", {"survey": "s", "code": "11", "kind": "text"}),
    Dialogue("survey", "question", {"survey": "s", "code": "11", "kind": "voice"}),
    Dialogue("voice", "story"),
    Dialogue("report", "story"),
]


@pytest.mark.parametrize(
    "dialogue", ASKED, ids=lambda d: f"{d.conversation}-{d.answers.get('kind')}"
)
@pytest.mark.parametrize("text", SENTENCES)
def test_a_sentence_is_an_answer_though_it_begins_with_a_keyword(text, dialogue):
    assert route(Said(text), dialogue) == Continue(dialogue, Said(text))


@pytest.mark.parametrize("dialogue", ASKED[:2])
@pytest.mark.parametrize(
    ("text", "conversation"),
    [
        ("MENU", "menu"),
        ("REPORT the guards took our gold", "report"),
        ("Ripoti walinzi", "report"),
        ("JOIN", "subscribe"),
        ("Voice.", "voice"),
        ("/voice a clinic", "voice"),
        ("JOIN KB12", "subscribe"),
        ("RULES R7", "rules"),
        ("SURVEY 12", "survey"),
        ("CHECK 1234-5678-90123-4", "check_case"),
        ("9", "call_back"),
    ],
)
def test_a_wish_alone_leaves_though_a_sentence_is_asked_for(text, conversation, dialogue):
    routed = route(Said(text), dialogue)
    assert isinstance(routed.event, Leaving)
    assert routed.event.opening.conversation == conversation


def test_where_a_digit_is_asked_for_a_wish_with_a_place_leaves():
    closed = Dialogue("survey", "question", {"survey": "s", "code": "11", "kind": "closed"})
    assert isinstance(route(Said("JOIN Kabira Hill"), closed).event, Leaving)


def test_an_old_menu_button_still_works():
    assert opened(
        "", UNSORTED.__class__("news", "read", {"case": "c"}), choice="menu.choose:voice"
    )
    assert opened("", None, choice="menu.choose:voice") == ("voice", "")


def test_an_old_language_button_still_works():
    routed = route(Said("", choice="welcome.language:fr"), WAITING)
    assert (routed.conversation, routed.said.choice) == ("language", "fr")


def test_a_button_that_means_nothing_here_repeats_the_question():
    player = Player(dialogue=WAITING)
    player.hear(Said("", choice="report.safe:unsafe"))
    assert player.dialogue == WAITING


def test_null_bytes_and_half_characters_are_dropped():
    routed = route(Said("the \0pit\ud800 fell"), None)
    assert routed.said.text == "the pit fell"


def test_a_step_of_an_older_release_gives_its_words_back():
    old = Dialogue("report", "was_once_here", {"story": "long ago"}, (PHOTO,))
    routed = route(Said("and more"), old)
    assert (routed.conversation, routed.said.text) == ("kept", "long ago\nand more")
    assert routed.said.attachments == (PHOTO,)


# --- whatever is said -------------------------------------------------------------------------

MARK = "zqx"

OFFERED = offered(DEFAULT, "en")
CASE = wish.CaseFound("c1", STATUS, news=False)
WORLD = {
    wish.FileCase: [wish.CaseFiled("c1", "1234-5678-90123-4", OFFERED)],
    wish.DescribeCase: [wish.CaseDescribed(), wish.CaseDescribed("Kabira Hill")],
    wish.FindCase: [CASE, wish.CaseUnknown(), wish.TooManyTries()],
    wish.FindMine: [
        CASE,
        wish.CaseUnknown(),
        wish.CaseFound("c1", STATUS, news=True),
        wish.CaseFound("c1", STATUS, news=False, asks=True),
        wish.CaseFound("c1", STATUS, news=False, appeal=True),
    ],
    wish.ReadNews: [wish.NewsRead(("e1", "e2")), wish.NewsRead(())],
    wish.AskCall: [wish.CaseFiled("c2", "x"), wish.CaseFiled("c1", ""), wish.NoNumber()],
    wish.Subscribe: [wish.Subscribed(), wish.Subscribed("Kabira Hill")],
    wish.Stop: [wish.StopKept(), wish.StopKept(answered=True)],
}
KEYWORDS = [
    "REPORT",
    "CHECK",
    "VOICE",
    "CALL",
    "JOIN",
    "LANGUAGE",
    "MENU",
    "RIPOTI",
    "/voice",
    "/x",
]
KEYS = sorted(
    {c.key for o in OPENINGS.values() for p in o.questions().values() for c in p.choices}
    | {c.key for branch in OFFERED for c in (branch.choice, *branch.behind)}
)

digits = st.sampled_from([*"0123456789", "12", "1234-5678-90123-4", "0812345678", "٣"])
odd = st.sampled_from(["", " ", "👍", "\0", "a" * 10_000, "نص", "%s {x} {0}", "\ud800", "/", "/ "])
acts = st.one_of(  # what leads on is drawn more often than what leads nowhere
    st.tuples(st.just("say"), digits),
    st.tuples(st.just("say"), st.sampled_from([*"01239", *KEYWORDS])),
    st.tuples(st.just("say"), odd | st.text(max_size=40)),
    st.tuples(st.just("tell"), st.just("")),
    st.tuples(st.just("tell"), st.sampled_from(KEYWORDS) | st.text(max_size=20)),
    st.tuples(st.just("press"), st.sampled_from(KEYS)),
    st.tuples(st.just("send"), st.sampled_from(["", *"0129", *KEYWORDS, "hello", "a caption"])),
    st.tuples(st.just("wait"), st.none()),
    st.tuples(st.just("news"), st.booleans()),
    st.tuples(st.just("check"), st.none()),
)


def act(player, number, what, with_what):
    """Do one thing; return the mark that must not be lost, if words were said."""
    if what == "wait":
        conversation = player.dialogue and OPENINGS[player.dialogue.conversation]
        if conversation and conversation.patience(player.dialogue) is not None:
            player.wait()
    elif what == "news":
        player.notice("news", wish.NewsCame("c1", ("e1",) if with_what else ()))
    elif what == "check":
        player.notice("check_in", wish.CheckInDue("c1"))
    elif what == "press":
        player.hear(Said("", choice=f"a.b:{with_what}"))
    elif what == "send":
        photo = Attachment(f"{MARK}{number};", "photo", "image/png")
        player.hear(Said(with_what, attachments=(photo,)))
    elif what == "tell":
        player.hear(Said(f"{with_what} {MARK}{number};"))
    else:
        player.hear(Said(with_what))
    return f"{MARK}{number};" if what == "tell" else None


def remembered(player):
    """Return all that was wished for and all that the dialogue still holds."""
    return repr(player.done) + repr(player.dialogue)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(acts, max_size=12),
    st.fixed_dictionaries({effect: st.sampled_from(events) for effect, events in WORLD.items()}),
    st.booleans(),
    st.sampled_from(["en", "fr", "sw"]),
)
def test_whatever_is_said_nothing_breaks_and_no_word_is_lost(said, grants, known, language):
    player = Player(language, known, grants)
    marks = []
    for number, (what, with_what) in enumerate(said):
        mark = act(player, number, what, with_what)
        marks += [mark] if mark else []
        found = remembered(player)
        assert all(each in found for each in marks)


@settings(max_examples=100, deadline=None)
@given(st.lists(acts, min_size=1, max_size=12))
def test_files_are_not_lost_either(said):
    player = Player()
    for number, (what, with_what) in enumerate(said):
        act(player, number, what, with_what)
        sent = [n for n, (each, _) in enumerate(said[: number + 1]) if each == "send"]
        held = [each for effect in player.done for each in getattr(effect, "attachments", ())]
        under = player.dialogue
        while under:
            held += under.attachments
            under = under.under
        assert {each.reference for each in held} == {f"{MARK}{n};" for n in sent}


# --- words that may be a STOP -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("conversation", "said", "step"),
    [
        ("kept", Said("stop this bill"), "meant"),
        ("kept", Said("The pump broke"), "sort"),
        ("kept", Said("stop this bill", attachments=(PHOTO,)), "sort"),
        ("kept", Said("stop this bill", choice="other"), "sort"),
        ("report", Said("stop this bill"), None),
    ],
)
def test_words_alone_that_may_be_a_stop_are_doubted_where_they_would_be_kept(
    conversation, said, step
):
    dialogue = begun(Opening(conversation, said)).dialogue
    assert (step == "meant") is doubted(dialogue)
    assert step is None or dialogue.step == step
