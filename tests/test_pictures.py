"""Open boards share one drawing, and a drawing that takes long leaves the processor to the telephone for a while."""

import threading

import pytest

from dispatch.board.pictures import Pictures


class Painter:
    """Draws what it is told to, and takes so long for it."""

    def __init__(self, seconds):
        self.seconds, self.now, self.drawn = seconds, 100.0, 0
        self.pictures = Pictures(lambda: self.now)

    def get(self, moment, *, eyes="dora", watches=True):
        """What somebody with these eyes sees."""

        def draw():
            self.now += self.seconds
            self.drawn += 1
            return f"{eyes} {moment}"

        return self.pictures.get(eyes, moment, draw, may_be_older=watches).whole


def test_fifty_boards_look_at_one_drawing():
    painter = Painter(0.05)
    assert {painter.get(1) for _ in range(50)} == {"dora 1"}
    assert painter.drawn == 1
    assert painter.get(1, eyes="chen") == "chen 1"


def test_a_quick_drawing_is_made_anew_at_once():
    painter = Painter(0.05)
    assert [painter.get(moment) for moment in (1, 2, 3)] == ["dora 1", "dora 2", "dora 3"]


def test_after_a_long_drawing_whoever_only_watches_waits_twice_as_long():
    painter = Painter(0.4)
    assert painter.get(1) == "dora 1"
    painter.now += 0.7
    assert painter.get(2) == "dora 1"
    painter.now += 0.2
    assert painter.get(2) == "dora 2"


@pytest.mark.parametrize("seconds", [0.05, 0.4])
def test_whoever_has_just_done_something_sees_it(seconds):
    painter = Painter(seconds)
    assert painter.get(1) == "dora 1"
    assert painter.get(2, watches=False) == "dora 2"


def test_nobody_who_only_watches_waits_while_another_draws():
    pictures, is_drawing, may_end = Pictures(), threading.Event(), threading.Event()
    pictures.get("dora", 1, lambda: "the first")

    def draw_slowly():
        is_drawing.set()
        assert may_end.wait(timeout=30)
        return "the second"

    drawing = threading.Thread(target=pictures.get, args=("dora", 2, draw_slowly))
    drawing.start()
    assert is_drawing.wait(timeout=30)
    assert pictures.get("dora", 2, lambda: "never", may_be_older=True).whole == "the first"
    may_end.set()
    drawing.join(timeout=30)
    assert pictures.get("dora", 2, lambda: "never", may_be_older=True).whole == "the second"


def card(name, words):
    return f"<!--piece li {name}--><li id='{name}'>{words}</li><!--/piece-->"


def drawn(pictures, moment, *cards):
    return pictures.get("dora", moment, lambda: f"<div>{moment} {''.join(cards)}</div>")


def test_whoever_has_an_earlier_picture_gets_what_has_changed_in_it():
    pictures = Pictures()
    first = drawn(pictures, 1, card("a-1", "soup"), card("a-2", "milk"))
    second = drawn(pictures, 2, card("a-2", "milk, at once"), card("a-1", "soup"), card("a-3", "bread"))
    assert first.whole == "<div>1 <li id='a-1'>soup</li><li id='a-2'>milk</li></div>"
    assert pictures.since("dora", second, first.mark) == (
        "<div>2 <li id='a-2'>milk, at once</li><li id=\"a-1\" data-same></li><li id='a-3'>bread</li></div>"
    )


@pytest.mark.parametrize("has", ["", "something made up", "the first of ten"])
def test_whoever_has_a_picture_of_long_ago_or_none_gets_all_of_it(has):
    pictures = Pictures()
    marks = [drawn(pictures, moment, card("a-1", "soup")).mark for moment in range(10)]
    last = drawn(pictures, 11, card("a-1", "soup"))
    asked = marks[0] if has == "the first of ten" else has
    assert pictures.since("dora", last, asked) == last.whole
    assert "data-same" in pictures.since("dora", last, marks[-1])


def test_what_others_have_been_shown_is_no_picture_of_mine():
    pictures = Pictures()
    theirs = pictures.get("chen", 1, lambda: card("a-1", "soup"))
    mine = pictures.get("dora", 1, lambda: card("a-1", "soup"))
    assert theirs.mark == mine.mark
    later = drawn(pictures, 2, card("a-1", "soup"))
    assert "data-same" in pictures.since("dora", later, mine.mark)
    assert pictures.since("lee", later, mine.mark) == later.whole
