"""Old shapes of mutations made new [M6]: an outbox is never refused for its age."""

from __future__ import annotations

from collections.abc import Callable

from sync.wire import SCHEMA, Mutation

# `v` -> how a mutation of that shape becomes one of the next.
UPCASTERS: dict[int, Callable[[Mutation], Mutation]] = {}


def upcast(mutation: Mutation) -> Mutation:
    """Bring a mutation that was written in an older shape to the current one; newer ones are read as they are (additive fields).

    Its own `v` counts: an updated app still holds what it wrote before.
    """
    for version in range(max(1, mutation.v), SCHEMA):
        convert = UPCASTERS.get(version)
        if convert is not None:
            mutation = convert(mutation)
    return mutation
