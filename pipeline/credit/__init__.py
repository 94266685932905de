"""Credit: who made a work, what it is called and what notices came with it."""
