"""The part of a text that opens something: it stands in no row, and is put in when the text leaves."""

from dataclasses import dataclass
from typing import Any

from dispatch.inviting import token_of

# What stands for it on the board, in lists and in the database.
MASK = "***"


@dataclass(frozen=True)
class OpenLinks:
    """Makes links whole again; `key` is this installation's secret."""

    key: str
    public_url: str

    def whole(self, body: str, says: list[Any]) -> str:
        """The text as it is sent."""
        for _, said in says:
            for value in said.values():
                if isinstance(value, dict) and "$invitation" in value:
                    staff_id, salt = value["$invitation"]
                    return body.replace(MASK, self.invitation(token_of(staff_id, salt, key=self.key)))
        return body

    def invitation(self, token: str) -> str:
        """The address that an invitation leads to."""
        return f"{self.public_url.rstrip('/')}/invitation/{token}"
