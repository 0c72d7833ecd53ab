"""What every table shares: the naming of constraints, instants that keep their zone, and ids."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware UTC instant. SQLite forgets time zones, so naive ones are refused and UTC is put back on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The root of all tables."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Instant(),
        dict[str, Any]: sa.JSON(),
        list[Any]: sa.JSON(),
        dict[str, str]: sa.JSON(),
    }

    id: Mapped[int] = mapped_column(primary_key=True)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # An id is never used twice, also when its row is gone or lost in a restore: SQLite must be told so.
        table = cls.__dict__.get("__table__")
        if table is not None:
            table.dialect_options["sqlite"]["autoincrement"] = True


def one_of(words: type[StrEnum]) -> sa.Enum:
    """A column type for the words of an enumeration, stored as they are spelled."""
    return sa.Enum(words, native_enum=False, length=16, values_callable=lambda kind: [word.value for word in kind])


def belongs_to(table: str, *, optional: bool = False, index: bool = True) -> Any:
    """A foreign key column to `table`; rows of others are never deleted from under us."""
    return mapped_column(sa.ForeignKey(f"{table}.id", ondelete="RESTRICT"), nullable=optional, index=index)
