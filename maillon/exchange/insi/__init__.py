"""INSi: the national teleservice of identities. One search by traits, one verification; what it said is kept, and
nothing changes a local identity without somebody's explicit yes."""
