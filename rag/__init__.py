"""Sanad's core: find, quote and check passages of Arabic and English news articles."""
