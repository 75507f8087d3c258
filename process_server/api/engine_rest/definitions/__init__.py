"""Deployments and what they hold: processes, their forms and starts, decisions."""
