"""What is done to a sound: the choices that other tools bury in their code, as records."""
