"""Outgoing events (webhooks): what an organ tells other systems at once, signed, repeated until it arrives."""
