"""dbt's Jinja, compiled once and kept on disk, as Python keeps its own modules."""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2

# what other versions of the project have left goes once there is so much
MOST_KEPT = 5_000
_DIGEST_BYTES = 32


class Templates:
    """Compiled templates by a hash of their source, in one file.

    Args:
        folder: where the file is; it is named after the versions whose bytecode it holds.
    """

    def __init__(self, folder: Path) -> None:
        name = f"jinja-{jinja2.__version__}-{sys.implementation.cache_tag}.marshal"
        self.path = folder / name
        self._kept: dict[bytes, CodeType] | None = None
        self._used: dict[bytes, CodeType] = {}
        self._is_changed = False

    def find(self, key: bytes) -> CodeType | None:
        """The code of a template; None where it was not compiled yet."""
        if self._kept is None:
            self._kept = _read(self.path)
        code = self._used.get(key) or self._kept.get(key)
        if code is not None:
            self._used[key] = code
        return code

    def add(self, key: bytes, code: CodeType) -> None:
        """Keep the code of a template."""
        self._used[key] = code
        self._is_changed = True

    def write(self) -> None:
        """Write what is new; where that cannot be, the next run compiles it again."""
        if not self._is_changed:
            return
        self._is_changed = False
        codes = {**(self._kept or {}), **self._used}
        if len(codes) > MOST_KEPT:
            codes = self._used
        content = marshal.dumps(codes)
        own = self.path.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            own.write_bytes(hashlib.sha256(content).digest() + content)
            # in one step, for another run may read it now
            own.replace(self.path)


def _read(path: Path) -> dict[bytes, CodeType]:
    try:
        content = path.read_bytes()
    except OSError:
        return {}
    digest, codes = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    # marshal does not bear what was cut short
    if hashlib.sha256(codes).digest() != digest:
        return {}
    found: dict[bytes, CodeType] = marshal.loads(codes)
    return found


_at_hand: Templates | None = None


@contextmanager
def kept_templates(templates: Templates) -> Iterator[None]:
    """Let dbt find the templates that an earlier invocation, or an earlier run, has compiled.

    dbt compiles each macro, model and hook from its text in every process: half a second of a
    night. A template's code depends on nothing but its text and the environment's extensions.

    Args:
        templates: what there is, and where new ones go.
    """
    global _at_hand
    _patch()
    before, _at_hand = _at_hand, templates
    try:
        yield
    finally:
        _at_hand = before
        templates.write()


def _patch() -> None:
    from dbt_common.clients import jinja as dbt_jinja

    if getattr(jinja2.Environment, "keeps_templates", False):
        return
    compile_template = jinja2.Environment.compile

    def compile_once(self: Any, source: Any, *rest: Any, **named: Any) -> Any:
        templates = _at_hand
        # the others render settings and profiles, passwords among them: these stay where they are
        is_code = type(self) is dbt_jinja.MacroFuzzEnvironment and isinstance(source, str)
        if templates is None or not is_code or rest or named or dbt_jinja.MACRO_DEBUGGING:
            return compile_template(self, source, *rest, **named)
        key = _key(self, source)
        code = templates.find(key)
        if code is None:
            code = compile_template(self, source)
            templates.add(key, code)
        return code

    jinja2.Environment.compile = compile_once  # type: ignore[method-assign]
    jinja2.Environment.keeps_templates = True  # type: ignore[attr-defined]


def _key(environment: Any, source: str) -> bytes:
    kind = (sorted(environment.extensions), source)
    return hashlib.blake2b(repr(kind).encode(), digest_size=16).digest()
