"""Nouns: the tables, their life cycles, and rules about one row. No web, no carrier, no clock, no language."""
