"""The ledger for other programs: csv that spreadsheets open safely, and GeoJSON for maps."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.exports.ledger import CONFIDENTIAL_TEXT, Heading, Ledger, status_word
from app.exports.selection import Selection
from app.exports.workbook import FORMULA_SIGNS
from app.masking import masked_text
from app.models.places import Place
from app.models.service_requests import ServiceRequest
from app.models.visits import Visit

# Without the mark, spreadsheets in China read UTF-8 as GBK.
_MARK = "\ufeff"
_AT_ONCE = 2_000


def csv_lines(headings: Sequence[Heading], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """A table as UTF-8 csv, piece by piece. A text that would start a formula gets an apostrophe before it."""
    yield _MARK.encode() + _line([heading.title for heading in headings])
    for row in rows:
        yield _line(["'" + cell if cell.startswith(FORMULA_SIGNS) else cell for cell in row])


def _line(cells: Sequence[str]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerow(cells)
    return out.getvalue().encode()


def geojson(session: Session, selection: Selection, ledger: Ledger) -> Iterator[bytes]:
    """Visits and requests as points, WGS-84, longitude first (RFC 7946). Points are those of the address, never of a person."""
    yield b'{"type":"FeatureCollection","features":['
    separator = b""
    for feature in (*_visits(session, selection, ledger), *_requests(session, selection, ledger)):
        yield separator + msgspec.json.encode(feature)
        separator = b",\n"
    yield b"]}"


def _feature(lat: float, lon: float, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]},
        "properties": properties,
    }


def _visits(session: Session, selection: Selection, ledger: Ledger) -> Iterator[dict[str, Any]]:
    query: Select[*tuple[Any, ...]] = (
        select(
            Visit.visit_on,
            Visit.outcome,
            Visit.finding,
            Visit.category,
            Place.kind,
            Place.grid_name,
            Place.lat,
            Place.lon,
        )
        .join(Place, Place.id == Visit.place_id)
        .where(
            Visit.visit_on.between(selection.first.isoformat(), selection.last.isoformat()),
            Visit.deleted.is_(False),
            Visit.withdrawn.is_not(True),
            Place.lat.is_not(None),
            selection.in_scope(Visit.scope),
        )
        .order_by(Visit.visit_on, Visit.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    for on, outcome, finding, category, kind, grid, lat, lon in session.execute(query):
        properties = {
            "what": "visit", "on": on, "kind": ledger.word("target", kind), "grid": grid, "outcome": ledger.word("outcome", outcome),
            "finding": ledger.word("finding", finding), "category": ledger.category(category),
        }  # fmt: skip
        yield _feature(lat, lon, properties)


def _requests(session: Session, selection: Selection, ledger: Ledger) -> Iterator[dict[str, Any]]:
    query: Select[*tuple[Any, ...]] = (
        select(ServiceRequest, Place.lat, Place.lon)
        .outerjoin(Place, Place.id == ServiceRequest.place_id)
        .where(*ledger.request_conditions())
        .order_by(ServiceRequest.recorded_at, ServiceRequest.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    for request, place_lat, place_lon in session.execute(query):
        lat, lon = (request.lat, request.lon) if request.lat is not None else (place_lat, place_lon)
        # Where a confidential report was made says who made it.
        if lat is None or request.confidential:
            continue
        text = request.title or request.text or CONFIDENTIAL_TEXT
        properties = {
            "what": "request", "on": request.occurred_on, "category": ledger.category(request.category), "status": status_word(request.status),
            "text": masked_text(text)[:80], "unit": request.lead_unit,
        }  # fmt: skip
        yield _feature(lat, lon, properties)
