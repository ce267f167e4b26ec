"""Maillon: the open platform on which a French care team and its territory coordinate."""
