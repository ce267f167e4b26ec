"""What codes mean: value sets of the CI-SIS and the DMP, and the official tables from type to class and to format.

Who may come in: every room above. Data lives in content/terminologie, apart from the code, with its provenance.
Always true: a code is known by its system; a label is the publisher's, letter for letter; an unknown code has no label
and is shown as it came, never translated, never guessed.
"""
