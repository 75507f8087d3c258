"""What every resource of /engine-rest is spoken in: requests, answers, errors, dates, ids, lists and variables."""
