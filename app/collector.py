"""Python's garbage collector, set for processes that live long and answer fast."""

from __future__ import annotations

import gc


def settle() -> None:
    """Call when the process has started: what stands now stands until the end, and is never looked through again.

    A batch is thousands of short-lived objects: looking for cycles among them as often as by default, and among everything
    else, cost a third of a push. Looked for too seldom, they make one push wait (`make bench`).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(30_000, 20, 50)
