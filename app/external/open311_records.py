"""GeoReport records in our words: which reference a record carries, what its status and its extended attributes tell."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.codes import references_in
from app.domain.platform_updates import PlatformUpdate
from app.external.replies import number_of, time_of, words_of

Record = Mapping[str, Any]

# The last line of what we post. It comes back in a platform's own words, and is nothing to tell a resident.
LAST_LINE = "\n上报编号 {}"
_OUR_LAST_LINE = re.compile(r"\s*上报编号 MQ-[0-9A-Z]{8}\s*$")


def reference_of(record: Record) -> str | None:
    """Our reference in a record: in an attribute, else the last one in the description, where we put it.

    A resident may have quoted another reference further up; that one is not this record's.
    """
    extended = record.get("extended_attributes")
    places = [record.get("update_id"), record.get("client_reference")]
    if isinstance(extended, Mapping):
        places.append(extended.get("client_reference"))
        places += _attribute_values(extended.get("attributes"))
    places += _attribute_values(record.get("attributes"))
    for place in places:
        if found := references_in(words_of(place)):
            return found[0]
    found = references_in(words_of(record.get("description")))
    return found[-1] if found else None


def _attribute_values(attributes: Any) -> list[Any]:
    """The values of `client_reference` in either shape: a mapping, or a list of code and value."""
    if isinstance(attributes, Mapping):
        return [attributes.get("client_reference")]
    if not isinstance(attributes, list):
        return []
    pairs = [entry for entry in attributes if isinstance(entry, Mapping)]
    return [entry.get("value") for entry in pairs if entry.get("code") == "client_reference"]


def copies_of(references: Iterable[str], items: Iterable[Record]) -> dict[str, list[str]]:
    """For each reference that was found the numbers of its copies, oldest first; an empty list: there, but unnumbered."""
    wanted = set(references)
    found: dict[str, list[tuple[int, str]]] = {}
    for item in items:
        reference = reference_of(item)
        if reference in wanted and reference is not None:
            copies = found.setdefault(reference, [])
            number = number_of(item.get("service_request_id"))
            if number and number not in (n for _, n in copies):
                copies.append((time_of(item.get("requested_datetime")) or 0, number))
    return {reference: [number for _, number in sorted(copies)] for reference, copies in found.items()}


def steps(items: Iterable[Record]) -> list[PlatformUpdate]:
    """mySociety's service request updates, oldest first; without an id, a number or a time there is no telling them apart."""
    found = []
    for item in items:
        update_id, number = number_of(item.get("update_id")), number_of(item.get("service_request_id"))
        at = time_of(item.get("updated_datetime"))
        if update_id is None or number is None or at is None:
            continue
        extended = _extended(item)
        found.append(
            PlatformUpdate(
                update_id=f"u:{update_id}",
                platform_id=number,
                at=at,
                status=words_of(extended.get("detailed_status")) or words_of(item.get("status")),
                text=_text(item.get("description")),
                reason=words_of(extended.get("reason")),
                answer=words_of(extended.get("answer")),
                lead_unit=words_of(extended.get("lead_unit")),
                merged_into=number_of(extended.get("merged_into")),
            )
        )
    # Within one second the server's own order is the only one there is.
    return found[::-1] if found and found[0].at > found[-1].at else found


def snapshots(items: Iterable[Record]) -> list[PlatformUpdate]:
    """How requests stand. The id is made of what stands there, so that the same standing is taken once."""
    found = []
    for item in items:
        number = number_of(item.get("service_request_id"))
        at = time_of(item.get("updated_datetime")) or time_of(item.get("requested_datetime"))
        if number is None or at is None:
            continue
        extended = _extended(item)
        status = words_of(extended.get("detailed_status")) or words_of(item.get("status"))
        units = extended.get("co_units")
        told: dict[str, Any] = {
            "text": _text(item.get("status_notes")),
            "reason": words_of(extended.get("reason")),
            "answer": words_of(extended.get("answer")),
            "lead_unit": words_of(extended.get("lead_unit")) or words_of(item.get("agency_responsible")),
            "co_units": tuple(w for u in units if (w := words_of(u))) if isinstance(units, list) else (),
            "unit_due_at": time_of(extended.get("unit_due_datetime") or item.get("expected_datetime")),
            "merged_into": number_of(extended.get("merged_into")),
        }
        mark = hashlib.sha256(repr((status, told)).encode()).hexdigest()[:12]
        found.append(
            PlatformUpdate(
                update_id=f"s:{number}@{at // 1000}:{mark}",
                platform_id=number,
                at=at,
                status=status,
                reference=reference_of(item),
                snapshot=True,
                **told,
            )
        )
    return found


def _text(value: Any) -> str:
    return _OUR_LAST_LINE.sub("", words_of(value))


def _extended(item: Record) -> Record:
    extended = item.get("extended_attributes")
    return extended if isinstance(extended, Mapping) else {}
