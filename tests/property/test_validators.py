"""Schemas and fast validators are one check with two callers; and no schema lets through what its column cannot hold."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError
from sqlalchemy import BigInteger, Integer, String

from app.schemas import records
from app.schemas.fields import Answers, Anything, Day, Text, Whole, Word
from app.synced import REGISTRY

SCHEMAS: dict[str, Schema] = {
    name: made()
    for name, made in vars(records).items()
    if isinstance(made, type) and issubclass(made, Schema) and made is not Schema
}
FIELDS = [(name, field) for name, schema in sorted(SCHEMAS.items()) for field in sorted(schema.fields)]

words = st.sampled_from(
    [
        "met",
        "household",
        "a",
        "2026-11-20",
        "2026-02-30",
        "é",
        "e\u0301",
        "\x00",
        "\ud800",
        "　空 白　",
        "x" * 70,
        "一\r\n二",
    ]
)
numbers = st.integers(-(2**70), 2**70) | st.floats() | st.sampled_from([0, 1, 90, 90.5, 180, 2**31, 2**53, 36.456])
scalars = st.none() | st.booleans() | numbers | words | st.text(max_size=30)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=12)
        | st.dictionaries(
            st.sampled_from(["lat", "lon", "error", "accuracy_m", "android", "q1"]) | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


def loaded(schema: Schema, field: str, value: Any) -> tuple[str, Any]:
    """What marshmallow makes of a value."""
    try:
        return "taken", schema.load({field: value})[field]
    except ValidationError:
        return "refused", None


def cleaned(schema: Schema, field: str, value: Any) -> tuple[str, Any]:
    """What the door's validator makes of it."""
    checker: Any = schema.fields[field]
    try:
        return "taken", checker.clean(value)
    except ValueError:
        return "refused", None


@given(st.sampled_from(FIELDS), values)
@settings(max_examples=3000, deadline=None)
def test_marshmallow_and_the_door_say_the_same_of_any_value(where: tuple[str, str], value: Any) -> None:
    schema = SCHEMAS[where[0]]
    if value is None:
        # The door never asks about null: it empties a field.
        return
    said, made = loaded(schema, where[1], value)
    assert (said, repr(made)) == (cleaned(schema, where[1], value)[0], repr(cleaned(schema, where[1], value)[1]))


@given(st.sampled_from(FIELDS), values)
@settings(max_examples=3000, deadline=None)
def test_what_is_clean_stays_as_it_is(where: tuple[str, str], value: Any) -> None:
    schema = SCHEMAS[where[0]]
    said, once = cleaned(schema, where[1], value) if value is not None else ("refused", None)
    if said == "taken":
        assert repr(cleaned(schema, where[1], once)) == repr((said, once))


@given(st.sampled_from(FIELDS), values)
@settings(max_examples=3000, deadline=None)
def test_what_is_clean_can_be_stored_by_every_database(where: tuple[str, str], value: Any) -> None:
    schema = SCHEMAS[where[0]]
    if value is None or isinstance(schema.fields[where[1]], Anything):
        return
    said, made = cleaned(schema, where[1], value)
    if said == "taken":
        for part in parts(made):
            if isinstance(part, str):
                assert "\0" not in part
                part.encode()
            elif isinstance(part, (int, float)):
                assert abs(part) <= 2**53


def parts(value: Any) -> list[Any]:
    """A value and all that is in it."""
    if isinstance(value, dict):
        return [p for pair in value.items() for one in pair for p in parts(one)]
    if isinstance(value, list):
        return [p for one in value for p in parts(one)]
    return [value]


COLUMNS = [(c, name) for c in REGISTRY.values() for name in c.policies]


@pytest.mark.parametrize(("collection", "name"), COLUMNS, ids=lambda v: getattr(v, "name", v))
def test_a_schema_lets_nothing_through_that_its_column_cannot_hold(collection: Any, name: str) -> None:
    field: Any = collection.clean[name].__self__
    column = collection.table.columns[name].type
    if isinstance(field, Whole) and isinstance(column, Integer) and not isinstance(column, BigInteger):
        assert -(2**31) <= field.least <= field.most < 2**31
    if isinstance(column, String) and column.length:
        if isinstance(field, Word):
            longest = max(map(len, field.options)) if field.options else field.most
        elif isinstance(field, Day):
            longest = len("2026-11-20")
        else:
            assert isinstance(field, Text)
            longest = field.max_length
        # A tracking code comes with dashes and is brought to its twelve characters by its rule.
        assert longest <= column.length or name == "tracking_code"


def test_answers_hold_texts_numbers_and_lists_of_texts_only() -> None:
    answers: Any = Answers()
    assert answers.clean({"q1": ["甲"], "q2": 3, "q3": True, "q4": "是"}) == {
        "q1": ["甲"],
        "q2": 3,
        "q3": True,
        "q4": "是",
    }
    for bad in (float("nan"), float("inf"), 2**60, [1], [["甲"]], {"a": 1}, None):
        with pytest.raises(ValueError, match=r"[a-z_]+"):
            answers.clean({"q": bad})
