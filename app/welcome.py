"""What `make run` prints: where to go, as whom, and how to get it onto a phone."""

from __future__ import annotations

import io
from typing import Any

import segno

import config


def _qr(url: str) -> str:
    """A QR code for the terminal."""
    out = io.StringIO()
    segno.make(url, error="l").terminal(out=out, compact=True)
    return out.getvalue()


def banner(settings: config.Config, sign_ins: str | None, certificate: Any) -> str:
    """The text for the terminal; `sign_ins` is the demo's own, if there is a demo."""
    base = settings.public_url
    lines = ["", "民情日记 · Doorstep", "", f"首页 Home        {base}/"]
    if sign_ins:
        lines += ["", sign_ins]
    else:
        lines += [
            f"手机端 Phone      {base}/app/",
            f"队长端 Leader     {base}/app/sign-in",
            f"群众端 Residents  {base}/r/",
        ]
    lines.append("")
    if certificate:
        lines += [
            "手机试用：同一网络下，先用手机浏览器打开下面的地址，安装证书并设为信任，再打开首页。",
            "On a phone in the same network: open this address, install and trust the certificate, then open the home page.",
            f"{base}/authority.crt",
            _qr(f"{base}/"),
        ]
    else:
        lines.append("手机试用：make run HTTPS=1 · to try it on a phone: make run HTTPS=1")
    lines.append("Ctrl-C 停止 · Ctrl-C stops it")
    return "\n".join(lines)
