"""What an advisor does from his page."""
