import pytest

from bots import effects as wish
from bots.conversation import Listener
from bots.known_lines import GENDERS, PAPERS, WORK, found
from channels.base import Style
from outreach import profiles
from outreach.known import Known
from tests.support.kept_of_phones import DIGGER, SINCE, STRANGER, TODAY, kept


def test_it_is_said_in_the_words_in_which_it_was_asked():
    told = found(kept(DIGGER), "en", Style.SMS, TODAY)
    assert told == wish.KnownFound(
        (Listener("Kabira Hill", "Digger", "A woman", "I have asked for it"),),
        "Kiswahili",
        "1 Feb",
        "own",
    )


def test_what_nobody_told_is_not_told():
    (stranger,) = found(kept(STRANGER), "en", Style.SMS, TODAY).people
    assert stranger == Listener("not told", "Leader of a group", "not told", "not told")


@pytest.mark.parametrize(
    ("more", "how"), [({}, "own"), ({"how": "signed"}, "counter"), ({"listed": True}, "file")]
)
def test_how_they_came(more, how):
    assert found(kept(DIGGER, **more), "en", Style.CHAT, TODAY).how == how


def test_a_stop_is_known_of_whoever_is_not_on_the_list():
    nobody = Known("sms", None, [], [], SINCE)
    assert found(nobody, "en", Style.SMS, TODAY) == wish.KnownFound(stopped=True)


def test_everything_that_can_be_kept_has_its_words():
    assert set(WORK) == set(profiles.ROLES)
    assert set(profiles.GENDERS) <= set(GENDERS)
    assert set(PAPERS) == set(profiles.FORMALITIES)


def test_a_language_is_named_so_that_a_basic_phone_can_show_it():
    names = [
        found(kept(DIGGER, language="fr"), "en", style, TODAY).language
        for style in (Style.CHAT, Style.SMS)
    ]
    assert names == ["Fran\u00e7ais", "Francais"]
