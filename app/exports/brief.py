"""The weekly brief (民情工作周报) as docx: page and type after GB/T 9704-2012, at most two pages."""

from __future__ import annotations

import io
from typing import IO

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Length, Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from app.exports.brief_numbers import BriefNumbers
from app.exports.chart import bars
from app.exports.selection import Selection
from app.exports.workbook import Imprint

# GB/T 9704-2012, 5.2.1 and 5.2.3: A4, 37 mm above, 28 mm at the binding edge, type area 156 x 225 mm; 22 lines of 28 characters.
_TOP, _LEFT, _TEXT_WIDTH, _TEXT_HEIGHT = Mm(37), Mm(28), Mm(156), Mm(225)
_A4 = (Mm(210), Mm(297))
_LINE = Pt(28)
_BODY, _BODY_SIZE = "仿宋", Pt(16)
_HEAD = "黑体"
_TITLE, _TITLE_SIZE = "方正小标宋简体", Pt(22)
_SMALL = Pt(12)
_TEAL = RGBColor(0x0B, 0x5C, 0x6B)
_LONGEST_BAR = 18


def write_brief(out: IO[bytes], numbers: BriefNumbers, selection: Selection, imprint: Imprint) -> None:
    """Write the brief to `out`. What it lists is cut so that it fits on two pages whatever the numbers."""
    document = Document()
    _page(document)
    document.core_properties.title = "民情工作周报"
    document.core_properties.author = imprint.author
    _centred(document, "民情工作周报", _TITLE, _TITLE_SIZE)
    _centred(document, f"（{selection.words()}）", "楷体", _BODY_SIZE)
    _overview(document, numbers)
    _requests(document, numbers)
    _attention(document, numbers)
    end = _paragraph(document, indent=False)
    end.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _run(end, f"{imprint.unit}　{imprint.made[:10]}", _BODY, _BODY_SIZE)
    document.save(out)


def _overview(document: DocumentType, numbers: BriefNumbers) -> None:
    _heading(document, "一、走访情况")
    kinds = "、".join(
        f"{word}{numbers.by_kind[kind]:,}{measure}"
        for kind, word, measure in (
            ("household", "群众", "户次"),
            ("enterprise", "企业", "家次"),
            ("village", "村居", "个次"),
        )
        if numbers.by_kind.get(kind)
    )
    share = f"，见面率{numbers.met / numbers.visits:.0%}" if numbers.visits else ""
    provisional = (
        f"（另有{numbers.waiting_phones}部手机的记录尚未传回，以上为暂计数。）" if numbers.waiting_phones else ""
    )
    _text(
        document,
        f"本期共走访{numbers.visits:,}次{'，其中' + kinds if kinds else ''}；见到人{numbers.met:,}次{share}，"
        f"无人在家{numbers.nobody:,}次，收集意见建议{numbers.opinions:,}条。{provisional}",
    )
    _caption(document, "近八周走访次数（以每周最后一日标注）")
    picture = document.add_paragraph()
    picture.alignment = WD_ALIGN_PARAGRAPH.CENTER
    shape = picture.add_run().add_picture(io.BytesIO(bars(numbers.weeks)), width=Mm(150))
    described = "，".join(f"{day}：{number}次" for day, number in numbers.weeks)
    shape._inline.docPr.set("descr", f"近八周走访次数：{described}")


def _requests(document: DocumentType, numbers: BriefNumbers) -> None:
    _heading(document, "二、诉求办理")
    funnel = numbers.funnel
    _text(
        document,
        f"本期登记诉求{funnel['诉求总数']:,}件：当场解决{funnel['当场解决']:,}件，解释说明{funnel['解释说明']:,}件，本单位办理{funnel['本单位办理']:,}件；"
        f"上报平台{funnel['上报平台']:,}件，已转办{funnel['已转办']:,}件，已反馈{funnel['已反馈']:,}件，群众认可{funnel['群众认可']:,}件，"
        f"销号{funnel['销号']:,}件。",
    )
    if numbers.categories:
        _caption(document, "反映较多的问题（件）")
        _bar_table(document, numbers.categories)


def _attention(document: DocumentType, numbers: BriefNumbers) -> None:
    _heading(document, "三、需要关注")
    if not numbers.late_total:
        _text(document, "没有超过反馈时限的诉求。")
        return
    more = (
        f"，列出超期最久的{len(numbers.late)}件（保密件不列）"
        if numbers.late and numbers.late_total > len(numbers.late)
        else ""
    )
    _text(document, f"截至目前超过反馈时限的诉求{numbers.late_total:,}件{more}：")
    table = document.add_table(rows=0, cols=4)
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for row in (("分类", "诉求", "状态", "主办单位"), *((r.category, r.text, r.status, r.unit) for r in numbers.late)):
        cells = table.add_row().cells
        for cell, value, width in zip(cells, row, (Cm(2.6), Cm(7.6), Cm(1.9), Cm(3.5)), strict=True):
            cell.width = width
            _cell(cell.paragraphs[0], value)


def _bar_table(document: DocumentType, values: list[tuple[str, int]]) -> None:
    """A chart of text: a bar of blocks beside its name and number, readable by any reader."""
    tallest = max(number for _, number in values)
    table = document.add_table(rows=0, cols=3)
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for name, number in values:
        cells = table.add_row().cells
        for cell, width in zip(cells, (Cm(4), Cm(9), Cm(1.8)), strict=True):
            cell.width = width
        _cell(cells[0].paragraphs[0], name)
        _run(
            _tight(cells[1].paragraphs[0]), "█" * max(1, round(_LONGEST_BAR * number / tallest)), "宋体", Pt(9)
        ).font.color.rgb = _TEAL
        _cell(cells[2].paragraphs[0], f"{number:,}")


def _page(document: DocumentType) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = _A4
    section.top_margin, section.left_margin = _TOP, _LEFT
    section.right_margin = Length(_A4[0] - _LEFT - _TEXT_WIDTH)
    section.bottom_margin = Length(_A4[1] - _TOP - _TEXT_HEIGHT)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for piece in ("— ", "PAGE", " —"):
        run = _run(footer, "" if piece == "PAGE" else piece, "宋体", Pt(14))
        if piece == "PAGE":
            _field(run, piece)


def _field(run: Run, code: str) -> None:
    """A field that the word processor fills in: the number of the page."""
    for kind in ("begin", None, "end"):
        if kind is None:
            element = OxmlElement("w:instrText")
            element.set(qn("xml:space"), "preserve")
            element.text = code
        else:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)


def _run(paragraph: Paragraph, text: str, font: str, size: Pt, *, bold: bool = False) -> Run:
    run = paragraph.add_run(text)
    run.font.name, run.font.size, run.bold = "Times New Roman", size, bold
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    return run


def _paragraph(document: DocumentType, *, indent: bool = True) -> Paragraph:
    paragraph = document.add_paragraph()
    form = paragraph.paragraph_format
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, _LINE
    form.space_before = form.space_after = Pt(0)
    if indent:
        form.first_line_indent = Length(_BODY_SIZE * 2)
    return paragraph


def _tight(paragraph: Paragraph) -> Paragraph:
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(0)
    return paragraph


def _text(document: DocumentType, text: str) -> None:
    _run(_paragraph(document), text, _BODY, _BODY_SIZE)


def _heading(document: DocumentType, text: str) -> None:
    _run(_paragraph(document), text, _HEAD, _BODY_SIZE)


def _caption(document: DocumentType, text: str) -> None:
    paragraph = _paragraph(document, indent=False)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(paragraph, text, "楷体", _SMALL)


def _centred(document: DocumentType, text: str, font: str, size: Pt) -> None:
    paragraph = _paragraph(document, indent=False)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.line_spacing = Pt(34)
    _run(paragraph, text, font, size)


def _cell(paragraph: Paragraph, text: str) -> None:
    _run(_tight(paragraph), text, _BODY, _SMALL)
