"""What lists of tasks show: columns, filters, search, numbers, saved views, pages by keyset."""
