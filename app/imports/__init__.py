"""Rosters and requests from spreadsheets: read carefully, shown with every fault by row, then written all or not at all."""

from __future__ import annotations

from app.imports import areas, cadres, places, service_requests, teams
from app.imports.kind import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (areas.KIND, teams.KIND, cadres.KIND, places.KIND, service_requests.KIND)
}
