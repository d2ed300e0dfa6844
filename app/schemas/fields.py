"""Field types of our records. They are strict (no "yes" for true) and bring text to one normal form."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields

# Everything in Unicode's Cc but tab and line feed, and what PostgreSQL or a terminal would choke on.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"[\s\u3000]+")
# Overrides of text direction can make a name read as another one.
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")


def plain_text(value: str) -> str:
    """Several lines of text: NFC, LF line ends, no control characters, no lone surrogates."""
    if value.isascii() and value.isprintable():
        return value
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    value = _SURROGATE.sub("\ufffd", value)
    value = _DIRECTION.sub("", _CONTROL.sub("", value))
    return unicodedata.normalize("NFC", value)


def one_line(value: str) -> str:
    """One line of text: as `plain_text`, white space folded."""
    return _SPACE.sub(" ", plain_text(value)).strip()


class Strict:
    """Loads through `clean`, which is also what the sync door calls for each value: one check, two callers."""

    def clean(self, value: Any) -> Any:
        """The normal form of a value; raises ValueError with a word."""
        raise NotImplementedError

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return self.clean(value)
        except ValueError as error:
            raise ValidationError(str(error)) from None


class Text(Strict, fields.String):
    """Several lines; `max_length` in code points, after normalisation."""

    def __init__(self, max_length: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_length = max_length

    def clean(self, value: Any) -> str:
        """The normal form; raises ValueError."""
        if type(value) is not str:
            raise ValueError("not_text")
        text = self.normalise(value)
        if len(text) > self.max_length:
            raise ValueError(f"longer_than_{self.max_length}")
        return text

    def normalise(self, value: str) -> str:
        """How this kind of text is folded."""
        return plain_text(value)


class Line(Text):
    """One line."""

    def normalise(self, value: str) -> str:
        return one_line(value)


class Word(Strict, fields.String):
    """One of a fixed set of codes, or (without `options`) a code of at most `most` letters, digits and `_-:.` (default: an id)."""

    _ANY = re.compile(r"[A-Za-z0-9_:.\-]+")

    def __init__(self, *options: str, most: int = 36, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # In the order given: generated types and documents keep it.
        self.options = options
        self.most = most
        self._known = frozenset(options)

    def clean(self, value: Any) -> str:
        """The code itself; raises ValueError."""
        if type(value) is not str or not (value in self._known if self._known else self._is_code(value)):
            raise ValueError("not_a_known_word")
        return value

    def _is_code(self, value: str) -> bool:
        return len(value) <= self.most and self._ANY.fullmatch(value) is not None


class Whole(Strict, fields.Integer):
    """A whole number within limits (default: what a 64-bit column and JavaScript both hold)."""

    def __init__(self, least: int = 0, most: int = 2**53 - 1, **kwargs: Any) -> None:
        super().__init__(strict=True, **kwargs)
        self.least, self.most = least, most

    def clean(self, value: Any) -> int:
        """The number; raises ValueError."""
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int or not self.least <= value <= self.most:
            raise ValueError("number_out_of_range")
        return value


class Degrees(Strict, fields.Float):
    """A coordinate in degrees WGS-84."""

    def __init__(self, most: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most

    def clean(self, value: Any) -> float:
        """The number; raises ValueError (for NaN too)."""
        if type(value) not in (int, float) or not -self.most <= value <= self.most:
            raise ValueError("number_out_of_range")
        return float(value)


class Flag(Strict, fields.Boolean):
    """true or false, nothing else."""

    def clean(self, value: Any) -> bool:
        """The value; raises ValueError."""
        if type(value) is not bool:
            raise ValueError("not_true_or_false")
        return value


class Day(Strict, fields.String):
    """A date, YYYY-MM-DD, that exists."""

    _FORM = re.compile(r"(\d{4})-(\d\d)-(\d\d)")

    def clean(self, value: Any) -> str:
        """The date as text; raises ValueError."""
        if type(value) is not str or not self._FORM.fullmatch(value):
            raise ValueError("not_a_date")
        date.fromisoformat(value)
        return value


class ListOf(Strict, fields.List[Any]):
    """At most `most` elements of one field."""

    def __init__(self, inner: Any, most: int, **kwargs: Any) -> None:
        super().__init__(inner, **kwargs)
        self.most = most

    def clean(self, value: Any) -> list[Any]:
        """Each element cleaned; raises ValueError."""
        if type(value) is not list or len(value) > self.most:
            raise ValueError("list_too_long")
        inner: Any = self.inner
        return [inner.clean(element) for element in value]


class Part(Strict, fields.Nested):
    """A JSON object inside a record, described by a schema of strict fields; unknown keys are dropped."""

    def clean(self, value: Any) -> dict[str, Any]:
        """The object with cleaned values; raises ValueError."""
        if type(value) is not dict:
            raise ValueError("not_an_object")
        parts: dict[str, Any] = self.schema.fields
        cleaned = {n: parts[n].clean(v) for n, v in value.items() if n in parts and v is not None}
        if not cleaned:
            raise ValueError("empty_object")
        return cleaned


class Answers(Strict, fields.Dict):
    """Answers of a questionnaire: question id -> a text, a number or a list of texts."""

    _text = Text(2000)

    def clean(self, value: Any) -> dict[str, Any]:
        """The answers cleaned; raises ValueError."""
        if type(value) is not dict or len(value) > 60:
            raise ValueError("not_answers")
        return {one_line(str(key))[:40]: self._one(answer) for key, answer in value.items()}

    def _one(self, answer: Any) -> Any:
        if type(answer) is list and len(answer) <= 30:
            return [self._text.clean(a) for a in answer]
        if type(answer) is bool:
            return answer
        # Beyond this, numbers are neither exact nor storable everywhere; NaN fails the comparison too.
        if type(answer) in (int, float) and not -(2**53) < answer < 2**53:
            raise ValueError("number_out_of_range")
        return answer if type(answer) in (int, float) else self._text.clean(answer)


class Anything(Strict, fields.Raw):
    """A JSON value that only the server writes."""

    def clean(self, value: Any) -> Any:
        """Unchanged."""
        return value
