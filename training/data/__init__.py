"""What the models learn from: reading, cleaning, keeping development text out, licences."""
