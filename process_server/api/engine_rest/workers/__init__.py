"""External tasks: what workers fetch, lock and report on."""
