"""Designing forms, and forms for people who do not sign in."""
