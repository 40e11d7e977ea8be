"""One evaluation beside another: pairs, flips, claims and what stands against them."""
