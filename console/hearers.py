"""To whom an answer goes where several reported the same: to one, or to each in their language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from console.responses import field as typed
from locales import N_

#: The form's fields: to whom, and whether words go as they are where none were written.
TO: Final = "to"
ONE: Final = "one"
ALL: Final = "all"
AS_IT_IS: Final = "as_it_is"

WHO = N_("Say who is to read this: several reported the same.")
EACH = N_("Write this in each language, or tick that your words go as they are.")
TOO_LONG = N_("This is too long. An answer may have 1500 characters; two shorter ones are better.")


@dataclass(frozen=True, slots=True, repr=False)
class Hearers:
    """What the form says. *others*: the words for those who reported the same, by language.

    None: they are told nothing.
    """

    others: Mapping[str, str] | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


def translation(language: str) -> str:
    """Return the name of the field for the words in a language."""
    return f"in_{language}"


def read(
    form: Mapping[str, Any],
    text: str,
    *,
    language: str,
    languages: Sequence[str] | None,
    longest: int,
) -> Hearers:
    """Return to whom *text* goes, which is in *language*.

    *languages* are those of the others who reported the same; None: nobody did, and nothing is
    asked. *longest* is in characters.
    """
    if languages is None:
        return Hearers()
    to = typed(form, TO)
    if to not in {ONE, ALL}:
        return Hearers(errors={TO: WHO})
    return _to_all(form, text, language, languages, longest) if to == ALL else Hearers()


def _to_all(
    form: Mapping[str, Any], text: str, language: str, languages: Sequence[str], longest: int
) -> Hearers:
    written = {each: typed(form, translation(each)) for each in languages if each != language}
    errors = {
        translation(each): TOO_LONG for each, words in written.items() if len(words) > longest
    }
    if not typed(form, AS_IT_IS):
        errors |= {translation(each): EACH for each, words in written.items() if not words}
    return Hearers(
        {language: text, **{each: words or text for each, words in written.items()}}, errors
    )
