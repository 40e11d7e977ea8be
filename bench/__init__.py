"""How fast Sanad is and how well it finds, beside the textbook recipe on the same encoder."""
