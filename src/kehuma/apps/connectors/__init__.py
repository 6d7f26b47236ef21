"""Other systems: what they are told when something happens here."""
