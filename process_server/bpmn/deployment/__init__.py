"""What is deployed together: read as one, and checked whether its parts fit."""
