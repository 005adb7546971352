"""The settings that shape the tables, with the defaults of the project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any


@dataclass(frozen=True)
class Settings:
    """The vars of a run, by their own names; a var that does not shape a table is left out."""

    session_timeout_minutes: int = 20
    signup_events: tuple[str, ...] = ("signed_up", "signed-up", "Signed Up")
    page_view_events: tuple[str, ...] = (
        "page_viewed",
        "viewed_page",
        "page_view",
        "loaded_a_page",
    )
    blog_url_pattern: str = r"(^blog\.|/blog/)"
    own_domains: tuple[str, ...] = ()
    blocked_ids: tuple[str, ...] = ()
    max_users_per_anonymous_id: int | None = None
    exclude_user_agents: bool | tuple[str, ...] = True
    exclude_ips: tuple[str, ...] = ()
    exclude_email_domains: tuple[str, ...] = ()
    exclude_hosts: tuple[str, ...] = ()

    @property
    def session_timeout(self) -> timedelta:
        """The longest gap that keeps two events in one session."""
        return timedelta(minutes=self.session_timeout_minutes)

    @classmethod
    def from_vars(cls, values: Mapping[str, Any]) -> Settings:
        """Read the dbt vars of a run; the others (sources, late arrival) shape no table."""
        known = {field.name for field in fields(cls)}
        return cls(
            **{
                name: tuple(value) if isinstance(value, list) else value
                for name, value in values.items()
                if name in known
            }
        )
