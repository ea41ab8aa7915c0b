"""The life of an organ in the installation: onboarding, and the demonstration."""
