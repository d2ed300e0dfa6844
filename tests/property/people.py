"""What people do in generated histories: each act is drawn from three numbers, so that a failing history shrinks to few and small ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app.ids import diary_id
from tests.devices import Phone, Record
from tests.factories import City

DIARY_ON = "2026-11-20"
STATUSES = ("solved_on_spot", "explained", "own_unit", "to_be_forwarded", "agreed", "reopened", "closed", "withdrawn")
CLOCKS = (0, -62_135_596_800_000, 253_402_300_799_000, 1_764_000_000_000)


@dataclass
class People:
    """The acts. `word()` gives a value that no other mutation uses, so that every value can be followed."""

    city: City
    counter: int = 0
    # Removals of a tag that the person's phone did not know: they can take away nothing.
    blind: set[str] = field(default_factory=set)
    acts: list[Callable[[Phone, int, int], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        # What two people are likely to collide on stands here more than once.
        self.acts = [
            self.visit,
            self.visit,
            self.correct_a_visit,
            self.change_the_address,
            self.change_the_address,
            self.note_hardship,
            self.count_refusals,
            self.tag,
            self.tag,
            self.write_the_diary,
            self.write_the_diary,
            self.write_the_diary,
            self.record_a_request,
            self.step,
            self.comment,
            self.settle,
            self.make_nonsense,
            self.turn_the_clock,
        ]

    def word(self) -> str:
        """A value that no other mutation uses."""
        self.counter += 1
        return f"w{self.counter}"

    def act(self, phone: Phone, kind: int, a: int, b: int) -> None:
        """One act of one person."""
        self.acts[kind % len(self.acts)](phone, a, b)

    def _place(self, phone: Phone, a: int) -> str | None:
        ids = sorted(key[1] for key in phone.base if key[0] == "place")
        # Few places for many people: that is where histories get interesting.
        return ids[a % min(2, len(ids))] if ids else None

    def visit(self, phone: Phone, a: int, b: int) -> None:
        """A visit to a place on the list."""
        place = self._place(phone, a)
        if place:
            phone.create("visit", {"place_id": place, "outcome": ("met", "nobody", "vacant")[b % 3]})

    def correct_a_visit(self, phone: Phone, a: int, b: int) -> None:
        """Another outcome for some visit."""
        self._patch(phone, "visit", a, {"outcome": ("met", "inconvenient", "moved")[b % 3]})

    def change_the_address(self, phone: Phone, a: int, b: int) -> None:
        """An ordinary value."""
        self._patch_place(phone, a, {"address": self.word()})

    def note_hardship(self, phone: Phone, a: int, b: int) -> None:
        """A weighty value."""
        self._patch_place(phone, a, {"hardship": self.word()})

    def count_refusals(self, phone: Phone, a: int, b: int) -> None:
        """A counter."""
        self._patch_place(phone, a, {"refusals": {"op": "inc", "by": b % 3 + 1}})

    def tag(self, phone: Phone, a: int, b: int) -> None:
        """A set."""
        element = ["甲", "乙", "丙"][b % 3]
        add, remove = ([element], []) if b % 2 else ([], [element])
        place = self._place(phone, a)
        if place:
            # What an own removal hides that is not in yet, the phone has seen all the same: its next removal counts.
            rows = (phone.view("place", place), phone.base.get(("place", place)))
            known = {tag for row in rows if row for tag in row.get("tags") or []}
            mid = phone.patch("place", place, {"tags": {"op": "delta", "add": add, "remove": remove}})
            if not set(remove) & known:
                self.blind.add(phone.outbox[mid]["uuid"])

    def write_the_diary(self, phone: Phone, a: int, b: int) -> None:
        """A new sentence somewhere, and sometimes one struck out; now and then in Li's diary instead of the own one."""
        author = self.city.people["li"] if a % 3 else phone.person_id
        diary = diary_id(author, DIARY_ON)
        now = phone.view("diary", diary)
        parts = [part + "。" for part in (now or {}).get("text", "").split("。") if part]
        if b % 4 == 0 and parts:
            parts.pop(a % len(parts))
        parts.insert(b % (len(parts) + 1), self.word() + "。")
        if now is None:
            phone.create("diary", {"author_id": author, "diary_on": DIARY_ON, "text": "".join(parts)}, id=diary)
        else:
            phone.patch("diary", diary, {"text": "".join(parts)})

    def record_a_request(self, phone: Phone, a: int, b: int) -> None:
        """A request with one of the handlings, or none yet."""
        place, handling = self._place(phone, a), (None, "on_the_spot", "explain", "forward")[b % 4]
        if place:
            values: Record = {"place_id": place, "text": self.word()}
            phone.create("service_request", values | ({"handling": handling} if handling else {}))

    def step(self, phone: Phone, a: int, b: int) -> None:
        """A step of a request, allowed or not."""
        change = {"op": "step", "to": STATUSES[b % len(STATUSES)], "reason": "因故", "evidence": ["resident_agreement"]}
        self._patch(phone, "service_request", a, {"status": change})

    def comment(self, phone: Phone, a: int, b: int) -> None:
        """A note on a request."""
        ids = sorted(key[1] for key in phone.base if key[0] == "service_request")
        if ids:
            values = {"service_request_id": ids[a % len(ids)], "kind": "comment", "text": self.word()}
            phone.create("service_request_event", values)

    def settle(self, phone: Phone, a: int, b: int) -> None:
        """Decide for the other value of a conflict."""
        place = self._place(phone, a)
        row = phone.view("place", place) if place else None
        if row and row.get("conflict"):
            entry = row["conflict"][b % len(row["conflict"])]
            phone.patch("place", row["id"], {entry["field"]: entry["value"]}, settles=[entry["uuid"]])

    def make_nonsense(self, phone: Phone, a: int, b: int) -> None:
        """A poison mutation."""
        phone.create("visit", {"place_id": self.city.places["p1"], "outcome": "danced"})

    def turn_the_clock(self, phone: Phone, a: int, b: int) -> None:
        """The year 1, 1970 or 9999."""
        phone.now = CLOCKS[b % len(CLOCKS)]

    def _patch_place(self, phone: Phone, a: int, values: Record) -> None:
        place = self._place(phone, a)
        if place:
            phone.patch("place", place, values)

    def _patch(self, phone: Phone, collection: str, a: int, values: Record) -> None:
        keys = {key[1] for key in phone.base if key[0] == collection}
        keys |= {m["id"] for m in phone.outbox.values() if m["collection"] == collection and m["op"] == "create"}
        if keys:
            phone.patch(collection, sorted(keys)[a % len(keys)], values)
