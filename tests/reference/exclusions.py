"""Who does not count: crawlers by their agent, and ourselves by address, host and e-mail domain."""

from __future__ import annotations

import csv
import ipaddress
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path

from tests.reference import cleaning
from tests.reference.events import Event, IdentityCall
from tests.reference.settings import Settings

SEED = Path(__file__).resolve().parents[2] / "seeds" / "crawler_user_agents.csv"
AGENT_LENGTH = 1000


@lru_cache
def crawler_patterns() -> tuple[re.Pattern[str], ...]:
    """The patterns of the project's list."""
    with SEED.open(encoding="utf-8", newline="") as lines:
        return tuple(re.compile(row["pattern"]) for row in csv.DictReader(lines))


@cache
def is_listed_crawler(agent: str) -> bool:
    """Whether an agent matches the project's list."""
    return any(pattern.search(agent) for pattern in crawler_patterns())


def is_crawler(agent: str | None, settings: Settings) -> bool:
    """Whether an agent is left out; no agent is nobody's."""
    chosen = settings.exclude_user_agents
    if agent is None or not chosen:
        return False
    read = agent[:AGENT_LENGTH]
    own = () if chosen is True else chosen
    return is_listed_crawler(read) or any(re.search(pattern, read) for pattern in own)


def is_excluded_ip(ip: str | None, networks: Iterable[str]) -> bool:
    """Whether an address lies in one of the networks; what is no address lies in none."""
    try:
        address = ipaddress.ip_address((ip or "").strip(" ").lower())
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped and "." in (ip or ""):
        address = address.ipv4_mapped
    return any(address in ipaddress.ip_network(one, strict=False) for one in networks)


def is_host_of(name: str | None, domains: Iterable[str]) -> bool:
    """Whether a host is one of the domains or under one."""
    return name is not None and any(
        name == one.lower() or name.endswith("." + one.lower()) for one in domains
    )


def event_exclusion(entry: Event, settings: Settings) -> str | None:
    """Why a session with this entry does not count; null if it does."""
    if is_crawler(entry.context_user_agent, settings):
        return "user_agent"
    if is_excluded_ip(entry.context_ip, settings.exclude_ips):
        return "ip"
    if is_host_of(cleaning.host(entry.page_url), settings.exclude_hosts):
        return "host"
    return None


def insiders(
    ids: Iterable[str],
    calls: Iterable[IdentityCall],
    aliases: Mapping[str, str],
    settings: Settings,
) -> set[str]:
    """The aliases that an excluded e-mail address leads to.

    Args:
        ids: every id there is.
        calls: the identity calls that count.
        aliases: the alias of each id; an id that is not there is its own.
        settings: which domains are excluded.
    """
    domains = {one.strip().lower() for one in settings.exclude_email_domains}
    found = {one for one in ids if cleaning.email_domain(one) in domains}
    for call in calls:
        if call.email_domain in domains:
            found.add(call.user_id if call.user_id is not None else call.anonymous_id)
    return {aliases.get(one, one) for one in found if one is not None}
