"""The life of an organ after it was added: suspended, resumed, moved to another address, exported, restored, erased."""
