"""How answers are laid out for people: pure functions, used by the browser and terminal faces."""
