"""What every way of forwarding has in common: what is handed to it, what it answers, and what it says it can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Flag, auto
from pathlib import Path
from typing import Any, ClassVar

from app.domain.forwarding import BATCH_QUIET_MS, QUIET_MS, Outcome, Terms
from app.domain.platform_updates import PlatformUpdate
from app.external.http import Outward


class Can(Flag):
    """Capabilities of a target. Only what stands here is asked of it."""

    CREATE = auto()
    LOOK_UP_BY_REFERENCE = auto()
    LOOK_UP_BY_TIME = auto()
    PULL_UPDATES = auto()
    PUSH_UPDATES = auto()
    ATTACH = auto()
    RETURN = auto()
    EXTEND = auto()
    REOPEN = auto()
    # The target takes the resident's last word: that the answer is agreed to (群众认可), or the request withdrawn (撤回).
    END = auto()


@dataclass(frozen=True)
class TargetInfo:
    """A target's row without its state; `folder` is where file exchange lays its files."""

    code: str
    url: str = ""
    api_key: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    folder: Path = Path()


@dataclass(frozen=True)
class Facts:
    """What may be told of a request. For a confidential report (举报) there is nothing here that names or finds a person.

    `text` is clean and without the reference; `reopened` gives the reason why an answered request comes back; `ended` says how
    the resident has ended it, `agree` or `withdraw`.
    """

    reference: str
    service_code: str
    text: str
    address: str = ""
    lat: float | None = None
    lon: float | None = None
    phone: str = ""
    recorded_at: int | None = None
    due_at: int | None = None
    confidential: bool = False
    urgent: bool = False
    reopened: str = ""
    ended: str = ""
    platform_id: str | None = None
    composed_at: int = 0


# Operations about a request that the platform has already.
ABOUT_KNOWN = frozenset({"reopen", "agree", "withdraw"})
ENDING_WORDS = {"agree": "群众认可办理结果。", "withdraw": "群众撤回诉求，请停止办理。"}


@dataclass(frozen=True)
class Parcel:
    """One delivery as it leaves: the frozen payload, the reference that is also its idempotency key, the photos' files."""

    reference: str
    operation: str
    payload: dict[str, Any]
    photos: tuple[Path, ...] = ()
    platform_id: str | None = None


@dataclass(frozen=True)
class Sent:
    """What became of a parcel. `words` is the beginning of the answer as it came; `remote_at` the platform's own clock."""

    outcome: Outcome
    platform_id: str | None = None
    token: str | None = None
    http_status: int | None = None
    detail: str | None = None
    words: str = ""
    wait_ms: int = 0
    remote_at: int | None = None


@dataclass(frozen=True)
class Wanted:
    """A reference to look for: sent in or after `since`. `wide` distrusts the platform's clock by more than a day."""

    reference: str
    operation: str
    service_code: str
    since: int
    platform_id: str | None = None
    wide: bool = False


@dataclass(frozen=True)
class Found:
    """Numbers of the copies of wanted references, oldest first; those with a copy but no number; those of which nothing was proved."""

    copies: dict[str, list[str]] = field(default_factory=dict)
    unnumbered: frozenset[str] = frozenset()
    unproved: frozenset[str] = frozenset()


@dataclass(frozen=True)
class TokenAnswer:
    """The number behind a token; None: not yet. `answered` is false when the platform could not be asked."""

    platform_id: str | None
    answered: bool = True


class LookUpFailed(Exception):
    """The platform could not be read, or not to its end; `code` is a word for the attempt's line."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Adapter(ABC):
    """A way of forwarding. One object serves one target for one run of a job; it holds no state of deliveries.

    `send` never raises: whatever happens is an outcome. All reading methods raise `LookUpFailed`. None of them retries.
    Settings of all adapters: `cannot` (names of capabilities this target lacks), `quiet_s` (seconds before a doubtful
    delivery is looked up), `batch` (the target takes requests in batches: an hour instead of five minutes), `send_phone`
    (false: the unit calls back through us), `poll_every_s`, `at_once` (deliveries under way at a time), `embedded` (this
    installation's own desk: its address is taken from the settings of the process).
    """

    abilities: ClassVar[Can] = Can.CREATE

    def __init__(self, target: TargetInfo, outward: Outward) -> None:
        self.target = target
        self.outward = outward
        self.can = type(self).abilities
        for name in target.settings.get("cannot", []):
            self.can &= ~Can[name.upper()]

    @property
    def terms(self) -> Terms:
        """The target's capabilities as the rules of forwarding need them."""
        quiet_s = self.target.settings.get("quiet_s")
        batch = BATCH_QUIET_MS if self.target.settings.get("batch") else QUIET_MS
        return Terms(
            searchable=bool(self.can & (Can.LOOK_UP_BY_REFERENCE | Can.LOOK_UP_BY_TIME)),
            number_follows=Can.PUSH_UPDATES in self.can,
            quiet_ms=batch if quiet_s is None else round(quiet_s * 1000),
        )

    @abstractmethod
    def compose(self, facts: Facts) -> dict[str, Any]:
        """Exactly what will be posted, without the key. Raises `Unsuitable` for what this target would refuse anyway."""

    @abstractmethod
    def send(self, parcel: Parcel, before_sending: Callable[[], None]) -> Sent:
        """Deliver once. `before_sending` runs when the way is open and nothing has left; it may raise `NotSent`."""

    def probe(self) -> bool:
        """Whether the target answers a harmless question."""
        return True

    def search(self, wanted: Sequence[Wanted], now: int) -> Found:
        """Look for references; called only with one of the two look-up capabilities."""
        raise LookUpFailed("not_searchable")

    def number_for(self, token: str) -> TokenAnswer:
        """The number behind a token."""
        raise LookUpFailed("no_tokens")

    def updates(self, since: int, now: int) -> Iterator[list[PlatformUpdate]]:
        """News since an instant of our clock, in pages; called only with `PULL_UPDATES`."""
        raise LookUpFailed("no_updates")

    def snapshots(self, numbers: Sequence[str]) -> dict[str, PlatformUpdate]:
        """How the requests of these numbers stand; a number that the target does not know is missing in the answer."""
        raise LookUpFailed("no_updates")

    def services(self) -> list[dict[str, str]]:
        """The target's services as `code`, `name` and `type` (realtime, batch, blackbox); empty if it cannot say."""
        return []


class Unsuitable(Exception):
    """This request cannot be told to this target; `code` is a reason of `app.domain.forwarding_words`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
