import subprocess


def spoken(words):
    subprocess.run(f"espeak {words}", shell=True, check=True)
