"""Open311 GeoReport v2 (wiki.open311.org/GeoReport_v2): the adapter, for clean servers and for the ones there are.

Settings: `format` (json or xml), `jurisdiction_id`, `attributes` (codes of ours the services know: `client_reference`,
`resident_due`, `confidential`; default the first), `key_on_get` (false: the key travels with POSTs only).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from urllib3.filepost import encode_multipart_formdata

from app.domain.forwarding import HOUR_MS, MINUTE_MS, Outcome
from app.domain.platform_updates import PlatformUpdate
from app.external import open311_records as records
from app.external.adapters import (
    ABOUT_KNOWN,
    ENDING_WORDS,
    Adapter,
    Can,
    Facts,
    Found,
    LookUpFailed,
    Parcel,
    Sent,
    TokenAnswer,
    Unsuitable,
    Wanted,
)
from app.external.http import NoReply, NotSent, Reply
from app.external.open311_answers import content_of, judge_reply
from app.external.replies import number_of, w3_time, words_of

# GeoReport allows 4,000 characters; the reference must survive whatever a resident wrote.
MAX_DESCRIPTION = 4000
_CUT = "……（原文较长，此处从略）"
_PAGE_SIZE = 1000
_MAX_PAGES = 200
# A page that comes again and again may be all there is, if it is shorter than any server's usual page.
_SHORT_PAGE = 50
_NUMBERS_AT_ONCE = 50
_MARGIN_MS = 15 * MINUTE_MS
# Wrong zones and wrong clocks seldom differ by more than a day.
_WIDE_MARGIN_MS = 26 * HOUR_MS


class Open311(Adapter):
    """One GeoReport v2 endpoint; `target.url` is its base, as discovery gives it."""

    abilities = (
        Can.CREATE
        | Can.LOOK_UP_BY_TIME
        | Can.PULL_UPDATES
        | Can.ATTACH
        | Can.RETURN
        | Can.EXTEND
        | Can.REOPEN
        | Can.END
    )

    @property
    def _format(self) -> str:
        return "xml" if self.target.settings.get("format") == "xml" else "json"

    def compose(self, facts: Facts) -> dict[str, Any]:
        """The form fields of the POST."""
        known = self.target.settings.get("attributes", ["client_reference"])
        if facts.reopened or facts.ended:
            return _update(facts, known)
        if facts.lat is None and not facts.address:
            raise Unsuitable("no_location")
        fields = {
            "jurisdiction_id": self.target.settings.get("jurisdiction_id", ""),
            "service_code": facts.service_code,
            "description": described(facts.text, facts.reference),
            "address_string": facts.address[:400],
            "lat": "" if facts.lat is None else f"{facts.lat:.6f}",
            "long": "" if facts.lon is None else f"{facts.lon:.6f}",
            "phone": facts.phone,
            "attribute[client_reference]": facts.reference if "client_reference" in known else "",
            "attribute[confidential]": "true" if facts.confidential and "confidential" in known else "",
            "attribute[resident_due]": w3_time(facts.due_at) if facts.due_at and "resident_due" in known else "",
        }
        return {name: value for name, value in fields.items() if value}

    def send(self, parcel: Parcel, before_sending: Callable[[], None]) -> Sent:
        """POST Service Request, or for one that the platform has already POST Service Request Update."""
        resource = "servicerequestupdates" if parcel.operation in ABOUT_KNOWN else "requests"
        fields: list[tuple[str, Any]] = list(parcel.payload.items())
        if self.target.api_key:
            fields.append(("api_key", self.target.api_key))
        if parcel.photos:
            fields += [("media[]", (path.name, path.read_bytes(), "image/jpeg")) for path in parcel.photos]
            body, content_type = encode_multipart_formdata(fields)
        else:
            body, content_type = urlencode(fields).encode(), "application/x-www-form-urlencoded; charset=utf-8"
        headers = {"Content-Type": content_type, "Idempotency-Key": parcel.reference, "Accept": self._accepts}
        try:
            reply = self.outward.call(
                "POST", self._url(resource), body=body, headers=headers, before_sending=before_sending
            )
        except NotSent as failure:
            return Sent(Outcome.NOT_SENT, detail=failure.code)
        except NoReply as failure:
            return Sent(Outcome.UNKNOWN, detail=failure.code, http_status=failure.status)
        return judge_reply(reply, parcel)

    def probe(self) -> bool:
        """Whether the service list can be had; a refusal in words is an answer too."""
        try:
            reply = self._get(self._url("services"), {})
        except LookUpFailed:
            return False
        return reply.status < 500 and content_of(reply).readable

    def search(self, wanted: Sequence[Wanted], now: int) -> Found:
        """Look for references by service and time, and for what was said of a known request among its updates."""
        copies: dict[str, list[str]] = {}
        unnumbered: set[str] = set()
        unproved: set[str] = set()
        for group in _grouped(wanted):
            try:
                found, complete = self._search_group(group, now)
            except LookUpFailed:
                found, complete = {}, False
            copies |= {reference: numbers for reference, numbers in found.items() if numbers}
            unnumbered |= {reference for reference, numbers in found.items() if not numbers}
            if not complete:
                unproved |= {w.reference for w in group} - found.keys()
        return Found(copies, frozenset(unnumbered), frozenset(unproved))

    def _search_group(self, group: Sequence[Wanted], now: int) -> tuple[dict[str, list[str]], bool]:
        first = group[0]
        references = {w.reference for w in group}
        if first.operation in ABOUT_KNOWN:
            items, complete = self._list("servicerequestupdates", {"service_request_id": first.platform_id or ""})
            said = {reference for item in items if (reference := records.reference_of(item)) in references}
            return {reference: [first.platform_id or ""] for reference in said if reference}, complete
        margin = _WIDE_MARGIN_MS if first.wide else _MARGIN_MS
        params = {
            "service_code": first.service_code,
            "start_date": w3_time(min(w.since for w in group) - margin),
            "end_date": w3_time(now + margin),
        }
        items, complete = self._list("requests", params)
        return records.copies_of(references, items), complete

    def number_for(self, token: str) -> TokenAnswer:
        """GET service_request_id from a token; an unknown token is one whose number is not there yet."""
        try:
            reply = self._get(self._url(f"tokens/{quote(token, safe='')}"), {})
        except LookUpFailed:
            return TokenAnswer(None, answered=False)
        numbers = [number_of(item.get("service_request_id")) for item in content_of(reply).items]
        return TokenAnswer(next((n for n in numbers if n), None) if reply.status < 300 else None, reply.status < 500)

    def updates(self, since: int, now: int) -> Iterator[list[PlatformUpdate]]:
        """Service request updates where the server has them, then how each changed request stands."""
        window = {"start_date": w3_time(since), "end_date": w3_time(now + _MARGIN_MS)}
        try:
            yield from (records.steps(page) for page in self._pages("servicerequestupdates", window))
        except LookUpFailed as failure:
            # Many servers have requests only; for them the snapshots below tell the story.
            if failure.code not in ("http_400", "http_404", "http_405", "http_501", "not_data"):
                raise
        for page in self._pages("requests", {"updated_after": w3_time(since)}):
            yield records.snapshots(page)

    def snapshots(self, numbers: Sequence[str]) -> dict[str, PlatformUpdate]:
        """Asks for many numbers at once, then one by one for those that did not come back: some servers read only the first."""
        found: dict[str, PlatformUpdate] = {}
        for start in range(0, len(numbers), _NUMBERS_AT_ONCE):
            some = numbers[start : start + _NUMBERS_AT_ONCE]
            page, _ = self._page("requests", {"service_request_id": ",".join(some)})
            found |= {str(s.platform_id): s for s in records.snapshots(page) if s.platform_id in some}
            for number in some:
                if number not in found:
                    page, _ = self._page(f"requests/{quote(number, safe='')}", {})
                    found |= {str(s.platform_id): s for s in records.snapshots(page) if s.platform_id == number}
        return found

    def services(self) -> list[dict[str, str]]:
        """GET Service List."""
        page, _ = self._page("services", {})
        services = []
        for item in page:
            if code := number_of(item.get("service_code")):
                name, kind = words_of(item.get("service_name")) or code, words_of(item.get("type")).lower()
                services.append({"code": code, "name": name, "type": kind or "realtime"})
        return services

    @property
    def _accepts(self) -> str:
        return "text/xml" if self._format == "xml" else "application/json"

    def _url(self, resource: str) -> str:
        return f"{self.target.url.rstrip('/')}/{resource}.{self._format}"

    def _get(self, url: str, params: Mapping[str, str]) -> Reply:
        query = dict(params)
        if jurisdiction := self.target.settings.get("jurisdiction_id"):
            query["jurisdiction_id"] = jurisdiction
        if self.target.api_key and self.target.settings.get("key_on_get", True):
            query["api_key"] = self.target.api_key
        try:
            return self.outward.call(
                "GET", f"{url}?{urlencode(query)}" if query else url, headers={"Accept": self._accepts}
            )
        except (NotSent, NoReply) as failure:
            raise LookUpFailed(failure.code) from None

    def _page(self, resource: str, params: Mapping[str, str]) -> tuple[list[dict[str, Any]], int]:
        reply = self._get(self._url(resource), {"extensions": "true", **params})
        content = content_of(reply)
        if reply.status == 404 and content.readable:
            # Some servers say "not found" where they mean an empty list; they say it in their format, though.
            return [], 404
        if not 200 <= reply.status < 300:
            raise LookUpFailed(f"http_{reply.status}")
        if not content.readable or content.errors:
            raise LookUpFailed("not_data")
        return content.items, reply.status

    def _pages(self, resource: str, params: Mapping[str, str]) -> Iterator[list[dict[str, Any]]]:
        """Pages until one is empty or brings nothing new: some servers give the same page for ever."""
        seen: set[str] = set()
        for number in range(1, _MAX_PAGES + 1):
            paging = {"page": str(number), "page_size": str(_PAGE_SIZE)}
            page, status = self._page(resource, {**params, **paging})
            if status == 404 and number == 1 and resource == "servicerequestupdates":
                raise LookUpFailed("http_404")
            fresh = {_key(item): item for item in page}
            news = [item for key, item in fresh.items() if key not in seen]
            if not news:
                return
            seen |= fresh.keys()
            yield news

    def _list(self, resource: str, params: Mapping[str, str]) -> tuple[list[dict[str, Any]], bool]:
        """All records, and whether they really are all."""
        seen: dict[str, dict[str, Any]] = {}
        for number in range(1, _MAX_PAGES + 1):
            page, _ = self._page(resource, {**params, "page": str(number), "page_size": str(_PAGE_SIZE)})
            fresh = {_key(item): item for item in page}
            if not page:
                return list(seen.values()), True
            if fresh.keys() <= seen.keys():
                return list(seen.values()), len(seen) < _SHORT_PAGE
            seen |= fresh
        return list(seen.values()), False


def _update(facts: Facts, known: Sequence[str]) -> dict[str, Any]:
    """The form fields of a Service Request Update: reopened with its reason, or closed by the resident."""
    fields = {
        "service_request_id": facts.platform_id,
        "update_id": facts.reference,
        "updated_datetime": w3_time(facts.composed_at),
        "status": "CLOSED" if facts.ended else "OPEN",
        "description": described(ENDING_WORDS[facts.ended] if facts.ended else facts.reopened, facts.reference),
    }
    if facts.reopened and facts.due_at and "resident_due" in known:
        fields["attribute[resident_due]"] = w3_time(facts.due_at)
    return fields


def _key(item: Mapping[str, Any]) -> str:
    """By what one and the same record is known when a page comes again."""
    return repr(sorted(item.items(), key=str))


def described(text: str, reference: str) -> str:
    """The description: what was said, and our reference as its last line."""
    line = records.LAST_LINE.format(reference)
    room = MAX_DESCRIPTION - len(line)
    if len(text) > room:
        text = text[: room - len(_CUT)] + _CUT
    return text + line


def _grouped(wanted: Sequence[Wanted]) -> list[list[Wanted]]:
    """One list of requests answers for all references of a service; a reopened request is asked for by its number."""
    groups: dict[tuple[Any, ...], list[Wanted]] = {}
    for one in wanted:
        key = (one.operation, one.platform_id) if one.operation == "reopen" else (one.service_code, one.wide)
        groups.setdefault(key, []).append(one)
    return list(groups.values())
