"""What a text is held to before it is a document: pure, each a stranger to the rest."""
