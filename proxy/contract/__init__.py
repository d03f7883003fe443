"""The requests and answers that this gateway knows: fields, their ranges, and the abilities of whoever serves."""
