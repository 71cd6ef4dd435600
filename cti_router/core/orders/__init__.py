"""What people command in the middle of a day: closures, swaps, notices, forced presences, pulls."""
