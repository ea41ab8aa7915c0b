"""Files of an organ: stored by content, read only through a row of that organ."""
