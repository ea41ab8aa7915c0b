"""Mail that the service sends: written down with what wants it, sent by a job, tried again until it is taken."""
