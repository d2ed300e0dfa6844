"""What is wrong with the page on the screen: axe (WCAG 2.2 AA), targets, size of type, words cut off, scrolling sideways."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "pwa/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# A tick or a radio button is tapped on its label; a link within a sentence is as high as its line.
_SMALL_TARGETS = """least => [...document.querySelectorAll(
    'a, button, summary, select, textarea, input:not([type=checkbox]):not([type=radio]), [role=button], label:has(input)')]
  .filter(e => { const box = e.getBoundingClientRect(), look = getComputedStyle(e);
    return box.width && box.height && look.position !== 'absolute' && look.display !== 'inline' && box.height < least - 0.5 })
  .map(e => `${Math.round(e.getBoundingClientRect().height)} px: ${e.outerHTML.slice(0, 100)}`)"""
_SMALL_TEXT = """least => { const small = []; const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) { const text = walk.currentNode, box = text.parentElement;
    if (text.textContent.trim() && box.checkVisibility() && parseFloat(getComputedStyle(box).fontSize) < least)
      small.push(text.textContent.trim()) }
  return small }"""
# An ellipsis is meant, and so are words for those who listen; whatever else does not fit its box cannot be read.
_CUT_OFF = """() => [...document.body.querySelectorAll('*')].filter(e => {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || !e.checkVisibility()) return false;
    const look = getComputedStyle(e);
    if (look.display === 'inline' || look.textOverflow === 'ellipsis' || look.webkitLineClamp !== 'none'
      || look.clipPath !== 'none' || look.clip !== 'auto' || e.closest('svg')) return false;
    const scrolls = /auto|scroll/;
    const wide = e.scrollWidth > e.clientWidth + 1 && !scrolls.test(look.overflowX);
    const high = e.scrollHeight > e.clientHeight + 4 && /hidden|clip/.test(look.overflowY);
    return wide || high })
  .map(e => `${e.tagName.toLowerCase()}.${e.className}: ${e.textContent.trim().slice(0, 60)}`)"""


def load(page: Page) -> None:
    """axe-core, once for each document."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))


def violations(page: Page, only: list[str] | None = None) -> list[str]:
    """What axe finds; `only` names single rules instead of all of WCAG 2.2 AA."""
    load(page)
    options = {"runOnly": {"type": "rule", "values": only}} if only else {"runOnly": RULES}
    found = page.evaluate(
        "async options => (await axe.run(document, {...options, resultTypes: ['violations']})).violations", options
    )
    return [
        f"{v['id']}: {node['html'][:140]} {' '.join(node['failureSummary'].split())[:300]}"
        for v in found
        for node in v["nodes"][:3]
    ]


def sideways(page: Page) -> list[str]:
    """Whether one must scroll sideways."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{wide} px too wide"] if wide > 0 else []


def cut_off(page: Page) -> list[str]:
    """Words that do not fit their box."""
    return [f"cut off: {words}" for words in page.evaluate(_CUT_OFF)]


def small(page: Page, target: int, text: int = 18) -> list[str]:
    """Targets lower than `target` px and words smaller than `text` px."""
    targets = [f"under {target} px, {html}" for html in page.evaluate(_SMALL_TARGETS, target)]
    return targets + [f"under {text} px: {words}" for words in page.evaluate(_SMALL_TEXT, text)]


def faults(page: Page, target: int, text: int = 18) -> list[str]:
    """Everything that is wrong with a screen of a phone."""
    return [*violations(page), *small(page, target, text), *cut_off(page), *sideways(page)]
