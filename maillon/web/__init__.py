"""The faces for people: French HTML pages. Only this room writes HTML."""
