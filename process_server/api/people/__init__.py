"""People and systems over HTTP: accounts, tokens, stand-ins, what they are told, what they did."""
