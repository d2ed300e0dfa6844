"""The starting point for a city's own 12345 hotline interface (12345市民热线平台).

No two cities share an interface, and most are described only to those who sign for them. What they share, the words their work
orders use, is in `app/domain/platform_updates.py`. An adapter for one city is a subclass in a module of its own, entered in `ADAPTERS`
(`app/external/targets.py`). It has to:

1. state in `abilities` what the interface can do. Without a look-up (`LOOK_UP_BY_REFERENCE` by our number 上报编号, or
   `LOOK_UP_BY_TIME`) nothing doubtful is ever sent twice: a person is asked instead;
2. `compose` exactly what is posted, from `Facts` alone, with the reference where the interface keeps a foreign number
   (外部编号, 来源编号) and as the last line of the text;
3. `send` it by `self.outward.call` (nothing else may open a connection), and judge the answer: `CREATED` only with a
   number, `REJECTED` only when the interface says that it kept nothing, `UNKNOWN` for every doubt;
4. with `PULL_UPDATES`, yield `PlatformUpdate`s with the interface's own words for the status;
5. pass `tests/api/test_forwarder_faults.py` against a stand-in that speaks its interface.
"""

from __future__ import annotations

from app.external.adapters import Adapter, Can


class CityHotline(Adapter):
    """Base of the adapters of cities. It has no look-up to offer, so a subclass that has one must say so in `abilities`."""

    abilities = Can.CREATE | Can.RETURN | Can.EXTEND
