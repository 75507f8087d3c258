"""What people do with a task before and after it is decided: take, hand on, sign, copy, follow, remember."""
