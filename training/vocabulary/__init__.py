"""What words mean in the other language; and the reader's start."""
