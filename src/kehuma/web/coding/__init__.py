"""Coding on screen: the gallery of rules, the designer, dictionaries, the register, labels, resolving."""
