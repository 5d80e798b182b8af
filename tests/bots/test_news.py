import pytest

from bots import effects as wish
from bots.conversation import Dialogue, Opening, Said, Silence, Unread
from bots.news import AWAITED, NOT_FETCHED, NOTHING, READ, REPLY, TOO_LARGE, WAITS, news
from bots.phrases import ADDED, AGREE, AGREED

UNDER = Dialogue("kept", "sort", {"story": "x"})
OVER = Dialogue("news", under=UNDER)


def at(step):
    return Dialogue("news", step, {"case": "c1"}, under=UNDER)


def test_on_an_unsafe_phone_only_that_there_is_news_is_said():
    outcome = news.hear(OVER, wish.NewsCame("c1"))
    assert (outcome.say, outcome.dialogue) == ((READ,), at("read"))


def test_on_a_safe_phone_the_answer_is_said():
    outcome = news.hear(OVER, wish.NewsCame("c1", ("e1",)))
    assert (outcome.say, outcome.dialogue) == ((Unread("e1"), REPLY), at("reply"))


def test_a_question_is_called_to_mind_without_a_word_of_it():
    outcome = news.hear(OVER, wish.AnswerAwaited("c1"))
    assert (outcome.say, outcome.dialogue) == ((AWAITED, REPLY), at("reply"))


@pytest.mark.parametrize(("large", "said"), [(True, TOO_LARGE), (False, NOT_FETCHED)])
def test_a_file_that_was_not_kept_is_asked_for_once_more(large, said):
    outcome = news.hear(OVER, wish.FileLost("c1", too_large=large))
    assert (outcome.say, outcome.dialogue) == ((said, REPLY), at("reply"))
    sent = news.hear(outcome.dialogue, Said("", attachments=("voice",)))
    assert sent.do == wish.AddToCase("c1", "", ("voice",))


def test_1_reads_it():
    outcome = news.hear(at("read"), Said("1"))
    assert outcome.do == wish.ReadNews("c1")
    assert news.hear(outcome.dialogue, wish.NewsRead(("e1",))).say == (Unread("e1"), REPLY)


def test_what_was_read_on_another_phone_is_not_said_again():
    assert news.hear(at("read"), wish.NewsRead(())).say == (NOTHING, REPLY)


def test_what_is_proposed_is_said_and_asked():
    for outcome in (
        news.hear(OVER, wish.NewsCame("c1", ("e1",), proposal=True)),
        news.hear(at("read"), wish.NewsRead(("e1",), proposal=True)),
    ):
        assert (outcome.say, outcome.dialogue) == ((Unread("e1"), AGREE), at("agree"))


@pytest.mark.parametrize(
    ("text", "word"), [("1", "yes"), ("2", "no"), ("i do not agree", "no"), ("4", "appeal")]
)
def test_a_word_to_the_proposal_ends_it(text, word):
    outcome = news.hear(at("agree"), Said(text))
    assert outcome.do == wish.AnswerProposal("c1", word)
    after = news.hear(outcome.dialogue, wish.ProposalAnswered())
    assert (after.dialogue, after.say) == (None, (AGREED[word],))


def test_who_wants_to_talk_may_begin():
    outcome = news.hear(at("agree"), Said("3"))
    assert outcome.do == wish.AnswerProposal("c1", "talk")
    after = news.hear(outcome.dialogue, wish.ProposalAnswered())
    assert after.say == (AGREED["talk"], REPLY)
    assert news.hear(after.dialogue, Said("first the school")).do == wish.AddToCase(
        "c1", "first the school"
    )


def test_words_to_a_proposal_are_added_and_it_is_asked_again():
    outcome = news.hear(at("agree"), Said("what about my brother"))
    assert outcome.do == wish.AddToCase("c1", "what about my brother")
    assert news.hear(outcome.dialogue, wish.CaseExtended()).say == (ADDED, AGREE)


@pytest.mark.parametrize("step", ["read", "reply"])
def test_0_ends_it_and_keeps_what_was_interrupted_for_the_runner(step):
    outcome = news.hear(at(step), Said("0"))
    assert (outcome.dialogue, outcome.say, outcome.go) == (None, (), None)


@pytest.mark.parametrize("step", ["read", "reply"])
def test_words_are_an_answer_to_the_answer(step):
    outcome = news.hear(at(step), Said("come on Tuesday", attachments=("photo",)))
    assert outcome.do == wish.AddToCase("c1", "come on Tuesday", ("photo",))
    assert news.hear(outcome.dialogue, wish.CaseExtended()).say == (ADDED,)


@pytest.mark.parametrize(("step", "ask"), [("read", READ), ("reply", REPLY), ("agree", AGREE)])
def test_a_slip_repeats_the_question(step, ask):
    assert news.hear(at(step), Said("8")).say == (ask,)


@pytest.mark.parametrize("step", ["read", "reply", "agree"])
def test_after_a_week_words_are_new_words(step):
    assert news.patience(at(step)) == WAITS
    assert news.hear(at(step), Silence()).dialogue is None


def test_unasked_it_looks_for_the_case_of_this_phone():
    assert news.begin(Said("")).go == Opening("check_case", Said(""))


def test_who_is_reminded_of_a_proposal_is_asked_for_their_word_on_it():
    outcome = news.hear(Dialogue("news"), wish.AnswerAwaited("c1", proposal=True))
    assert outcome.say == (AWAITED, AGREE)
    assert news.hear(outcome.dialogue, Said("1")).do == wish.AnswerProposal("c1", "yes")
