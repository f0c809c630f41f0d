"""Pure: from a ModelService and facts to its Status: phase, conditions, and the sentence that says what to change."""
