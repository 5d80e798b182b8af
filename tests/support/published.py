"""The providers' own published schemas, when a copy lies on this machine.

``BARAZA_TWILIO_OPENAPI`` names a copy of Twilio's ``twilio_api_v2010.json`` and
``BARAZA_TELEGRAM_SPEC`` one of the Bot API as JSON (PaulSonOfLars/telegram-bot-api-spec). The
fakes then check each request against it, besides the table that is restated by hand here.
"""

import json
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

TWILIO = "BARAZA_TWILIO_OPENAPI"
TELEGRAM = "BARAZA_TELEGRAM_SPEC"


@cache
def _load(variable: str) -> dict[str, Any] | None:
    path = os.environ.get(variable)
    return json.loads(Path(path).read_text("utf-8")) if path else None


# --- Twilio: OpenAPI -----------------------------------------------------------------------------

CREATE = "/2010-04-01/Accounts/{AccountSid}/Messages.json"


def twilio_form_problems(form: Mapping[str, str]) -> list[str]:
    """Check a create-message form against the published description; [] without a copy of it."""
    spec = _load(TWILIO)
    if spec is None:
        return []
    body = spec["paths"][CREATE]["post"]["requestBody"]["content"]
    schema = _resolved(spec, body["application/x-www-form-urlencoded"]["schema"])
    typed = {name: _typed(schema["properties"].get(name, {}), form[name]) for name in form}
    return _judged({**schema, "additionalProperties": False}, typed)


def twilio_parameter_names() -> set[str]:
    """Return the names that the published description knows."""
    body = (_load(TWILIO) or {})["paths"][CREATE]["post"]["requestBody"]["content"]
    return set(body["application/x-www-form-urlencoded"]["schema"]["properties"])


def twilio_message_problems(message: Mapping[str, Any]) -> list[str]:
    """Check what the fake answers, so that it does not lie about Twilio."""
    spec = _load(TWILIO)
    if spec is None:
        return []
    schema = _resolved(spec, {"$ref": "#/components/schemas/api.v2010.account.message"})
    return _judged({**schema, "additionalProperties": False}, dict(message))


def _judged(schema: dict[str, Any], value: dict[str, Any]) -> list[str]:
    return [error.message for error in Draft202012Validator(schema).iter_errors(value)]


def _resolved(spec: dict[str, Any], node: Any) -> Any:
    if isinstance(node, list):
        return [_resolved(spec, one) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target: Any = spec
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return _resolved(spec, target)
    found = {name: _resolved(spec, one) for name, one in node.items()}
    if found.get("nullable") and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
    return found


def _typed(schema: Mapping[str, Any], value: str) -> Any:
    match schema.get("type"):
        case "integer" if value.lstrip("-").isdecimal():
            return int(value)
        case "boolean" if value in {"true", "false"}:
            return value == "true"
        case "array":
            return [value]
    return value


# --- Telegram: methods and types -----------------------------------------------------------------

_PLAIN = {"String": str, "Boolean": bool, "Integer": int, "Float": (int, float), "True": bool}


def telegram_problems(method: str, given: Mapping[str, Any]) -> list[str]:
    """Check a call against the published Bot API; [] without a copy of it."""
    spec = _load(TELEGRAM)
    if spec is None:
        return []
    if method not in spec["methods"]:
        return [f"{method} is no method"]
    return list(_object(spec, spec["methods"][method], given, method))


def telegram_result_problems(kind: str, value: Any) -> list[str]:
    """Check what the fake answers or sends: *kind* is a type, such as ``Update``."""
    spec = _load(TELEGRAM)
    return [] if spec is None else list(_value(spec, [kind], value, kind))


def _object(
    spec: dict[str, Any], described: Mapping[str, Any], given: Mapping[str, Any], where: str
) -> Iterator[str]:
    fields = {field["name"]: field for field in described.get("fields", ())}
    for name, field in fields.items():
        if field["required"] and name not in given:
            yield f"{where}.{name} is required"
    for name, value in given.items():
        if name not in fields:
            yield f"{where}.{name} is unknown"
        else:
            yield from _value(spec, fields[name]["types"], value, f"{where}.{name}")


def _value(spec: dict[str, Any], kinds: list[str], value: Any, where: str) -> Iterator[str]:
    answers = [list(_one(spec, kind, value, where)) for kind in kinds]
    if all(answers):
        yield from min(answers, key=len)


def _one(spec: dict[str, Any], kind: str, value: Any, where: str) -> Iterator[str]:
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            yield f"{where} is no array"
            return
        for index, one in enumerate(value):
            yield from _value(spec, [kind.removeprefix("Array of ")], one, f"{where}[{index}]")
    elif kind in _PLAIN:
        right = isinstance(value, _PLAIN[kind]) and (kind == "Boolean" or value is not True)
        if not right and not (kind == "True" and value is True):
            yield f"{where} is no {kind}"
    elif not isinstance(value, dict):
        yield f"{where} is no {kind}"
    elif subtypes := spec["types"][kind].get("subtypes"):
        yield from _value(spec, subtypes, value, where)
    else:
        yield from _object(spec, spec["types"][kind], value, where)


def telegram_parameter_names(method: str) -> set[str]:
    """Return the names that the published API knows for *method*."""
    described = (_load(TELEGRAM) or {})["methods"][method]
    return {field["name"] for field in described.get("fields", ())}
