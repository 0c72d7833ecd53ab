"""What may not suit whom, whatever the language in which diet and dish were written."""

import pytest

from models.foods import _data, _foods, is_of_kind
from models.menus import clashes


@pytest.mark.parametrize(
    ("diet", "contains", "may_not_suit"),
    [
        ("no peanuts", "花生;辣", True),
        ("花生过敏", "Peanuts", True),
        ("no nuts", "cacahuetes", True),
        ("海鲜过敏", "prawns", True),
        ("no fish", "海鲜", True),  # some of it may be fish
        ("no fish", "prawns", False),
        ("不吃猪肉", "bacon", True),
        ("不吃猪肉", "beef", False),
        ("vegetarian", "鸡肉", True),
        ("vegetarian", "egg", False),
        ("素食", "鱼", True),
        ("vegan", "queso", True),
        ("清真", "火腿", True),
        ("halal", "beef", False),
        ("no celery", "芹菜", True),
        ("soft food", "花生", False),
        ("no glass", "glass", True),
        ("no quinoa", "quinoa", True),
        ("no quinoa", "rice", False),
        ("diabetic", "sugar", False),
    ],
)
def test_a_dish_may_not_suit(diet, contains, may_not_suit):
    assert clashes(diet, contains) is may_not_suit


def test_every_food_that_is_named_is_there_and_is_a_word_for_itself():
    foods, diets = _data()["foods"], _data()["diets"]
    named = {part for food in foods.values() for part in food.get("includes", ())}
    named |= {food for diet in diets.values() for food in diet["avoids"]}
    assert named <= set(foods)
    assert all(food in _foods().get(food, ()) for food in named)


@pytest.mark.parametrize(
    ("dish", "words", "is_one"),
    [
        ("冬瓜排骨汤", "soup", True),
        ("冬瓜排骨汤", "rib soup", True),
        ("冬瓜排骨汤", "chicken soup", False),
        ("番茄炒蛋", "Eggs", True),
        ("红烧茄子", "aubergine", True),
        ("清蒸鱼", "fish", True),
        ("鱼香肉丝", "fish", False),
        ("红烧豆腐", "beans", False),
        ("牛肉面", "noodles", True),
        ("Chicken curry", "咖喱", True),
        ("Chickpea curry", "chicken", False),
        ("冬瓜排骨汤", "quinoa", False),
        ("冬瓜排骨汤", "", False),
    ],
)
def test_a_dish_is_of_the_kind_that_words_name_in_whatever_language(dish, words, is_one):
    assert is_of_kind(dish, words) is is_one
