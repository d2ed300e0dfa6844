"""A phone that pushes without pause and keeps a journal on the disk: what it tried before it sends, what it was told afterwards.

python -m tests.sync.load_journal <port file> <journal> <client id> <token> <place id> <stop file>
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from app.ids import new_id


def mutations(place: str, first_mid: int) -> list[dict[str, Any]]:
    """A count on the place and two visits."""
    heads = [{"mid": first_mid + n, "uuid": new_id(), "v": 1, "base_rev": 0} for n in range(3)]
    count = {"collection": "place", "id": place, "op": "patch", "changes": {"refusals": {"op": "inc", "by": 1}}}
    visits = [
        {
            "collection": "visit",
            "id": new_id(),
            "op": "create",
            "changes": {"place_id": {"to": place}, "outcome": {"to": "met"}},
        }
        for _ in range(2)
    ]
    return [{**head, **rest} for head, rest in zip(heads, [count, *visits], strict=True)]


def sent(port_file: Path, token: str, body: bytes) -> dict[str, Any] | None:
    """The outcomes, or None when the server died on the way."""
    connection = http.client.HTTPConnection("127.0.0.1", int(port_file.read_text()), timeout=10)
    headers = {"Cookie": f"doorstep={token}", "X-Doorstep": "1", "Content-Type": "application/json"}
    try:
        connection.request("POST", "/sync/push", body, headers)
        reply = connection.getresponse()
        answer = json.loads(reply.read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return answer if reply.status == 200 else None


def main(port_file: Path, journal: Path, client_id: str, token: str, place: str, stop: Path) -> None:
    """Push until told to stop; the batch on its way is delivered to the end, so that nothing is left open."""
    mid = 1
    with journal.open("a", encoding="utf-8") as lines:

        def note(word: str, batch: list[dict[str, Any]]) -> None:
            lines.writelines(f"{word} {m['collection']} {m['id']} {m['uuid']}\n" for m in batch)
            lines.flush()
            os.fsync(lines.fileno())

        while not stop.exists():
            batch = mutations(place, mid)
            note("tried", batch)
            body = json.dumps({"client_id": client_id, "mutations": batch}).encode()
            while (answer := sent(port_file, token, body)) is None:
                time.sleep(0.02)
            if {r["outcome"] for r in answer["results"]} != {"applied"}:
                note("refused", batch)
                raise SystemExit(str(answer))
            note("told", batch)
            mid += len(batch)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:6], Path(sys.argv[6]))
