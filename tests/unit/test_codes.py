"""Codes: every slip of the tongue or finger is noticed, and only we can sign."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.codes import (
    ALPHABET,
    REFERENCE_BITS,
    TRACKING_BITS,
    BadCode,
    check_tracking_code,
    format_tracking_code,
    forwarding_reference,
    is_tracking_code,
    new_forwarding_reference,
    new_tracking_code,
    normalise,
    read_short,
    references_in,
    sign_short,
    tracking_code,
)

numbers = st.integers(0, (1 << TRACKING_BITS) - 1)
KEY = b"a key of this installation"


@given(numbers)
def test_a_code_has_ten_signs_and_is_right(number: int) -> None:
    code = tracking_code(number)
    assert len(code) == 10
    assert set(code) <= set(ALPHABET)
    assert is_tracking_code(code)


@given(numbers, numbers)
def test_different_numbers_give_different_codes(a: int, b: int) -> None:
    assert (tracking_code(a) == tracking_code(b)) is (a == b)


@given(numbers)
def test_every_single_wrong_sign_is_noticed(number: int) -> None:
    code = tracking_code(number)
    for place in range(len(code)):
        for sign in ALPHABET.replace(code[place], ""):
            assert not is_tracking_code(code[:place] + sign + code[place + 1 :])


@given(numbers)
def test_every_exchange_of_two_signs_is_noticed_adjacent_or_not(number: int) -> None:
    code = tracking_code(number)
    for first in range(len(code)):
        for second in range(first + 1, len(code)):
            signs = list(code)
            signs[first], signs[second] = signs[second], signs[first]
            assert is_tracking_code("".join(signs)) is (code[first] == code[second])


@given(numbers, st.randoms())
def test_a_code_is_read_however_it_was_typed(number: int, chance: random.Random) -> None:
    code = tracking_code(number)
    misread = {"0": "0oO", "1": "1iIlL"}
    typed = "".join(chance.choice(misread.get(sign, sign + sign.lower())) for sign in format_tracking_code(code))
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in typed)
    for text in (typed, wide, f" {typed}\n", typed.replace("-", " — ")):
        assert normalise(text) == code
        assert check_tracking_code(text) == code


@pytest.mark.parametrize("text", ["", "0000000000U", "000000000", "00000000000", "查询码查询码查询码啊", "０" * 9])
def test_what_is_no_code_is_refused_in_both_languages(text: str) -> None:
    with pytest.raises(BadCode) as refused:
        check_tracking_code(text)
    assert refused.value.code == "bad_tracking_code"
    assert refused.value.zh.endswith("。")
    assert refused.value.en.endswith(".")


def test_fresh_codes_take_all_their_chance() -> None:
    assert new_tracking_code(lambda bits: (1 << bits) - 1) == tracking_code((1 << TRACKING_BITS) - 1)
    assert new_forwarding_reference(lambda bits: 0) == forwarding_reference(0)
    assert len({new_tracking_code() for _ in range(500)}) == 500


def test_numbers_out_of_range_are_an_error() -> None:
    for number in (-1, 1 << TRACKING_BITS):
        with pytest.raises(ValueError, match="range"):
            tracking_code(number)


references = st.integers(0, (1 << REFERENCE_BITS) - 1).map(forwarding_reference)


@given(references)
def test_a_reference_begins_with_mq_and_is_found_again_in_a_platforms_text(reference: str) -> None:
    assert reference.startswith("MQ-")
    assert len(reference) == 11
    assert references_in(f"路灯不亮，已两个月。\n{reference}") == [reference]
    assert references_in(f"{reference} 和 {reference}") == [reference]


@given(references)
def test_a_reference_with_a_slip_or_inside_a_longer_word_is_not_found(reference: str) -> None:
    wrong = reference[:-1] + ALPHABET[(ALPHABET.index(reference[-1]) + 1) % 32]
    assert references_in(wrong) == []
    assert references_in(f"X{reference}") == []
    assert references_in(f"{reference}7") == []


@given(st.binary(min_size=1, max_size=24))
def test_a_signed_code_gives_its_id_back_and_only_to_its_key(id_bytes: bytes) -> None:
    code = sign_short(id_bytes, KEY)
    assert set(code) <= set(ALPHABET)
    assert read_short(code, KEY) == id_bytes
    assert read_short(code.lower(), KEY) == id_bytes
    assert read_short(code, b"another key") is None


@given(st.binary(min_size=8, max_size=8), st.integers(0, 20), st.integers(1, 31))
def test_a_signed_code_with_one_wrong_sign_is_refused(id_bytes: bytes, place: int, by: int) -> None:
    code = sign_short(id_bytes, KEY)
    sign = ALPHABET[(ALPHABET.index(code[place]) + by) % 32]
    assert read_short(code[:place] + sign + code[place + 1 :], KEY) is None


@pytest.mark.parametrize("text", ["", "0", "00000000", "查", "U" * 21, "0" * 500])
def test_what_is_no_signed_code_is_refused(text: str) -> None:
    assert read_short(text, KEY) is None


def test_there_is_only_one_way_to_write_a_signed_code() -> None:
    code = sign_short(b"\x00" * 8, KEY)
    assert len(code) == 21
    assert read_short("0" + code, KEY) is None
    assert read_short(code + "0", KEY) is None
