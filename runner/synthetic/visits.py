"""What all events of a visit share: its device, its way in, and how it goes on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runner.synthetic import wire
from runner.synthetic.columns import Columns
from runner.synthetic.draws import Geometric, Numbers, below, bits, draw, share, trait
from runner.synthetic.lists import ENTRY_SLOTS, SLOTS, read_lists
from runner.synthetic.people import NEVER, Visits, entry_slots

MORE_EVENTS = Geometric(6.65, 100)
LONG_READ_MS = 590_000  # twice this is just under the session timeout
_NO_CAMPAIGN = wire.NULL * 5
_NO_SEARCH = wire.field(b"")
_OCTETS = tuple(f".{number}".encode() for number in range(256))


@dataclass(frozen=True)
class Courses(Columns):
    """How visits go on.

    Attributes:
        event_counts: of each visit.
        pace_ms: time between two events, roughly.
        landing_events: how many events happen on the page of entry.
        signup_index: which event is the sign-up; -1 for none.
        identify_index: which event comes with an identify call; -1 for none.
        is_logged_in: from the first event on.
    """

    event_counts: Numbers
    pace_ms: Numbers
    landing_events: Numbers
    signup_index: Numbers
    identify_index: Numbers
    is_logged_in: np.ndarray


def plan(visits: Visits, history_until_ms: int) -> Courses:
    """Draw the course of each visit."""
    sizes = trait(visits.hashes, 2)
    paces = trait(visits.hashes, 3)
    signs_up = (visits.numbers == visits.signup_numbers) & (visits.signup_ms != NEVER)
    counts = np.maximum(1 + MORE_EVENTS(share(sizes)), np.where(signs_up, 3, 1))
    robots = visits.is_robot
    human_pace = np.where(below(paces, 33) == 0, LONG_READ_MS, 3000 + below(paces, 60_000, 32))
    # people log in on a second device long after they signed up, if ever
    known_for = np.maximum(history_until_ms - visits.signup_ms, 0)
    waits = share(draw(trait(visits.persons, 10), visits.devices)) * 0.5 * known_for
    logged_in = (
        (visits.signup_ms != NEVER)
        & (visits.started_ms > visits.signup_ms + np.where(visits.devices == 1, 0, waits))
        & (below(trait(visits.hashes, 4), 10) > 0)
    )
    event_counts = np.where(robots, 40 + below(sizes, 120), counts)
    signup_index = np.where(signs_up, event_counts // 2, -1)
    logs_in = logged_in & ~signs_up & (below(trait(visits.hashes, 5), 3) == 0)
    return Courses(
        event_counts=event_counts,
        pace_ms=np.where(robots, 900 + below(paces, 2000), human_pace),
        landing_events=1 + bits(visits.hashes, 1, 1),
        signup_index=signup_index,
        identify_index=np.where(signs_up, signup_index, np.where(logs_in, 0, -1)),
        is_logged_in=logged_in,
    )


@dataclass
class Fragments:
    """The encoded parts that rows of a visit are put together from; one of each a visit.

    The lists of two halves hold the visits' parts for other events first, then, from ``count`` on,
    the ones for special events: with user_id, or on the page of entry.

    Attributes:
        ids: anonymous_id and user_id; second half: both present.
        user_ids: user_id, as bytes.
        entry_pages: context_page_url, _path and _title of the entry.
        context: context_page_referrer to the end; second half: on the page of entry.
        own_entry_pages: name, url, path, title and search of a row of pages at entry.
        referrers: referrer; second half: on the page of entry.
    """

    count: int
    ids: list[bytes]
    user_ids: list[bytes]
    entry_pages: list[bytes]
    context: list[bytes]
    own_entry_pages: list[bytes]
    referrers: list[bytes]


def encode(visits: Visits, courses: Courses) -> Fragments:
    """Encode the parts of these visits."""
    count = len(visits)
    devices = draw(trait(visits.cookies, 11), visits.devices)
    devices = np.where(visits.is_robot, visits.hashes, devices)
    anonymous = wire.uuids(devices, trait(devices, 1))
    users = wire.user_ids(visits.persons)
    fragments = Fragments(
        count=count,
        ids=[one + wire.NULL for one in anonymous],
        user_ids=users,
        entry_pages=[],
        context=_contexts(visits, devices),
        own_entry_pages=[],
        referrers=[],
    )
    fragments.ids += [one + wire.field(user) for one, user in zip(anonymous, users, strict=True)]
    _encode_entries(visits, courses, fragments)
    return fragments


def _contexts(visits: Visits, devices: np.ndarray) -> list[bytes]:
    """context_ip to context_library_version."""
    lists = read_lists()
    agent_slots = bits(devices, 8, 6) + np.where(visits.is_robot, SLOTS, 0)
    agents = [lists.agents[slot] for slot in agent_slots.tolist()]
    places = [lists.places[slot] for slot in bits(devices, 16, 6).tolist()]
    third = [_OCTETS[number] for number in bits(devices, 24, 8).tolist()]
    fourth = [_OCTETS[number] for number in bits(devices, 32, 8).tolist()]
    return [
        wire.field(place[0] + one + other) + agent[0] + place[1] + agent[1]
        for agent, place, one, other in zip(agents, places, third, fourth, strict=True)
    ]


def _encode_entries(visits: Visits, courses: Courses, fragments: Fragments) -> None:
    """The page of entry, with the campaign in its address and, mostly, in its own columns."""
    lists = read_lists()
    is_later = (visits.numbers > 1) | visits.is_robot
    slots = entry_slots(visits.hashes) + np.where(is_later, ENTRY_SLOTS, 0)
    clicks = np.ascontiguousarray(wire.hexadecimal(trait(visits.hashes, 6)))
    # one sender in five leaves the campaign in the address instead of taking it apart
    choices = trait(visits.hashes, 7)
    columns = zip(
        slots.tolist(),
        bits(choices, 0, 6).tolist(),
        (below(choices, 5, 8) > 0).tolist(),
        courses.is_logged_in.tolist(),
        clicks.view("V16").ravel().tolist(),
        fragments.context,
        strict=True,
    )
    others, entries, referrers, entry_referrers = [], [], [], []
    field = wire.field
    for slot, page_slot, is_parsed, is_logged_in, click, context in columns:
        entry = lists.entries[slot]
        landing = "app" if is_logged_in and entry.landing == "home" else entry.landing
        page = lists.pages[landing][page_slot]
        search = entry.search
        if entry.click_id:
            search = b"%b%b%b=%b" % (search, b"&" if search else b"?", entry.click_id, click)
        url = field(page.url + search)
        search = field(search)
        campaign = entry.campaign if is_parsed else _NO_CAMPAIGN
        fragments.entry_pages.append(url + page.path + page.title)
        fragments.own_entry_pages.append(page.title + url + page.path + page.title + search)
        others.append(url + _NO_SEARCH + _NO_CAMPAIGN + context)
        entries.append(entry.referrer + search + campaign + context)
        referrers.append(url)
        entry_referrers.append(entry.referrer)
    fragments.context = others + entries
    fragments.referrers = referrers + entry_referrers
