"""Environment -> values. Nothing else in the project reads the environment.

Every setting has a working default for one machine (`make run`); `docs/operations.md` explains those that a city changes.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Config:
    """All settings of one process.

    `data_dir` holds everything this machine must keep: database, photos, secrets, job queue. `database_url` and `redis_url`
    move the first and the last of these to PostgreSQL and Redis when a city outgrows one machine.
    """

    data_dir: Path
    database_url: str
    redis_url: str | None
    public_url: str
    secret_key: str
    # Signs printed codes: it outlives the other one, or every plate in the city would have to be printed again.
    code_key: str
    programme: str
    demo_size: str
    desk_enabled: bool
    desk_url: str
    secure_cookies: bool
    vapid_subject: str
    allowed_private_hosts: tuple[str, ...]
    log_json: bool
    log_level: str = "info"
    testing: bool = False
    # Residents' forms then ask the browser for a little work; one that cannot do it is taken in for review.
    under_attack: bool = False
    ca_file: Path | None = None
    # How many proxies stand in front and may say who is asking (X-Forwarded-For); 0: nobody is believed.
    proxies: int = 0

    @property
    def photo_dir(self) -> Path:
        return self.data_dir / "photos"

    @property
    def pwa_dist(self) -> Path:
        return ROOT / "pwa" / "dist"


def _secret(data_dir: Path, name: str) -> str:
    """A secret made on first start, readable by the owner only."""
    path = data_dir / "secrets" / name
    if path.exists():
        return path.read_text(encoding="ascii").strip()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written aside and linked: of two processes that start together one wins, and nobody ever reads an empty file. mkstemp
    # makes files that only their owner reads.
    handle, aside = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(secrets.token_urlsafe(48))
            out.flush()
            os.fsync(out.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
    finally:
        os.unlink(aside)
    return path.read_text(encoding="ascii").strip()


def load(env: Mapping[str, str] | None = None) -> Config:
    """Read the settings from `env` (default: the process environment)."""
    env = os.environ if env is None else env
    data_dir = Path(env.get("DOORSTEP_DATA", str(ROOT / "var"))).resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    port = env.get("PORT", "8000")
    public_url = env.get("DOORSTEP_PUBLIC_URL", f"http://localhost:{port}").rstrip("/")
    return Config(
        data_dir=data_dir,
        database_url=env.get("DATABASE_URL", f"sqlite:///{data_dir / 'doorstep.db'}"),
        redis_url=env.get("REDIS_URL") or None,
        public_url=public_url,
        secret_key=env.get("DOORSTEP_SECRET_KEY") or _secret(data_dir, "secret_key"),
        code_key=env.get("DOORSTEP_CODE_KEY") or _secret(data_dir, "code_key"),
        programme=env.get("DOORSTEP_PROGRAMME", "liaocheng"),
        demo_size=env.get("DOORSTEP_DEMO", "street"),
        desk_enabled=env.get("DOORSTEP_DESK", "1") != "0",
        desk_url=env.get("DOORSTEP_DESK_URL", f"http://127.0.0.1:{port}/open311/v2").rstrip("/"),
        secure_cookies=public_url.startswith("https://"),
        vapid_subject=env.get("DOORSTEP_VAPID_SUBJECT", "mailto:admin@localhost"),
        allowed_private_hosts=tuple(
            h for h in env.get("DOORSTEP_PRIVATE_HOSTS", "127.0.0.1,localhost").split(",") if h
        ),
        log_json=env.get("DOORSTEP_LOG", "json") == "json",
        log_level=env.get("DOORSTEP_LOG_LEVEL", "info").lower(),
        testing=env.get("DOORSTEP_TESTING") == "1",
        under_attack=env.get("DOORSTEP_UNDER_ATTACK") == "1",
        proxies=int(env.get("DOORSTEP_PROXIES", "0")),
        ca_file=Path(env["DOORSTEP_CA_FILE"]) if env.get("DOORSTEP_CA_FILE") else None,
    )
