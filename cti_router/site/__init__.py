"""What runs beside each PBX, and speaks with the router. It knows nothing of the configuration."""
