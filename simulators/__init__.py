"""The territory around Maillon, as separate programs: they write documents and speak protocols, nothing else."""
