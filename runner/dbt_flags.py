"""dbt names the module that defines each of its behavior flags without a look at all modules."""

from __future__ import annotations

import sys

_HERE = "dbt_common.behavior_flags"


def name_flag_sources() -> None:
    """Let dbt find the module that defines a flag by the stack itself.

    At each invocation dbt asks ``inspect.stack()`` for it, four times, whether it is needed or
    not; that looks through every module of the process for every frame: half a second here,
    seconds in a process that has loaded much else.
    """
    from dbt_common.behavior_flags import BehaviorFlagRendered

    BehaviorFlagRendered._default_source = staticmethod(_caller)


def _caller() -> str:
    """The module nearest on the stack that is not dbt's own of the flags."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name not in (_HERE, __name__):
            return str(name)
        frame = frame.f_back
    return "Unknown"
