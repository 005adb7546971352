"""dbt makes only those of its events that somebody reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# of dbt's events for debugging, those the runner itself lives on
NEEDED = frozenset({"NodeStart", "NodeFinished"})
_tells_all = True


@contextmanager
def only_needed_events(tells_all: bool) -> Iterator[None]:
    """Leave out dbt's events for debugging: a night has more than a thousand, and each is made
    with all it says of its node.

    Args:
        tells_all: somebody reads them too.
    """
    global _tells_all
    _patch()
    before, _tells_all = _tells_all, tells_all
    try:
        yield
    finally:
        _tells_all = before


def _patch() -> None:
    from dbt_common.events.base_types import EventLevel
    from dbt_common.events.event_manager import EventManager

    if getattr(EventManager, "leaves_out_debug", False):
        return
    fire = EventManager.fire_event

    def fire_event(self: Any, e: Any, level: Any = None, *rest: Any, **named: Any) -> None:
        is_debug = (level or e.level_tag()) in (EventLevel.DEBUG, EventLevel.TEST)
        if _tells_all or not is_debug or type(e).__name__ in NEEDED:
            fire(self, e, level, *rest, **named)

    EventManager.fire_event = fire_event
    EventManager.leaves_out_debug = True
