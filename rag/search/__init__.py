"""From a question to hits: search legs, their fusion, and re-ordering by match and by reading."""
