"""A new password, typed twice."""

from collections.abc import Mapping
from typing import Any

from locales import N_
from vault.passwords import weak

DIFFERENT = N_("The two passwords are not the same.")


def typed(form: Mapping[str, Any]) -> str:
    """Return the new password exactly as typed: blanks at its ends count."""
    value = form.get("password")
    return value if isinstance(value, str) else ""


def problems(form: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with it, by field."""
    problem = weak(typed(form))
    if problem:
        return {"password": problem}
    return {"again": DIFFERENT} if form.get("again") != typed(form) else {}
