"""The whole graph of the voice menus, found by walking: every key at every place, silence, speech, connected or not."""

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache

from dispatch.telling import Sentence
from menus.doing import done
from menus.examples import NOW, ZONE, Example, example
from menus.scenes import Caller, callers
from menus.words import InItsOwn
from voice.answer import Reply, after, refused
from voice.carrier.speech import spoken
from voice.doing import Done
from voice.places import PLACES
from voice.prompts import Setting, render
from voice.recorded import Foreign, Said
from voice.step import arrive, step
from voice.talk import Act, Heard, Scene, Sound, Talk, Then, Turn

KEYS = "123456789*0#"
_PRESSED = {key: Heard(Sound.KEYS, keys=key) for key in KEYS}
_SILENCE = {"silence": Heard(Sound.SILENCE)}
# What can be heard after each way in which a turn ends.
HEARD: dict[Then, dict[str, Heard]] = {
    Then.ASK: {**_PRESSED, **_SILENCE},
    Then.RECORD: {
        **_PRESSED,
        **_SILENCE,
        "spoken": Heard(Sound.SPOKEN, recording_sid="RE00000000000000000000000000000009", seconds=4),
    },
    Then.CONNECT: {
        "connected": Heard(Sound.CONNECTED),
        "not connected": Heard(Sound.NOT_CONNECTED),
        "engaged": Heard(Sound.NOT_CONNECTED, is_busy=True),
        **_SILENCE,
    },
    Then.GOODBYE: {},
}
HEARD[Then.JOIN] = {key: HEARD[Then.CONNECT][key] for key in ("connected", "not connected", "silence")}
# The keys that mean the same everywhere, with the deed that they stand for, if any.
FIXED = {"0": "", "9": "", "*": "", "8": "more_slowly", "#": "other_language"}
# A refused deed is walked too, with the sentence of the most usual refusal.
_REFUSED: tuple[Sentence, ...] = (("too_late", {}),)


@dataclass(frozen=True)
class Node:
    """One place as one caller comes to it: what is said there, without what was said on the way."""

    id: int
    caller: str
    place: str
    misses: int
    then: Then
    says: tuple[str, ...]  # in words
    prompts: tuple[str, ...]
    is_ours: bool
    turn: Turn = field(repr=False, hash=False, compare=False)
    scene: Scene = field(repr=False, hash=False, compare=False)

    @property
    def talk(self) -> Talk:
        """Where the talk rests there."""
        return self.turn.talk


@dataclass(frozen=True)
class Edge:
    """What is heard at one node leads to another; `says` is everything heard on arrival."""

    source: int | None  # None: the call begins
    heard: str
    target: int
    says: tuple[str, ...]
    prompts: tuple[str, ...]
    caller: str = ""  # who found it first
    is_miss: bool = False
    deed: str = ""
    arguments: str = ""
    is_refused: bool = False
    is_fixed: bool = False  # a key that means the same everywhere
    told: tuple[str, ...] = ()  # what is said of the deed


@dataclass
class Graph:
    """All nodes and edges of one language; and deeds for which doing.py has no line."""

    language: str
    words: Example
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    unknown_deeds: set[str] = field(default_factory=set)
    said: dict[str, tuple[str, ...]] = field(default_factory=dict)  # a sentence in words, kept

    def leaving(self, node: Node) -> list[Edge]:
        """The edges that lead on from there."""
        return self._by_source.get(node.id, [])

    def first(self) -> Iterator[Edge]:
        """How each call begins."""
        return (edge for edge in self.edges if edge.source is None)

    def choices(self, node: Node) -> dict[str, Edge]:
        """The keys that do something there, apart from those that mean the same everywhere."""
        if node.then is not Then.ASK:
            return {}
        return {
            edge.heard: edge
            for edge in self.leaving(node)
            if edge.heard in KEYS and not edge.is_miss and not edge.is_refused and not edge.is_fixed
        }

    def index(self) -> None:
        """To be called when all edges are there."""
        self._by_source: dict[int | None, list[Edge]] = {}
        for edge in self.edges:
            self._by_source.setdefault(edge.source, []).append(edge)


@cache
def walked(language: str) -> Graph:
    """The graph of one language, walked once."""
    return walk(language)


def walk(language: str, only: tuple[str, ...] = ()) -> Graph:
    """Walk from every caller, or only from these, through everything that can be heard, breadth first."""
    words = example(language)
    graph = Graph(language, words)
    walk = _Walk(graph)
    for name, caller in callers(words, language).items():
        if not only or name in only:
            walk.all(name, caller)
    graph.index()
    return graph


class _Walk:
    """What is known so far: what one caller has found, the next need not walk again."""

    def __init__(self, graph: Graph) -> None:
        self._graph, self._name, self._is_ours = graph, "", False
        self._known: dict[tuple[object, ...], Node] = {}
        self._scenes: dict[str, int] = {}
        self._scene_of: dict[int, tuple[Scene, int]] = {}
        self._queue: deque[Node] = deque()

    def all(self, name: str, caller: Caller) -> None:
        self._name, self._is_ours = name, caller.is_ours
        begin = caller.opens(Talk(language=self._graph.language), caller.scene)
        self._reach(None, "rings", begin, caller.scene)
        while self._queue:
            node = self._queue.popleft()
            for heard, what in HEARD[node.then].items():
                self._hear(node, heard, what)

    def _hear(self, node: Node, heard: str, what: Heard) -> None:
        turn = step(node.talk, what, node.scene)
        if isinstance(turn, Turn):
            self._reach(node, heard, turn, node.scene)
            return
        came = done(turn, node.scene, self._graph.words)
        if came is None:
            self._graph.unknown_deeds.add(turn.deed.name)
            came = Done(), node.scene
        result, scene = came
        goes_on = after(turn, result)
        self._reach(node, heard, arrive(goes_on, scene, result.says), scene, act=turn, told=result.says)
        self._reach(node, heard, arrive(refused(turn), node.scene, _REFUSED), node.scene, act=turn, is_refused=True)

    def _reach(
        self, source: Node | None, heard: str, turn: Turn, scene: Scene, *, act: Act | None = None,
        told: tuple[Sentence, ...] = (), is_refused: bool = False,
    ) -> None:  # fmt: skip
        node = self._node(turn, scene)
        self._graph.edges.append(
            Edge(
                source=source.id if source else None,
                caller=self._name, heard=heard, target=node.id, says=self._in_words(turn.says),
                prompts=tuple(prompt for prompt, _ in turn.says),
                is_miss=source is not None and turn.talk.misses > source.misses,
                deed=act.deed.name if act else "", arguments=json.dumps(dict(act.deed.arguments)) if act else "",
                is_refused=is_refused, is_fixed=heard in FIXED and (act is None or act.deed.name == FIXED[heard]),
                told=self._in_words(told),
            )
        )  # fmt: skip

    def _node(self, turn: Turn, scene: Scene) -> Node:
        # What was said on the way is the edge's; what is said again after a miss is the node's.
        says = tuple(PLACES[turn.talk.place].says(turn.talk, scene)) if not turn.talk.misses else turn.says
        key = (
            turn.talk.place,
            turn.talk.misses,
            turn.then,
            repr(says),
            self._number(scene),
            self._is_ours,
            _keyed(turn.talk),
        )
        if key not in self._known:
            node = Node(
                id=len(self._graph.nodes), caller=self._name, place=turn.talk.place, misses=turn.talk.misses,
                then=turn.then, says=self._in_words(says), prompts=tuple(prompt for prompt, _ in says),
                is_ours=self._is_ours, turn=turn, scene=scene,
            )  # fmt: skip
            self._known[key] = node
            self._graph.nodes.append(node)
            self._queue.append(node)
        return self._known[key]

    def _number(self, scene: Scene) -> int:
        """The same for scenes that are alike, though they were made at different turns."""
        if id(scene) not in self._scene_of:
            self._scene_of[id(scene)] = scene, self._scenes.setdefault(repr(scene), len(self._scenes))
        return self._scene_of[id(scene)][1]

    def _in_words(self, says: tuple[Sentence, ...]) -> tuple[str, ...]:
        return tuple(words for one in says for words in self._one(one))

    def _one(self, sentence: Sentence) -> tuple[str, ...]:
        key = repr(sentence)
        if key not in self._graph.said:
            self._graph.said[key] = in_words((sentence,), self._graph.language, self._graph.words)
        return self._graph.said[key]


def _piece(said: str) -> Said:
    return (Foreign(str(said), said.language),) if isinstance(said, InItsOwn) else (said,)


def _keyed(talk: Talk) -> tuple[tuple[str, int], ...]:
    """How many digits of a longer number have been keyed so far: the same question is asked after each."""
    picks = sorted(talk.picks.items())
    return tuple((name, len(pick)) for name, pick in picks if isinstance(pick, str) and pick.isdecimal())


def in_words(says: tuple[Sentence, ...], language: str, words: Example) -> tuple[str, ...]:
    """Sentences as they are said on the line."""
    return tuple(said for sentence in says for said in _in_words(sentence, language, words))


def _in_words(sentence: Sentence, language: str, words: Example) -> tuple[str, ...]:
    setting = Setting(language, ZONE, NOW, "voice", words.community)
    prompt, blanks = sentence
    if prompt == "language_hint" and "language" in blanks:
        there = str(blanks["language"])
        return (InItsOwn(render([(prompt, {})], replace(setting, language=there))[0], there),)
    return tuple(render([sentence], setting))


def document(turn: Turn, scene: Scene, words: Example, language: str) -> str:
    """The turn as the carrier gets it. Raises AssertionError where the strict reader finds a fault."""
    return spoken(
        Reply(
            says=tuple(_piece(said) for said in in_words(turn.says, language, words)), language=language, then=turn.then, turn=1,
            play=turn.play, connect_to=scene.duty_numbers if turn.then in (Then.CONNECT, Then.JOIN) else (), joins=1,
            shown_number="+861055550000", pace=turn.talk.pace,
        ),
        lambda recording: f"https://line.example/voice/recordings/{recording}",
    )  # fmt: skip
