"""Texts become sounds: which clips a configuration needs, what they say, and the synthesiser that speaks them."""
