"""The web face: request plumbing, forms, pages, the design system."""
