"""What the tests ask of their databases, written out as SQL once for all tests of a process.

Each test opens engines of its own, and SQLAlchemy keeps what it wrote out for one engine: it
would write out the same thousand statements again for each of thousands of tests, which took
more than a tenth of their time.
"""

from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

#: The statements at hand. All of them are some 2,000 for each database.
WRITTEN_OUT = LRUCache[Any, Any](4000)


def share() -> None:
    """Let every engine of this process that is opened from now on use the same statements."""
    # Part of the key is the dialect. Each engine has its own, but all of one driver write alike.
    DefaultDialect.__hash__ = lambda self: hash(type(self))
    DefaultDialect.__eq__ = lambda self, other: type(self) is type(other)
    opened = Engine.__init__

    def open_with_them(self: Engine, *args: Any, **more: Any) -> None:
        opened(self, *args, **more)
        self._compiled_cache = WRITTEN_OUT

    Engine.__init__ = open_with_them
