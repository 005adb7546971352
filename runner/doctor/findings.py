"""What doctor says: findings as ``check`` has them, and what is well."""

from __future__ import annotations

from runner.checks import Finding

OK = "ok"


def well(kind: str, where: str, what: str) -> Finding:
    """A thing that is as it should be."""
    return Finding(OK, kind, where, what)


def size(amount: float) -> str:
    """Bytes as people read them."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1024 or unit == "GB":
            break
        amount /= 1024
    return f"{amount:,.0f} {unit}" if unit in ("bytes", "kB") else f"{amount:,.1f} {unit}"
