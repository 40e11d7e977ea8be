"""What the encoder is made from: multilingual-e5-small without what two languages do not need."""
