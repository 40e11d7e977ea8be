"""The recipes behind what Sanad ships; nothing in the product imports them."""
