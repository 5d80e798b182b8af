"""The command ``baraza``: each subcommand is one sentence of what an operator may want."""

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from typing import Annotated, Any, NoReturn

import typer
import uvloop
from sqlalchemy.exc import DBAPIError

from app import chat as rehearsal
from app import custody, growth, logs, new_language, processes
from app import doctor as examination
from app.settings import Settings, SettingsWrong, load
from app.wiring import key_folder
from forum.members import NotAllowed
from locales import languages
from storage.only_process import InUse
from vault.keyring import KeysMissing, exists
from vault.passwords import weak
from vault.recovery import BadPassphrase
from vault.seals import CannotOpen

app = typer.Typer(
    help="The line between miners, their forum, and the officials who change the rules.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
keys = typer.Typer(help="Make, show and use the keys of this installation.", no_args_is_help=True)
app.add_typer(keys, name="keys")
ledger = typer.Typer(help="How large the send ledger is, and what may go.", no_args_is_help=True)
app.add_typer(ledger, name="ledger")

#: What a command ends with when the settings or the keys are wrong.
WRONG_SETTINGS = 2


def _settings() -> Settings:
    try:
        settings = load()
    except SettingsWrong as wrong:
        _refuse("These settings are wrong or missing:", wrong.problems)
    logs.set_up(settings.log_format)
    return settings


def _refuse(head: str, lines: list[str]) -> NoReturn:
    typer.echo(head, err=True)
    for line in lines:
        typer.echo(f"  - {line}", err=True)
    raise typer.Exit(WRONG_SETTINGS)


def _start(process: Coroutine[Any, Any, None]) -> None:
    with _plain_refusals():
        uvloop.run(process)


@app.command()
def run(
    bare: Annotated[bool, typer.Option(help="Start without the demo forum.")] = False,
) -> None:
    """Do all of it in one process: console, hooks, sender, clock. Sets up what is missing."""
    _start(processes.run(_settings(), typer.echo, bare=bare))


@app.command()
def serve() -> None:
    """Serve the console and the hooks only; start `work` beside it."""
    _start(processes.serve(_settings(), typer.echo))


@app.command()
def work() -> None:
    """Send and tick only; start `serve` beside it."""
    _start(processes.work(_settings(), typer.echo))


@app.command()
def migrate(
    bare: Annotated[bool, typer.Option(help="Leave an empty database empty.")] = True,
) -> None:
    """Bring the database to this release's revision."""
    settings = _settings()
    with _plain_refusals():
        stores = asyncio.run(processes.prepare(settings, bare=bare))
        typer.echo(f"Migrated: {', '.join(stores)}" if stores else "Nothing to do.")


@app.command()
def chat(
    channel: Annotated[str, typer.Option(help="sms or telegram")] = "sms",
    speak: Annotated[str, typer.Option(help="the language to begin in")] = "en",
) -> None:
    """Rehearse a conversation in this terminal. Nothing of it is kept. /bye ends it."""
    if channel not in {"sms", "telegram"}:
        _refuse("There is no such rendering:", [channel, "Choose sms or telegram."])
    if speak not in languages():
        _refuse("There is no such language:", [speak, f"Choose {', '.join(languages())}."])
    settings = _settings()
    typer.echo("A rehearsal: nothing that you type here is kept. /bye ends it.")
    asyncio.run(rehearsal.play(settings, channel, speak, input, typer.echo))


@app.command()
def language(
    tag: Annotated[str, typer.Argument(help="a BCP-47 tag, such as ln")],
    name: Annotated[str, typer.Option(help="what its speakers call it")],
    plurals: Annotated[str, typer.Option(help="gettext's rule")] = "nplurals=2; plural=(n != 1);",
) -> None:
    """Begin a language: a draft row in the table and a catalogue to translate."""
    try:
        path = new_language.begin(tag, name, plurals)
    except new_language.LanguageExists:
        _refuse("This language is there already:", [tag])
    except new_language.NotALanguage as wrong:
        _refuse("Nothing was made:", [str(wrong)])
    typer.echo(f"Translate {path}, then look at it with: baraza chat --speak {tag}")


@app.command()
def doctor() -> None:
    """Look at settings, keys, database, providers, clock and webhooks, and say what to do."""
    well = asyncio.run(_examine(_settings()))
    raise typer.Exit(0 if well else 1)


async def _examine(settings: Settings) -> bool:
    well = True
    async for finding in examination.examine(settings):
        typer.echo(f"{'ok ' if finding.well else 'NO '} {finding.subject}")
        if finding.advice:
            typer.echo(f"     {finding.advice}")
        well = well and finding.well
    return well


@keys.command("make")
def make_keys() -> None:
    """Make this installation's keys, and show the recovery passphrase once."""
    settings = _settings()
    if exists(key_folder(settings)):
        _refuse("Nothing was made:", ["There are keys already; new ones would close every case."])
    processes.make_keys(settings, typer.echo)


@keys.command("show")
def show_keys() -> None:
    """Show the fingerprints of the public keys, to compare with another machine's."""
    settings = _settings()
    with _plain_refusals():
        for name, fingerprint in custody.fingerprints(settings).items():
            typer.echo(f"{name:10} {fingerprint}")


@keys.command("grant")
def grant(
    email: Annotated[str, typer.Argument(help="the member who shall open earlier cases")],
) -> None:
    """Open every earlier case to a member, with the recovery passphrase."""
    settings = _settings()
    passphrase = typer.prompt("Recovery passphrase", hide_input=True)
    with _plain_refusals():
        count = asyncio.run(custody.grant(settings, email, passphrase))
        typer.echo(f"Keys granted: {count}")


@keys.command("recover")
def recover(
    email: Annotated[str, typer.Argument(help="the member who lost the password")],
) -> None:
    """Set a new password for a member who lost it, with the recovery passphrase."""
    settings = _settings()
    passphrase = typer.prompt("Recovery passphrase", hide_input=True)
    password = typer.prompt("New password", hide_input=True, confirmation_prompt=True)
    if (problem := weak(password)) is not None:
        _refuse("This password will not do:", [problem])
    with _plain_refusals():
        asyncio.run(custody.recover(settings, email, passphrase, password))
        typer.echo("The new password holds.")


@ledger.command("status")
def ledger_status() -> None:
    """Say how many messages are in the ledger and in the archive, and what room they take."""
    with _plain_refusals():
        typer.echo("\n".join(asyncio.run(growth.described(_settings()))))


@ledger.command("archive")
def ledger_archive(days: int = growth.DAYS, broadcast_days: int = growth.BROADCAST_DAYS) -> None:
    """Count what has been settled for so many days, and take it out of the ledger."""
    with _plain_refusals():
        count = growth.archived(_settings(), days=days, broadcast_days=broadcast_days)
        typer.echo(f"Archived: {asyncio.run(count)}")


@ledger.command("prune")
def ledger_prune(years: int = growth.YEARS) -> None:
    """Forget the counts of long ago, which no report will ask for again."""
    with _plain_refusals():
        typer.echo(f"Forgotten: {asyncio.run(growth.pruned(_settings(), years=years))}")


@contextlib.contextmanager
def _plain_refusals() -> Iterator[None]:
    try:
        yield
    except custody.NoSuchMember:
        _refuse("Nothing was done:", ["Nobody with this e-mail address is a member."])
    except (BadPassphrase, CannotOpen):
        _refuse("Nothing was done:", ["This is not this installation's recovery passphrase."])
    except NotAllowed:
        _refuse("Nothing was done:", ["This member's role does not open cases."])
    except KeysMissing as missing:
        _refuse("The keys are not here:", [str(missing), "Make new ones with: baraza keys make"])
    except processes.NotMigrated:
        _refuse("The database is behind this release:", ["Run: baraza migrate"])
    except InUse as taken:
        advice = "SQLite serves one process, and `baraza run` does all of it; more need PostgreSQL"
        _refuse("Another process of Baraza has this database:", [str(taken), advice])
    except processes.CannotListen as taken:
        _refuse("The address cannot be listened on:", [str(taken)])
    except (DBAPIError, OSError) as error:
        # Never its words: they may quote the password in BARAZA_DATABASE_URL.
        _refuse("The database does not answer:", [type(error).__name__, "See: baraza doctor"])


def main() -> None:
    """Run the command line."""
    app()
