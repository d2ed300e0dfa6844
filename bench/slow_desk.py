"""A complaint platform that answers every POST after 50 ms, as little Python as possible: `python -m bench.slow_desk <port> <ms>`.

It speaks as much of GeoReport v2 as the forwarder asks for. After `GET /arm` it tells as many updates as it has requests.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_REFERENCE = re.compile(rb"idempotency-key: (\S+)", re.IGNORECASE)
_PAGE = 1000


class SlowDesk:
    """What it has taken: a number for each reference."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        self.numbers: dict[bytes, int] = {}
        self.posts = 0
        self.armed_at = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept open for as many requests as come."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = _LENGTH.search(head)
                if length:
                    await reader.readexactly(int(length[1]))
                body = json.dumps(await self.answer(head)).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
                writer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer(self, head: bytes) -> Any:
        """The records of one answer."""
        method, target, _ = head.split(b"\r\n", 1)[0].split(b" ")
        if method == b"POST":
            self.posts += 1
            await asyncio.sleep(self.wait_s)
            reference = _REFERENCE.search(head)
            key = reference[1] if reference else b"%d" % self.posts
            return [{"service_request_id": str(self.numbers.setdefault(key, len(self.numbers) + 1))}]
        address = urlsplit(target.decode())
        if address.path == "/arm":
            self.armed_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            return {"posts": self.posts, "requests": len(self.numbers)}
        if "servicerequestupdates" in address.path and self.armed_at:
            page = int(parse_qs(address.query).get("page", ["1"])[0])
            return [self._update(n) for n in range((page - 1) * _PAGE + 1, min(page * _PAGE, len(self.numbers)) + 1)]
        return []

    def _update(self, number: int) -> dict[str, Any]:
        return {
            "update_id": f"u{number}",
            "service_request_id": str(number),
            "status": "open",
            "updated_datetime": self.armed_at,
            "description": "已转市政处",
            "extended_attributes": {"detailed_status": "dispatched"},
        }


async def main(port: int, wait_ms: float) -> None:
    """Serve until stopped."""
    server = await asyncio.start_server(SlowDesk(wait_ms / 1000).serve, "127.0.0.1", port, backlog=512)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
