"""How a team writes, reads again, signs, compares, draws and prints its protocols, and when it must revise them.

Always true: what lacks is said by name, all of it at once; a signature bears the fingerprint of the text that was read;
the last signature that was lacking puts the version in force, with one line of journal; what was in force before is
replaced in the same transaction, and stays as it was.
"""
