"""Field policies: how one change meets the value that stands on the server (README, Merge policies). Values in, values out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from msgspec import UNSET

from sync.collections import Collection, Policy, Refused, Row
from sync.text_merge import merge as merge_text
from sync.wire import Change, Mutation, short

_SET = ("set",)
# What a device still holds without an answer; a record is not counted up more often than that meanwhile.
_COUNTED = 50
_OPS = {Policy.UNION: ("delta", "set"), Policy.COUNTER: ("inc", "set"), Policy.STATUS: ("step", "set")}


@dataclass(slots=True)
class Merged:
    """Result of one mutation on one row: which fields took a new value, which met another one, what was kept aside."""

    changed: dict[str, Any] = field(default_factory=dict)
    merged: list[str] = field(default_factory=list)
    kept: list[dict[str, Any]] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        if self.kept:
            return "conflict"
        return "merged" if self.merged else "applied"


def cleaned(collection: Collection, name: str, value: Any) -> Any:
    """The normal form of a value from outside; raises `Refused("invalid_value")` with the field's name."""
    if value is None:
        return None
    try:
        return collection.clean[name](value)
    except (ValueError, TypeError) as error:
        raise _invalid(name, error) from None


def _invalid(name: str, error: Exception) -> Refused:
    return Refused("invalid_value", f"{name}: {short(error)}")


def check_fields(collection: Collection, mutation: Mutation, *, trusted: bool) -> None:
    """Refuse unknown fields [M6] and, from devices, fields that only the server may set."""
    policies, plain = collection.policies, collection.plain
    for name, change in mutation.changes.items():
        if name in plain and change.op == "set":
            continue
        policy = policies.get(name)
        if policy is None:
            raise Refused("unknown_field", short(name))
        if policy is Policy.SERVER_ONLY and not trusted:
            raise Refused("server_only", name)
        if change.op != "set" and change.op not in _OPS.get(policy, _SET):
            # A newer app's change read as "set" would empty the field.
            raise Refused("invalid_value", f"{name}: {short(change.op)}")


def first_values(collection: Collection, mutation: Mutation) -> Row:
    """The row of a create: every field cleaned, absent ones None."""
    row: Row = collection.blank.copy()
    row["id"], row["rev"], row["deleted"] = mutation.id, 0, False
    plain, clean = collection.plain, collection.clean
    for name, change in mutation.changes.items():
        if name in plain:
            if change.to is not None:
                try:
                    row[name] = clean[name](change.to)
                except (ValueError, TypeError) as error:
                    raise _invalid(name, error) from None
            continue
        policy = collection.policies[name]
        if policy is Policy.UNION:
            elements = change.add if change.op == "delta" else (change.to or [])
            row[name] = _unique(cleaned(collection, name, elements) or [])
        elif policy is Policy.COUNTER:
            row[name] = cleaned(collection, name, change.by if change.op == "inc" else change.to)
            _remember_count(row, name, mutation)
        else:
            row[name] = cleaned(collection, name, change.to)
    return row


def merge_row(collection: Collection, row: Row, mutation: Mutation, client_id: str | None, *, trusted: bool) -> Merged:
    """Merge a mutation into `row`, in place. Status steps are left to the rule: here they only take the wanted value."""
    result = Merged()
    for name, change in mutation.changes.items():
        policy = collection.policies[name]
        if policy is Policy.UNION:
            _merge_union(collection, row, name, change, mutation, client_id, result)
        elif policy is Policy.COUNTER:
            if change.op != "inc" and mutation.op != "create":
                raise Refused("invalid_value", f"{name}: {change.op}")
            by = cleaned(collection, name, change.by)
            if by and _remember_count(row, name, mutation):
                _take(row, name, (row[name] or 0) + by, result)
        else:
            _merge_value(collection, row, name, policy, change, result, trusted)
    return result


def _remember_count(row: Row, name: str, mutation: Mutation) -> bool:
    """Whether `mutation` has not been counted in this field yet, under whatever number it came then [L9]; now it has.

    `adds` keeps the uuids of the last ones.
    """
    counted: list[str] = (row["adds"] or {}).get(name) or []
    if mutation.uuid in counted:
        return False
    row["adds"] = {**(row["adds"] or {}), name: [*counted, mutation.uuid][-_COUNTED:]}
    return True


def _take(row: Row, name: str, value: Any, result: Merged) -> None:
    row[name] = value
    result.changed[name] = value


def _merge_value(
    collection: Collection, row: Row, name: str, policy: Policy, change: Change, result: Merged, trusted: bool
) -> None:
    current, to = row[name], cleaned(collection, name, change.to)
    if current == to:
        return
    if policy is Policy.STATUS or (trusted and change.from_ is UNSET):
        _take(row, name, to, result)
        return
    if policy is Policy.WRITE_ONCE:
        if current is None:
            _take(row, name, to, result)
        else:
            result.kept.append({"field": name, "value": to, "kind": "lost"})
        return
    # The value the person saw is brought to the same normal form, or a phone would conflict with itself.
    seen = None if change.from_ is UNSET else _lenient(collection, name, change.from_)
    if current == seen or policy is Policy.SEALED:
        _take(row, name, to, result)
    elif policy is Policy.TEXT:
        _merge_texts(row, name, seen, to, result)
    elif policy is Policy.ASK:
        result.kept.append({"field": name, "value": to, "kind": "proposal"})
    else:
        result.kept.append({"field": name, "value": current, "kind": "lost"})
        _take(row, name, to, result)


def _lenient(collection: Collection, name: str, value: Any) -> Any:
    """The normal form of `from`; a value that is no longer allowed (an older rule) stays as it was."""
    try:
        return cleaned(collection, name, value)
    except Refused:
        return value


def _merge_texts(row: Row, name: str, seen: Any, to: Any, result: Merged) -> None:
    merged = merge_text(seen if isinstance(seen, str) else "", row[name] or "", to or "")
    if merged.text != (row[name] or ""):
        _take(row, name, merged.text, result)
    result.merged.append(name)
    if merged.conflict:
        # The whole other side is kept, not only the overlap: a person settles it by reading sentences in their context.
        result.kept.append({"field": name, "value": to, "kind": "lost"})


def _merge_union(
    collection: Collection,
    row: Row,
    name: str,
    change: Change,
    mutation: Mutation,
    client_id: str | None,
    result: Merged,
) -> None:
    """Sets: add wins over a concurrent remove. `adds` remembers at which revision, and by whom, an element came in."""
    current: list[Any] = row[name] or []
    wanted = _unique(cleaned(collection, name, change.add if change.op == "delta" else change.to) or [])
    add, remove = wanted, change.remove if change.op == "delta" else []
    if change.op == "set" and change.from_ is not UNSET:
        before = change.from_ if isinstance(change.from_, list) else []
        add, remove = [e for e in wanted if e not in before], [e for e in before if e not in wanted]
    remembered: dict[str, Any] = dict((row["adds"] or {}).get(name) or {})
    after = list(current)
    for element in remove:
        known = remembered.get(str(element))
        if known and known[0] > mutation.base_rev and known[1] != client_id:
            continue
        after = [e for e in after if e != element]
        remembered.pop(str(element), None)
    for element in add:
        if element not in after:
            after.append(element)
        remembered[str(element)] = [row["rev"] + 1, client_id]
    if add or remembered != ((row["adds"] or {}).get(name) or {}):
        row["adds"] = {**(row["adds"] or {}), name: remembered}
    if after != current:
        _take(row, name, after, result)


def _unique(elements: list[Any]) -> list[Any]:
    return list(dict.fromkeys(elements))
