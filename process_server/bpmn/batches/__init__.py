"""Work on many instances, done in the background one by one: each in a transaction of its own."""
