"""Who is there, and what he may do."""
