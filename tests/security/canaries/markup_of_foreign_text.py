from markupsafe import Markup


def shown(text):
    return Markup(text)
