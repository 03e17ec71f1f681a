"""What the machine understands of a text. Pure functions: no models, no network, no state."""
