from outreach import titles
from outreach.titles import Titled


async def test_one_that_left_in_many_zones_is_offered_once_by_its_title(room, rehema, joseph):
    await room.list_people((3, "sms", "en"))
    left, waits = await room.write(rehema), await room.write(rehema, title="Later")
    async with room.database.reading() as db:
        assert await titles.offered(db) == []
    await room.let_go(left, rehema, joseph)
    await room.tick()
    async with room.database.reading() as db:
        offered = await titles.offered(db)
        assert offered == [Titled(left, "Fees", room.now)]
        (copy,) = await room.broadcasts(left)
        named = await titles.of(db, [left, copy.id, waits, "gone"])
    assert named == {
        left: offered[0],
        copy.id: Titled(copy.id, "Fees", room.now, "Africa/Nairobi"),
        waits: Titled(waits, "Later", None),
    }
