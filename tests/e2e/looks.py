"""Light, dark and large type on the screen of the app, and when a screen has come to rest."""

from __future__ import annotations

from playwright.sync_api import Page

# Theme and size of type.
LOOKS = {"light": ("light", "normal"), "dark": ("dark", "normal"), "large": ("light", "large")}
_WEAR = """([theme, type]) => { for (const [name, value] of [['theme', theme], ['type', type]]) {
    localStorage.setItem(`doorstep.${name}`, value); dispatchEvent(new StorageEvent('storage', {key: `doorstep.${name}`})) } }"""
_WORN = """([theme, type]) => { const {dataset} = document.documentElement;
    return dataset.theme === theme && dataset.type === type }"""


def wear(page: Page, theme: str, type_size: str) -> None:
    """What the settings screen does, from another tab."""
    page.evaluate(_WEAR, [theme, type_size])
    page.wait_for_function(_WORN, arg=[theme, type_size])


def wear_on_pages(page: Page, theme: str, type_size: str) -> None:
    """The same for pages that come from the server: they follow the system, and keep their own size of type."""
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.evaluate("size => { document.documentElement.dataset.type = size }", type_size)


def settle(page: Page) -> None:
    """Until everything asked for has come and every sheet has risen."""
    page.wait_for_function("!document.querySelector('main .waiting[role=status]')")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
