"""Printed forms of the case record."""
