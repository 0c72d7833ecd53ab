"""The error that is no fault: something a person asked for and cannot have."""


class Refusal(Exception):
    """Expected: the person hears the sentence `reason`, and what the turn began is undone.

    `reason` is the key of a sentence (never words); `blanks` fill it.
    """

    def __init__(self, reason: str, **blanks: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.blanks = blanks
