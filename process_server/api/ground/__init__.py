"""What every endpoint stands on: who asks, in one transaction, with one shape of pages and errors."""
