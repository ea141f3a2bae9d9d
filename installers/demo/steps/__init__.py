"""The steps of the day, a file for each place they happen in."""
