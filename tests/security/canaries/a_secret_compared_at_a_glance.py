def is_right(token, kept):
    return token == kept
