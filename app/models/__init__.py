"""Tables, one module for each noun. Importing this package registers all of them."""

from app.models import (
    accounts,
    attachments,
    audit,
    desk,
    diaries,
    forwarding,
    library,
    notices,
    people,
    places,
    questionnaires,
    reminders,
    reviews,
    service_requests,
    visits,
)

__all__ = [
    "accounts",
    "attachments",
    "audit",
    "desk",
    "diaries",
    "forwarding",
    "library",
    "notices",
    "people",
    "places",
    "questionnaires",
    "reminders",
    "reviews",
    "service_requests",
    "visits",
]
