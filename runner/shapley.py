"""The Shapley value of each channel, exactly, over all coalitions of channels.

The worth of a coalition is what the first-order Markov chain of all journeys would convert if every
visit to a channel outside of it ended the journey. So journeys without a signup count, more
channels never convert less, no value is negative, and all of them add up to all conversions.
"""

from __future__ import annotations

from math import factorial

import numpy as np

from runner.markov import Chain, TooMany

# 2 to this power are reduced at a time: they stay in the processor's cache
BLOCK_CHANNELS = 12
# each more doubles the time
MOST_CHANNELS = 24


def shapley_values(chain: Chain) -> dict[str, float]:
    """What each channel adds to the probability of conversion, on average over all orders.

    Args:
        chain: of first order, each channel a state of its own.

    Returns:
        Values by channel, sorted, none negative; their sum is the chain's probability of
        conversion.

    Raises:
        TooMany: more than 24 channels, that is 2^24 coalitions.
    """
    names = chain.channels[1:]
    count = len(names)
    if count > MOST_CHANNELS:
        raise TooMany(f"there are {count} channels; the Shapley value takes up to {MOST_CHANNELS}")
    if not count:
        return {}
    # the place of a coalition of s members in the average over all orders
    weights = np.array(
        [factorial(size) * factorial(count - size - 1) / factorial(count) for size in range(count)]
    )
    inside = np.array([0.0, *(weights + np.append(weights[1:], 0.0))])
    outside = np.append(weights, 0.0)
    first = max(0, count - BLOCK_CHANNELS)
    heads = _reduced(_table(chain)[:, :, np.newaxis], first)
    block = np.arange(2 ** (count - first), dtype=np.uint32)
    sizes = np.bitwise_count(block).astype(np.intp)
    # by the order in which channels are eliminated: the last one first
    values, shared = np.zeros(count), 0.0
    for head in range(heads.shape[2]):
        worth = _reduced(heads[:, :, head : head + 1].copy(), count - first)[0, 0]
        number = sizes + int(head).bit_count()
        with_it = worth * inside[number]
        shared += float(worth @ outside[number])
        for place in range(first):
            if head >> place & 1:
                values[place] += with_it.sum()
        # folded in halves: each time the coalitions that the last channel is in stand behind
        for place in range(count - 1, first - 1, -1):
            half = len(with_it) // 2
            values[place] += with_it[half:].sum()
            with_it = with_it[:half] + with_it[half:]
    found = np.maximum(values - shared, 0.0)
    return dict(sorted(zip(names, (float(one) for one in found[::-1]), strict=True)))


def _table(chain: Chain) -> np.ndarray:
    """The chain as a square: its first column is conversion, for no step leads to the start."""
    table = chain.transitions.copy()
    table[:, 0] = chain.conversion
    return table


def _reduced(tables: np.ndarray, times: int) -> np.ndarray:
    """Take out the last channel, so many times: once kept as a way, once removed.

    To keep it, its visits are replaced by where they lead to (state reduction); to remove it, they
    lead nowhere.

    Args:
        tables: chains of the same states, along the last axis.
        times: how many channels to take out.

    Returns:
        Two chains for each of before and each channel. In the number of a chain, bit b stands
        for the channel that was taken out after b others: 1 where it was kept.
    """
    for _ in range(times):
        last, chains = tables.shape[0] - 1, tables.shape[2]
        following = np.empty((last, last, 2 * chains))
        following[:, :, :chains] = tables[:last, :last]
        leaves = tables[last, :last] / (1.0 - tables[last, last])
        np.multiply(
            tables[:last, np.newaxis, last], leaves[np.newaxis], out=following[:, :, chains:]
        )
        following[:, :, chains:] += tables[:last, :last]
        tables = following
    return tables
