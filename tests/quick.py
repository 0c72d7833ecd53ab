"""What makes hundreds of towns quick to build: what each would work out for itself again is worked out once.

Nothing of it changes what a town does. Files lie in memory where there is room: what is committed there costs no wait
for a disk (that it reaches one is tested by tests/campaigns/power_cuts.py).
"""

import gc
import os
import shutil
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from werkzeug.routing import Rule

from dispatch import founding

_MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of its own there
_ROOM_BYTES = 2_000_000_000  # in a container it may be 64 MB
_SHARED: dict[Any, Any] = {}
# So many different statements are kept compiled: all that the tests make. With SQLAlchemy's own 500 each would be compiled
# again and again.
_STATEMENTS = 20_000


class _Templates(BytecodeCache):
    """The pages' templates, parsed once for all apps of this process."""

    def __init__(self) -> None:
        self.parsed: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Any) -> None:
        if code := self.parsed.get(bucket.key + bucket.checksum):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Any) -> None:
        self.parsed[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


class _Hasher:
    """The hasher of passwords, slow on purpose, asked once for each password and each guess at it."""

    def __init__(self, real: PasswordHasher) -> None:
        self.hash = cache(real.hash)
        self.verify = cache(real.verify)
        self.check_needs_rehash = real.check_needs_rehash


class _Rule(Rule):
    """An address of an app. What reads it and what writes it out is compiled once for all apps of this process."""

    _known: ClassVar[dict[Any, Any]] = {}
    _read: ClassVar[dict[str, Any]] = {}

    def _parse_rule(self, rule: str) -> Any:
        if rule not in self._read:
            start = len(self._trace)
            parts, traced = tuple(super()._parse_rule(rule)), self._trace[start:]
            names = [name for is_variable, name in traced if is_variable]
            self._read[rule] = parts, traced, {name: self._converters[name] for name in names}
            return parts
        parts, traced, converters = self._read[rule]
        self._trace += traced
        self._converters |= converters
        self.arguments |= set(converters)
        return parts

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        key = (tuple(self._trace), repr(self.defaults), append_unknown)
        if key not in self._known:
            self._known[key] = super()._compile_builder(append_unknown)
        return self._known[key]


class _View(sa.engine.base.OptionEngine):
    """An engine's view with options of its own; what it is given later holds for the view too."""

    dialect = property(lambda self: self._proxied.dialect, lambda *_: None)  # type: ignore[assignment]
    _compiled_cache = property(lambda self: self._proxied._compiled_cache, lambda *_: None)  # type: ignore[assignment]


_TEMPLATES = _Templates()


def be_quick() -> None:
    """Once for each process, before the first test."""
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))
    Flask.url_rule_class = _Rule
    sa.Engine._option_cls = _View
    founding._hasher = _Hasher(founding._hasher)  # type: ignore[assignment]


def forget_what_was_imported() -> None:
    """What was imported stays: whoever collects garbage need not look through it each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def share(engine: sa.Engine, app: Flask) -> None:
    """This town writes the statements and pages that others have written: none need be compiled again."""
    ours = engine.dialect, sa.util.LRUCache(_STATEMENTS)
    which = engine.dialect.name, engine.dialect.keyring  # what is personal is locked with each one's own keys
    engine.dialect, engine._compiled_cache = _SHARED.setdefault(which, ours)
    engine.pool._dialect = engine.dialect
    app.jinja_env.bytecode_cache = _TEMPLATES
