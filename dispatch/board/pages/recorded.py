"""Recorded prompts: what the line says in a voice of the neighbourhood, to hear, upload, download and take away."""

import io
import secrets
from dataclasses import dataclass
from pathlib import PurePath

from flask import abort, request, send_file
from flask.typing import ResponseReturnValue

from dispatch import recording
from dispatch.board.desk import Desk
from dispatch.board.forms import Form
from dispatch.board.pages.naming import names_of
from dispatch.board.typed import plain
from dispatch.lists.words import languages
from dispatch.sounds import sound_in
from models.changes import touch
from models.recorded import DISH, NEWS, RecordedPrompt, recorded_prompts
from models.traffic import Recording

MOST_BYTES = 2 * 1024 * 1024
# What a form needs around its file.
POST_BYTES = MOST_BYTES + 16 * 1024
_ENDINGS = {"audio/wav": ".wav", "audio/x-wav": ".wav", "audio/mpeg": ".mp3"}


@dataclass(frozen=True)
class Line:
    """Something that the line says: under which key it is recorded, its number, its words, and the recording."""

    key: str
    number: str
    words: str
    row: RecordedPrompt | None


def show(desk: Desk, **_: object) -> str:
    """Everything that can be recorded, in one language."""
    tags = _tags(desk)
    wanted = request.values.get("language", "")
    language = wanted if wanted in tags else tags[0]
    events = recording.what_happened(desk.session, desk.community)
    return desk.page(
        "recorded", tags=tags, language=language, parts=_parts(desk, language), events=events,
        names=names_of(desk, {event.who for event in events}), reason=str, most=MOST_BYTES // 1024**2,
    )  # fmt: skip


def upload(desk: Desk) -> ResponseReturnValue:
    """A file in place of the machine voice, from the next call on."""
    form = Form(desk)
    language = form.one_of("language", {tag: tag for tag in _tags(desk)}) or ""
    key = form.one_of("key", {line.key: line.key for lines in _parts(desk, language).values() for line in lines}) or ""
    file = request.files.get("file")
    audio = file.read(MOST_BYTES + 1) if file is not None else b""
    sound = sound_in(audio)
    if len(audio) > MOST_BYTES:
        form.mistakes.append(desk.words.t("wrong.sound_large", most=MOST_BYTES // 1024**2))
    elif sound is None:
        form.mistakes.append(desk.words.t("wrong.no_sound"))
    form.check()
    assert sound is not None  # noqa: S101 - the check has raised otherwise
    row = Recording(
        community_id=desk.community.id, recording_sid=f"UP{secrets.token_hex(16)}", seconds=sound.seconds, audio=audio,
        media_type=sound.media_type, made_at=desk.now, fetched_at=desk.now,
    )  # fmt: skip
    desk.session.add(row)
    file_name = _name_of((file and file.filename) or "")
    recording.keep_prompt(desk.session, desk.staff, row, language=language, key=key, now=desk.now, file_name=file_name)
    desk.tell("prompt_kept")
    return desk.go("recorded", language=language)


def remove(desk: Desk, row_id: int) -> ResponseReturnValue:
    """The machine voice says it again, from the next call on."""
    row = desk.find(RecordedPrompt, row_id)
    language = row.language
    recording.take_away(desk.session, desk.staff, row, now=desk.now)
    touch(desk.session, desk.community.id)
    desk.tell("prompt_taken")
    return desk.go("recorded", language=language)


def download(desk: Desk, row_id: int) -> ResponseReturnValue:
    """The recording as a file, for another community or for safe keeping."""
    row = desk.find(RecordedPrompt, row_id)
    found = desk.board.play(desk.session, row.recording_id)
    if found is None:
        abort(404)
    audio, media_type = found
    ending = _ENDINGS.get(media_type, "")
    name = f"{row.key.replace(':', '-').replace('/', '-')}.{row.language}{ending}"
    safe_type = media_type if ending else "application/octet-stream"
    return send_file(io.BytesIO(audio), mimetype=safe_type, as_attachment=True, download_name=name, max_age=0)


def _tags(desk: Desk) -> list[str]:
    """The languages in which something can be recorded: the community's, its residents', those that are shipped."""
    return list(dict.fromkeys([*recording.spoken_languages(desk.session, desk.community), *languages()]))


def _parts(desk: Desk, language: str) -> dict[str, list[Line]]:
    session, community = desk.session, desk.community
    rows = {row.key: row for row in recorded_prompts(session, community.id) if row.language == language}
    dishes = [(DISH + name, name) for name in recording.dishes_to_record(session, community, now=desk.now)]
    dishes += [(key, key.removeprefix(DISH)) for key in rows if key.startswith(DISH) and key not in dict(dishes)]
    news = [
        (f"{NEWS}{one.id}", one.words.get(language) or next(iter(one.words.values()), ""))
        for one in recording.news_to_record(session, community, now=desk.now)
    ]
    numbered = [
        Line(one.key, f"{one.number:03d}", one.words, rows.get(one.key))
        for one in desk.board.sentences(community.name, language)
    ]
    return {
        "dishes": [Line(key, "", words, rows.get(key)) for key, words in dishes],
        "news": [Line(key, "", words, rows.get(key)) for key, words in news],
        "sentences": numbered,
    }


def _name_of(written: str) -> str:
    return PurePath(plain(written).replace("\\", "/")).name[:120]
