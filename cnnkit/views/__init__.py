"""What a person looks at, drawn from what the operations computed; nothing is computed here."""
