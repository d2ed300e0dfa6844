"""Light, dark and large type on a screen, and when a screen has come to rest."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

# Theme and size of type.
LOOKS = {"light": ("light", "normal"), "dark": ("dark", "normal"), "large": ("light", "large")}
_WEAR = """([theme, type]) => { for (const [name, value] of [['theme', theme], ['type', type]]) {
    localStorage.setItem(`doorstep.${name}`, value); dispatchEvent(new StorageEvent('storage', {key: `doorstep.${name}`})) } }"""

# What moves without end (a ring that turns) never comes to rest. A busy browser starts an animation some frames late.
_AT_REST = """() => document.getAnimations().every(moving =>
    moving.playState === 'finished' || moving.effect.getComputedTiming().endTime === Infinity)"""


def wear(page: Page, look: str) -> None:
    """What the app's settings do, from another tab; pages of the server follow the system and keep their own size of type."""
    theme, type_size = LOOKS[look]
    if urlsplit(page.url).path.startswith("/app/"):
        page.evaluate(_WEAR, [theme, type_size])
        expect(page.locator(f"html[data-theme={theme}][data-type={type_size}]")).to_have_count(1)
    else:
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        page.evaluate("size => { document.documentElement.dataset.type = size }", type_size)


def settle(page: Page) -> None:
    """Until everything asked for has come and every sheet has risen."""
    expect(page.locator("main .waiting[role=status]")).to_have_count(0, timeout=30_000)
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.wait_for_function(_AT_REST)
