"""What the router tells its pages, as it happens: numbered events, and where they go (docs/live-events.md)."""
