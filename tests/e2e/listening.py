"""What the screen said, taken down while it said it: a browser that is killed can no longer be asked."""

from __future__ import annotations

from playwright.sync_api import Page

_WATCH = """() => {
  let before = ''
  const tell = () => {
    const now = [...document.querySelectorAll('[role=status]')].map((line) => line.textContent.trim()).join(' | ')
    if (now !== before) window.noteScreen((before = now))
  }
  new MutationObserver(tell).observe(document.body, { childList: true, subtree: true, characterData: true })
}"""


def listen(page: Page) -> list[str]:
    """The texts of the page's status lines from now on, in order, as they come."""
    heard: list[str] = []
    page.expose_function("noteScreen", lambda line: heard.append(line))
    page.evaluate(_WATCH)
    return heard


def was_said(words: str, heard: list[str]) -> bool:
    """Whether these words stood on the screen at some time."""
    return any(words in line for line in heard)
