"""Why: each decision with its reasons as data, and the same in sentences."""
