"""Told on request: who would serve a call, why one advisor did not, what a configuration costs."""
