"""The commands, by what they work on; `__main__` puts them together."""
