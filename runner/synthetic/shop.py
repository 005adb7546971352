"""A shop's own tables beside Segment's, as the settings of the reporting models name them."""

from __future__ import annotations

from typing import Any

SHOP_INPUTS: dict[str, Any] = {
    "orders": {
        "schema": "shop",
        "table": "orders",
        "user_id": "user_id",
        "timestamp": "ordered_at",
        "value": "order_value",
        "currency": "currency",
    },
    "ad_spend": {
        "schema": "shop",
        "table": "ad_spend",
        "date": "spent_on",
        "source": "source",
        "campaign": "campaign",
        "cost": "cost",
        "currency": "currency",
    },
    "self_reports": {
        "schema": "shop",
        "table": "survey",
        "user_id": "user_id",
        "answer": "answer",
    },
}
