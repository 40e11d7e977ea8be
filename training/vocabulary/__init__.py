"""The start of an encoder: an English model that can spell Arabic, with meanings to begin from."""
