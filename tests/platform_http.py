"""How the misbehaving platform of the tests speaks HTTP: the handler of `tests/platform.py`."""

from __future__ import annotations

import json
import socket
from datetime import datetime, timedelta, timezone
from email.parser import BytesParser
from email.policy import HTTP
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlsplit
from xml.sax.saxutils import escape

from app.domain.codes import references_in

if TYPE_CHECKING:
    from tests.platform import Copy, Platform

_BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><service_requests><request><service_request_id>&c;'
    b"</service_request_id></request></service_requests>"
)
_HTML = "<!DOCTYPE html><html><head><title>网关</title></head><body><h1>系统繁忙</h1></body></html>".encode()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    # A client that hangs up on us is half of what this platform is for.
    handle_error = lambda *_: None  # noqa: E731


class Handler(BaseHTTPRequestHandler):
    platform: Platform

    def log_message(self, *_: object) -> None:
        return

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(self.platform.now(), usegmt=True)

    def answer(
        self, status: int, body: bytes, content_type: str = "application/json; charset=utf-8", **headers: str
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def records(self, items: list[dict[str, Any]], status: int = 200, root: str = "service_requests") -> None:
        quirks = self.platform.quirks
        if "xml_for_json" in quirks or ".xml" in self.path:
            return self.answer(status, _xml(root, items), "text/xml; charset=utf-8")
        value: Any = items
        if "wrapped" in quirks:
            value = {root: items}
        elif "wrapped_twice" in quirks:
            value = {"data": {root: {"request": items}}}
        elif "bare_object" in quirks and len(items) == 1:
            value = items[0]
        text = json.dumps(value, ensure_ascii=False)
        if "gb18030" in quirks:
            return self.answer(status, text.encode("gb18030"), "application/json")
        label = "iso-8859-1" if "mislabelled_charset" in quirks else "utf-8"
        return self.answer(
            status, text.encode(), f"text/html; charset={label}" if label != "utf-8" else "application/json"
        )

    def errors(self, status: int, words: str) -> None:
        self.records([{"code": status, "description": words}], status, "errors")

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def keep_waiting(self) -> None:
        """Say nothing until the client gives up."""
        self.close_connection = True
        self.connection.settimeout(0.05)
        while not self.platform.closing.is_set():
            try:
                if not self.connection.recv(1):
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def cut_short(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "400")
        self.end_headers()
        self.wfile.write(b'[{"service_request_id": "1')
        self.hang_up()

    def huge(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        for _ in range(50):
            self.wfile.write(b" " * 1024 * 1024)
        self.hang_up()

    def redirect(self, status: int) -> None:
        self.answer(status, b"", Location=f"{self.platform.url}/elsewhere/requests.json")

    def do_POST(self) -> None:
        platform = self.platform
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fields, photos = _form(self.headers.get("Content-Type", ""), body)
        with platform.lock:
            platform.bodies.append(body)
            platform.posted_to.append(self.path)
        if platform.key is not None and fields.get("api_key") != platform.key:
            return self.errors(403, "api_key")
        if "/servicerequestupdates" in self.path:
            return self.post_update(fields)
        if "/requests" not in self.path or "/elsewhere/" in self.path:
            return self.errors(404, "unknown")
        reference = (references_in(fields.get("description", "")) or [""])[-1]
        with platform.lock:
            fault = platform.faults.popleft() if platform.faults else "ok"
            if fault == "ok" and fields.get("service_code") == "repairs":
                # A batch service: the number comes later, and until then the request is in no list.
                fault = "token"
            platform.posts.append((reference, fault))
        platform.when_received(reference, "before_commit")
        copy = platform.commit(fields, photos) if fault in platform.committed else None
        platform.when_received(reference, "after_commit")
        return self.post_with(fault, copy)

    def post_update(self, fields: dict[str, str]) -> None:
        platform = self.platform
        fault = platform.faults.popleft() if platform.faults else "ok"
        reference = fields.get("update_id", "")
        platform.posts.append((reference, fault))
        platform.when_received(reference, "before_commit")
        copy = next((c for c in platform.copies if c.number == fields.get("service_request_id")), None)
        if copy is None:
            return self.errors(404, "unknown number")
        if fault in platform.committed:
            status = "closed" if fields.get("status", "").lower() == "closed" else "dispatched"
            platform.report(copy, status, fields.get("description", ""))
        platform.when_received(reference, "after_commit")
        if fault == "ok":
            return self.records([{"update_id": platform.updates[-1]["update_id"]}], root="service_request_updates")
        return self.post_with(fault, copy)

    def post_with(self, fault: str, copy: Copy | None) -> None:
        number = {"service_request_id": self.platform._number(copy)} if copy else {}
        match fault.removesuffix("_after_commit").removesuffix("_before_commit"):
            case "ok":
                self.records([{**number, "service_notice": "已收到"}])
            case "drop":
                self.hang_up()
            case "slow":
                self.keep_waiting()
            case "500" | "502" | "503" as status:
                self.answer(int(status), _HTML, "text/html")
            case "html_200":
                self.answer(200, _HTML, "text/html")
            case "empty_200":
                self.answer(200, b"")
            case "list_empty":
                self.records([])
            case "errors_200":
                self.errors(200, "something")
            case "id_0":
                self.records([{"service_request_id": 0}])
            case "id_empty":
                self.records([{"service_request_id": ""}])
            case "blind":
                self.records([{"service_notice": "谢谢"}])
            case "blind_204":
                self.answer(204, b"")
            case "redirect_303":
                self.redirect(303)
            case "redirect_307":
                self.redirect(307)
            case "bomb":
                self.answer(200, _BOMB, "text/xml")
            case "huge":
                self.huge()
            case "cut_short":
                self.cut_short()
            case "429":
                self.answer(429, b"", Retry_After="60")
            case "duplicate_409":
                self.errors(409, "duplicate")
            case "token" | "token_never":
                assert copy is not None
                copy.token = f"t-{copy.number}" if fault == "token" else f"never-{copy.number}"
                self.records([{"token": copy.token}])
            case "echo_400":
                self.errors(
                    400,
                    f"not taken: {self.platform.bodies[-1].decode()} {unquote_plus(self.platform.bodies[-1].decode())}",
                )
            case status:
                self.errors(int(status), f"refused: {status}")

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        resource, _, extension = parts.path.removeprefix("/v2/").rpartition(".")
        if not resource:
            resource = extension
        if resource == "services":
            services = [("lights", "路灯", "realtime"), ("repairs", "道路维修", "batch")]
            named = [{"service_code": code, "service_name": name, "type": kind} for code, name, kind in services]
            return self.records(named, root="services")
        if resource.startswith("tokens/"):
            return self.get_token(resource.removeprefix("tokens/"))
        if resource.split("/")[0] not in ("requests", "servicerequestupdates"):
            return self.errors(404, "unknown")
        fault = self.platform.search_faults.popleft() if self.platform.search_faults else "ok"
        if fault != "ok":
            return self.get_with(fault)
        if resource == "servicerequestupdates":
            return self.get_updates(query)
        if resource == "requests":
            return self.get_requests(query)
        return self.listed(
            [c for c in self.visible() if c.number == resource.removeprefix("requests/")], {}, single=True
        )

    def get_with(self, fault: str) -> None:
        match fault:
            case "drop":
                self.hang_up()
            case "500":
                self.answer(500, _HTML, "text/html")
            case "html":
                self.answer(200, _HTML, "text/html")
            case "bomb":
                self.answer(200, _BOMB, "text/xml")
            case "huge":
                self.huge()
            case "slow":
                self.keep_waiting()
            case "cut_short":
                self.cut_short()
            case "redirect":
                self.redirect(302)

    def visible(self) -> list[Copy]:
        with self.platform.lock:
            return [copy for copy in self.platform.copies if not self.platform.hidden(copy) and copy.token is None]

    def get_token(self, token: str) -> None:
        with self.platform.lock:
            copy = next((c for c in self.platform.copies if c.token == token), None)
        if copy is None:
            return self.errors(404, "unknown token")
        number = {} if token.startswith("never") else {"service_request_id": self.platform._number(copy)}
        return self.records([{"token": token, **number}])

    def get_requests(self, query: dict[str, str]) -> None:
        copies = self.visible()
        if numbers := query.get("service_request_id"):
            asked = numbers.split(",")[: 1 if "only_first_id" in self.platform.quirks else None]
            return self.listed([c for c in copies if c.number in asked], {})
        if code := query.get("service_code"):
            copies = [c for c in copies if c.fields.get("service_code") == code]
        if start := query.get("start_date"):
            copies = [c for c in copies if _when(start) <= c.at <= _when(query["end_date"])]
        if after := query.get("updated_after"):
            copies = [c for c in copies if (c.updated_at or c.at).replace(microsecond=0) >= _when(after)]
        return self.listed(copies, query)

    def listed(self, copies: list[Copy], query: dict[str, str], single: bool = False) -> None:
        platform = self.platform
        if "newest_first" in platform.quirks:
            copies = copies[::-1]
        size = min(platform.page_size, int(query.get("page_size", platform.page_size)))
        page = 1 if "same_page_for_ever" in platform.quirks else int(query.get("page", 1))
        shown = copies[(page - 1) * size : page * size]
        if not shown and (single or "404_for_empty" in platform.quirks):
            return self.errors(404, "record not found")
        return self.records([platform.record(copy) for copy in shown])

    def get_updates(self, query: dict[str, str]) -> None:
        platform = self.platform
        if not platform.has_updates:
            return self.errors(404, "no such resource")
        with platform.lock:
            updates = list(platform.updates)
        if start := query.get("start_date"):
            updates = [u for u in updates if _instant(u["updated_datetime"]) >= _when(start)]
        if number := query.get("service_request_id"):
            updates = [u for u in updates if u["service_request_id"] == number]
        size = min(platform.page_size, int(query.get("page_size", platform.page_size)))
        page = 1 if "same_page_for_ever" in platform.quirks else int(query.get("page", 1))
        return self.records(updates[(page - 1) * size : page * size], root="service_request_updates")


def _when(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _instant(text: str) -> datetime:
    """A time of our own; without a zone it is local."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone(timedelta(hours=8)))


def _form(content_type: str, body: bytes) -> tuple[dict[str, str], list[bytes]]:
    if not content_type.startswith("multipart/"):
        return dict(parse_qsl(body.decode(), keep_blank_values=True)), []
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    fields, photos = {}, []
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        name = str(part.get_param("name", header="content-disposition"))
        if part.get_filename():
            photos.append(content)
        else:
            fields[name] = content.decode()
    return fields, photos


def _xml(root: str, items: list[dict[str, Any]]) -> bytes:
    item = {"service_requests": "request", "service_request_updates": "request_update"}.get(root, root.rstrip("s"))
    inner = "".join(f"<{item}>{''.join(_element(k, v) for k, v in entry.items())}</{item}>" for entry in items)
    return f'<?xml version="1.0" encoding="utf-8"?><{root}>{inner}</{root}>'.encode()


def _element(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return f"<{name}>{''.join(_element(k, v) for k, v in value.items())}</{name}>"
    if isinstance(value, list):
        return f"<{name}>{''.join(_element(name.rstrip('s'), v) for v in value)}</{name}>"
    return f"<{name}>{'' if value is None else escape(str(value))}</{name}>"
