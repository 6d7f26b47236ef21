"""Every component and state, each in one place: what the look promises, drawn by the components of the product."""
