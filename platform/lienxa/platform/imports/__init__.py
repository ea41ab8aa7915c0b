"""Import of spreadsheets: a file is read and checked in the background, then what is right in it is written.

A module declares an `ImportKind` for each sort of rows it takes in. Nothing is written before a person has seen what
was found; rows that are wrong come back as a file with the reason and the remedy beside each.
"""
