"""What is known of a patient: timeline entries, observations, statements (problems, allergies, treatments…).

Who may come in: rooms above, with a key. It does not know documents, only the number of the one from which a fact came.
Always true: a fact keeps its source; « aucune connue » is a statement, an empty list is not one.
"""
