"""A complaint platform that misbehaves: GeoReport v2 over real HTTP, with every quirk and fault seen in the field.

A *fault* spoils one POST or one GET; a *quirk* is a habit of all answers. The platform ignores `Idempotency-Key`: what it is sent
twice it has twice, so `copies_of` is the plain truth about what the forwarder did.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.domain.codes import references_in
from tests.platform_http import Handler, Server

# POSTs that leave a copy behind, whatever the client is told.
COMMITTED = (
    "ok", "drop_after_commit", "slow_after_commit", "502_after_commit", "html_200_after_commit", "empty_200_after_commit",
    "id_0_after_commit", "id_empty_after_commit", "blind_after_commit", "blind_204_after_commit", "redirect_303_after_commit",
    "bomb_after_commit", "huge_after_commit", "cut_short_after_commit", "429_after_commit", "list_empty_after_commit",
    "duplicate_409", "token", "token_never", "503_after_commit", "errors_200_after_commit",
)  # fmt: skip
# POSTs that leave nothing.
LOST = (
    "drop_before_commit", "slow_before_commit", "500_before_commit", "html_200_before_commit", "429",
    "400", "404", "413", "422", "echo_400", "redirect_307_before_commit", "408_before_commit", "503_before_commit",
)  # fmt: skip
SEARCH_FAULTS = ("ok", "drop", "500", "html", "bomb", "huge", "slow", "cut_short", "redirect")
QUIRKS = (
    "numeric_ids", "string_ids", "wrapped", "wrapped_twice", "bare_object", "OPEN", "404_for_empty", "only_first_id", "no_zone",
    "same_page_for_ever", "mislabelled_charset", "gb18030", "xml_for_json", "newest_first", "leading_zeros",
)  # fmt: skip


@dataclass
class Copy:
    """A request as the platform has it."""

    number: str
    reference: str
    fields: dict[str, str]
    at: datetime
    photos: list[bytes] = field(default_factory=list)
    token: str | None = None
    status: str = "open"
    details: dict[str, Any] = field(default_factory=dict)
    updated_at: datetime | None = None


@dataclass
class Platform:
    """Start it with `with Platform() as platform`; `platform.url` is the endpoint's base."""

    faults: deque[str] = field(default_factory=deque)
    search_faults: deque[str] = field(default_factory=deque)
    quirks: set[str] = field(default_factory=set)
    copies: list[Copy] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    posts: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    has_updates: bool = True
    key: str | None = None
    page_size: int = 1000
    hidden: Callable[[Copy], bool] = lambda copy: False
    when_received: Callable[[str, str], None] = lambda reference, moment: None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    posted_to: list[str] = field(default_factory=list)
    committed: tuple[str, ...] = COMMITTED

    def __enter__(self) -> Platform:
        self.lock = threading.RLock()
        self.closing = threading.Event()
        self._serve(0)
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.refuse()

    def _serve(self, port: int) -> None:
        handler = type("Bound", (Handler,), {"platform": self})
        self.server = Server(("127.0.0.1", port), handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        """Base of the endpoint."""
        return f"http://127.0.0.1:{self.port}/v2"

    def refuse(self) -> None:
        """From now on connections are refused."""
        self.server.shutdown()
        self.server.server_close()

    def accept_again(self) -> None:
        """Listen on the same port again."""
        self._serve(self.port)

    def copies_of(self, reference: str) -> list[Copy]:
        """What the platform has under a reference."""
        with self.lock:
            return [copy for copy in self.copies if copy.reference == reference]

    def commit(self, fields: dict[str, str], photos: list[bytes]) -> Copy:
        """Take a request for good."""
        with self.lock:
            number = len(self.copies) + 1
            text = f"{number:03d}" if "leading_zeros" in self.quirks else str(1000 + number)
            reference = (references_in(fields.get("description", "")) or [""])[-1]
            copy = Copy(text, reference, fields, self.now(), photos)
            self.copies.append(copy)
            return copy

    def report(self, copy: Copy, status: str, text: str = "", at: datetime | None = None, **details: Any) -> str:
        """A step on the platform's side, told as an update and in the request itself."""
        with self.lock:
            at = at or self.now()
            update_id = str(len(self.updates) + 1)
            copy.details |= details | {"detailed_status": status}
            copy.status = "closed" if status in ("closed", "not_accepted") else "open"
            copy.updated_at = at
            self.updates.append(
                {
                    "update_id": update_id,
                    "service_request_id": copy.number,
                    "status": copy.status,
                    "updated_datetime": self._time(at),
                    "description": text,
                    "extended_attributes": {"detailed_status": status, **details},
                }
            )
            return update_id

    def _time(self, at: datetime) -> str:
        if "no_zone" in self.quirks:
            local = datetime.fromtimestamp(at.timestamp() + 8 * 3600, UTC)
            return local.strftime("%Y-%m-%dT%H:%M:%S")
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _number(self, copy: Copy) -> Any:
        return int(copy.number) if "numeric_ids" in self.quirks else copy.number

    def record(self, copy: Copy) -> dict[str, Any]:
        """A request as the list shows it."""
        status = copy.status.upper() if "OPEN" in self.quirks else copy.status
        record: dict[str, Any] = {
            "service_request_id": self._number(copy),
            "status": status,
            "service_code": copy.fields.get("service_code"),
            "description": copy.fields.get("description"),
            "requested_datetime": self._time(copy.at),
            "updated_datetime": self._time(copy.updated_at or copy.at),
            "address": copy.fields.get("address_string"),
        }
        if copy.details:
            record["extended_attributes"] = copy.details
        return record
