"""What an ear of eighty can bear, as checks over the whole graph: each returns what is wrong, place by place.

A place that breaks one of them for a good reason, and how far it may, stands in excuses.py.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from menus.doing import done
from menus.seconds import seconds
from menus.walk import FIXED, Edge, Graph, Node, document
from menus.ways import depths, is_way_out, leads_to_person, menus, rested, way_to
from menus.words import InItsOwn, count, offered, offers_well, options, sentences, speech, tongue
from models.traffic import Outcome
from voice.answer import after
from voice.doing import Done
from voice.step import arrive, step
from voice.talk import Act, Heard, Sound, Then

OPTIONS_MOST, DEPTH_MOST, DEPTH_HARD = 4, 2, 3
PROMPT_SECONDS, USUAL_SECONDS, USUAL_KEYS = 20.0, 25.0, 3
TIMEOUT_LEAST, SILENCES_MOST = 8, 3
_SILENCES_TRIED = 12


@dataclass(frozen=True)
class Wrong:
    """One thing that breaks a limit."""

    place: str
    words: str
    caller: str = ""
    amount: float = 0  # how much, where it is a matter of more or less

    def __str__(self) -> str:
        return f"{self.place}: {self.words}"


Check = Callable[[Graph], Iterable[Wrong]]


def too_many_options(graph: Graph) -> Iterator[Wrong]:
    """At most four choices, besides 0 a person, 9 again, * back."""
    for node in rested(graph):
        if len(keys := graph.choices(node)) > OPTIONS_MOST:
            yield Wrong(node.place, f"{len(keys)} options: {', '.join(keys)}", node.caller, len(keys))


def too_deep(graph: Graph) -> Iterator[Wrong]:
    """Menus in which to choose a way lie at most two deep; a question is no menu."""
    for place, deep in depths(graph).items():
        if deep > DEPTH_MOST and place in menus(graph):
            yield Wrong(place, f"{deep} menus deep", amount=deep)


def far_too_deep(graph: Graph) -> Iterator[Wrong]:
    """Not even an exception lies deeper than three."""
    return (Wrong(place, f"{deep} menus deep") for place, deep in depths(graph).items() if deep > DEPTH_HARD)


def reserved_keys_differ(graph: Graph) -> Iterator[Wrong]:
    """0 is a person, 9 the same again, * the place before, 8 more slowly, wherever keys are asked for."""
    for node in rested(graph):
        if node.then is not Then.ASK:
            continue
        for edge in graph.leaving(node):
            there = graph.nodes[edge.target]
            if edge.heard == "0" and not leads_to_person(there):
                yield Wrong(node.place, f"0 leads to {there.place}, and that is no person and no recording")
            if edge.heard == "9" and (there.place, there.says) != (node.place, node.says):
                yield Wrong(node.place, f"9 leads to {there.place} instead of saying the same again")
            if edge.heard == "*" and (edge.is_miss or edge.deed):
                yield Wrong(node.place, "* does not lead back")
            if edge.heard in FIXED and edge.heard != "#" and edge.is_miss:
                yield Wrong(node.place, f"{edge.heard} is a wrong key")
            if edge.heard in FIXED and edge.deed != FIXED[edge.heard] and not _is_as_silence(graph, edge):
                yield Wrong(node.place, f"{edge.heard} does {edge.deed or 'lead elsewhere'}")


def _is_as_silence(graph: Graph, edge: Edge) -> bool:
    """Many end what they key with #: where no other language is spoken, it is as if nothing had been pressed."""
    others = graph.leaving(graph.nodes[edge.source or 0])
    return edge.heard == "#" and edge.target in {other.target for other in others if other.heard == "silence"}


def key_before_choice(graph: Graph) -> Iterator[Wrong]:
    """First what for, then which key, and nothing behind it."""
    for place, prompt in _heard(graph):
        for sentence in sentences(prompt):
            if not offers_well(sentence, tongue(prompt, graph.language)):
                yield Wrong(place, sentence)


def options_too_long(graph: Graph) -> Iterator[Wrong]:
    """So many words from the beginning of a choice to its key."""
    for place, prompt in _heard(graph):
        language = tongue(prompt, graph.language)
        for option in (option for one in sentences(prompt) for option in options(one, language)):
            if (words := count(option, language)) > speech(language).option_most:
                yield Wrong(place, f"{words}: {option}", amount=words)


def menus_too_long(graph: Graph) -> Iterator[Wrong]:
    """So many words where there is something to choose."""
    for node in rested(graph):
        words = sum(count(one, graph.language) for one in node.says)
        if len(graph.choices(node)) > 1 and words > speech(graph.language).menu_most:
            yield Wrong(node.place, f"{words}: {' '.join(node.says)}", node.caller, words)


def sentences_too_long(graph: Graph) -> Iterator[Wrong]:
    """So many words in one breath."""
    for place, prompt in _heard(graph):
        for sentence in sentences(prompt):
            language = tongue(prompt, graph.language)
            if (words := count(sentence, language)) > speech(language).sentence_most:
                yield Wrong(place, f"{words}: {sentence}", amount=words)


def prompts_too_long(graph: Graph) -> Iterator[Wrong]:
    """Everything that is said in one go, what was said of a deed or a mistake before it included."""
    longest: dict[tuple[str, str], tuple[float, Edge]] = {}
    for edge in graph.edges:
        there, took = graph.nodes[edge.target], seconds(edge.says, graph.language)
        if took > longest.get((there.place, there.caller), (PROMPT_SECONDS, edge))[0]:
            longest[there.place, there.caller] = (took, edge)
    for (place, caller), (took, edge) in longest.items():
        yield Wrong(place, f"{took:.1f} s: {' '.join(edge.says)}", caller, took)


def usual_takes_too_long(graph: Graph) -> Iterator[Wrong]:
    """Her usual: one key, everything that is heard before it, and the read-back."""
    for first in graph.first():
        node = graph.nodes[first.target]
        if node.is_ours:
            continue
        orders = [edge for edge in graph.leaving(node) if edge.deed == "order_dish" and not edge.is_refused]
        if node.scene.usual is not None and not orders:
            yield Wrong(node.place, "nothing orders it at once", first.caller)
        for edge in orders:
            took = seconds((*first.says, *edge.told), graph.language)
            if took > USUAL_SECONDS:
                yield Wrong(node.place, f"{took:.1f} s: {' '.join((*first.says, *edge.told))}", first.caller, took)


def usual_takes_too_many_keys(graph: Graph) -> Iterator[Wrong]:
    """However a call begins in which a usual is known, it is ordered with so many keys."""
    for first in graph.first():
        node = graph.nodes[first.target]
        if node.is_ours or node.scene.usual is None:
            continue
        path = way_to(graph, first, "order_dish")
        if not 0 < len(path) <= USUAL_KEYS:
            yield Wrong(node.place, f"{len(path)} keys" if path else "cannot be ordered", first.caller, len(path))


def no_way_out(graph: Graph) -> Iterator[Wrong]:
    """From everywhere a goodbye, a person or a recording can be reached."""
    back: dict[int, list[int]] = {}
    for edge in graph.edges:
        if edge.source is not None:
            back.setdefault(edge.target, []).append(edge.source)
    out = deque(node.id for node in graph.nodes if is_way_out(node))
    found = set(out)
    while out:
        for source in back.get(out.popleft(), []):
            if source not in found:
                found.add(source)
                out.append(source)
    return (Wrong(node.place, "no way out", node.caller) for node in graph.nodes if node.id not in found)


def silent_for_ever(graph: Graph) -> Iterator[Wrong]:
    """Whoever says nothing has a person, a recording or a goodbye within three turns."""
    for node in graph.nodes:
        silences = _silences(graph, node)
        if silences > SILENCES_MOST:
            yield Wrong(node.place, "silence leads on and on", node.caller, silences)


def _silences(graph: Graph, node: Node) -> int:
    """So many turns of silence until it ends; stepped anew, for a place may count how long somebody waits."""
    turn, scene, silences = node.turn, node.scene, 0
    while turn.then is Then.ASK and silences < _SILENCES_TRIED:
        then = step(turn.talk, Heard(Sound.SILENCE), scene)
        if isinstance(then, Act):
            result, scene = done(then, scene, graph.words) or (Done(), scene)
            then = arrive(after(then, result), scene, result.says)
        turn, silences = then, silences + 1
    return silences


def asked_the_same_again(graph: Graph) -> Iterator[Wrong]:
    """After a miss the same is not said in the same words: plainer and shorter, or once more from the beginning."""
    for edge in graph.edges:
        if not edge.is_miss or edge.source is None:
            continue
        first = graph.nodes[edge.source]
        if first.says and edge.says[-len(first.says) :] == first.says:
            yield Wrong(first.place, "after a miss the same", first.caller)


def nothing_said(graph: Graph) -> Iterator[Wrong]:
    """Nobody is left in front of a silent line."""
    for edge in graph.edges:
        if not edge.says:
            yield Wrong(graph.nodes[edge.target].place, f"nothing is said after {edge.heard}")


def hung_up_without_promise(graph: Graph) -> Iterator[Wrong]:
    """A goodbye comes after something: ordered, heard, promised. A call of ours that nobody heard is tried again."""
    for node in graph.nodes:
        if node.then is Then.GOODBYE and not node.is_ours and node.talk.outcome in (None, Outcome.UNFINISHED):
            yield Wrong(node.place, "nothing came of the call", node.caller)


def offered_in_vain(graph: Graph) -> Iterator[Wrong]:
    """Every key that is offered does something."""
    for node in rested(graph):
        live = {edge.heard for edge in graph.leaving(node) if not edge.is_miss}
        for sentence in node.says:
            for key in offered(sentence, graph.language):
                if node.then is Then.ASK and key not in live:
                    yield Wrong(node.place, f"{key} does nothing: {sentence}", node.caller)


def ill_asked(graph: Graph) -> Iterator[Wrong]:
    """Every Gather and every Record says where the answer goes and waits long enough for slow fingers."""
    for node in {(node.place, node.then, node.prompts): node for node in graph.nodes}.values():
        written = document(node.turn, node.scene, graph.words, graph.language)
        for verb in ElementTree.fromstring(written).iter():  # noqa: S314 - our own document
            if verb.tag in ("Gather", "Record"):
                if not verb.get("action"):
                    yield Wrong(node.place, f"{verb.tag} without an action")
                if int(verb.get("timeout", "5")) < TIMEOUT_LEAST:
                    yield Wrong(node.place, f"{verb.tag} waits {verb.get('timeout', '5')} s")


def too_fast(graph: Graph) -> Iterator[Wrong]:
    """All sentences together are spoken neither so fast that she misses a word nor so slowly that she loses the thread."""
    said = {words for _, words in _heard(graph) if not isinstance(words, InItsOwn)}
    pace = 60 * sum(count(one, graph.language) for one in said) / sum(seconds((one,), graph.language) for one in said)
    least, most = speech(graph.language).pace
    if not least <= pace <= most:
        yield Wrong("everywhere", f"{pace:.0f} {speech(graph.language).counts} a minute", amount=pace)


def _heard(graph: Graph) -> set[tuple[str, str]]:
    """Every sentence with the place at which it is heard; what was said on the way stands under its prompt's name."""
    by_place = {(node.place, said) for node in graph.nodes for said in node.says if node.misses == 0}
    known = {said for _, said in by_place}
    on_the_way = {
        (graph.nodes[edge.target].place, said) for edge in graph.edges for said in edge.says if said not in known
    }
    seen: set[str] = set()
    return by_place | {(place, said) for place, said in sorted(on_the_way) if not (said in seen or seen.add(said))}  # type: ignore[func-returns-value]


LIMITS: dict[str, Check] = {
    "at most 4 options": too_many_options,
    "at most 2 menus deep": too_deep,
    "never more than 3 menus deep": far_too_deep,
    "0, 8, 9 and * mean the same everywhere": reserved_keys_differ,
    "the choice before its key": key_before_choice,
    "words of an option": options_too_long,
    "words of a menu": menus_too_long,
    "words of a sentence": sentences_too_long,
    "at most 20 seconds in one go": prompts_too_long,
    "the usual in at most 25 seconds": usual_takes_too_long,
    "the usual in at most 3 keys": usual_takes_too_many_keys,
    "a way out of everywhere": no_way_out,
    "silence ends": silent_for_ever,
    "the second time in other words": asked_the_same_again,
    "something is always said": nothing_said,
    "no goodbye without a promise": hung_up_without_promise,
    "every key that is offered works": offered_in_vain,
    "every question waits for its answer": ill_asked,
    "the pace of the voice": too_fast,
}


def broken(limit: str, graph: Graph) -> list[Wrong]:
    """What breaks that limit, whether there is an excuse or not."""
    return sorted(set(LIMITS[limit](graph)), key=str)
