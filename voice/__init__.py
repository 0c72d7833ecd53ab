"""Conversation: the seam to the carrier, menus, words, prompts, one turn of a call or a text, the outbox."""
