"""The traits of the synthetic history: what real Segment tables have, this one has too."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from runner.synthetic import scenario
from tests.support.warehouse import Warehouse
from tests.unit.test_synthetic import EVENTS, load, value


def test_people_have_devices_and_come_back(warehouse: Warehouse) -> None:
    load(warehouse)
    devices = warehouse.rows(
        """
        select count(distinct anonymous_id) as devices
        from (
            select anonymous_id, user_id from segment.tracks
            union all
            select anonymous_id, user_id from segment.pages
        ) as events
        where user_id is not null and user_id <> 'null'
        group by user_id
        """
    )
    counts = [row["devices"] for row in devices]
    assert 0.15 < sum(count > 1 for count in counts) / len(counts) < 0.6
    assert max(counts) <= 4
    span = value(
        warehouse,
        "select percentile_cont(0.5) within group (order by last_at - first_at) from ("
        " select max(timestamp) as last_at, min(timestamp) as first_at from segment.pages"
        " where timestamp between '2023-12-01' and '2025-02-01'"
        " group by anonymous_id having count(*) > 20) as ids",
    )
    assert timedelta(days=30) < span < timedelta(days=330)


def test_identifies_come_late(warehouse: Warehouse) -> None:
    load(warehouse)
    waits = warehouse.rows(
        """
        select min(identifies.timestamp) - min(pages.timestamp) as wait
        from segment.identifies
        inner join segment.pages on pages.anonymous_id = identifies.anonymous_id
        where pages.timestamp > '2023-12-01'
        group by identifies.anonymous_id
        """
    )
    days = np.array([row["wait"].total_seconds() / 86_400 for row in waits])
    assert 0.4 < (days < 1).mean() < 0.8
    assert (days > 14).mean() > 0.1
    assert days.max() > 150


def test_some_rows_are_late_twice_or_junk(warehouse: Warehouse) -> None:
    load(warehouse)
    warehouse.execute(
        """
        create temporary table events as
        select 'tracks' as place, id, anonymous_id, user_id, timestamp, received_at
        from segment.tracks
        union all
        select 'pages' as place, id, anonymous_id, user_id, timestamp, received_at
        from segment.pages
        """
    )
    found = warehouse.rows(
        """
        select
            count(*) as events,
            count(*) - count(distinct id) - count(*) filter (where id is null) as copies,
            count(*) filter (where received_at - timestamp > interval '1 hour'
                and timestamp > '2001-01-01') as late,
            count(*) filter (where received_at - timestamp > interval '1 day'
                and timestamp > '2001-01-01') as very_late,
            max(received_at - timestamp) filter (where timestamp > '2001-01-01') as latest,
            count(*) filter (where id is null) as without_id,
            count(*) filter (where anonymous_id = 'undefined') as undefined,
            count(*) filter (where anonymous_id is null and user_id is null) as nobody,
            count(*) filter (where received_at is null) as not_received,
            count(*) filter (where timestamp > '2030-01-01') as future,
            count(*) filter (where timestamp < '2000-01-01') as past,
            count(*) filter (where timestamp is null) as without_time,
            count(*) filter (where user_id = 'null') as null_user
        from events
        """
    )[0]
    events = found.pop("events")
    assert events == pytest.approx(EVENTS, rel=0.04)
    assert 0.007 < found.pop("copies") / events < 0.013
    assert 0.015 < found.pop("late") / events < 0.04
    assert 0.0005 < found.pop("very_late") / events < 0.005
    assert timedelta(days=1) < found.pop("latest") < timedelta(days=3)
    assert all(3 <= count < events / 1_000 for count in found.values()), found
    pairs = warehouse.rows(
        """
        select
            count(*) filter (where one.place <> other.place) as other_table,
            count(*) filter (where one.timestamp <> other.timestamp) as other_time,
            count(*) as all_pairs
        from events as one
        inner join events as other
            on other.id = one.id and other.received_at > one.received_at
        """
    )[0]
    assert 0.1 < pairs["other_table"] / pairs["all_pairs"] < 0.3
    assert 0.05 < pairs["other_time"] / pairs["all_pairs"] < 0.15


def test_traffic_is_paid_organic_and_robots(warehouse: Warehouse) -> None:
    _, written = load(warehouse)
    found = warehouse.rows(
        """
        select
            count(*) filter (where context_campaign_medium = 'cpc') as cpc,
            count(*) filter (where context_campaign_medium is null
                and url like '%utm_medium=%') as only_in_address,
            count(*) filter (where url like '%gclid=%') as gclid,
            count(*) filter (where url like '%msclkid=%') as msclkid,
            count(*) filter (where url like '%fbclid=%') as fbclid,
            count(*) filter (where context_campaign_medium = 'display') as display,
            count(*) filter (where context_campaign_medium = 'affiliate') as affiliate,
            count(*) filter (where context_campaign_medium = 'email') as email,
            count(*) filter (where search = '' and referrer = 'https://www.google.com/') as organic,
            count(*) filter (where referrer = 'https://duckduckgo.com/') as duckduckgo,
            count(*) filter (where referrer = 'https://chatgpt.com/') as assistant,
            count(*) filter (where referrer like '%news.ycombinator%') as referral,
            count(*) filter (where referrer is null and search = '') as direct,
            count(*) filter (where url like '%/blog/%') as blog,
            count(*) filter (where context_user_agent ~ 'Googlebot|bingbot|Headless') as robots
        from segment.pages
        """
    )[0]
    scarce = {name: count for name, count in found.items() if count < written["pages"] / 1_000}
    assert not scarce
    assert found["robots"] < written["pages"] / 10
    by_robot = value(
        warehouse,
        "select avg(views) from (select count(*) as views from segment.pages"
        " where context_user_agent ~ 'Googlebot|bingbot|Headless' group by anonymous_id) as robots",
    )
    assert by_robot > 20


def test_people_sign_up_mostly_at_once(warehouse: Warehouse) -> None:
    load(warehouse)
    found = warehouse.rows(
        """
        with people as (
            select
                anonymous_id,
                min(timestamp) as first_at,
                min(timestamp) filter (where is_signup) as signup_at
            from (
                select anonymous_id, timestamp, event = 'signed_up' as is_signup
                from segment.tracks
                union all
                select anonymous_id, timestamp, false as is_signup from segment.pages
            ) as events
            where timestamp > '2023-12-01'
            group by anonymous_id
        )

        select
            count(signup_at) as signups,
            count(*) filter (where signup_at < first_at + interval '4 hours') as at_once
        from people
        """
    )[0]
    assert 0.5 < found["at_once"] / found["signups"] < 0.75
    texts = warehouse.rows(
        "select distinct event_text from segment.tracks where event = 'signed_up'"
    )
    assert texts == [{"event_text": "Signed Up"}]


def test_the_next_day_goes_on_with_the_same_people(warehouse: Warehouse) -> None:
    made, _ = load(warehouse, days=20)
    warehouse.execute("create table before as select id, anonymous_id from segment.pages")
    written = made.load_day(warehouse.connection, 4_000)
    assert written["tracks"] + written["pages"] == pytest.approx(4_000, rel=0.12)
    found = warehouse.rows(
        """
        select
            count(*) as views,
            count(*) filter (where exists (
                select 1 from before where before.anonymous_id = pages.anonymous_id
            )) as of_known,
            count(*) filter (
                where timestamp > '2024-12-15' and timestamp < '2025-01-01'
            ) as of_history,
            count(*) filter (where received_at < '2025-01-01') as synced_late,
            min(received_at) as first_at,
            max(received_at) as last_at
        from segment.pages
        where uuid_ts > '2024-12-31 20:00:00+00' and not exists (
            select 1 from before where before.id = pages.id
        )
        """
    )[0]
    assert 0.4 < found["of_known"] / found["views"] < 0.85
    assert 0 < found["of_history"] < found["views"] / 4
    assert found["synced_late"] < found["of_history"]
    assert made.end - scenario.SYNCED_LATE <= found["first_at"]
    assert found["last_at"] < made.end + timedelta(days=1)
