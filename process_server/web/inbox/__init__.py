"""The lists of the inbox: their columns, filters, views, rules, and what is done to many tasks at once."""
