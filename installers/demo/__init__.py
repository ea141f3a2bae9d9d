"""The demonstration: a small ambulance centre on one machine, and one day of its work."""
