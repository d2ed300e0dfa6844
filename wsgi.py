"""The WSGI entry point: `wsgi:app`."""

import gc

import config
from app import create_app, logs

settings = config.load()
logs.configure(settings)
app = create_app(settings)

# What stands now stands until the end; and a batch is thousands of short-lived objects: looking for cycles among all of them
# at the defaults cost a third of a push (`make bench`).
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
