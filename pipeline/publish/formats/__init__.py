"""The forms that a card is written in, a file each, from the card alone."""
