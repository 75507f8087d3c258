"""What can be sought by many conditions at once: one finder an entity."""
