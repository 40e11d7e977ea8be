"""The encoder: texts of both languages to vectors that lie near where meanings do."""
