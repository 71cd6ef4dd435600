"""What the routing plans ask for: steps, reach, priority, and who may be called back."""
