"""What was observed of a question, and what that is worth."""
