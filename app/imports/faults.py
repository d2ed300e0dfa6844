"""What can be wrong with a row of an import: one Chinese and one English sentence for each word."""

from __future__ import annotations

from typing import Any, NamedTuple

FAULTS: dict[str, tuple[str, str]] = {
    # one cell
    "required": ("必填项没有填写。", "A required value is missing."),
    "formula": ("这个单元格是公式，请选择性粘贴为数值后再导入。", "This cell is a formula; paste it as a value first."),
    "error_value": ("这个单元格是错误值，请改正后再导入。", "This cell holds an error value; correct it first."),
    "too_long": ("内容太长。", "The value is too long."),
    "number_damaged": (
        "号码或编码被表格软件改成了科学计数或小数，请把该列设为“文本”后重新填写。",
        "The spreadsheet has turned this number into scientific notation; format the column as text and enter it again.",
    ),
    "bad_phone": (
        "电话号码不正确，应为11位手机号或带区号的座机号。",
        "Not a phone number: 11 digits, or a landline with its area code.",
    ),
    "bad_date": (
        "日期无法识别，请写成 2026-11-20 或 2026-11-20 09:30。",
        "Not a date; write 2026-11-20 or 2026-11-20 09:30.",
    ),
    "future_date": ("日期在将来。", "The date lies in the future."),
    "bad_number": ("应为数字。", "Must be a number."),
    "bad_word": ("不在可选范围内。", "Not one of the allowed words."),
    "bad_area_code": (
        "区划编码不正确：市县6位、街道9位、社区（村）12位，网格和楼栋在其后加 G01、B01。",
        "Not an area code: 6 digits for a county, 9 for a street, 12 for a community; grids and buildings add G01, B01.",
    ),
    "bad_coordinate": ("经纬度不正确。", "Not a coordinate."),
    "half_coordinate": ("经度和纬度要同时填写。", "Latitude and longitude must both be given."),
    "swapped_coordinates": ("经度和纬度填反了。", "Latitude and longitude are exchanged."),
    "outside_china": ("坐标不在国内，请核对。", "The point lies outside China; check it."),
    # rows against each other and against what is there
    "doubled": ("与第{other}行重复。", "The same as row {other}."),
    "unknown_area": ("没有这个区划，请先导入区划。", "There is no such area; import the areas first."),
    "unknown_parent": ("上级区划不存在，表中也没有。", "The area above it does not exist, nor is it in this file."),
    "unknown_team": ("没有这个服务队，请先导入服务队。", "There is no such team; import the teams first."),
    "ambiguous_team": ("有几个同名服务队，请加上区划编码。", "Several teams have this name; add the area code."),
    "ambiguous_area": (
        "有几个同名的社区（村），请改填区划编码。",
        "Several communities have this name; give the area code.",
    ),
    "not_your_team": ("这个服务队不归您管理。", "This team is not yours to manage."),
    "no_team": ("没有填写服务队。", "No team is given."),
    "no_key": ("手机号和工号至少要填一项。", "A phone number or a staff number is needed."),
    "no_address": ("地址、门牌号至少要填一项。", "An address or a door number is needed."),
    "phone_of_another": ("这个手机号已属于另一个账号。", "This phone number belongs to another account."),
    # the file as a whole
    "missing_column": ("缺少必填列“{column}”。", "The required column {column} is missing."),
    "too_many_rows": ("超过10万行，请分成几个文件导入。", "More than 100,000 rows; split the file."),
    "no_rows": ("表头下面没有数据。", "There are no rows under the header."),
}

CAUTIONS: dict[str, tuple[str, str]] = {
    "ignored_column": ("“{column}”列不会导入。", "The column {column} is not imported."),
    "ignored_id_numbers": (
        "“{column}”列不导入、不保存：本系统不收集身份证号。",
        "The column {column} is neither imported nor kept: no ID numbers here.",
    ),
    "doubled_column": ("有两列都是“{column}”，只用前一列。", "Two columns mean {column}; the first one is used."),
    "merged_cells": ("有合并单元格，已按上格内容填到每一行。", "Merged cells count for each of their rows."),
    "macros": ("文件带有宏，已忽略。", "The file has macros; they were ignored."),
    "other_sheets": ("只导入工作表“{column}”，其余工作表未导入。", "Only the sheet {column} is imported."),
    "masked_phone": (
        "{number}个手机号已经脱敏，只保存后四位。",
        "{number} phone numbers are masked; only their last four digits are kept.",
    ),
    "several_phones": (
        "{number}个单元格里有几个号码，只用第一个。",
        "{number} cells hold several numbers; the first one is used.",
    ),
    "null_island": (
        "{number}行坐标为0，按没有坐标处理。",
        "{number} rows have the coordinate 0; they count as having none.",
    ),
    "mixed_datums": (
        "坐标系混用？本表坐标与已确认的位置相差约{number}米，且方向一致，像是{column}。",
        "Coordinate systems mixed? The points are about {number} m off in one direction, as {column} would be.",
    ),
    "mixed_inside": (
        "同一栋楼的坐标相差约{number}米，且方向一致：表里可能混用了两种坐标系，请分开导入。",
        "Points of one building are about {number} m apart in one direction: the list may mix two coordinate systems; import them apart.",
    ),
    "datum_assumed": (
        "没有注明坐标系，按 WGS-84 处理；取自高德、腾讯或百度地图的，请先选择坐标系。",
        "No coordinate system is named; WGS-84 is assumed. Choose the system if the points come from Amap, Tencent or Baidu.",
    ),
    "far_from_area": (
        "{number}行的坐标离所属区划30公里以上，请核对。",
        "{number} rows lie more than 30 km from their area; check them.",
    ),
    "unknown_category": (
        "{number}行的分类不在目录中，导入后可补选。",
        "{number} rows have a category that is not in the list; choose one later.",
    ),
    "id_number_removed": (
        "{number}处备注里像是身份证号的数字已去掉。",
        "{number} numbers in notes that look like ID numbers were removed.",
    ),
}

OFFERS: dict[str, tuple[str, str]] = {
    "swap_coordinates": (
        "{number}行经纬度填反，可以一键对调。",
        "{number} rows have latitude and longitude exchanged; they can be swapped back.",
    ),
    "datum": ("可以按{column}换算为 WGS-84 后导入。", "The points can be converted from {column} to WGS-84."),
}

DATUM_WORDS = {"wgs84": "WGS-84", "gcj02": "GCJ-02（高德、腾讯）", "bd09": "BD-09（百度）"}
_SHOWN = 60


class CellFault(ValueError):
    """Raised while one cell is read; `word` is a key of `FAULTS`."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class Fault(NamedTuple):
    """One thing that keeps a file from being imported. `row` is the number people see, None for the whole file."""

    row: int | None
    column: str
    value: str
    word: str
    other: int | None = None

    def as_json(self) -> dict[str, Any]:
        """For the screen; the value is cut short."""
        zh, en = (s.format(other=self.other, column=self.column) for s in FAULTS[self.word])
        return {
            "row": self.row,
            "column": self.column,
            "value": self.value[:_SHOWN],
            "code": self.word,
            "zh": zh,
            "en": en,
        }


class Caution(NamedTuple):
    """Something the person should know before applying; it keeps nothing back."""

    word: str
    column: str = ""
    number: int = 0

    def as_json(self) -> dict[str, Any]:
        """For the screen."""
        zh, en = (s.format(column=self.column, number=self.number) for s in CAUTIONS[self.word])
        return {"code": self.word, "zh": zh, "en": en}


class Offer(NamedTuple):
    """A repair that the person may choose: an option of the import and the value to set it to."""

    word: str
    value: Any
    column: str = ""
    number: int = 0

    def as_json(self) -> dict[str, Any]:
        """For the screen."""
        zh, en = (s.format(column=self.column, number=self.number) for s in OFFERS[self.word])
        return {"option": self.word, "value": self.value, "zh": zh, "en": en}
