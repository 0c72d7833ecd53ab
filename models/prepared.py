"""Statements that are built once. Building one anew costs more than SQLite needs to answer it."""

import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import sqlalchemy as sa

_P = ParamSpec("_P")
_S = TypeVar("_S", bound=sa.Executable)


def prepared(build: Callable[_P, _S]) -> Callable[_P, tuple[_S, dict[str, Any]]]:
    """Make of a function that builds a statement from values one that builds it once, with a blank for each value.

    What it returns is (statement, values), as a session takes them: `session.scalars(*_call_with_sid(sid))`. The
    statement may depend on its values only where a blank may stand: no `if` over them, no columns chosen by them.
    """
    names = tuple(inspect.signature(build).parameters)
    built: list[_S] = []

    def fill_in(*args: _P.args, **kwargs: _P.kwargs) -> tuple[_S, dict[str, Any]]:
        if not built:
            blanks: Any = [sa.bindparam(name) for name in names]
            built.append(build(*blanks))  # type: ignore[call-arg]
        return built[0], {**dict(zip(names, args, strict=False)), **kwargs}

    return fill_in
