from sqlalchemy import insert

from outreach import copies
from outreach.copies import announcement_broadcasts


async def test_an_announcement_is_all_its_broadcasts_and_each_is_itself(room, rehema):
    told, other = await room.write(rehema), await room.write(rehema)
    rows = [
        {"broadcast": letter * 32, "announcement": owner, "run": letter, "zone": "UTC"}
        for letter, owner in (("a", told), ("b", told), ("c", other))
    ]
    async with room.database.transaction() as db:
        await db.execute(insert(announcement_broadcasts), rows)
        for asked, found in ((told, {told, "a" * 32, "b" * 32}), ("c" * 32, {"c" * 32})):
            assert set((await db.execute(copies.of(asked))).scalars()) == found
