"""What stands in the blanks where the map is walked: an ordinary day in a community, in the words of each language."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # Monday, nine in the morning
TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)


@dataclass(frozen=True)
class Example:
    """Names and dishes as people would hear them; `names` are those of a couple and of a helper."""

    community: str
    names: tuple[str, str, str]
    zone: str
    dishes: tuple[str, str, str]
    lunch: str
    dinner: str
    services: tuple[str, str, str, str]
    note: str
    news: str
    address: str
    diet: str


_HAN = Example(
    community="邻里示范站",
    names=("秀英", "建国", "小李"),
    zone="东里",
    dishes=("番茄炒蛋", "冬瓜排骨汤", "宫保鸡丁"),
    lunch="午餐",
    dinner="晚餐",
    services=("跑腿", "接送", "维修", "探访"),
    note="买一袋米",
    news="星期五下午三点，活动室有歌会，欢迎您来。",
    address="东里三弄五号二零二室",
    diet="不吃花生",
)
# By language tag, else by its family, else English.
_EXAMPLES = {
    "en": Example(
        community="Linli Gardens",
        names=("Rose", "Karl", "Sam"),
        zone="East Court",
        dishes=("chicken with rice", "vegetable soup", "noodles with peanuts"),
        lunch="lunch",
        dinner="dinner",
        services=("errand", "ride", "repair", "visit"),
        note="A bag of rice, please",
        news="On Friday at three there is singing in the community room. You are welcome.",
        address="5 Elm Street, second floor",
        diet="no peanuts",
    ),
    "es": Example(
        community="Linli",
        names=("Rosa", "Carlos", "Samuel"),
        zone="Patio Este",
        dishes=("pollo con arroz", "sopa de verduras", "fideos con cacahuetes"),
        lunch="almuerzo",
        dinner="cena",
        services=("recado", "transporte", "arreglo", "visita"),
        note="Una bolsa de arroz, por favor",
        news="El viernes a las tres se canta en la sala. Quedan todos invitados.",
        address="Calle del Olmo 5, segundo piso",
        diet="sin cacahuetes",
    ),
    "zh": _HAN,
    "yue": _HAN,
}


def example(language: str) -> Example:
    """The example for a language tag."""
    family = language.split("-")[0]
    return _EXAMPLES.get(language) or _EXAMPLES.get(family) or _EXAMPLES["en"]
