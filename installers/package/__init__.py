"""Packages for machines without Python: built, listed, signed, checked."""
