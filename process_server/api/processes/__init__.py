"""Processes over HTTP: what is deployed, what runs, what waits for workers and operators."""
