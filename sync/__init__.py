"""Offline-first sync of named collections: merge policies, one door for writes, one log, push and pull. See README.md."""
