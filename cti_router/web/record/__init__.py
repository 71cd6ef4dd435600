"""The contributor's record, what advisors write down, and the work that is left to do."""
