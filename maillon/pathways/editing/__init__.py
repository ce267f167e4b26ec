"""Writing the text of a version without seeing it: its values by their place, checked one by one, kept at every pause.

Always true: what is typed is kept as it was typed, right or wrong; two people who write in two places lose nothing; two
who write in the same place are shown both texts.
"""
