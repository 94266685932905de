"""What a build gives back: dataset, card, explanation and audit."""
