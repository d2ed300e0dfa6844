"""Old shapes of mutations made new [M6]: an outbox is never refused for its age."""

from __future__ import annotations

from collections.abc import Callable

from sync.wire import SCHEMA, Mutation

# schema -> how a mutation of that schema becomes one of the next.
UPCASTERS: dict[int, Callable[[Mutation], Mutation]] = {}


def upcast(mutation: Mutation, schema: int) -> Mutation:
    """Bring a mutation of an older `schema` to the current one; newer ones are read as they are (additive fields)."""
    for version in range(max(1, schema), SCHEMA):
        convert = UPCASTERS.get(version)
        if convert is not None:
            mutation = convert(mutation)
    return mutation
