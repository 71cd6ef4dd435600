"""From the wait to the offer: who waits, for whom, and whose phone rings; how a plan ends."""
