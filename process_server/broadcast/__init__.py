"""What the processes of this server tell one another: something has changed, look again."""
