"""What both faces show: an answer and a passage as values, and the words of the interface."""
