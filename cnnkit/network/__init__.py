"""The layer language and the shapes of whole networks; standard library only."""
