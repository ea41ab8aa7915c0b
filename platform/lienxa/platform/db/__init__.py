"""The database: declarative bases, tenant-bound sessions, search, the embedded server and the migrations."""
