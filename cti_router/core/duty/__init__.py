"""Which site serves at an instant: the duty calendar, what is ordered over it, and how the duty changes hands."""
