"""Crashes without a hook in the product: the process dies at a statement, a commit, a send, or an answer.

A dead process does nothing any more: whatever its code still tries (a clean-up, a last statement) dies as well. Only the
roll-back is let through, which is what the database does by itself when a process is gone.
"""

from sqlalchemy import event

KINDS = ("statement", "commit", "committed", "send", "sent", "answer")
# Whose a connection is. All processes of all towns write by one dialect, so that statements are compiled once.
_OWNERS = {}


class Crash(BaseException):
    """The process is gone. No `except Exception` of the product may stop it."""


class Process:
    """The life of one process: where it dies, and what somebody else does while it is between two things."""

    def __init__(self, on_begin=None):
        self.is_dead = False
        self.died_at = ""
        self.countdown = None
        self.kinds = frozenset(KINDS)
        self.connections = []
        self.on_begin = on_begin

    def arm(self, countdown, kinds=KINDS):
        """Die at the `countdown`-th of these points from now on."""
        self.countdown, self.kinds = countdown, frozenset(kinds)

    def point(self, kind):
        """One thing that a process does."""
        if self.is_dead:
            raise Crash
        if self.countdown is None or kind not in self.kinds:
            return
        self.countdown -= 1
        if self.countdown <= 0:
            self.is_dead, self.died_at, self.countdown = True, kind, None
            raise Crash

    def inhabit(self, engine):
        """Everything that is asked of this engine is asked by this process."""
        _watch_commits(engine.dialect)
        event.listen(engine, "connect", self._connected)
        event.listen(engine, "before_cursor_execute", self._before_statement)
        if self.on_begin is not None:
            # A connection is taken out of the pool just before it begins.
            event.listen(engine, "checkout", lambda *_: self.on_begin(self))

    def bury(self):
        """What the operating system does for the dead: their files are closed."""
        self.is_dead = True
        for connection in self.connections:
            connection.close()
            del _OWNERS[connection]
        self.connections.clear()

    def _connected(self, connection, _record):
        connection.execute("PRAGMA synchronous=off")  # of the simulation only: it kills processes, not the power
        self.connections.append(connection)
        _OWNERS[connection] = self

    def _before_statement(self, *_):
        self.point("statement")


def _watch_commits(dialect):
    """Before and after a commit the process whose connection it is may die."""
    if "do_commit" in vars(dialect):
        return
    commit = dialect.do_commit

    def do_commit(connection):
        process = _OWNERS.get(connection.dbapi_connection)
        if process is None:  # opened while the house was built, before anybody lived in it
            commit(connection)
            return
        process.point("commit")
        commit(connection)
        process.point("committed")

    dialect.do_commit = do_commit
