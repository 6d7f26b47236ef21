"""Customers shared with outsiders by a pseudonym and a few coarse facts, never by their code, a name or a number.

``recipients`` says with whom, ``columns`` what may leave and how exact, ``groups`` how many share a combination,
``giving`` makes the rows, ``releases`` the files, ``reading`` leads pseudonyms back to codes.
"""
