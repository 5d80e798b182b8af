"""The open cases as a board: a column for each state."""

from aiohttp import web

from console.access import member_of
from console.pages.queue import words
from console.responses import page
from console.services import services_of
from grievances import board, filters
from grievances.filters import Filter


async def show(request: web.Request) -> web.Response:
    """Show where the cases stand that this member may see."""
    async with services_of(request).database.reading() as db:
        columns = await board.columns(db, member_of(request).member)
    listed = [(column, filters.address(Filter(state=column.state))) for column in columns]
    return await page(
        request,
        "board.html",
        columns=listed,
        any_case=any(column.count for column in columns),
        **words(services_of(request)),
    )
