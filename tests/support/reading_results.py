"""An official who looks at a survey's results while phones answer it, over HTTP.

The pages are the console's own, behind a server on this machine; how long each took is kept.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from console import routes
from console.services import Services
from forum import members
from forum.members import Role
from outreach import survey_tallies
from storage.engine import Database
from tests.support.surveying import Caller, Simulation
from vault.keyring import Keyring

PASSWORD = "river stones sing at dusk"

#: By what answers are told apart, in the order in which a simulated phone knows it of itself.
BY = ("site_id", "role", "gender", "language")


@dataclass
class Official:
    """Somebody with the results open. *took*: seconds, one for each look at the page."""

    client: TestClient[Any, Any]
    path: str
    took: list[float] = field(default_factory=list)

    async def looks(self, by: str = "") -> str:
        """Open the page, told apart *by* something."""
        began = time.perf_counter()
        async with self.client.get(f"{self.path}?by={by}") as answer:
            text = await answer.text()
        self.took.append(time.perf_counter() - began)
        assert answer.status == 200, answer.status
        return text

    async def takes(self, by: str = "") -> dict[str, Any]:
        """Take the same as a file for programs."""
        async with self.client.get(f"{self.path}.json?by={by}") as answer:
            tree: dict[str, Any] = await answer.json()
        return tree

    async def looks_on(self, house: Simulation, late: list[Caller]) -> None:
        """Look as often as somebody comes *late*, told apart by each thing in turn.

        Before each look one of them answers everything, so that nothing which was reckoned for
        the look before can be shown again.
        """
        for n, caller in enumerate(late):
            await house.run([caller])
            await self.looks(("", *BY)[n % 5])


@asynccontextmanager
async def official(
    database: Database, keyring: Keyring, survey_id: str, now: datetime
) -> AsyncIterator[Official]:
    """Make somebody an official and sign them in."""
    app, email = web.Application(), "oluwaseun@forum.example"
    routes.attach(app, Services(database, keyring, lambda: now, "http://localhost"))
    keys = members.prepare(PASSWORD, keyring)
    given = {"email": email, "name": "Oluwaseun Ade", "role": Role.OFFICIAL, "language": "en"}
    async with database.transaction() as db:
        await members.join(db, **given, keys=keys, now=now)
    async with TestClient(TestServer(app)) as client:
        await client.post("/sign-in", data={"email": email, "password": PASSWORD})
        yield Official(client, f"/surveys/{survey_id}/results")


async def parts(
    database: Database, house: Simulation, ids: dict[str, str], by: str
) -> dict[str, dict[tuple[str, str], int]]:
    """Return what was counted of each question, by mark, told apart *by* something."""
    async with database.reading() as db:
        found = await survey_tallies.split(db, house.survey.id, by)
    return {
        mark: {key: n for key, n in found.get(question, {}).items() if n}
        for mark, question in ids.items()
    }
