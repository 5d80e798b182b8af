"""The command ``baraza``, as an operator types it: what it says, and what it ends with."""

import asyncio
import functools
import os
import re
import shutil
import socket
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from app import cli, custody, new_language
from forum import members
from forum.members import Role
from locales import ROOM, languages
from storage.engine import connect
from storage.only_process import only_process
from vault.passwords import Cost

OLD, NEW = "river stones sing at dusk", "a new river sings at dawn"


class Operator:
    """Types commands in an empty folder; *environment* holds the settings."""

    def __init__(self, folder):
        self.environment = {"BARAZA_DATA_DIR": str(folder)}

    def types(self, *words, keys=None, **settings):
        given = {f"BARAZA_{name.upper()}": value for name, value in settings.items()}
        result = CliRunner().invoke(
            cli.app, list(words), input=keys, env={**self.environment, **given}
        )
        assert "Traceback" not in result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result


@pytest.fixture
def operator(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("BARAZA_"):
            monkeypatch.delenv(name)
    return Operator(tmp_path)


@pytest.fixture
def store(installed, operator, database_url, tmp_path):
    """A database with its tables, for the operator; runs *act* in a transaction."""
    operator.environment["BARAZA_DATABASE_URL"] = database_url

    def stored(act):
        async def done():
            database = connect(database_url, tmp_path)
            async with database.transaction() as db:
                found = await act(db)
            await database.close()
            return found

        return asyncio.run(done())

    return stored


@pytest.fixture
def bibi(store, keyring):
    """A secretary."""
    return _join(store, keyring, "bibi@example.org", Role.SECRETARY)


def _join(store, keyring, email, role):
    return store(
        lambda db: members.join(
            db,
            email=email,
            name="Bibi",
            role=role,
            language="en",
            keys=members.prepare(OLD, keyring),
            now=datetime.now(UTC),
        )
    )


def test_typing_nothing_shows_what_there_is(operator):
    shown = operator.types().output
    for command in ("run", "serve", "work", "migrate", "chat", "language", "doctor", "keys"):
        assert re.search(rf"\b{command}\b", shown)


@pytest.mark.parametrize(
    "command",
    [("run",), ("serve",), ("work",), ("migrate",), ("chat",), ("doctor",), ("keys", "make")],
    ids=" ".join,
)
def test_every_wrong_setting_is_named_at_once_and_nothing_is_done(operator, tmp_path, command):
    result = operator.types(*command, port="eighty", timezone="Mars/Olympus", twilo_from="+1")
    assert result.exit_code == cli.WRONG_SETTINGS
    for named in ("BARAZA_PORT", "BARAZA_TIMEZONE", "did you mean BARAZA_TWILIO_FROM?"):
        assert named in result.stderr
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []


# --- keys


def test_keys_are_made_once_and_the_passphrase_is_shown_once(operator, tmp_path):
    shown = operator.types("keys", "make")
    assert shown.exit_code == 0
    assert re.search(r"^ {6}\S+-\S+", shown.output, re.MULTILINE)
    before = {file: file.read_bytes() for file in (tmp_path / "keys").iterdir()}
    again = operator.types("keys", "make")
    assert again.exit_code != 0
    assert "There are keys already" in again.stderr
    assert {file: file.read_bytes() for file in (tmp_path / "keys").iterdir()} == before


def test_fingerprints_are_shown_to_be_compared(operator, installed, settings):
    shown = operator.types("keys", "show").output
    for name, fingerprint in custody.fingerprints(settings()).items():
        assert re.search(rf"^{name} +{fingerprint}$", shown, re.MULTILINE)


@pytest.mark.parametrize(
    "command", [("keys", "show"), ("serve",), ("work",), ("keys", "grant", "a@b.example")]
)
def test_without_keys_it_says_how_to_make_them(operator, command):
    result = operator.types(*command, keys="a passphrase\n")
    assert result.exit_code != 0
    assert "baraza keys make" in result.stderr


def test_earlier_cases_are_opened_with_the_passphrase(operator, bibi, passphrase):
    result = operator.types("keys", "grant", "bibi@example.org", keys=f"{passphrase}\n")
    assert (result.exit_code, "Keys granted: 0" in result.output) == (0, True)
    assert passphrase not in result.output  # it is not echoed


@pytest.mark.parametrize("command", ["grant", "recover"])
def test_a_refusal_says_why_in_plain_words(operator, bibi, passphrase, command):
    typed = f"{NEW}\n{NEW}\n" if command == "recover" else ""
    nobody = operator.types("keys", command, "x@example.org", keys=f"{passphrase}\n{typed}")
    assert "Nobody with this e-mail address is a member." in nobody.stderr
    wrong = operator.types("keys", command, "bibi@example.org", keys=f"nonsense\n{typed}")
    assert "not this installation's recovery passphrase" in wrong.stderr
    assert nobody.exit_code == wrong.exit_code == cli.WRONG_SETTINGS


def test_a_role_that_opens_no_cases_is_refused(operator, store, keyring, passphrase):
    _join(store, keyring, "auditor@example.org", Role.AUDITOR)
    result = operator.types("keys", "grant", "auditor@example.org", keys=f"{passphrase}\n")
    assert "does not open cases" in result.stderr


def test_a_lost_password_is_replaced(operator, store, bibi, passphrase):
    result = operator.types(
        "keys", "recover", "bibi@example.org", keys=f"{passphrase}\n{NEW}\n{NEW}\n"
    )
    assert "The new password holds." in result.output
    found = store(lambda db: members.get(db, bibi.id))
    assert members.open_private(found, NEW, Cost(time=1, memory_kib=8, lanes=1))


def test_a_weak_password_is_refused(operator, store, bibi, passphrase):
    result = operator.types(
        "keys", "recover", "bibi@example.org", keys=f"{passphrase}\nshort\nshort\n"
    )
    assert result.exit_code != 0
    assert "This password will not do" in result.stderr
    assert store(lambda db: members.get(db, bibi.id)) == bibi


# --- the database


def test_a_database_is_migrated_once(operator, empty_url):
    first = operator.types("migrate", database_url=empty_url)
    assert (first.exit_code, first.output) == (0, "Migrated: main, routes\n")
    again = operator.types("migrate", database_url=empty_url)
    assert (again.exit_code, again.output) == (0, "Nothing to do.\n")


@pytest.mark.parametrize("command", ["serve", "work"])
def test_half_a_house_does_not_start_on_a_database_that_is_behind(operator, store, command):
    result = operator.types(command)
    assert result.exit_code != 0
    assert "baraza migrate" in result.stderr


def test_the_send_ledger_is_measured_and_archived(operator, empty_url):
    operator.environment["BARAZA_DATABASE_URL"] = empty_url
    assert operator.types("ledger", "status").exit_code == 2  # it was never migrated
    operator.types("migrate")
    assert "In the ledger:  0 messages" in operator.types("ledger", "status").output
    assert operator.types("ledger", "archive", "--days", "30").output == "Archived: 0\n"
    assert operator.types("ledger", "prune").output == "Forgotten: 0\n"


@pytest.mark.parametrize("command", [("run",), ("serve",), ("work",), ("migrate",)], ids=" ".join)
def test_a_database_that_is_away_is_named_and_its_password_is_not(operator, installed, command):
    url = "postgresql://baraza:very-secret@127.0.0.1:1/baraza"
    result = operator.types(*command, database_url=url)
    assert result.exit_code != 0
    assert "The database does not answer" in result.stderr
    assert "very-secret" not in result.output


def test_a_port_that_is_taken_is_named(operator, installed):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = operator.types("run", "--bare", port=str(port))
    assert result.exit_code != 0
    assert f"127.0.0.1:{port}" in result.stderr
    assert "The address cannot be listened on" in result.stderr


@pytest.mark.parametrize("command", ["run", "serve", "work"])
def test_a_database_that_another_process_has_is_named(operator, installed, command):
    with only_process(installed / "baraza.db"):
        result = operator.types(command)
    assert result.exit_code != 0
    assert str(installed / "baraza.db") in result.stderr
    assert "PostgreSQL" in result.stderr


# --- doctor


def test_the_doctor_says_what_to_do_and_fails(operator):
    result = operator.types("doctor")
    assert result.exit_code == 1
    assert "ok  settings" in result.output
    assert "NO  keys" in result.output
    assert "baraza keys make" in result.output


def test_the_doctor_is_content_with_what_is_well(operator, monkeypatch):
    async def well(_settings):
        yield cli.examination.Finding("everything", well=True)

    monkeypatch.setattr(cli.examination, "examine", well)
    result = operator.types("doctor")
    assert (result.exit_code, result.output) == (0, "ok  everything\n")


# --- languages and the rehearsal


@pytest.fixture
def room(tmp_path, monkeypatch):
    """The command writes into a copy."""
    copy = shutil.copytree(ROOM, tmp_path / "locales")
    begin = functools.partial(new_language.begin, room=copy)
    monkeypatch.setattr(new_language, "begin", begin)
    return copy


def test_a_language_is_begun_with_a_file_to_translate(operator, room):
    result = operator.types("language", "ln", "--name", "Lingála")
    assert result.exit_code == 0
    assert str(room / "ln" / "LC_MESSAGES" / "messages.po") in result.output
    assert "baraza chat --speak ln" in result.output
    assert "ln" not in languages()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sw", "--name", "Kiswahili"), "there already"),
        (("l.n", "--name", "Lingála"), "is no tag"),
        (("ln", "--name", " "), "The name is empty"),
        (("ln", "--name", "Lingála", "--plurals", "two"), "plural rule"),
    ],
)
def test_a_language_that_cannot_be_begun_changes_nothing(operator, room, words, said):
    before = (room / "languages.toml").read_bytes()
    result = operator.types("language", *words)
    assert (result.exit_code, said in result.stderr) == (cli.WRONG_SETTINGS, True)
    assert (room / "languages.toml").read_bytes() == before


def test_a_conversation_can_be_rehearsed(operator):
    result = operator.types("chat", "--speak", "fr", keys="bonjour\n/bye\n")
    assert result.exit_code == 0
    assert "nothing that you type here is kept" in result.output
    assert "Kiswahili" in result.output


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("--channel", "pigeon", "sms or telegram"), ("--speak", "tlh", "en, fr, sw")],
)
def test_a_rehearsal_that_cannot_be_is_refused(operator, option, value, said):
    result = operator.types("chat", option, value)
    assert (result.exit_code, said in result.stderr) == (cli.WRONG_SETTINGS, True)
