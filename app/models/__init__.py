"""Tables, one module for each noun. Importing this package registers all of them."""

from app.models import (
    accounts,
    attachments,
    audit,
    diaries,
    library,
    notices,
    people,
    places,
    questionnaires,
    reviews,
    service_requests,
    visits,
)

__all__ = [
    "accounts",
    "attachments",
    "audit",
    "diaries",
    "library",
    "notices",
    "people",
    "places",
    "questionnaires",
    "reviews",
    "service_requests",
    "visits",
]
