"""What is said at every door about a fault that is the caller's or the machine's, never a stack trace."""

import sqlalchemy as sa

from models.copies import NoCopy
from models.keyring import WrongKey
from models.presence import InUse
from models.schema import WrongVersion
from models.storage import Trouble, Unusable
from scripts.settings import SettingsError

# The errors that have a sentence here.
SAID = (SettingsError, WrongVersion, WrongKey, NoCopy, InUse, Unusable, sa.exc.DBAPIError, OSError)

_DAMAGED = "The database file is damaged: restore a backup with scripts/linli restore FILE (see docs/keeping.md)."
_DATABASE_SENTENCES = (
    ("being restored", "The database is being restored. Try again when that is done."),
    (
        "database is locked",
        "The database is busy: another program has been writing for more than 5 seconds. Try again.",
    ),
    ("not a database", "The file named in [database] url is no SQLite database."),
    ("malformed", _DAMAGED),
    ("readonly", "The database may not be written by this user."),
    ("unable to open", "The database file cannot be opened by this user."),
    ("full", "The disk is full."),
    ("password authentication", "The database server refuses this user or password: see [database] url."),
    ("permission denied", "The database user may not do this: it should own the database of [database] url."),
    ("does not exist", "The database server knows no such database or user: see [database] url."),
    ("connection", "The database server does not answer: see [database] url."),
    ("resolve", "The database server's name is unknown: see [database] url."),
    ("unique", "Somebody else has just stored the same. Nothing was stored; try again."),
)


_UNUSABLE = {
    Trouble.CORRUPT: _DAMAGED,
    Trouble.FULL: "The disk is full.",
    Trouble.READ_ONLY: "The database may not be written by this user.",
    Trouble.FAILING: "The disk answers with errors.",
    Trouble.BUSY: "The database is busy. Try again.",
    Trouble.GONE: "The database is not there: see [database] url.",
}


def sentence_for(error: Exception) -> str | None:
    """The sentence for such an error; None for one of ours, which is a bug."""
    if isinstance(error, (SettingsError, WrongVersion, WrongKey, NoCopy, InUse)):
        return str(error)
    if isinstance(error, Unusable):
        return _UNUSABLE[error.trouble]
    if isinstance(error, sa.exc.DBAPIError):
        said = str(error.orig).casefold()
        return next((told for sign, told in _DATABASE_SENTENCES if sign in said), None)
    if isinstance(error, OSError):
        return f"{error.filename or 'A file'}: {(error.strerror or 'cannot be used').lower()}."
    return None
