"""Verbs: what people and the clock do to a request; the queue; the rounds; and the staff's board."""
