"""Printed forms of the cash desk."""
