"""Ways to tell somebody: which of their endpoints a message goes to, and which step in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from notifier.core.grouping import DueNotice
from notifier.storage.facts import EndpointFacts

Group = tuple[DueNotice, ...]
Choose = Callable[[Sequence[EndpointFacts]], Sequence[EndpointFacts]]


def ways_to_tell(group: Group, ways: Sequence[EndpointFacts]) -> Sequence[EndpointFacts]:
    """That an endpoint fails is told at another one, if its owner has any."""
    failing = {one.subject_id for one in group}
    return [way for way in ways if way.id not in failing] or ways


def first_endpoints(ways: Sequence[EndpointFacts]) -> Sequence[EndpointFacts]:
    """The endpoints of the lowest position: equal positions are sent in parallel.

    One that is gone is left out while there is any other; the last ones left are tried on.
    """
    alive = [way for way in ways if not way.is_gone] or ways
    lowest = min((way.position for way in alive), default=0)
    return [way for way in alive if way.position == lowest]


def endpoints_after(position: int) -> Choose:
    """Chooses the endpoints that step in when those at ``position`` fail."""

    def choose(ways: Sequence[EndpointFacts]) -> Sequence[EndpointFacts]:
        return first_endpoints([way for way in ways if way.position > position])

    return choose


def only(endpoint_id: str) -> Choose:
    """Chooses one endpoint: for a resend."""
    return lambda ways: [way for way in ways if way.id == endpoint_id]
