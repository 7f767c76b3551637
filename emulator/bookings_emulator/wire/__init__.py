"""How the outside speaks: planes that turn HTTP into calls and answers into HTTP."""
