"""The purge (到期清理): every night what was promised to be forgotten is forgotten.

| what | kept for |
| --- | --- |
| exact points of visits, in the rows, the change log and what waits for a person | 90 days |
| phone numbers and photos of requests, in copies that were forwarded too | 2 years after they ended |
| photos that no record names | 90 days |
| notices | 180 days after they were read |
| parked records that somebody has settled | 180 days |
| receipts of pushes | 400 days |
| the audit log | for good (at least six months are required) |

The night's backups follow within five weeks, when the last one that still has it is rotated away (`snapshot.py`).
"""

from __future__ import annotations

from app.jobs import Report, archive, confirm_points, expire, purge_contacts, purge_fixes, purge_photos, purge_records
from app.jobs.log_scrubbing import empty_the_journal
from app.jobs.schedule import due_daily

NAME = "purge"


def is_due(now: int) -> bool:
    """Every night, after the points were confirmed by fixes that are about to go."""
    return due_daily(NAME, archive.AT_MS, now, after=confirm_points.NAME)


def run(now: int) -> Report:
    """Forget all that has run out at `now` (ms); returns how many of each."""
    report = Report(NAME)
    purge_fixes.coarsen(now, report)
    purge_contacts.forget(now, report)
    purge_photos.clear(now, report)
    purge_records.clear(now, report)
    report.counts.update(expire.run(now).counts)
    empty_the_journal()
    return report
