"""The two models, encoder and reader: their files, and how they are computed."""
