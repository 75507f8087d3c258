"""Runs a command in a process of its own: `python -m process_server.cli COMMAND`."""

from process_server.cli import main

main()
