"""The community's own reply words: by which words, besides those of the language, an answer can be texted here."""

from dataclasses import dataclass

from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.forms import Form
from dispatch.board.settling import Part, add, end
from dispatch.lists.words import languages
from models.replies import ReplyWord, reply_words_of

_LONGEST = 60


@dataclass(frozen=True)
class Answer:
    """One thing that can be said: by which words everywhere, and by which here."""

    means: str
    known: dict[str, list[str]]  # by language
    own: list[ReplyWord]


def words_of(desk: Desk) -> dict[str, object]:
    """All that can be said in other words, by who says it."""
    rows, replies = reply_words_of(desk.session, desk.community.id), desk.board.replies
    spoken = languages()
    answers = {
        who: [
            Answer(
                means,
                {tag: list(replies.known(tag, means)) for tag in spoken},
                [row for row in rows if row.means == means],
            )
            for means in many
        ]
        for who, many in replies.teachable.items()
    }
    return {"answers": answers, "spoken": spoken}


def add_word(desk: Desk) -> ResponseReturnValue:
    """One more word; it is understood from the next text on."""
    return add(desk, WORDS, ReplyWord(community_id=desk.community.id))


def end_word(desk: Desk, row_id: int) -> ResponseReturnValue:
    """It means nothing any more."""
    return end(desk, WORDS, desk.find(ReplyWord, row_id))


def _write(form: Form, row: ReplyWord) -> None:
    desk, replies = form.desk, form.desk.board.replies
    phrase = form.words("phrase", most=_LONGEST, needed=True)
    language = form.one_of("language", {tag: tag for tag in languages()})
    means = form.one_of("means", {means: means for many in replies.teachable.values() for means in many})
    if phrase and language and means:
        why = replies.why_not(desk.session, desk.community, language, means, phrase, now=desk.now)
        if why:
            form.mistakes.append(desk.words.t(f"word.{why}", phrase=phrase))
    form.check()
    row.phrase, row.language, row.means = phrase, language or "", means or ""


def _shows(row: ReplyWord) -> dict[str, object]:
    return {"phrase": row.phrase, "means": row.means, "language": row.language}


def _one_further(desk: Desk) -> None:
    desk.community.words_version += 1


WORDS = Part(
    "words", ReplyWord, _shows, _write, "words", then=_one_further,
    goes=lambda desk, row: desk.session.delete(row), again=lambda desk: ReplyWord(community_id=desk.community.id),
)  # fmt: skip
