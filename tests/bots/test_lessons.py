from bots import effects as wish
from bots.conversation import Attachment, Choice, Dialogue, Opening, OwnWords, Said, Silence
from bots.lessons import (
    DONE_BEFORE,
    ENDED,
    JOINED,
    LAST,
    NO_NEXT,
    NONE,
    end_lessons,
    lessons,
    next_lesson,
)
from bots.phrases import RIGHT
from bots.router import route

PITS = Choice("1", "s1", "Pits", "")
FOUND = lessons.hear(Dialogue("lessons"), wish.LessonsFound((PITS,)))
PLAIN = wish.LessonCame("l1", 1, OwnWords("Look up."))
ASKS = wish.LessonCame("l1", 2, OwnWords("Look up."), OwnWords("Where? 1 Up 2 Down"))
ASKED = lessons.hear(Dialogue("lessons"), ASKS).dialogue


def said(outcome):
    return [line.msgid for line in outcome.say]


def test_it_wishes_for_the_list_and_shows_it():
    assert lessons.begin(Said("")).do == wish.FindLessons()
    assert [choice.key for choice in FOUND.say[0].choices] == ["s1", "back"]


def test_where_there_are_none_it_says_so():
    none = lessons.hear(Dialogue("lessons"), wish.LessonsFound())
    assert (none.say, none.dialogue) == ((NONE,), None)


def test_a_digit_subscribes_and_the_first_lesson_comes():
    joins = lessons.hear(FOUND.dialogue, Said("1"))
    assert joins.do == wish.JoinLessons("s1")
    came = lessons.hear(joins.dialogue, PLAIN)
    assert said(came) == [JOINED.msgid, "Look up."]
    assert came.dialogue is None


def test_on_the_list_0_leads_back_words_are_kept_and_a_slip_is_asked_again():
    assert lessons.hear(FOUND.dialogue, Said("0")).go == Opening("menu", Said(""))
    words = Said("they took my shovel")
    assert lessons.hear(FOUND.dialogue, words).go == Opening("kept", words)
    assert lessons.hear(FOUND.dialogue, Said("7")).say == FOUND.say


def test_its_question_is_asked_and_a_digit_is_judged():
    outcome = lessons.hear(ASKED, Said("2"))
    assert outcome.do == wish.AnswerLesson("l1", 2, "2")
    right = lessons.hear(outcome.dialogue, wish.LessonAnswered())
    assert right.say == (RIGHT,)
    wrong = lessons.hear(outcome.dialogue, wish.LessonAnswered(OwnWords("It is 1.")))
    assert said(wrong) == ["It is 1."]
    assert wrong.dialogue is None


def test_what_is_no_digit_is_kept_as_words_of_their_own():
    for words in (
        Said("I do not know"),
        Said("2", attachments=(Attachment("r", "photo", "i/j"),)),
    ):
        assert lessons.hear(ASKED, words).go == Opening("kept", words)
    assert lessons.hear(ASKED, Said("?")).dialogue == ASKED


def test_the_last_one_says_that_it_is_after_its_answer():
    plain = lessons.hear(Dialogue("lessons"), wish.LessonCame("l", 3, OwnWords("x"), None, True))
    assert plain.say[-1] == LAST
    last = lessons.hear(
        Dialogue("lessons"), wish.LessonCame("l", 3, OwnWords("x"), OwnWords("y"), True)
    )
    assert LAST not in last.say
    assert lessons.hear(last.dialogue, wish.LessonAnswered()).say == (RIGHT, LAST)


def test_silence_ends_the_question_and_nothing_else():
    assert lessons.patience(ASKED)
    assert lessons.hear(ASKED, Silence()) == lessons.hear(ASKED, Silence())
    assert lessons.hear(ASKED, Silence()).dialogue is None


def test_what_a_lesson_interrupts_stays_beneath_its_question():
    under = Dialogue("report", "safe")
    assert lessons.hear(Dialogue("lessons", under=under), ASKS).dialogue.under == under


def test_who_has_had_all_is_told_so():
    over = lessons.hear(FOUND.dialogue, wish.NoLesson(done=True))
    assert over.say == (DONE_BEFORE,)
    assert lessons.hear(FOUND.dialogue, wish.NoLesson()).say == (NONE,)


def test_the_next_comes_at_once_or_there_is_none():
    assert next_lesson.begin(Said("")).do == wish.NextLesson()
    assert said(next_lesson.hear(Dialogue("next_lesson"), PLAIN)) == ["Look up."]
    assert next_lesson.hear(Dialogue("next_lesson"), ASKS).dialogue == ASKED
    assert next_lesson.hear(Dialogue("next_lesson"), wish.NoLesson()).say == (NO_NEXT,)


def test_they_end_by_a_word_and_the_answer_is_always_the_same():
    assert end_lessons.begin(Said("")).do == wish.EndLessons()
    assert end_lessons.hear(Dialogue("end_lessons"), wish.LessonsEnded()).say == (ENDED,)


def test_each_language_has_its_words_and_to_stop_lessons_is_no_stop():
    for words, name in (
        ("LESSONS", "lessons"),
        ("Leçons", "lessons"),
        ("masomo", "lessons"),
        ("next", "next_lesson"),
        ("Suivant", "next_lesson"),
        ("lifuatalo", "next_lesson"),
        ("STOP LESSONS", "end_lessons"),
        ("Stop leçons", "end_lessons"),
        ("acha masomo", "end_lessons"),
    ):
        assert route(Said(words), None).conversation == name
        assert route(Said(words), ASKED).conversation == name
    assert route(Said("Lessons were promised and never came"), None).conversation == "kept"
