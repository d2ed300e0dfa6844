"""The WSGI entry point: `wsgi:app`."""

import config
from app import collector, create_app, logs

settings = config.load()
logs.configure(settings)
app = create_app(settings)
collector.settle()
