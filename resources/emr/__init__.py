"""What client and server both compute of a case record: scores, rules, prefilling."""
