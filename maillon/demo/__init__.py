"""The demonstration: loads the fictitious territory, starts the programs, sends the documents, counts them."""
