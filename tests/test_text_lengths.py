"""What is written back fits: one segment as a rule, two at the most, in plain letters where the language has them."""

import re

import gsm0338
import pytest
from menus.texts import texts

from voice.prompts import catalog, languages
from voice.segments import segments_of

# What a text may take up; names, dishes and services are as long as they come.
MOST_SEGMENTS = 2
# So many of a hundred answers may need the second one.
MOST_LONG = 15
SIGN = {"en": "Linli: ", "es": "Linli: ", "zh-CN": "【邻里示范站】", "yue": "【邻里示范站】"}
_SPOKEN = re.compile(r"\bpress \d|\bmarque \d|请按\d|撳\d")
_LINK = re.compile(r"https?:|www\.")


@pytest.mark.parametrize("language", languages())
def test_every_answer_by_text_fits(language):
    written = [(who, place, SIGN[language] + words) for who, place, words in texts(language)]
    assert len(written) > 1000
    lengths = [segments_of(words) for _, _, words in written]
    assert [one for one, length in zip(written, lengths, strict=True) if length > MOST_SEGMENTS] == []
    assert 100 * sum(length > 1 for length in lengths) / len(lengths) <= MOST_LONG
    assert [one for one in written if _SPOKEN.search(one[2]) or _LINK.search(one[2])] == [], "it is read, not heard"


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_letter_in_any_written_sentence_halves_its_length(language):
    """One curly quote makes seventy letters of a hundred and sixty."""
    words = catalog(language)
    written = {prompt: words.pattern(prompt, "text").translate(words.folds) for prompt in {**words.voice, **words.text}}
    assert [prompt for prompt, sentence in written.items() if not _is_plain(sentence)] == []


def _is_plain(sentence):
    try:
        gsm0338.Codec().encode(sentence)
    except UnicodeEncodeError:
        return False
    return True
