"""Who has how much to do: the open cases by handler."""

from aiohttp import web

from console import charts
from console.access import member_of
from console.responses import page
from console.services import services_of
from console.words import SEVERITIES
from grievances import filters, workload
from grievances.filters import NOBODY, Due, Filter
from grievances.severity import Severity


async def show(request: web.Request) -> web.Response:
    """Compare the handlers' lists, as far as this member may see the cases."""
    services = services_of(request)
    async with services.database.reading() as db:
        loads = await workload.loads(db, member_of(request).member, services.now())
    bars = charts.stacked([load.by_severity for load in loads])
    return await page(
        request,
        "workload.html",
        rows=list(zip(loads, bars, map(_addresses, loads), strict=True)),
        open=sum(load.open for load in loads),
        severities=SEVERITIES,
        Severity=Severity,
    )


def _addresses(load: workload.Load) -> tuple[str, str]:
    """Return the queries of the list that show these cases, and those of them that are late."""
    handler = load.handler or NOBODY
    return (
        filters.address(Filter(handler=handler)),
        filters.address(Filter(handler=handler, due=Due.OVERDUE)),
    )
