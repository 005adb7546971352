"""The columns Segment writes, table by table, in its own order."""

from __future__ import annotations

_CONTEXT = (
    "context_page_url",
    "context_page_path",
    "context_page_title",
    "context_page_referrer",
    "context_page_search",
    "context_campaign_source",
    "context_campaign_medium",
    "context_campaign_name",
    "context_campaign_term",
    "context_campaign_content",
    "context_ip",
    "context_user_agent",
    "context_locale",
    "context_timezone",
    "context_library_name",
    "context_library_version",
)
_TIMES = ("timestamp", "received_at", "sent_at", "original_timestamp", "uuid_ts")

COLUMNS: dict[str, tuple[str, ...]] = {
    "tracks": (
        "id",
        "anonymous_id",
        "user_id",
        "event",
        "event_text",
        *_TIMES,
        *_CONTEXT,
    ),
    "pages": (
        *(
            "id",
            "anonymous_id",
            "user_id",
            "name",
            "url",
            "path",
            "title",
            "search",
            "referrer",
        ),
        *_TIMES,
        *_CONTEXT,
    ),
    "identifies": (
        "id",
        "anonymous_id",
        "user_id",
        "email",
        "plan",
        *_TIMES,
        *_CONTEXT,
    ),
    "aliases": ("id", "previous_id", "user_id", *_TIMES, *_CONTEXT),
}


def data_type(column: str) -> str:
    """Segment keeps times with zone and all else here as text."""
    return "timestamptz" if column in _TIMES else "text"
