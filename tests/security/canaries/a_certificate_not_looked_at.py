import requests


def asked(url):
    return requests.get(url, timeout=10, verify=False)
