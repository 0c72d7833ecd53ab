"""The words that a community has added to those of the language, for whoever reads a text; read once per change."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from models.places import Community
from models.replies import reply_words_of
from voice.plain import plain
from voice.prompts import nearest

# Language and table → phrase, as `plain` leaves it → what it means.
OwnWords = Mapping[tuple[str, str], Mapping[str, str]]
NO_WORDS: OwnWords = {}
_MOST_KEPT = 1000
# By database and community: the version of the words, and the words of that version.
_kept: dict[tuple[str, int], tuple[int, OwnWords]] = {}


def own_words(session: Session, community: Community) -> OwnWords:
    """What was added here. The community's row says which version holds; most have none, and ask nothing."""
    if not community.words_version:
        return NO_WORDS
    key = (str(session.get_bind().engine.url), community.id)
    version, words = _kept.get(key, (0, NO_WORDS))
    if version != community.words_version:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        version, words = _kept[key] = community.words_version, _read(session, community)
    return words


def _read(session: Session, community: Community) -> OwnWords:
    words: dict[tuple[str, str], dict[str, str]] = {}
    for row in reply_words_of(session, community.id):
        table, _, meaning = row.means.partition(".")
        words.setdefault((nearest(row.language), table), {})[plain(row.phrase)] = meaning
    return words
