"""Who may do what inside an organ: bodies, posts, roles, and the one rule of visibility."""
