"""What a team says of itself and of its tools: maturity campaigns, products of mobile health, télésoin.

Who may come in: the faces. Everything here is about structures and professionals, never about a patient; whoever works
today in the structure reads what is the structure's, the coordinator and the referent lead.
Always true: every grid is content, kept word for word once it has been used; nobody reads another's individual answer,
before closing nor after, and nothing that is shown describes fewer than three people; a consensus has more than half
of those present; an evaluation that has expired is recommended to nobody.
"""
