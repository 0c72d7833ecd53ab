"""Every text that an answer by text can be, found by walking the menus as whoever writes walks them."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from menus.doing import done
from menus.examples import NOW, ZONE, Example, example
from menus.scenes import callers
from voice.answer import after, refused
from voice.prompts import Setting, catalog, render_text
from voice.step import arrive, step
from voice.talk import Act, Heard, Scene, Sound, Talk, Turn

_WRITTEN = [*(Heard(Sound.KEYS, keys=key) for key in "1234567890"), Heard(Sound.WORDS, words="…")]
_DEEP = 5
_LONG = {
    "en": ("Elisabeth", "slow-cooked chicken with rice", "Help with paperwork"),
    "es": ("Guadalupe", "pollo con arroz y verduras", "Ayuda con papeles"),
    "zh-CN": ("慧敏", "冬瓜排骨汤配米饭", "陪同就医"),
    "yue": ("慧敏", "冬瓜排骨湯配白飯", "陪同睇醫生"),
}


def long_words(language: str) -> Example:
    """The example of a language with names, dishes and services as long as they come."""
    words, (name, dish, service) = example(language), _LONG[language]
    return replace(words, names=(name, name, name), dishes=(dish, dish, dish), services=(service,) * 4)


def texts(language: str) -> Iterator[tuple[str, str, str]]:
    """Who writes, where the talk comes to rest, and the text that is answered."""
    words = long_words(language)
    for name, caller in callers(words, language).items():
        if caller.is_ours or not caller.scene.household:
            continue
        start = arrive(Talk(place="home", medium="text", language=language), caller.scene)
        yield from ((name, turn.talk.place, _text(turn, words, language)) for turn in _walk(start, caller.scene, words))


def _walk(start: Turn, scene: Scene, words: Example) -> Iterator[Turn]:
    known: set[str] = set()
    queue = deque([(start, scene, 0)])
    while queue:
        turn, scene, depth = queue.popleft()
        key = f"{turn.talk.place} {turn.says!r}"
        if key in known:
            continue
        known.add(key)
        yield turn
        if depth < _DEEP:
            queue.extend((*led, depth + 1) for heard in _WRITTEN for led in _next(turn, scene, heard, words))


def _next(turn: Turn, scene: Scene, heard: Heard, words: Example) -> Iterator[tuple[Turn, Scene]]:
    led = step(turn.talk, heard, scene)
    if isinstance(led, Turn):
        yield led, scene
        return
    came = done(led, scene, words)
    if came is not None:
        result, there = came
        yield _answered(led, result.says, after(led, result), there), there
    yield arrive(refused(led), scene, (("too_late", {}),)), scene


def _answered(act: Act, says: tuple[tuple[str, dict], ...], talk: Talk, scene: Scene) -> Turn:  # type: ignore[type-arg]
    arrived = arrive(talk, scene, says)
    # What was done is the whole answer, and no menu is behind it.
    return replace(arrived, says=says) if act.goto in ("more", "goodbye") else arrived


def _text(turn: Turn, words: Example, language: str) -> str:
    setting = Setting(language, ZONE, NOW, "text", words.community)
    written = [said for said in turn.says if catalog(language).pattern(said[0], "text")]
    return render_text(written, setting)
