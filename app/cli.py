"""Commands of an operator: `flask --app wsgi <command>`."""

from __future__ import annotations

from flask import Flask


def init_cli(app: Flask) -> None:
    """Register the commands."""
    app.cli.short_help = "Doorstep"
