"""The map of the voice menus: walked from the product's own tables, measured, checked and drawn (see docs/menus.md)."""
