"""What is known of the two languages: words and spellings, names, terms to search by, facts."""
