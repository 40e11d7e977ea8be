"""The reader: finds the answer's span in a passage, or says that there is none."""
