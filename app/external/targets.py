"""Which adapter serves which target. Adapters are code; a target only chooses among them."""

from __future__ import annotations

from pathlib import Path

from app.external.adapters import Adapter, TargetInfo
from app.external.file_exchange import FileExchange
from app.external.http import Outward
from app.external.open311 import Open311
from app.external.webhook import Webhook
from app.models.forwarding import Target

ADAPTERS: dict[str, type[Adapter]] = {
    "open311": Open311,
    "webhook": Webhook,
    "file_exchange": FileExchange,
}


def adapter_of(target: Target, url: str, outward: Outward, data_dir: Path) -> Adapter:
    """The adapter of a target's row, at `url`. Raises KeyError for an adapter that does not exist."""
    info = TargetInfo(
        target.code, url, target.api_key, dict(target.settings or {}), data_dir / "exchange" / target.code
    )
    return ADAPTERS[target.adapter](info, outward)
