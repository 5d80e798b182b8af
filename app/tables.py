"""Import every module that owns a table, so that both metadata are complete."""

import importlib
import pkgutil
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("storage", "forum", "grievances", "outreach", "channels", "bots", "console")

for room in ROOMS:
    for module in pkgutil.iter_modules([str(ROOT / room)]):
        source = (ROOT / room / f"{module.name}.py")
        if source.exists() and "Table(" in source.read_text():
            try:
                importlib.import_module(f"{room}.{module.name}")
            except ImportError:
                pass
