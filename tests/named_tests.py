"""The tests there are, by file and name, as the pages about security name them."""

import ast
from functools import cache
from pathlib import Path


@cache
def known_tests() -> frozenset[str]:
    """Every test as "test_story.py::test_one_key_orders_the_usual_lunch"."""
    return frozenset(
        f"{file.name}::{node.name}"
        for file in Path(__file__).parent.glob("test_*.py")
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )
