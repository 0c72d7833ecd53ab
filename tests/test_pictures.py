"""Open boards share one drawing, and a drawing that takes long leaves the processor to the telephone for a while."""

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

        return self.pictures.get(eyes, moment, draw, may_be_older=watches)


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
