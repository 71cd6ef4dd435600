"""Waiting tickets and free advisors, each in order, brought together in the same time for ten or 100,000."""
