"""Who somebody is and of which organ: sign-on through the issuer, sessions, and the people at the issuer.

What they may do there is `access`. The pages of sign-on are in `platform/web/signon.py`.
"""
