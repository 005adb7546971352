"""Seconds against history size, as a small SVG."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

WIDTH, HEIGHT, MARGIN = 640, 360, 60
COLOURS = ("#1b6ca8", "#c8553d", "#588157", "#6d597a")


def draw(series: dict[str, Sequence[tuple[int, float]]]) -> str:
    """Lines of (events, seconds) on logarithmic axes.

    Args:
        series: points by the name of the line; sizes and seconds above 0.

    Returns:
        The text of an SVG file.
    """
    points = [point for line in series.values() for point in line]
    x_range = (log10(min(x for x, _ in points)), log10(max(x for x, _ in points)))
    y_range = (log10(min(y for _, y in points)), log10(max(y for _, y in points)))

    def place(value: float, bounds: tuple[float, float], length: int) -> float:
        low, high = bounds
        return (log10(value) - low) / ((high - low) or 1) * (length - 2 * MARGIN) + MARGIN

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{MARGIN}" y="24" font-size="14">Seconds against events of history '
        "(both axes logarithmic)</text>",
    ]
    for number, (name, line) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [(place(x, x_range, WIDTH), HEIGHT - place(y, y_range, HEIGHT)) for x, y in line]
        path = " ".join(f"{x:.0f},{y:.0f}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}"/>')
        for (x, y), (events, seconds) in zip(places, line, strict=True):
            parts.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3" fill="{colour}"/>')
            label = f"{events / 1e6:g} M: {seconds:.1f} s"
            anchor = "end" if x > WIDTH / 2 else "start"
            parts.append(f'<text x="{x:.0f}" y="{y - 7:.0f}" text-anchor="{anchor}">{label}</text>')
        parts.append(f'<text x="{MARGIN}" y="{44 + 15 * number}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])
