"""Numbers, phones and their codes, and the words they are told."""
