"""Writes the next migration from the difference between the models and the migrations so far.

    .venv/bin/python -m tools.migration "what changes"

Read the result before committing it: a rename looks like a drop and an add.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config

import config
from app import create_app
from app.database import db

FOLDER = config.ROOT / "migrations"


def main(message: str) -> None:
    """Upgrade an empty database to the newest migration, compare, write."""
    number = len(list((FOLDER / "versions").glob("*.py"))) + 1
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(config.load({"DOORSTEP_DATA": folder, "DOORSTEP_TESTING": "1"}))
        with app.app_context(), db.engine.execution_options(doorstep_write=True).connect() as connection:
            acts: tuple[Callable[[Config], Any], ...] = (
                lambda settings: command.upgrade(settings, "head"),
                lambda settings: command.revision(settings, message, autogenerate=True, rev_id=f"{number:04d}"),
            )
            for act in acts:
                settings = Config()
                settings.set_main_option("script_location", str(FOLDER))
                settings.attributes["connection"] = connection
                act(settings)


if __name__ == "__main__":
    main(Path(sys.argv[1]).name if len(sys.argv) > 1 else sys.exit(__doc__))
