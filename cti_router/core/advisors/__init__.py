"""Who serves: presence chosen, activity observed, and the codes dialled on a phone."""
