"""How dbt finds the module that defines a flag."""

from __future__ import annotations

from dbt.adapters.base.impl import DEFAULT_BASE_BEHAVIOR_FLAGS
from dbt_common.behavior_flags import Behavior, BehaviorFlagRendered

from runner.dbt_flags import name_flag_sources


def test_the_source_of_a_flag_is_the_module_that_made_it() -> None:
    found = BehaviorFlagRendered._default_source()
    name_flag_sources()
    assert BehaviorFlagRendered._default_source() == found == __name__
    told = Behavior(list(DEFAULT_BASE_BEHAVIOR_FLAGS), {})
    sources = {flag._behavior_change_event.flag_source for flag in told._flags}
    assert sources == {__name__}
