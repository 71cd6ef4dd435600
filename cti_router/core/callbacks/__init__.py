"""Who is called back: noted, kept in its place, an advisor first, then the contributor."""
