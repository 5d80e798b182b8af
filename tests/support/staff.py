"""A member of staff at a console in another process: forms filled in, buttons pressed."""

import re
from html import unescape
from types import TracebackType
from typing import Self

import aiohttp

PASSWORD = "river stones sing at dusk"

TOKEN = re.compile(r'name="(csrf|once|newest)" value="([^"]*)"')


class Staff:
    """``async with Staff(url) as amina``; *url* is the console's public address."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.page = ""
        # Cookies of an address without a domain are kept only when told to.
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def opens(self, path: str) -> str:
        """Open a page, which must be there."""
        async with self._session.get(self.url + path) as answer:
            self.page = unescape(await answer.text())
            assert answer.status == 200, (path, answer.status)
        return self.page

    async def sends(self, path: str, **form: str) -> str:
        """Send a form of the page that is open; return the page that follows."""
        fields = {**self._hidden(path), **form}
        headers = {"Origin": self.url}
        async with self._session.post(self.url + path, data=fields, headers=headers) as answer:
            self.page = unescape(await answer.text())
            assert answer.status == 200, (path, answer.status, self.page)
        return self.page

    async def saves(self, path: str) -> bytes:
        """Send the form of the page that is open, and return the file that follows."""
        headers = {"Origin": self.url}
        fields = self._hidden(path)
        async with self._session.post(self.url + path, data=fields, headers=headers) as answer:
            assert answer.status == 200, (path, answer.status)
            return await answer.read()

    def _hidden(self, path: str) -> dict[str, str]:
        """Return what the form to *path* holds besides what is typed."""
        beginning = self.page.find(f'action="{path}"')
        form = self.page[max(beginning, 0) :].partition("</form>")[0]
        return dict(TOKEN.findall(form) or TOKEN.findall(self.page))

    async def joins(self, link: str, name: str = "Amina", email: str = "amina@example.org") -> str:
        """Take the link of an invitation, and choose a password."""
        path = "/" + link.partition("//")[2].partition("/")[2]
        await self.opens(path)
        return await self.sends(path, name=name, email=email, password=PASSWORD, again=PASSWORD)

    async def references(self) -> list[str]:
        """Return the cases of the queue, the most urgent first."""
        return list(
            dict.fromkeys(re.findall(r'href="/cases/([A-Z0-9]{6})', await self.opens("/cases")))
        )

    async def answers(self, reference: str, words: str) -> str:
        """Write to the reporter of a case."""
        await self.opens(f"/cases/{reference}")
        return await self.sends(f"/cases/{reference}/answer", answer=words)

    async def fetches(self, path: str) -> bytes:
        """Fetch what lies at *path*, as bytes."""
        async with self._session.get(self.url + path) as answer:
            assert answer.status == 200, (path, answer.status)
            return await answer.read()
