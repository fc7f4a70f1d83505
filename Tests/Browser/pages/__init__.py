"""The three pages, by the names that people and screen readers know their parts by."""
