"""What other engines write in expressions, in words that ours knows."""
