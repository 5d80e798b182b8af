"""``python -m app``: the same as the command ``baraza``."""

from app.cli import main

main()
