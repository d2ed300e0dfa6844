"""Cells as Chinese offices write them: dates, telephone numbers, codes, coordinates."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imports import values as read
from app.imports.columns import normal_header
from app.imports.faults import CellFault


def shanghai(text: str) -> int:
    return int(datetime.fromisoformat(text + "+08:00").timestamp() * 1000)


@pytest.mark.parametrize(
    "written",
    [
        "2019/2/28 11:25:05",
        "2019-02-28 11:25:05",
        " 2019-2-28  11:25:05 ",
        "2019.02.28 11:25:05",
        "2019年2月28日 11:25:05",
        "2019年2月28日11时25分05秒",
        "2019年2月28日 上午11:25:05",
        "２０１９/２/２８ １１:２５:０５",
        "2019-02-28T11:25:05",
        datetime(2019, 2, 28, 11, 25, 5),  # noqa: DTZ001 - cells have no zone
        43524.4757523148,
    ],
)
def test_a_moment_is_read_however_it_was_written(written: object) -> None:
    assert read.instant(written) == shanghai("2019-02-28T11:25:05")


@pytest.mark.parametrize("written", ["2019/2/28", "20190228", "2019年2月28日", date(2019, 2, 28), 43524])
def test_a_day_without_a_time_begins_at_midnight_in_liaocheng(written: object) -> None:
    assert read.instant(written) == shanghai("2019-02-28T00:00:00")


def test_the_afternoon_is_counted_from_noon() -> None:
    assert read.instant("2019年2月28日 下午3点20分") == shanghai("2019-02-28T15:20:00")


@pytest.mark.parametrize(
    "written",
    ["", "昨天", "2019-02-30", "2019/13/1", "19/2/28", "2/28", 12, 1e9, True, "1024-01-01", "2019-2-28 25:00"],
)
def test_what_is_no_date_is_refused(written: object) -> None:
    with pytest.raises(CellFault, match="bad_date"):
        read.instant(written)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31)))  # noqa: DTZ001 - cells have no zone
def test_a_moment_written_and_read_is_the_same_second(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    expected = shanghai(moment.isoformat())
    for form in ("%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y年%m月%d日 %H时%M分%S秒"):
        assert read.instant(moment.strftime(form)) == expected
    assert read.instant(moment) == expected
    assert datetime.fromtimestamp(expected / 1000, UTC).second == moment.second


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13800001234", "13800001234"),
        (13800001234, "13800001234"),
        (13800001234.0, "13800001234"),
        ("138 0000 1234", "13800001234"),
        ("138-0000-1234", "13800001234"),
        ("+86 13800001234", "13800001234"),
        ("8613800001234", "13800001234"),
        ("１３８００００１２３４", "13800001234"),
        ("0635-8300000", "06358300000"),
        ("（0635）8300000", "06358300000"),
        ("8300000", "8300000"),
        ("13800001234\u200b", "13800001234"),
    ],
)
def test_a_telephone_number_is_read_however_it_was_written(written: object, number: str) -> None:
    found = read.phone(written)
    assert (found.number, found.tail) == (number, number[-4:])


def test_of_several_numbers_the_first_is_taken_and_it_is_noticed() -> None:
    for written in (
        "13800001234、13900005678",
        "13800001234/13900005678",
        "13800001234 13900005678",
        "13800001234；0635-8300000",
    ):
        assert read.phone(written) == read.Phone("13800001234", "1234", several=True)


def test_of_a_masked_number_only_the_tail_is_known() -> None:
    assert read.phone("138****1234") == read.Phone(None, "1234")


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("12345", "bad_phone"),
        ("23800001234", "bad_phone"),
        ("张三", "bad_phone"),
        ("1380000123", "bad_phone"),
        ("1.38E+10", "number_damaged"),
        (13800001234.5, "number_damaged"),
    ],
)
def test_what_is_no_telephone_number_is_refused(written: object, word: str) -> None:
    with pytest.raises(CellFault) as raised:
        read.phone(written)
    assert raised.value.word == word


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("371502", "371502"),
        (371502001001, "371502001001"),
        ("371502000000", "371502"),
        ("371502001000", "371502001"),
        ("371502001001g02b03", "371502001001G02B03"),
        ("３７１５０２００１", "371502001"),
    ],
)
def test_an_area_code_is_brought_to_its_short_form(written: object, code: str) -> None:
    assert read.area_code(written) == code


@pytest.mark.parametrize("written", ["37150", "991502", "3715020", "371502001001G2", "东昌府区", "1e400"])
def test_what_is_no_area_code_is_refused(written: str) -> None:
    with pytest.raises(CellFault):
        read.area_code(written)


def test_a_code_in_scientific_notation_has_lost_its_digits() -> None:
    for written in ("3.71502E+11", "1.5e3", 3.5):
        with pytest.raises(CellFault, match="number_damaged"):
            read.code_text(written)


@pytest.mark.parametrize(
    ("written", "degrees"),
    [
        ("115.985", 115.985),
        (36.456, 36.456),
        ("36.456°", 36.456),
        ("36.456N", 36.456),
        ("36°27'21.6\"", 36.456),
        ("３６.４５６", 36.456),
    ],
)
def test_a_coordinate_is_read_in_degrees(written: object, degrees: float) -> None:
    assert read.degrees(written) == pytest.approx(degrees)


@pytest.mark.parametrize("written", ["北纬三十六度", "", "1e400", "nan", "inf", "200"])
def test_what_is_no_coordinate_is_refused(written: str) -> None:
    with pytest.raises(CellFault, match="bad_coordinate"):
        read.degrees(written)


def test_two_coordinates_in_one_cell_have_the_longitude_first() -> None:
    for written in ("115.985,36.456", "115.985，36.456", "115.985 36.456"):
        assert read.point(written) == (36.456, 115.985)


def test_blanks_around_the_lines_of_a_text_go_and_its_own_lines_stay() -> None:
    written = "\n\t\t\t\n\t\t\t\xa0座落在A市。\r\n\t\t\t第二行\n\n\n\n第三行\u3000\n\t\t"
    assert read.long_text(100)(written) == "座落在A市。\n第二行\n\n第三行"


def test_an_id_number_in_a_note_is_found_and_a_bank_card_is_not() -> None:
    assert read.ID_NUMBER.search("身份证37150219800101001X，请核对")
    assert not read.ID_NUMBER.search("卡号6222021234567890123")


@pytest.mark.parametrize(
    "written", ["手机号码", "＊手机号码（必填）：", " 手机 号码 ", "手机号码(11位)", "手机号码*", "*手机号码"]
)
def test_a_header_is_the_same_with_stars_brackets_and_blanks(written: str) -> None:
    assert normal_header(written) == "手机号码"


@given(st.one_of(st.text(max_size=60), st.integers(), st.floats(), st.booleans()))
def test_no_cell_whatever_breaks_a_reader(value: object) -> None:
    readers = (
        read.instant,
        read.phone,
        read.area_code,
        read.code_text,
        read.degrees,
        read.point,
        read.count,
        read.flag,
        read.datum,
        read.tags,
    )
    for reader in (*readers, read.line(40), read.long_text(40)):
        with suppress(CellFault):
            reader(value)
