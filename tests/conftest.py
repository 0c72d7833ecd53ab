"""A town for each test, on a database file of its own, copied from one that was migrated once."""

import pytest
from town import Town

from models.schema import migrate


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """An empty database that is up to date."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def found_town(tmp_path, template):
    """Founds towns."""
    return lambda **options: Town(tmp_path, template=template, **options)


@pytest.fixture
def town(found_town):
    """A town on a Monday at nine in the morning, with nobody in it."""
    return found_town()
