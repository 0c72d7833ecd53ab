import pickle


def read(kept):
    return pickle.loads(kept)
