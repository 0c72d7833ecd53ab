import requests
from flask import request


def fetched():
    url = request.form["RecordingUrl"]
    return requests.get(url, timeout=10)
