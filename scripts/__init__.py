"""Doors: the composition root, and the commands that start, test and tend this installation. No rules live here."""
