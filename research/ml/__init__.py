"""Models trained on tables of numbers, categories and text: made reproducibly, kept without pickle, asked later."""
